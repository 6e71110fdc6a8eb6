"""Hard regions as people read them: in which order, with which figures, and how they went.

Axes: M rows of a region, E epochs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hamr.decisions import State
from hamr.errors import StoreError
from hamr.legible import legible_name
from hamr.regions import Region, Regions, ordered
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.views.base.all_rows import AllRows
from hamr.views.base.labels import Labels, Scored
from hamr.views.base.region_rows import training_rows

ORDERS = {  # as links hold them: what the list says
    "importance": "Most important first",
    "hardness": "Hardest first",
    "label errors": "Most label errors first",
    "rare classes": "Rarest classes first",
    "gain": "Largest gain first",
}
MOST_CONFUSIONS = 5
MOST_CLASSES = 6


@dataclass(frozen=True)
class Reviewed:
    """How much of a region people have reviewed."""

    rows: int
    of: int
    unit: str = ""  # what is counted, where a region holds something else than rows

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.rows >= self.of

    def __str__(self) -> str:
        return f"{self.rows:,} of {self.of:,} {self.unit}{' ' if self.unit else ''}reviewed"


@dataclass(frozen=True)
class Fact:
    """A figure of a region against that of all other rows."""

    name: str
    own: str
    rest: str
    meaning: str


@dataclass(frozen=True)
class Curve:
    """The mean of a signal over a region's rows after each epoch."""

    name: str
    values: tuple[float, ...]  # [E]
    meaning: str


def in_order(run: Run, found: Regions, order: str) -> list[Region]:
    """The regions in one of ORDERS; those that could be chance after all others."""
    labels = Scored.of(run) if features(run.info.task).entities else Labels.of(run)
    rows = dict(zip(labels.names, labels.counts.tolist(), strict=True))
    return sorted(ordered(found.found, order, rows), key=lambda one: not one.beyond_chance)


def reviewed_rows(known: AllRows, states: Mapping[str, State]) -> np.ndarray:
    """The rows that somebody has decided on, ascending; a skip decides nothing."""
    decided = (i for i, state in states.items() if state.kind not in (None, "skip"))
    return np.array(sorted(known.rows[i] for i in decided if i in known.rows), np.int64)


def reviewed(run: Run, region: Region, done: np.ndarray) -> Reviewed:
    """How many of its training rows are among those `reviewed_rows`."""
    rows = training_rows(run, region)
    unit = TaskWords.of(run.info.task).unit if features(run.info.task).entities else ""
    return Reviewed(int(np.isin(rows, done).sum()), len(rows), unit)


def unit(run: Run) -> str:
    """What a region holds: rows, or entity mentions."""
    return "mention" if features(run.info.task).entities else "row"


def chance_in_words(region: Region) -> str:
    """Whether chance explains a region: "beyond chance (p < 0.01)"."""
    p_value = region.p_value
    p = "p < 0.01" if p_value < 0.01 else f"p = {p_value:.{2 if p_value >= 0.1 else 3}f}"
    return f"beyond chance ({p})" if region.beyond_chance else f"could be chance ({p})"


def summary(run: Run, region: Region) -> str:
    """Its size and how hard it is, on one line."""
    return (
        f"{len(region.rows):,} {unit(run)}s · {region.ranked_by} {region.hardness:.2f}, rest "
        f"{region.rest_hardness:.2f}"
    )


def what_is_wrong(region: Region) -> str:
    """How many label errors are expected in it, and the confusion that dominates."""
    errors = region.expected_label_errors
    about = f"{errors:,.0f}" if errors >= 10 else f"{errors:.1f}"
    said = f"{about} label errors"
    if not region.confusions:
        return said
    first = region.confusions[0]
    label, prediction = legible_name(first.label), legible_name(first.prediction)
    return f"{said} · {label} → {prediction} in {first.rows:,}"


