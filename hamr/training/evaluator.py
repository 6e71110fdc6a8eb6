"""Passes over many rows without dropout: their scores, and their embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

import numpy as np
import torch

from hamr.models import FineTuned
from hamr.models.encoder import pooled
from hamr.ranks import Ranks
from hamr.training.devices import DeviceSetup
from hamr.training.evaluation import Evaluation, Part
from hamr.training.examples import Examples
from hamr.training.row_vectors import RowVectors

T = TypeVar("T")


class Evaluator:
    """Scores and embeds rows with the model as it is now.

    The parts are dealt out to the ranks in turn, since the rows of later parts are longer. What a
    rank leaves out counts as zero, so that a sum over the ranks puts everything together.
    """

    def __init__(
        self, examples: Examples, model: torch.nn.Module, setup: DeviceSetup, ranks: Ranks
    ) -> None:
        self._examples, self._model = examples, model
        self._setup, self._ranks = setup, ranks

    def evaluate(
        self, index: np.ndarray, vectors: RowVectors | None = None
    ) -> Iterator[int | Evaluation]:
        """Yields rows done after each part, and last the evaluation of those consecutive rows.

        `vectors` collects what the encoder makes of the rows on the way, at no further pass; full
        preset only.
        """
        tally = self._examples.tally(index)
        self._model.eval()
        for part in self._own(self._examples.parts(index)):
            with torch.inference_mode():
                logits = self._logits(part, vectors)
                tally.add(part, logits.float())
            yield part.rows_done
        self._ranks.add_(tally.tensors if vectors is None else [*tally.tensors, vectors.sums])
        yield tally.evaluation()

    def _logits(self, part: Part, vectors: RowVectors | None) -> torch.Tensor:
        with self._setup.precision():
            inputs = self._setup.move(part.inputs)
            if vectors is None:
                logits: torch.Tensor = self._model(inputs)
                return logits
            assert isinstance(self._model, FineTuned)
            found = self._model.vectors(inputs)
            vectors.add(part, found)
            return self._model.logits(found)

    def embed(self, index: np.ndarray) -> Iterator[int | np.ndarray]:
        """Yields rows done, and last the embeddings [n, D] float32 by the encoder as it is now.

        Pooled as the frozen ones are (`Encoder.embed`): the mean of a row's token vectors,
        scaled to length 1. Full preset only.
        """
        assert isinstance(self._model, FineTuned)
        embeddings = torch.zeros(len(index), self._model.classifier.in_features)
        self._model.eval()
        chunks = list(self._examples.chunks(index))
        done = np.cumsum([len(chunk) for chunk in chunks]).tolist()
        for chunk, rows_done in self._own(zip(chunks, done, strict=True)):
            inputs, _ = self._examples.batch(chunk, np.zeros_like(chunk))
            with torch.inference_mode(), self._setup.precision():
                vectors = pooled(self._model.encoder, self._setup.move(inputs))
            unit = torch.nn.functional.normalize(vectors.float(), dim=1)
            embeddings[chunk - index[0]] = unit.cpu()
            yield rows_done
        self._ranks.add_([embeddings])
        yield embeddings.numpy()

    def _own(self, parts: Iterator[T]) -> Iterator[T]:
        return islice(parts, self._ranks.rank, None, self._ranks.count)
