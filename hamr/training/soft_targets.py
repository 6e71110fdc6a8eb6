"""Soft targets made again during training, from what the encoder knows by then.

Before the first step they come from classifiers of the frozen embeddings. A fine-tuned encoder
soon knows more, so after each epoch the same leave-one-out classifiers are fitted to the
embeddings E_e that the epoch's scores are made from anyway, and the targets become

    Q_0 = q(frozen embeddings),   Q_e = m Q_(e-1) + (1 - m) q(E_e),

with m = `soft_target_memory`. Averaging over the epochs is temporal ensembling (Laine & Aila 2017,
arXiv 1610.02242, who average the network's own predictions, and correct for a start at zero, which
a start at Q_0 does not need). q of a row comes from classifiers without the row, while a network's
own prediction for a row that it has trained on soon repeats the row's label, wrong ones too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.ranks import Ranks
from hamr.records import Dataset
from hamr.training.altered import left_out
from hamr.training.examples import Examples
from hamr.training.row_vectors import RowVectors

MOST_BYTES = 256 << 20  # of the embeddings; with more rows the first soft targets stay
NAME = "soft.targets"  # in checkpoints


class SoftTargets:
    """The soft targets of a run, made again after each epoch but the last."""

    def __init__(
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        examples: Examples,
        ranks: Ranks,
        kept: np.ndarray | None,
    ) -> None:
        """`kept` [K] are the training rows that may be learned from, by default all."""
        self._labels, self._classes = dataset.train.labels.astype(np.int64), len(dataset.classes)
        self._memory, self._last = settings.soft_target_memory, settings.epochs
        self._examples, self._ranks, self._kept = examples, ranks, kept
        self._changes = (
            settings.fine_tunes and examples.soft is not None and settings.soft_target_memory < 1
        )

    def due(self, epoch: int, width: int) -> bool:
        """Whether they are made again after that epoch, from embeddings of that width."""
        few = len(self._labels) * width * 4 <= MOST_BYTES
        return self._changes and few and epoch < self._last

    def renew(self, epoch: int, vectors: RowVectors | None) -> None:
        """Q_e where they are due. All ranks call it, and get the same."""
        if vectors is None or not self.due(epoch, vectors.width):
            return
        found: np.ndarray | None = None
        if self._ranks.main:
            found = left_out(vectors.unit(), self._labels, self._classes, self._kept)
        new, old = torch.from_numpy(self._ranks.broadcast(found)), self._examples.soft
        assert old is not None  # due() says so
        self._examples.soft = self._memory * old + (1 - self._memory) * new

    def save(self) -> dict[str, np.ndarray]:
        """What a resumed run needs; nothing where they never change."""
        if not self._changes or self._examples.soft is None:
            return {}
        return {NAME: self._examples.soft.numpy()}

    def restore(self, saved: Mapping[str, np.ndarray]) -> None:
        """The state of `save`."""
        if NAME in saved:
            self._examples.soft = torch.from_numpy(np.array(saved[NAME]))