def facts(run: Run, epoch: int, region: Region, seeds: np.ndarray) -> list[Fact]:
    """What sets the region apart; `seeds` [N] bool are the hard seeds."""
    level, rest, rows = region.hardness, region.rest_hardness, training_rows(run, region)
    expected = region.expected_label_errors / max(1, len(region.rows))
    found = [Fact(region.ranked_by, f"{level:.2f}", f"{rest:.2f}", _LEVELS[region.ranked_by])]
    if seeds.any():
        found.append(_shares("hard seeds", seeds, rows, "Share of rows among the hardest."))
    found.append(
        Fact(
            "expected label errors",
            f"{region.expected_label_errors:,.1f} ({expected:.0%})",
            "",
            "Sum of the estimated probabilities that a label is wrong.",
        )
    )
    gain = f"{region.gain:,.1f} {unit(run)}s"
    found.append(Fact("a fix would gain", gain, "", "What a fix would set right at most."))
    found += _held_out(run, region)
    for name, title, meaning in _WEIGHTS:
        if getattr(region, f"{name}_weight") is not None:
            found.append(_means(title, run.signal(name, epoch), rows, meaning))
    each = TaskWords.of(run.info.task).each
    draws = _means(f"draws a {each}", run.signal("draws", epoch), rows, "In this epoch.")
    return [*found, draws]


_LEVELS = {
    "hardness": "Mean hardness of its rows, and of all other training rows.",
    "loss": "Mean loss in nats: the run has no hardness, or one that ranks easy rows first.",
}
_WEIGHTS = (
    ("pre", "weight before the meta step", "Mean over the rows drawn in this epoch."),
    ("post", "weight after it", "Mean over the rows drawn in this epoch."),
)


def _rest(count: int, rows: np.ndarray) -> np.ndarray:
    rest = np.ones(count, bool)
    rest[rows] = False
    return rest


def _shares(name: str, mask: np.ndarray, rows: np.ndarray, meaning: str) -> Fact:
    own, rest = mask[rows].mean(), mask[_rest(len(mask), rows)]
    return Fact(name, f"{own:.0%}", f"{rest.mean():.0%}" if len(rest) else "", meaning)


def _means(name: str, values: np.ndarray, rows: np.ndarray, meaning: str) -> Fact:
    own, rest = values[rows], values[_rest(len(values), rows)]
    return Fact(name, _mean(own), _mean(rest), meaning)


def _mean(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.mean():.2f}" if len(known) else ""


def _held_out(run: Run, region: Region) -> list[Fact]:
    """Macro-F1 of the validation and test rows that fall in it, against that of all of them."""
    final = run.final()
    if final is None:
        return []
    found = []
    for name, own, whole in (
        ("validation", region.validation_f1, final.validation.macro_f1),
        ("test", region.test_f1, final.test.macro_f1),
    ):
        if own is not None:
            meaning = f"Macro-F1 of the {name} {unit(run)}s in it, and of all of them."
            found.append(Fact(f"{name} F1", f"{own:.2f}", f"{whole:.2f}", meaning))
    return found


@dataclass(frozen=True)
class MeanOf:
    """The mean of a signal over some rows; NaN where it has no value there."""

    rows: bytes  # int64; a tuple of as many takes a while to compare

    def __call__(self, values: np.ndarray) -> np.ndarray:
        known = np.asarray(values[np.frombuffer(self.rows, np.int64)], float)
        known = known[np.isfinite(known)]
        return np.array(known.mean() if len(known) else np.nan)


def curves(run: Run, rows: np.ndarray) -> list[Curve]:
    """How hardness, weight and draws of the region's rows went over the epochs."""
    mean, epochs = MeanOf(np.asarray(rows, np.int64).tobytes()), run.epochs()
    found = []
    for name, title, meaning in _CURVES:
        try:
            values = [float(value) for value in run.reduce_over(name, epochs, mean)]
        except StoreError:  # an older version recorded no such signal
            continue
        if np.isfinite(values).all():
            found.append(Curve(title, tuple(values), meaning))
    return found


_CURVES = (
    ("hardness", "hardness over the epochs", "Mean over the region's rows after each epoch."),
    (
        "post",
        "weight over the epochs",
        "Mean post-meta weight of the region's drawn rows in each epoch.",
    ),
    ("draws", "draws over the epochs", "Mean number of draws of the region's rows in each epoch."),
)


def neighbours_in(order: Sequence[Region], region: Region) -> tuple[str | None, str | None]:
    """The ids of the regions before and after that one in a list; None at its ends."""
    ids = [one.id for one in order]
    at = ids.index(region.id)
    return ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None
