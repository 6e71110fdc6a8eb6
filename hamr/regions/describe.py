"""What distinguishes a region, once its rows are chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.regions.evidence import Evidence
from hamr.regions.found import Confusion, Region, Regions
from hamr.regions.held_out import falls_in, macro_f1, nearest_training_rows
from hamr.regions.identity import region_id
from hamr.regions.inputs import HeldOutRows, RegionSignals

CONFUSIONS = 5  # listed
FEW, ABOUT = 2, 0.1  # rows of the confusion a region is about: at least; share of its rows
HOLDS = 0.8  # the share of a region's rows that its parent holds

Named = tuple[tuple[str, ...], str]


def plain_names(rows: Sequence[np.ndarray], about: Sequence[tuple[str, ...]]) -> list[Named]:
    """Names without terms: the classes that a region is about."""
    return [((), " ↔ ".join(names)) for names in about]


@dataclass(frozen=True)
class Describing:
    """What the regions of a run are described by."""

    labels: Int[np.ndarray, " n"]
    classes: tuple[str, ...]
    signals: RegionSignals
    evidence: Evidence

    def regions(
        self,
        groups: Sequence[np.ndarray],
        scores: Float64[np.ndarray, " r"],
        p_values: Float64[np.ndarray, " r"],
        vectors: Float[np.ndarray, "n d"],
        held_out: HeldOutRows | None,
        names: Callable[[Sequence[np.ndarray], Sequence[tuple[str, ...]]], list[Named]],
    ) -> Regions:
        """The regions with these rows, in this order."""
        nearest = None if held_out is None else nearest_training_rows(vectors, held_out.vectors)
        confusions = [self._confusions(rows) for rows in groups]
        classes = [self._classes(rows) for rows in groups]
        named = names(groups, [_about(*both) for both in zip(confusions, classes, strict=True)])
        ids = [region_id(rows) for rows in groups]
        found = []
        for n, rows in enumerate(groups):
            inside = self._held_out(rows, nearest, held_out)
            found.append(
                Region(
                    id=ids[n],
                    terms=named[n][0],
                    name=named[n][1],
                    rows=rows,
                    score=float(scores[n]),
                    p_value=float(p_values[n]),
                    confusions=confusions[n],
                    classes=classes[n],
                    parent=_parent(n, groups, ids),
                    **self._signals(rows),
                    **inside,
                )
            )
        return Regions(tuple(found), _smallest(groups, len(self.labels)))

    def _signals(self, rows: Int[np.ndarray, " m"]) -> dict[str, Any]:
        rest = np.ones(len(self.labels), bool)
        rest[rows] = False
        wrong = float(self.evidence.p_wrong[rows].sum())
        missed = self.signals.predictions[rows] != self.labels[rows]
        usual = float(self.evidence.level[rest].mean()) if rest.any() else 0.0
        hardness = float(self.evidence.level[rows].mean())
        excess = max(0.0, 1 - usual / hardness) if hardness > 0 else 0.0
        draws = self.signals.draws
        return {
            "hardness": hardness,
            "rest_hardness": usual,
            "hard_share": float(self.evidence.seeds[rows].mean()),
            "ranked_by": self.evidence.ranked_by,
            "expected_label_errors": wrong,
            "gain": wrong + excess * float((missed * (1 - self.evidence.p_wrong[rows])).sum()),
            "pre_weight": _mean(self.signals.pre_weight, rows),
            "post_weight": _mean(self.signals.post_weight, rows),
            "draws": 0.0 if draws is None else _mean(draws, rows) or 0.0,
        }

    def _confusions(self, rows: Int[np.ndarray, " m"]) -> tuple[Confusion, ...]:
        said, own = self.signals.predictions[rows], self.labels[rows]
        wrong = (said != own) & (said >= 0)
        pairs, counts = np.unique(np.stack([own[wrong], said[wrong]]), axis=1, return_counts=True)
        best = np.argsort(-counts, kind="stable")[:CONFUSIONS]
        return tuple(
            Confusion(self.classes[pairs[0, n]], self.classes[pairs[1, n]], int(counts[n]))
            for n in best
        )

    def _classes(self, rows: Int[np.ndarray, " m"]) -> dict[str, int]:
        counts = np.bincount(self.labels[rows], minlength=len(self.classes))
        order = np.argsort(-counts, kind="stable")
        return {self.classes[n]: int(counts[n]) for n in order if counts[n]}

    def _held_out(
        self,
        rows: Int[np.ndarray, " m"],
        nearest: Int[np.ndarray, "h k"] | None,
        held_out: HeldOutRows | None,
    ) -> dict[str, Any]:
        if nearest is None or held_out is None:
            return {"held_out": np.zeros(0, np.int64), "validation_f1": None, "test_f1": None}
        inside = falls_in(nearest, rows, len(self.labels))
        scores = [
            macro_f1(held_out.labels[own], held_out.predictions[own])
            for own in (inside & ~held_out.is_test, inside & held_out.is_test)
        ]
        return {
            "held_out": np.sort(held_out.rows[inside & (held_out.rows >= 0)]),
            "validation_f1": scores[0],
            "test_f1": scores[1],
        }


def _about(confusions: tuple[Confusion, ...], classes: dict[str, int]) -> tuple[str, ...]:
    """The classes a region is about: those of a confusion that many of its rows have, else its
    largest class.
    """
    least = max(FEW, ABOUT * sum(classes.values()))
    if confusions and confusions[0].rows >= least:
        return confusions[0].label, confusions[0].prediction
    return tuple(list(classes)[:1])


def _mean(values: Float[np.ndarray, " n"] | None, rows: Int[np.ndarray, " m"]) -> float | None:
    if values is None:
        return None
    known = np.asarray(values[rows], float)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else None


def _parent(own: int, groups: Sequence[np.ndarray], ids: Sequence[str]) -> str | None:
    """The id of the smallest larger region that holds most of a region's rows."""
    rows, held = groups[own], []
    for n, other in enumerate(groups):
        if len(other) > len(rows) and len(np.intersect1d(rows, other)) >= HOLDS * len(rows):
            held.append((len(other), ids[n]))
    return min(held)[1] if held else None


def _smallest(groups: Sequence[np.ndarray], count: int) -> Int[np.ndarray, " n"]:
    """The index of the smallest region of each row, or -1."""
    found = np.full(count, -1, np.int32)
    for n in sorted(range(len(groups)), key=lambda n: -len(groups[n])):
        found[groups[n]] = n
    return found
