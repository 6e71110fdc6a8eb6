"""The search for hard regions: candidates, scan, choice, members, description."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hamr.regions.candidates import Candidates, find_candidates
from hamr.regions.describe import Describing, Named, plain_names
from hamr.regions.evidence import evidence_of
from hamr.regions.found import Regions
from hamr.regions.inputs import HeldOutRows, RegionSignals
from hamr.regions.members import members
from hamr.regions.scan import Scan, scan

MOST = 30  # regions
FILLED = 10  # with less clear ones, as long as labels depart from the evidence at all
SIGNIFICANT = 0.05  # p-value
OVERLAP = 0.3  # the largest share of a region's rows that better regions may hold
ONE_CLASS = "All rows have the same class, so that none is mistaken for another."
NOTHING = "In no group of rows do the labels depart from what the evidence says."

Names = Callable[[Sequence[np.ndarray], Sequence[tuple[str, ...]]], list[Named]]


@dataclass(frozen=True)
class Found:
    """The rows of a region, and the candidate that pointed to it."""

    rows: Int[np.ndarray, " m"]
    candidate: int


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
    `names` gives for the rows of each region, and the classes it is about (label and prediction of
    its main confusion, or its largest class), its terms and its name; by default classes alone.
    Where there is none, `why_none` says why; odd rows raise no exception.
    """
    labels = np.asarray(labels).astype(np.int64)
    given = find_candidates(vectors, texts) if candidates is None else candidates
    why = given.why_none if not len(given) else ONE_CLASS if len(np.unique(labels)) < 2 else ""
    if why:
        return _none(len(labels), why)
    evidence = evidence_of(signals, labels, given, np.asarray(vectors))
    scanned = scan(given, evidence.p_label, labels)
    found = choose(given, scanned, labels)
    if not found:
        return _none(len(labels), NOTHING)
    describing = Describing(labels, tuple(classes), signals, evidence)
    chosen = [region.candidate for region in found]
    return describing.regions(
        [region.rows for region in found],
        scanned.score[chosen],
        scanned.p_value[chosen],
        np.asarray(vectors),
        held_out,
        names or plain_names,
    )


def choose(given: Candidates, scanned: Scan, labels: Int[np.ndarray, " n"]) -> list[Found]:
    """The regions that the best candidates point to and that hardly overlap, best first."""
    matrix, taken = given.matrix(), np.zeros(given.rows, bool)
    found: list[Found] = []
    for candidate in np.argsort(-scanned.score, kind="stable").tolist():
        most = MOST if scanned.p_value[candidate] <= SIGNIFICANT else FILLED
        if scanned.score[candidate] <= 0 or len(found) >= most:
            break
        rows = given.of(candidate)
        if taken[rows].mean() > OVERLAP:
            continue
        grown = members(candidate, given, scanned, labels, matrix)
        if taken[grown].mean() <= OVERLAP:
            found.append(Found(grown, candidate))
            taken[grown] = True
        taken[rows] = True
    return found


def _none(count: int, why: str) -> Regions:
    return Regions((), np.full(count, -1, np.int32), why)
