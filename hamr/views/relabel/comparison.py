"""Does a run on current labels do better than the run before? Both on the same held-out rows.

The difference of F1 has a 95 % interval. Over rows: rows are drawn with replacement, the same ones
for both runs (paired bootstrap). Over seeds, where several were trained: a paired t interval. With
both, the wider one at each end is shown, as either can be the smaller part of chance.

Classes are looked at together, so their intervals hold together: over rows they are as wide as it
takes for all of them to hold in 95 % of the resamples (the largest studentised deviation, Romano
and Wolf 2005, Econometrica 73), over seeds by Bonferroni's correction. Two runs that differ on less
than `DECISIVE` rows of a class can't be distinguished there: even if all of these rows spoke for
one of them, the chance of that would be 2 · 0.5^5 = 6 %.

Axes: R resamples, P pairs of runs with the same seed, n rows, K = 1 + C scores: macro-F1 first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.store import Run
from hamr.views.base.reviewed import LABELS, HeldOut, Labels
from hamr.views.base.significance import LEVEL, Tally, f1_of, percentiles, resample, t_interval

MACRO = "macro-F1"
DECISIVE = 6  # rows on which two runs must differ before one can be called better
BETTER, WORSE = "better", "worse"
NO_DIFFERENCE, TOO_FEW = "no detectable difference", "too few rows to tell"


@dataclass(frozen=True)
class Comparison:
    """F1 before and after, on the same rows with the same labels."""

    titles: tuple[str, ...]  # [K]: macro-F1, then the classes that occur
    before: np.ndarray  # [K], the mean over the pairs
    after: np.ndarray  # [K]
    low: np.ndarray  # [K] of after minus before; NaN where too few rows tell
    high: np.ndarray  # [K]
    decisive: np.ndarray  # [K], rows on which the two runs differ, the mean over the pairs
    seeds: int
    rows: int

    @property
    def difference(self) -> np.ndarray:
        """After minus before, [K]."""
        found: np.ndarray = self.after - self.before
        return found

    def verdict(self, k: int = 0) -> str:
        """What can be said of a score: better or worse only if its interval leaves out 0."""
        if self.decisive[k] == 0:
            return NO_DIFFERENCE
        if not np.isfinite(self.low[k]):
            return TOO_FEW if k else NO_DIFFERENCE
        if self.low[k] > 0:
            return BETTER
        return WORSE if self.high[k] < 0 else NO_DIFFERENCE

    def interval(self, k: int = 0) -> str:
        """Such as "+0.031 [+0.008, +0.055]"."""
        words = f"{self.difference[k]:+.3f}"
        if np.isfinite(self.low[k]):
            words += f" [{self.low[k]:+.3f}, {self.high[k]:+.3f}]"
        return words.replace("-", "\N{MINUS SIGN}")


def compare(pairs: Sequence[tuple[Run, Run]], held: HeldOut, labels: Labels) -> Comparison | None:
    """The runs before and after, by pairs of the same seed, on test; None until all have ended."""
    tallies = [
        (held.tally(before, "test", labels), held.tally(after, "test", labels))
        for before, after in pairs
    ]
    whole = [(b, a) for b, a in tallies if b is not None and a is not None]
    return comparison(whole, held.names) if whole and len(whole) == len(pairs) else None


def comparison(pairs: Sequence[tuple[Tally, Tally]], names: Sequence[str]) -> Comparison:
    """The same from what F1 is made of; classes without labels and predictions are left out."""
    every = [tally for pair in pairs for tally in pair]
    sizes = np.stack([tally.sizes.sum(0) for tally in every])
    kept = np.flatnonzero(sizes.sum(0) > 0)
    scores = _scores(np.stack([t.hits.sum(0) for t in every]), sizes, kept).reshape(
        len(pairs), 2, -1
    )
    f1, macro = resample(every)
    drawn = np.concatenate([macro[:, :, None], f1[:, :, kept]], axis=2)
    drawn = drawn.reshape(len(drawn), len(pairs), 2, -1)
    gaps = scores[:, 1] - scores[:, 0]
    decisive = _decisive(pairs, kept)
    low, high = _interval(gaps, (drawn[:, :, 1] - drawn[:, :, 0]).mean(1), decisive)
    return Comparison(
        (MACRO, *(names[c] for c in kept.tolist())), scores[:, 0].mean(0), scores[:, 1].mean(0),
        low, high, decisive, len(pairs), len(every[0]),
    )  # fmt: skip


def _scores(hits: np.ndarray, sizes: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Macro-F1 and F1 by class of each tally, [2P, K]."""
    f1, macro = f1_of(hits, sizes)
    found: np.ndarray = np.concatenate([macro[:, None], f1[:, kept]], axis=1)
    return found


