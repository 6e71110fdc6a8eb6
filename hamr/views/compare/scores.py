"""Scores side by side: macro-F1 and F1 of each class, with 95 % intervals.

Axes: A configurations, S seeds of one, K = 1 + C scores: macro-F1, then the classes (or entity
types), rarest in training first. Scores are in [0, 1]; NaN where a run has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.records import Split
from hamr.store import Run
from hamr.views.base.labels import Scored
from hamr.views.base.reviewed import Labels, called_now
from hamr.views.base.reviewed_scores import reviewed_scores
from hamr.views.base.significance import (
    RESAMPLES,
    Tally,
    percentiles,
    resample,
    t_interval,
    tally,
)
from hamr.views.compare.configurations import Configuration

MACRO = "macro-F1"
WITHOUT = "–"


@dataclass(frozen=True)
class Scores:
    """F1 of the configurations that have one, all on the same rows."""

    split: str
    one: str  # "class" or "entity type"
    unit: str  # what is counted: "rows" or "entities"
    names: tuple[str, ...]  # [C], rarest first
    counts: tuple[int, ...]  # in training, of the first configuration
    rows: int  # of the split
    configurations: tuple[str, ...]  # [A]
    seeds: tuple[tuple[int, ...], ...]  # [A]
    mean: np.ndarray  # [A, K]
    low: np.ndarray  # [A, K]
    high: np.ndarray  # [A, K]
    labels: Labels = "given"

    @property
    def resampled(self) -> tuple[bool, ...]:
        """Which configurations have one seed, so that their interval is over resampled rows."""
        return tuple(len(seeds) == 1 for seeds in self.seeds)

    @property
    def each(self) -> str:
        """What a row is called: a tagged one is a sentence."""
        return "row" if self.unit == "rows" else "sentence"

    @property
    def titles(self) -> tuple[str, ...]:
        """What each of the K scores is called, classes with their count."""
        named = zip(self.names, self.counts, strict=True)
        return (MACRO, *(f"{name} ({count:,})" for name, count in named))

    def best(self) -> np.ndarray:
        """Whether each has the highest mean to three digits, [A, K]; no one where one is alone."""
        if len(self.configurations) < 2:
            return np.zeros(self.mean.shape, bool)
        mean = np.where(np.isfinite(self.mean), self.mean, -np.inf).round(3)
        result: np.ndarray = np.isfinite(self.mean) & (mean == mean.max(axis=0))
        return result


def class_order(found: Sequence[Configuration]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Classes of all configurations, rarest first in the first one's training rows, and counts."""
    counts: dict[str, int] = {}
    for one in found:
        scored = Scored.of(one.runs[0])
        for name, count in zip(scored.names, scored.counts.tolist(), strict=True):
            counts.setdefault(name, count)
    order = sorted(counts, key=lambda name: counts[name])
    return tuple(order), tuple(counts[name] for name in order)


def scores(
    found: Sequence[Configuration], split: Split, labels: Labels = "given", version: object = None
) -> Scores:
    """The configurations' scores on "test" or "validation"; those without any are left out.

    With labels as reviewed, predictions at the best epoch are compared with what people decided
    on; `version` says which decisions there were, for whoever keeps the result. An interval is the
    t interval over seeds. With one seed it is the middle 95 % of scores on resampled rows, and NaN
    where the predictions were not kept.
    """
    read = _AsReviewed(found, split) if labels == "reviewed" else _AsGiven(found, split)
    names, counts = read.names, read.counts
    kept, seeds, lines = [], [], []
    for one in found:
        runs = read.runs(one)
        if not runs:
            continue
        values = np.stack([read.scores(run) for run in runs])
        interval = t_interval(values) if len(runs) > 1 else read.resampled(runs[0])
        kept.append(one)
        seeds.append(tuple(run.info.seed for run in runs))
        lines.append(np.stack([values.mean(axis=0), *interval]))
    table = np.stack(lines) if lines else np.empty((0, 3, 1 + len(names)))
    scored, info = Scored.of(found[0].runs[0]), found[0].info
    return Scores(
        split, scored.one, scored.unit, names, counts,
        info.test_rows if split == "test" else info.validation_rows,
        tuple(one.name for one in kept), tuple(seeds),
        table[:, 0], table[:, 1], table[:, 2], labels,
    )  # fmt: skip


