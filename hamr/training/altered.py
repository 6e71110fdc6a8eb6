"""What a method changes of the training rows before the first step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from hamr.config import TrainingSettings
from hamr.records import Dataset
from hamr.training.features import Embedded


@dataclass(frozen=True)
class Altered:
    """The labels that training steps use, by place, and what they see beside the rows."""

    labels: torch.Tensor  # [rows of all splits + M]; scores always use the rows' own
    made: np.ndarray  # [M, D] float32 embeddings of made-up rows


def altered(
    dataset: Dataset, settings: TrainingSettings, embedded: Embedded, labels: torch.Tensor
) -> Altered:
    """Labels flipped by LNR, or rows made up by SMOTE; all as it is for any other method.

    `labels` are those of all splits, training rows first.
    """
    if settings.method not in ("lnr", "smote"):
        return Altered(labels, np.zeros((0, 0), np.float32))
    from hamr.rebalance import flipped_labels, smote

    own = dataset.train.labels.astype(np.int64)
    x, count = np.asarray(embedded.rows[: len(own)]), len(dataset.classes)
    if settings.method == "lnr":
        flipped = flipped_labels(
            x, own, count, threshold=settings.flip_threshold, seed=settings.seed
        )
        none = np.zeros((0, x.shape[1]), np.float32)
        return Altered(torch.cat([torch.from_numpy(flipped), labels[len(own) :]]), none)
    made, of = smote(x, own, neighbours=settings.smote_neighbours, seed=settings.seed)
    return Altered(torch.cat([labels, torch.from_numpy(of)]), made)


def surroundings_of(
    dataset: Dataset, settings: TrainingSettings, embedded: Embedded
) -> torch.Tensor | None:
    """q [N, C] of the training rows, for `losses.Surrounded`; None for methods that go without.

    They are asked of the training rows alone. With validation rows they would be better, but
    scores on those would then be of rows whose labels were trained on. A word of a tagged
    sentence has no place in such a space that its sentence does not decide, so tagged sentences
    go without.
    """
    if not settings.effective_surroundings or dataset.task == "token":
        return None
    from hamr.triage.loo_ensemble import loo_ensemble

    labels = dataset.train.labels
    vectors = np.asarray(embedded.rows[: len(labels)])
    # In products this small BLAS threads cost more than they bring, much more beside other work.
    with threadpool_limits(1):
        found = loo_ensemble(vectors, labels.astype(np.int64), len(dataset.classes))
    return torch.from_numpy(np.exp(found))
