"""Which hard regions of a run got better or worse in another run on the same rows.

The regions are those of run A; their rows are fixed, and measured in both runs. Rows are matched
by id, so that a run on corrected labels can be compared with the one before: each run's mistakes
are then counted by its own labels.

Axes: M rows of a region that both runs have; R regions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.regions import Region, RegionSignals
from hamr.store import Run
from hamr.tasks import features
from hamr.views.base.all_rows import AllRows
from hamr.views.base.region_inputs import held_out_predictions, inputs_of
from hamr.views.base.regions import regions_of
from hamr.views.base.significance import Tally, f1_of, percentiles, resample, t_interval

BETTER, WORSE, SAME = "better", "worse", "no detectable difference"
FEWEST, LEAST_SHARE = 5, 0.5  # rows of a score; of a region's rows that B must have


@dataclass(frozen=True)
class Measure:
    """A measure of a region in both runs, with the 95 % interval of B minus A."""

    a: float
    b: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """B minus A."""
        return self.b - self.a


@dataclass(frozen=True)
class RegionChange:
    """A region of run A and how it does in run B."""

    region: Region
    rows: int  # of the region, in both runs
    mistakes: Measure  # share of the rows that the model predicts wrongly
    loss: Measure  # nats
    validation_f1: Measure | None  # macro-F1; None: too few validation rows, or none recorded

    @property
    def verdict(self) -> str:
        """By the interval of the mistakes."""
        if self.mistakes.high < 0:
            return BETTER
        return WORSE if self.mistakes.low > 0 else SAME


@dataclass(frozen=True)
class Compared:
    """The regions of run A, those that changed most first; or why they can't be compared."""

    changes: tuple[RegionChange, ...]
    why_none: str = ""

    def count(self, verdict: str) -> int:
        """How many regions got better, worse, or neither."""
        return sum(one.verdict == verdict for one in self.changes)


def compared(a: Run, b: Run, epoch_a: int, epoch_b: int) -> Compared:
    """The regions of A after an epoch, measured in both runs.

    Intervals of mistakes and loss are t intervals over the rows, paired, which hold together for
    all regions; those of F1 are bootstrapped over the validation rows.
    """
    found = regions_of(a, epoch_a)
    if not found.found:
        return Compared((), found.why_none)
    in_b = _same_rows(a, b)
    if in_b is None:
        return Compared((), "The two runs have different training rows.")
    inputs = inputs_of(a), inputs_of(b)
    signals = tuple(
        one.signals(epoch, with_label_errors=False)
        for one, epoch in zip(inputs, (epoch_a, epoch_b), strict=True)
    )
    wrong = tuple(
        (own.predictions != one.labels).astype(float)
        for own, one in zip(signals, inputs, strict=True)
    )
    validation = _Validation.of(a, b)
    changes = []
    for region in found.found:
        rows = region.rows[in_b[region.rows] >= 0]
        if len(rows) < max(FEWEST, LEAST_SHARE * len(region.rows)):
            continue
        changes.append(
            RegionChange(
                region,
                len(rows),
                _paired(wrong[0][rows], wrong[1][in_b[rows]], len(found.found)),
                _paired(*_losses(signals, rows, in_b[rows]), len(found.found)),
                None if validation is None else validation.f1(region),
            )
        )
    if not changes:
        return Compared((), "Run B has too few rows of the regions of run A.")
    return Compared(tuple(sorted(changes, key=_by_change)))


def _by_change(change: RegionChange) -> tuple[bool, float]:
    return change.verdict == SAME, -abs(change.mistakes.difference)


def _same_rows(a: Run, b: Run) -> np.ndarray | None:
    """The index in B of each training row of A, -1 where it has none; None where none is shared.

    Mentions are the same only where the labels are.
    """
    count = len(inputs_of(a).labels)
    if a.info.fingerprint == b.info.fingerprint:
        return np.arange(count)
    if features(a.info.task).entities or a.info.task != b.info.task:
        return None
    tables = a.rows(), b.rows()
    ids = [table.ids(np.arange(len(table))) for table in tables]
    place = {row_id: row for row, row_id in enumerate(ids[1])}
    found = np.array([place.get(row_id, -1) for row_id in ids[0]], np.int64)
    shared = np.flatnonzero(found >= 0)
    texts = zip(tables[0].texts(shared), tables[1].texts(found[shared]), strict=True)
    found[[row for row, (one, other) in zip(shared, texts, strict=True) if one != other]] = -1
    return found if (found >= 0).any() else None


def _losses(
    signals: tuple[RegionSignals, ...], rows: np.ndarray, in_b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return signals[0].loss[rows].astype(float), signals[1].loss[in_b].astype(float)


def _paired(a: np.ndarray, b: np.ndarray, comparisons: int) -> Measure:
    low, high = t_interval(b - a, comparisons)
    return Measure(float(a.mean()), float(b.mean()), float(low), float(high))


@dataclass(frozen=True)
class _Validation:
    """The validation rows of run A by their index among the rows of all its splits, in both."""

    first: int
    tallies: tuple[Tally, Tally]

    @classmethod
    def of(cls, a: Run, b: Run) -> _Validation | None:
        """None where the validation rows differ, or a run has not recorded its predictions."""
        if features(a.info.task).entities or a.classes != b.classes:
            return None
        tables = a.rows("validation"), b.rows("validation")
        every = [np.arange(len(table)) for table in tables]
        if tables[0].ids(every[0]) != tables[1].ids(every[1]):
            return None
        labels, said = tables[0].labels, [held_out_predictions(run)[: len(tables[0])]
                                          for run in (a, b)]  # fmt: skip
        if any((own < 0).any() for own in said):
            return None
        one, other = (Tally.of_labels(labels, own, len(a.classes)) for own in said)
        return cls(AllRows.of(a).trained, (one, other))

    def f1(self, region: Region) -> Measure | None:
        """Macro-F1 of the region's validation rows."""
        rows = region.held_out - self.first
        rows = rows[rows < len(self.tallies[0])]
        if len(rows) < FEWEST:
            return None
        own = [Tally(one.hits[rows], one.sizes[rows]) for one in self.tallies]
        _, drawn = resample(own)
        _, (a, b) = f1_of(
            np.stack([one.hits.sum(0) for one in own]), np.stack([one.sizes.sum(0) for one in own])
        )
        low, high = percentiles(drawn[:, 1] - drawn[:, 0])
        return Measure(float(a), float(b), float(low), float(high))


def table(found: Compared) -> pd.DataFrame:
    """The regions with each measure in both runs, and the interval of the difference."""
    lines = []
    for one in found.changes:
        chance = "" if one.region.beyond_chance else "could be chance"
        line = {"region": one.region.name, "B is": one.verdict, "in A": chance, "rows": one.rows}
        for name, measure in (
            ("mistakes", one.mistakes), ("loss", one.loss), ("validation F1", one.validation_f1),
        ):  # fmt: skip
            parts = (measure.a, measure.b, measure.low, measure.high) if measure else (np.nan,) * 4
            for part, value in zip(("A", "B", "low", "high"), parts, strict=True):
                line[f"{name}: {part}"] = value
        lines.append({**line, "id": one.region.id})
    return pd.DataFrame(lines)