def _decisive(pairs: Sequence[tuple[Tally, Tally]], kept: np.ndarray) -> np.ndarray:
    """Rows on which before and after differ: in anything, and in each class, [K]."""
    differ = [(b.hits != a.hits) | (b.sizes != a.sizes) for b, a in pairs]
    counts = [[one.any(1).sum(), *one[:, kept].sum(0)] for one in differ]
    found: np.ndarray = np.mean(counts, axis=0)
    return found


def _interval(
    gaps: np.ndarray, drawn: np.ndarray, decisive: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end of each difference [K], from those of pairs [P, K] and resamples [R, K]."""
    mean, enough = gaps.mean(0), decisive >= DECISIVE
    low, high = np.full((2, len(mean)), np.nan)
    low[0], high[0] = percentiles(drawn[:, 0])
    classes = np.flatnonzero(enough[1:]) + 1
    if len(classes):
        half = _together(drawn[:, classes])
        low[classes], high[classes] = mean[classes] - half, mean[classes] + half
    if len(gaps) > 1:
        ends = [t_interval(gaps[:, :1]), t_interval(gaps[:, 1:], comparisons=max(len(classes), 1))]
        seeds_low, seeds_high = (np.concatenate(parts) for parts in zip(*ends, strict=True))
        low, high = np.minimum(low, seeds_low), np.maximum(high, seeds_high)
    low[~enough], high[~enough] = np.nan, np.nan
    return low, high


def _together(drawn: np.ndarray) -> np.ndarray:
    """Half the width of intervals that hold together in 95 % of the resamples [R, C]."""
    spread = np.maximum(drawn.std(0), 1e-12)
    largest = (np.abs(drawn - drawn.mean(0)) / spread).max(1)
    half: np.ndarray = spread * float(np.quantile(largest, LEVEL))
    return half


def table(found: dict[Labels, Comparison], one: str) -> pd.DataFrame:
    """A line for each class, the largest difference first, and a verdict in words.

    With both kinds of labels there are columns for each.
    """
    first = next(iter(found.values()))
    order = [first.titles[k] for k in 1 + np.argsort(-np.abs(first.difference[1:]), kind="stable")]
    columns: dict[str, object] = {one: order}
    for labels, own in found.items():
        at, words = _places(own, order), _words(found, labels)
        columns |= {
            f"verdict{words}": ["–" if k is None else own.verdict(k) for k in at],
            f"difference{words}": ["–" if k is None else own.interval(k) for k in at],
        }
    for labels, own in found.items():
        at, words = _places(own, order), _words(found, labels)
        columns |= {
            f"before{words}": [np.nan if k is None else own.before[k] for k in at],
            f"after{words}": [np.nan if k is None else own.after[k] for k in at],
        }
    return pd.DataFrame(columns)


def _places(own: Comparison, order: Sequence[str]) -> list[int | None]:
    """Where each of these classes is among the scores; None where it does not occur."""
    place = {title: k for k, title in enumerate(own.titles)}
    return [place.get(title) for title in order]


def _words(found: dict[Labels, Comparison], labels: Labels) -> str:
    return "" if len(found) == 1 else f" ({LABELS[labels]})"


def in_words(found: Comparison) -> str:
    """The macro-F1 before and after, and what can be said of it, in a sentence."""
    said = {
        BETTER: "Better",
        WORSE: "Worse",
    }.get(found.verdict(), NO_DIFFERENCE.capitalize())
    words = (
        f"{said}: macro-F1 {found.before[0]:.3f} before, {found.after[0]:.3f} after, difference "
        f"{found.interval()}"
    )
    if found.decisive[0] and not np.isfinite(found.low[0]):
        words += f"; they differ on {found.decisive[0]:.3g} of {found.rows:,} rows, too few to tell"
    return words
