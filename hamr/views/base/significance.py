"""How certain a score or a difference is: over seeds, and over the rows that were scored.

Two questions, two tests. *Would other seeds say the same?* A t interval over seeds, paired
where both configurations ran with the same ones. *Would other test rows say the same?* A bootstrap:
rows are drawn with replacement, the same ones for all runs, and F1 is computed again (Efron and
Tibshirani 1993; for F-scores of text models Berg-Kirkpatrick et al. 2012).

F1 of a class is 2 hits / (rows labelled so + rows predicted so), so a resample needs no
predictions, only sums: with W [R, n], how often each row was drawn, all sums of all runs are one
matrix product. `scipy.stats.bootstrap` would compute F1 from rows, for one run at a time.

Axes: R resamples, n rows (sentences), C classes (types), T runs, S seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit  # scipy.stats takes a second to load

from hamr.entities import all_spans
from hamr.errors import StoreError
from hamr.store import Run
from hamr.tasks import features

RESAMPLES = 2000
SEED = 0  # of the resamples, so that a table is the same each time
LEVEL = 0.95
_AT_ONCE = 4_000_000  # draws held in memory at a time


@dataclass(frozen=True)
class Tally:
    """What F1 is made of, row by row; float32, so that sums of it are exact and fast.

    Of texts a row counts once under its label and once under its prediction. Of sentences
    entities are counted: right ones, and those of the file plus those of the model.
    """

    hits: np.ndarray  # [n, C]
    sizes: np.ndarray  # [n, C], labelled plus predicted

    def __len__(self) -> int:
        return len(self.hits)

    @classmethod
    def of_labels(cls, labels: np.ndarray, predictions: np.ndarray, classes: int) -> Tally:
        """Of texts, from class numbers [n]."""
        rows = np.arange(len(labels))
        hits, sizes = np.zeros((2, len(labels), classes), np.float32)
        right = labels == predictions
        hits[rows[right], labels[right]] = 1
        sizes[rows, labels] += 1
        sizes[rows, predictions] += 1
        return cls(hits, sizes)

    @classmethod
    def of_confusion(cls, confusion: np.ndarray) -> Tally:
        """Of texts, from their confusion matrix [C, C]: the same rows in another order."""
        label, prediction = np.nonzero(confusion)
        times = confusion[label, prediction]
        return cls.of_labels(np.repeat(label, times), np.repeat(prediction, times), len(confusion))

    @classmethod
    def of_tags(
        cls, gold: np.ndarray, predicted: np.ndarray, starts: np.ndarray, types: int
    ) -> Tally:
        """Of sentences, from the tag numbers of all words [W]; row i begins at starts[i]."""
        hits, sizes = np.zeros((2, len(starts) - 1, types), np.float32)
        keys = []
        for tags in (gold, predicted):
            spans = all_spans(tags, starts)
            np.add.at(sizes, (spans.row, spans.type), 1)
            # Entities of one side don't overlap: start, end and type name one of them.
            keys.append((spans.start * (len(gold) + 1) + spans.end) * types + spans.type)
        _, at, _ = np.intersect1d(*keys, return_indices=True)
        spans = all_spans(gold, starts)
        np.add.at(hits, (spans.row[at], spans.type[at]), 1)
        return cls(hits, sizes)

    def arranged(self, own: Sequence[str], wanted: Sequence[str]) -> Tally:
        """With the classes, now in the order `own`, as `wanted`; a missing one is empty."""
        hits, sizes = np.zeros((2, len(self), len(wanted)), np.float32)
        kept = [c for c, name in enumerate(own) if name in wanted]
        places = [wanted.index(own[c]) for c in kept]
        hits[:, places], sizes[:, places] = self.hits[:, kept], self.sizes[:, kept]
        return Tally(hits, sizes)


def tally(run: Run, split: str, names: Sequence[str]) -> Tally | None:
    """That of a run's "test" or "validation" rows, its classes in the order of `names`.

    Test rows in their own order. None where the predictions were not kept: test rows before
    the run has finished, validation sentences likewise.
    """
    own, final = run.info.scored, run.final()
    if features(run.info.task).entities:
        if final is None or split not in final.tags:
            return None
        table = run.rows("test" if split == "test" else "validation")
        found = Tally.of_tags(table.all_tags, final.tags[split], table.word_starts, len(own))
    elif split == "validation":
        epoch = run.info.best_epoch or run.epochs()[-1]
        confusion = final.validation.confusion if final else run.array("confusion", epoch)
        found = Tally.of_confusion(np.asarray(confusion))
    elif final is None:
        return None
    else:
        labels = run.rows("test").labels
        found = Tally.of_labels(labels, final.test_prediction.astype(np.int64), len(own))
    return found.arranged(own, names)


def f1_of(hits: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F1 by class [..., C] and its macro mean [...] over the classes that occur, from sums.

    As scikit-learn's `f1_score`: a class that occurs nowhere has 0 and is left out of the mean.
    """
    f1 = np.divide(2 * hits, sizes, out=np.zeros_like(hits, np.float64), where=sizes > 0)
    return f1, f1.sum(-1) / np.maximum((sizes > 0).sum(-1), 1)


