"""The search for hard regions: candidates, scan, choice, description."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

from hamr.regions.candidates import Candidates, find_candidates
from hamr.regions.describe import Describing, plain_names
from hamr.regions.found import Regions
from hamr.regions.inputs import HeldOutRows, RegionSignals
from hamr.regions.scan import scan

MOST = 30  # regions
OVERLAP = 0.3  # the largest share of a region's rows that a better region may hold
HARD_SHARE = 0.2  # of the rows, where the run names no seeds
FLAT = 1e-9
ONE_CLASS = "All rows have the same class, so that none is mistaken for another."
NOTHING = "No group of rows is harder than the rest of its classes."

Names = Callable[
    [Sequence[np.ndarray], Sequence[tuple[str, ...]]], list[tuple[tuple[str, ...], str]]
]


@dataclass(frozen=True)
class Evidence:
    """What speaks for trouble in each row."""

    level: Float64[np.ndarray, " n"]  # hardness, or loss
    ranked_by: str
    seeds: Bool[np.ndarray, " n"]
    p_wrong: Float64[np.ndarray, " n"]


def find_regions(
    vectors: Float[np.ndarray, "n d"],
    labels: Int[np.ndarray, " n"],
    classes: Sequence[str],
    signals: RegionSignals,
    *,
    texts: Sequence[str] | None = None,
    held_out: HeldOutRows | None = None,
    candidates: Candidates | None = None,
    names: Names | None = None,
) -> Regions:
    """The hard regions of a run after an epoch, most important first.

    `candidates` are those of the same rows from `find_candidates`, found now where none are given.
    `names` gives for the rows of each region, and the classes it is about (most rows first; of a
    confusion: label, prediction), its terms and its name; by default the classes alone.
    Where there is none, `why_none` says why; odd rows raise no exception.
    """
    labels = np.asarray(labels)
    found = candidates or find_candidates(vectors, texts)
    if not len(found):
        return _none(len(labels), found.why_none)
    if len(np.unique(labels)) < 2:
        return _none(len(labels), ONE_CLASS)
    evidence = evidence_of(signals)
    if evidence is None:
        return _none(len(labels), "All rows are equally hard.")
    score, p_value = _scanned(found, evidence, labels)
    chosen = choose(found, score)
    if not chosen:
        return _none(len(labels), NOTHING)
    describing = Describing(
        labels=labels, classes=tuple(classes), signals=signals, level=evidence.level,
        ranked_by=evidence.ranked_by, seeds=evidence.seeds, p_wrong=evidence.p_wrong,
    )  # fmt: skip
    rows = [found.of(candidate) for candidate in chosen]
    return describing.regions(
        rows, score[chosen], p_value[chosen], np.asarray(vectors), held_out, names or plain_names
    )


def evidence_of(signals: RegionSignals) -> Evidence | None:
    """The evidence in a run's signals; None where nothing tells its rows apart."""
    level, ranked_by = signals.hardness, "hardness"
    if (
        level is None
        or not np.isfinite(level).any()
        or float(np.nanmax(level) - np.nanmin(level)) < FLAT
    ):
        level, ranked_by = signals.loss, "loss"
    level = _finite(level)
    wrong = (
        np.zeros(len(level)) if signals.p_wrong is None else np.clip(_finite(signals.p_wrong), 0, 1)
    )
    if np.ptp(level) < FLAT and np.ptp(wrong) < FLAT:
        return None
    seeds = signals.seeds
    if seeds is None or ranked_by == "loss":
        seeds = np.zeros(len(level), bool)
        seeds[np.argsort(-level, kind="stable")[: max(1, round(HARD_SHARE * len(level)))]] = True
    return Evidence(level, ranked_by, np.asarray(seeds, bool), wrong)


def _finite(values: Float[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """The values, with the median of the others in place of NaN and infinity."""
    given = np.asarray(values, float)
    known = np.isfinite(given)
    return np.where(known, given, np.median(given[known]) if known.any() else 0.0)


def _scanned(
    found: Candidates, evidence: Evidence, labels: Int[np.ndarray, " n"]
) -> tuple[np.ndarray, np.ndarray]:
    """(score, p-value) of each candidate: of its better kind of evidence, counted twice."""
    kinds = [
        kind for kind in (evidence.p_wrong, evidence.seeds.astype(float)) if np.ptp(kind) > FLAT
    ]
    results = [scan(found, kind, labels) for kind in kinds]
    score = np.sum([result[0] for result in results], axis=0)
    p_value = np.min([result[1] for result in results], axis=0)
    return score, np.minimum(1.0, p_value * len(results))


def choose(found: Candidates, score: Float64[np.ndarray, " q"]) -> list[int]:
    """The best candidates that hardly overlap, best first."""
    taken = np.zeros(found.rows, bool)
    chosen: list[int] = []
    for candidate in np.argsort(-score, kind="stable").tolist():
        if score[candidate] <= 0 or len(chosen) == MOST:
            break
        rows = found.of(candidate)
        if taken[rows].mean() <= OVERLAP:
            chosen.append(candidate)
            taken[rows] = True
    return chosen


def _none(count: int, why: str) -> Regions:
    return Regions((), np.full(count, -1, np.int32), why)
