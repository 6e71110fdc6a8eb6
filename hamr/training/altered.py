"""What a method changes of the training rows, and of their targets, before the first step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from hamr.config import TrainingSettings
from hamr.methods import resolved
from hamr.records import Dataset
from hamr.training.embedded import Embedded


@dataclass(frozen=True)
class Altered:
    """The labels that training steps use, by index, and the rows that they see in addition."""

    labels: torch.Tensor  # [rows of all splits + M]; scores always use the rows' own
    made: np.ndarray  # [M, D] float32 embeddings of made-up rows


def altered(
    dataset: Dataset,
    settings: TrainingSettings,
    embedded: Embedded,
    labels: torch.Tensor,
    kept: np.ndarray | None = None,
) -> Altered:
    """Labels and rows as the method changes them; most methods change nothing.

    `labels` are those of all splits, training rows first. The method sees the `kept` [K] training
    rows, by default all.
    """
    if settings.traits.alters is None:
        return Altered(labels, np.zeros((0, 0), np.float32))
    alter = resolved(settings.traits.alters, f"what method {settings.method} alters")
    own = dataset.train.labels.astype(np.int64)
    x = np.asarray(embedded.rows[: len(own)])
    used = slice(None) if kept is None else kept
    found = alter(x[used], own[used], len(dataset.classes), settings)
    changed = own.copy()
    changed[used] = found.labels
    parts = changed, labels[len(own) :], found.made_labels
    return Altered(torch.cat([torch.as_tensor(part) for part in parts]), found.made)


def soft_targets_of(
    dataset: Dataset,
    settings: TrainingSettings,
    embedded: Embedded,
    kept: np.ndarray | None = None,
) -> torch.Tensor | None:
    """q [N, C] of the training rows, for `losses.soft_targets`; None for methods without them.

    Only the `kept` [K] rows count, by default all; the others, which are never drawn, have 1 / C.

    The classifiers see the training rows alone. With validation rows they would be better, but
    scores on those would then be of rows whose labels were trained on.
    """
    if not settings.effective_soft_target_weight:
        return None
    labels = dataset.train.labels.astype(np.int64)
    vectors = np.asarray(embedded.rows[: len(labels)])
    return torch.from_numpy(left_out(vectors, labels, len(dataset.classes), kept))


def left_out(
    vectors: np.ndarray, labels: np.ndarray, class_count: int, kept: np.ndarray | None = None
) -> np.ndarray:
    """q [N, C] float32: what classifiers of all other rows' embeddings [N, D] say of each row.

    Only the `kept` [K] rows count; the others have 1 / C.
    """
    from hamr.triage.loo_ensemble import loo_ensemble

    used = slice(None) if kept is None else kept
    # BLAS threads cost more than they save in products this small, above all next to other work.
    with threadpool_limits(1):
        found: np.ndarray = np.exp(loo_ensemble(vectors[used], labels[used], class_count))
    if kept is None:
        return found
    targets = np.full((len(labels), class_count), 1 / class_count, found.dtype)
    targets[kept] = found
    return targets
