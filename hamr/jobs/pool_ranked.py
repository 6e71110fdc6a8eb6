"""The rows of a pool that a strategy labels first, with what the run's model makes of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hamr.decisions import as_json
from hamr.jobs.pool_cache import pool_of
from hamr.jobs.pool_scores import are_sentences, pool_order, scored
from hamr.jobs.pool_sentences import proposal, uncertainty
from hamr.store import Run


@dataclass(frozen=True)
class Ranked:
    """A row of the pool in the order of a strategy."""

    index: int  # in the pool
    row_id: str
    text: str
    prediction: str  # the class; of a sentence its entities as JSON: [[0, 2, "person"], ...]
    measure: float  # the probability of the class; of a sentence its uncertainty


def measure_of(run: Run) -> str:
    """What `Ranked.measure` is."""
    return "uncertainty" if are_sentences(run) else "probability"


def ranked(
    run: Run,
    strategy: str,
    count: int,
    *,
    seed: int = 0,
    called: Mapping[str, str] | None = None,
) -> list[Ranked]:
    """The rows that a strategy labels first. Predictions are by what the classes, or types, are
    `called` now. Raises as `pool_order`.
    """
    own, names = _of_sentences if are_sentences(run) else _of_texts, called or {}
    pool, rows = pool_of(run), pool_order(run, strategy, count, seed=seed)
    found = own(run, rows, names)
    return [
        Ranked(row, pool.row_id(row), text, prediction, measure)
        for row, text, (prediction, measure) in zip(
            rows.tolist(), pool.texts(rows), found, strict=True
        )
    ]


Found = list[tuple[str, float]]  # the prediction of each row, and its measure


def _of_texts(run: Run, rows: np.ndarray, called: Mapping[str, str]) -> Found:
    if not len(rows):
        return []
    chances = scored(run).probabilities[rows].astype(np.float32)
    names = [run.classes[one] for one in chances.argmax(1).tolist()]
    own = [called.get(name, name) for name in names]
    return [*zip(own, chances.max(1).tolist(), strict=True)]


def _of_sentences(run: Run, rows: np.ndarray, called: Mapping[str, str]) -> Found:
    whole = uncertainty(run)
    assert whole is not None  # `pool_order` has read it
    found = []
    for row in rows.tolist():
        own = proposal(run, row)
        label = () if own is None else own.label(run.info.scored, called)
        found.append((json.dumps(as_json(label), ensure_ascii=False), float(whole[row])))
    return found