def resample(
    tallies: Sequence[Tally], resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[np.ndarray, np.ndarray]:
    """F1 by class [R, T, C] and macro-F1 [R, T] on rows drawn with replacement.

    Row i must be the same row in all tallies: each resample draws the same rows for all.
    Raises StoreError where the tallies have different numbers of rows.
    """
    if len({len(one) for one in tallies}) != 1:
        sizes = ", ".join(str(len(one)) for one in tallies)
        raise StoreError(f"Rows are drawn alike for all runs, so all need the same, got {sizes}")
    n, classes = tallies[0].hits.shape
    table = np.concatenate([part for one in tallies for part in (one.hits, one.sizes)], axis=1)
    random = np.random.default_rng(seed)
    sums = np.concatenate([_drawn(random, many, n) @ table for many in _chunks(resamples, n)])
    sums = sums.reshape(resamples, len(tallies), 2, classes)
    return f1_of(sums[:, :, 0], sums[:, :, 1])


def _chunks(resamples: int, n: int) -> list[int]:
    size = max(1, _AT_ONCE // max(n, 1))
    return [min(size, resamples - start) for start in range(0, resamples, size)]


def _drawn(random: np.random.Generator, resamples: int, n: int) -> np.ndarray:
    """How often each row is drawn in n draws with replacement, [resamples, n] float32."""
    draws = random.integers(0, n, (resamples, n), dtype=np.int32)
    draws += np.arange(resamples, dtype=np.int32)[:, None] * n
    return np.bincount(draws.ravel(), minlength=resamples * n).reshape(-1, n).astype(np.float32)


def percentiles(values: np.ndarray, axis: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The middle 95 % of resampled values: lower and upper end."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=axis)
    return low, high


def t_interval(values: np.ndarray, comparisons: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % t interval of the mean over the first axis, [S, ...]; NaN for one seed.

    mean ± t(1 - 0.025 / M, S - 1) · sd / √S, the sd with S - 1 below the line; with M comparisons
    all intervals hold together in 95 % of the cases (Bonferroni).
    """
    count, mean = len(values), values.mean(axis=0)
    if count < 2:
        return np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    half = (
        stdtrit(count - 1, 1 - (1 - LEVEL) / 2 / comparisons)
        * values.std(axis=0, ddof=1)
        / np.sqrt(count)
    )
    return mean - half, mean + half


def paired_p(differences: np.ndarray) -> float:
    """The two-sided p of a paired t test, as `scipy.stats.ttest_rel`; NaN where nothing varies.

    `differences` [S] of the two configurations' scores, seed by seed.
    """
    count = len(differences)
    spread = differences.std(ddof=1) if count > 1 else 0.0
    if spread == 0:
        return float("nan")
    t = differences.mean() / (spread / np.sqrt(count))
    return float(2 * stdtr(count - 1, -abs(t)))


def holm(p: np.ndarray) -> np.ndarray:
    """p values [M] corrected for M comparisons (Holm 1979); NaN stays and is not counted.

    SciPy corrects for false discoveries only; statsmodels has Holm's correction, but would be a
    dependency for these six lines.
    """
    raised = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    raised[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return raised
