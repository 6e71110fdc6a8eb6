"""Neighbour evidence of a made-up run in which rows lie with their class, but the first few, whose
labels are wrong beyond doubt."""

from __future__ import annotations

import numpy as np

from hamr.triage import NeighbourEvidence, neighbour_evidence
from hamr.views.base.all_rows import AllRows

WRONG = 3  # rows, the first ones
SPREAD, NEAREST = 0.3, 12


def clear_evidence(run, labels=None, class_count=None) -> NeighbourEvidence:
    """As `hamr.jobs.neighbour_evidence_of`, of embeddings that tell the classes apart."""
    random, rows = np.random.default_rng(0), AllRows.of(run)
    labels = rows.labels if labels is None else labels
    count = class_count or len(run.classes)
    right = rows.labels.copy()
    right[:WRONG] = (right[:WRONG] + 1) % len(run.classes)
    vectors = np.eye(count)[right] + SPREAD * random.normal(size=(len(rows), count))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    trained, known = len(run.rows().labels), rows.of_split("test").start
    similar = vectors @ vectors[:trained].T
    similar[np.arange(trained), np.arange(trained)] = -np.inf  # a row is no neighbour of its own
    near = np.argsort(-similar, axis=1)[:, :NEAREST].astype(np.int32)
    similar = np.take_along_axis(similar, near, 1)
    return neighbour_evidence(vectors, labels, near, similar, count, giving=known, trained=trained)