class _AsGiven:
    """Scores by the labels that the runs had, as they recorded them."""

    def __init__(self, found: Sequence[Configuration], split: Split) -> None:
        self.names, self.counts = class_order(found)
        self._split = split

    def runs(self, one: Configuration) -> list[Run]:
        """The runs of a configuration that have scores."""
        return [run for run in one.runs if self._split == "validation" or run in one.finished]

    def scores(self, run: Run) -> np.ndarray:
        """[K]."""
        return run_scores(run, self._split, self.names)

    def resampled(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        """Low and high end over resampled rows, [K] each."""
        found = tally(run, self._split, self.names)
        return _percentiles(found, len(self.names))


class _AsReviewed:
    """Scores by the current labels, with classes as they are called now."""

    def __init__(self, found: Sequence[Configuration], split: Split) -> None:
        every = {run.id: reviewed_scores(run, split) for one in found for run in one.finished}
        self._found = {run: own for run, own in every.items() if own is not None and own.tallies}
        counts: dict[str, int] = {}
        for one in found:
            called = called_now(one.runs[0].store.decisions(one.info.label_source or ""),
                                one.runs[0])  # fmt: skip
            scored = Scored.of(one.runs[0])
            own: Counter[str] = Counter()
            for name, count in zip(scored.names, scored.counts.tolist(), strict=True):
                own[called[name]] += count
            counts = {**own, **counts}
        counts |= {n: 0 for one in self._found.values() for n in one.names if n not in counts}
        self.names = tuple(sorted(counts, key=lambda name: counts[name]))
        self.counts = tuple(counts[name] for name in self.names)

    def runs(self, one: Configuration) -> list[Run]:
        """The runs of a configuration whose predictions were kept."""
        return [run for run in one.runs if run.id in self._found]

    def scores(self, run: Run) -> np.ndarray:
        """[K]."""
        own = self._found[run.id]
        macro, *f1 = own.f1("reviewed").tolist()
        by_name = dict(zip(own.names, f1, strict=True))
        return np.array([macro, *(by_name.get(name, np.nan) for name in self.names)])

    def resampled(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        """Low and high end over resampled rows, [K] each."""
        own = self._found[run.id]
        return _percentiles(own.tallies["reviewed"].arranged(own.names, self.names), 0)


def run_scores(run: Run, split: str, names: Sequence[str]) -> np.ndarray:
    """A run's macro-F1 and F1 of each class in the order of `names`, [K].

    Validation scores of a run that still trains are those of its best epoch so far. NaN for a class
    that the split has no row of.
    """
    final = run.final()
    if final is not None:
        metrics = final.test if split == "test" else final.validation
        macro, f1, support = metrics.macro_f1, metrics.f1, metrics.support
    else:
        epoch = run.info.best_epoch or run.epochs()[-1]
        macro = next(s["macro_f1"] for s in run.scalars() if s["epoch"] == epoch)
        found = run.arrays(epoch, ["f1", "support"])
        f1, support = found["f1"], found["support"]
    own = run.info.scored
    result = np.full(1 + len(names), np.nan)
    result[0] = macro
    for c, name in enumerate(own):
        if support[c]:
            result[1 + names.index(name)] = f1[c]
    return result


def _percentiles(found: Tally | None, classes: int) -> tuple[np.ndarray, np.ndarray]:
    if found is None:
        nothing = np.full(1 + classes, np.nan)
        return nothing, nothing
    f1, macro = resample([found])
    return percentiles(np.concatenate([macro, f1[:, 0]], axis=1))


def both(given: Scores, reviewed: Scores) -> pd.DataFrame:
    """Macro-F1 of each configuration with labels as given and as reviewed."""
    frame = pd.DataFrame({"configuration": given.configurations})
    for labels, found in (("given", given), ("reviewed", reviewed)):
        at = {name: a for a, name in enumerate(found.configurations)}
        places = [at.get(name) for name in given.configurations]
        frame[f"{MACRO} as {labels}"] = [
            WITHOUT if a is None else cell(found, a, 0) for a in places
        ]
    return frame


def cell(scores: Scores, a: int, k: int, digits: int = 3) -> str:
    """A score with its interval: "0.612 ± 0.013" over seeds, "0.612 [0.570, 0.650]" over rows."""
    mean, low, high = scores.mean[a, k], scores.low[a, k], scores.high[a, k]
    if not np.isfinite(mean):
        return WITHOUT
    text = f"{mean:.{digits}f}"
    if not np.isfinite(low):
        return text
    if scores.resampled[a]:
        return f"{text} [{low:.{digits}f}, {high:.{digits}f}]"
    return f"{text} ± {max(high - mean, mean - low):.{digits}f}"


def table(scores: Scores) -> pd.DataFrame:
    """A line for each score, rare classes first; a column for each configuration."""
    frame = pd.DataFrame({scores.one: [MACRO, *scores.names]})
    frame[f"training {scores.unit}"] = pd.array([None, *scores.counts], dtype="Int64")
    for a, name in enumerate(scores.configurations):
        frame[name] = [cell(scores, a, k) for k in range(scores.mean.shape[1])]
    return frame


def numbers(scores: Scores) -> pd.DataFrame:
    """The same as numbers, a line for each configuration and score, for a CSV file."""
    kinds = ["bootstrap over rows" if one else "t over seeds" for one in scores.resampled]
    return pd.DataFrame(
        [
            {
                "configuration": name,
                "seeds": " ".join(map(str, scores.seeds[a])),
                "split": scores.split,
                "score": score,
                f"training {scores.unit}": ([None, *scores.counts])[k],
                "mean": scores.mean[a, k],
                "low": scores.low[a, k],
                "high": scores.high[a, k],
                "interval": kinds[a],
            }
            for a, name in enumerate(scores.configurations)
            for k, score in enumerate([MACRO, *scores.names])
        ]
    )


def caption(scores: Scores, data: str) -> str:
    """One line for below a table: data, rows, seeds, what the intervals are."""
    parts = [
        f"F1 on the {scores.rows:,} {scores.split} {scores.each}s of {data}, rarest "
        f"{scores.one} first (training {scores.unit} in brackets)",
        _over_seeds(scores),
    ]
    if scores.labels == "reviewed":
        parts.append("labels as reviewed by people")
    if not all(scores.resampled):
        parts.append("± is half of the 95 % t interval over seeds")
    if any(scores.resampled):
        parts.append(
            f"[ ] is the 95 % interval of {RESAMPLES:,} bootstrap resamples of the {scores.each}s, "
            "with one seed"
        )
    return "; ".join(parts) + "."


def _over_seeds(scores: Scores) -> str:
    """Which seeds the means are over, by configuration where they differ."""
    listed = [", ".join(map(str, seeds)) for seeds in scores.seeds]
    if len(set(listed)) == 1:
        return f"seed {listed[0]}" if len(scores.seeds[0]) == 1 else f"mean over seeds {listed[0]}"
    own = (f"{n}: {seeds}" for n, seeds in zip(scores.configurations, listed, strict=True))
    return f"mean over the seeds ({'; '.join(own)})"
