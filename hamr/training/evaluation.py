"""What one pass over many rows without dropout finds, collected part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from hamr.losses import cross_entropy
from hamr.models import margins


@dataclass(frozen=True)
class WordEvaluation:
    """One pass without dropout over the W words of n tagged sentences."""

    loss: np.ndarray  # [W] float32, nats
    prediction: np.ndarray  # [W] int16, tag numbers
    probability: np.ndarray  # [W] float32, of the predicted tag
    margin: np.ndarray  # [W] float32, logit of the tag minus the largest other one
    # [W, T] float32, of a pass by which it is chosen how tags are found together.
    log_p: np.ndarray | None = None


@dataclass(frozen=True)
class Evaluation:
    """One pass without dropout over n rows."""

    loss: np.ndarray  # [n] float32, nats
    prediction: np.ndarray  # [n] int16
    label_probability: np.ndarray  # [n] float32
    margin: np.ndarray  # [n] float32
    top_classes: np.ndarray  # [n, T] int16; T is 0 for a token task
    top_probabilities: np.ndarray  # [n, T] float16
    words: WordEvaluation | None = None  # of a token task


@dataclass(frozen=True)
class Part:
    """Rows, or words, that the model scores in one forward."""

    inputs: Any  # on the CPU
    labels: torch.Tensor  # [p]
    own: torch.Tensor  # [p], their positions among all that are evaluated
    rows_done: int  # rows evaluated once this part is
    taken: np.ndarray | None = None  # [p], where their logits are, batch and tokens flattened


class Tally(Protocol):
    """Collects what the parts give. A part that another rank scores counts as zero here."""

    @property
    def tensors(self) -> list[torch.Tensor]:
        """What is summed over the ranks, in place."""

    def add(self, part: Part, logits: torch.Tensor) -> None:
        """Takes in the float32 logits of a part."""

    def evaluation(self) -> Evaluation:
        """The evaluation of all rows, once all parts are in."""


class RowTally:
    """Of rows with one label each."""

    def __init__(self, count: int, top: int) -> None:
        """`top` is how many of a row's classes are kept with their probabilities."""
        self._loss, self._margin = torch.zeros(count), torch.zeros(count)
        self._probability = torch.zeros(count, top)
        self._best = torch.zeros(count, top, dtype=torch.int32)
        self._top = top

    @property
    def tensors(self) -> list[torch.Tensor]:
        """What is summed over the ranks, in place."""
        return [self._loss, self._margin, self._probability, self._best]

    def add(self, part: Part, logits: torch.Tensor) -> None:
        """Takes in the logits [p, C] of a part."""
        own, labels = part.own, part.labels.to(logits.device)
        found = logits.softmax(1).topk(self._top)
        self._loss[own] = cross_entropy(logits, labels).cpu()
        self._margin[own] = margins(logits, labels).cpu()
        self._probability[own], self._best[own] = found.values.cpu(), found.indices.cpu().int()

    def evaluation(self) -> Evaluation:
        """The evaluation of all rows, once all parts are in."""
        classes, loss = self._best.numpy().astype(np.int16), self._loss.numpy()
        return Evaluation(
            loss=loss,
            prediction=classes[:, 0],
            label_probability=np.exp(-loss),
            margin=self._margin.numpy(),
            top_classes=classes,
            top_probabilities=self._probability.numpy().astype(np.float16),
        )


class WordTally:
    """Of the words of tagged sentences."""

    def __init__(
        self,
        count: int,
        rows_from_words: Callable[[WordEvaluation], Evaluation],
        tag_count: int = 0,
        tagged: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        """`count` words, and what makes the evaluation of their rows.

        With a `tag_count` the log-probabilities of all tags [W, T] are kept, and `tagged` makes the
        tags of the words from them; without it each word has its most probable tag.
        """
        self._loss, self._probability, self._margin = (torch.zeros(count) for _ in range(3))
        self._prediction = torch.zeros(count, dtype=torch.int32)
        self._rows_from_words = rows_from_words
        self._log_p = torch.zeros(count, tag_count) if tag_count else None
        self._tagged = tagged

    @property
    def tensors(self) -> list[torch.Tensor]:
        """What is summed over the ranks, in place."""
        kept = [] if self._log_p is None else [self._log_p]
        return [self._loss, self._prediction, self._probability, self._margin, *kept]

    def add(self, part: Part, logits: torch.Tensor) -> None:
        """Takes in the logits [..., C] of a part."""
        own, gold = part.own, part.labels
        log_p = logits.cpu().reshape(-1, logits.shape[-1])[part.taken].log_softmax(1)
        self._loss[own] = -log_p.gather(1, gold.unsqueeze(1))[:, 0]
        self._margin[own] = margins(log_p, gold)
        if self._log_p is not None:
            self._log_p[own] = log_p
        best = log_p.max(1)
        self._prediction[own], self._probability[own] = best.indices.int(), best.values.exp()

    def evaluation(self) -> Evaluation:
        """The evaluation of all rows, once all parts are in."""
        log_p = None if self._log_p is None else self._log_p.numpy()
        tags, probability = self._prediction.numpy().astype(np.int16), self._probability.numpy()
        if log_p is not None and self._tagged is not None:
            tags = self._tagged(log_p)
            probability = np.exp(log_p[np.arange(len(tags)), tags])
        words = WordEvaluation(self._loss.numpy(), tags, probability, self._margin.numpy(), log_p)
        return self._rows_from_words(words)
