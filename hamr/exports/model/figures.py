"""What a model card says in numbers: rows of each class, scores with intervals, hardness.

Axes: C classes that have an F1 (of a token task the entity types).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

import numpy as np

from hamr.entities import all_spans
from hamr.records import SPLITS, Metrics, Split
from hamr.store import Run
from hamr.store.rows import RowTable
from hamr.tasks import features
from hamr.views.base.significance import percentiles, resample, tally

MOST_CELLS = 50_000_000  # rows times classes, up to which intervals are computed
MOST_CLASSES = 2_000  # likewise: each resample has a score for each class
MOST_READ = 20_000  # training texts whose lengths and letters are counted
PERCENTILES = (50, 95, 100)


@dataclass(frozen=True)
class Scores:
    """The scores of one split, with the ends of their 95 % intervals where they are known."""

    split: Split
    rows: int
    metrics: Metrics
    macro: tuple[float, float] | None
    f1: np.ndarray | None  # [2, C]


def class_counts(run: Run, split: Split) -> np.ndarray:
    """Rows of each class, or entities of each type, [C]."""
    table, count = run.rows(split), len(run.info.scored)
    if not len(table):
        return np.zeros(count, np.int64)
    numbers = table.labels
    if features(run.info.task).entities:
        numbers = all_spans(table.all_tags, table.word_starts).type
    counts: np.ndarray = np.bincount(numbers, minlength=count)[:count]
    return counts


def scores_of(run: Run, split: Split) -> Scores | None:
    """The scores of the best epoch on validation or test rows; None where there are none."""
    final = run.final()
    rows = {"validation": run.info.validation_rows, "test": run.info.test_rows}[split]
    if final is None or not rows:
        return None
    metrics = final.test if split == "test" else final.validation
    names = run.info.scored
    if rows * len(names) > MOST_CELLS or len(names) > MOST_CLASSES:
        return Scores(split, rows, metrics, None, None)
    found = tally(run, split, names)
    if found is None:
        return Scores(split, rows, metrics, None, None)
    f1, macro = resample([found])
    low, high = percentiles(macro[:, 0])
    return Scores(split, rows, metrics, (float(low), float(high)), np.stack(percentiles(f1[:, 0])))


@dataclass(frozen=True)
class Texts:
    """Lengths and letters of the training texts, or of the first MOST_READ of them."""

    words: dict[int, float]  # by percentile
    scripts: dict[str, float]  # share of letters, the most frequent first
    count: int


def texts_of(run: Run) -> Texts:
    """What the training texts are like."""
    table: RowTable = run.rows("train")
    texts = table.texts(list(range(min(len(table), MOST_READ))))
    lengths = np.array([len(text.split()) for text in texts] or [0])
    letters: Counter[str] = Counter()
    for text in texts:
        letters.update(text)
    scripts: Counter[str] = Counter()
    for letter, times in letters.items():
        if letter.isalpha():
            scripts[unicodedata.name(letter, "other").split()[0].capitalize()] += times
    total = max(1, scripts.total())
    return Texts(
        {p: float(np.percentile(lengths, p)) for p in PERCENTILES},
        {name: times / total for name, times in scripts.most_common(4)},
        len(texts),
    )


@dataclass(frozen=True)
class ClassHardness:
    """What training found of the rows of each class, after an epoch."""

    epoch: int
    loss: np.ndarray  # [C] mean, nats
    hardness: np.ndarray | None  # [C] mean; None for methods that learn none
    wrong: np.ndarray  # [C] share of rows that the model predicts otherwise than their label


def hardness_of(run: Run, epoch: int) -> ClassHardness | None:
    """By class; None for a run that finds entities, whose rows have no one class."""
    if features(run.info.task).entities or epoch not in run.epochs():
        return None
    labels, count = run.rows("train").labels, len(run.info.scored)
    rows = np.maximum(np.bincount(labels, minlength=count), 1)

    def mean(values: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.bincount(labels, weights=values, minlength=count) / rows
        return found

    hardness = None
    if run.info.settings.training.learns_hardness:
        hardness = mean(run.signal("hardness", epoch))
    wrong = run.signal("prediction", epoch) != labels
    return ClassHardness(epoch, mean(run.signal("loss", epoch)), hardness, mean(wrong))


def total_rows(run: Run) -> dict[Split, int]:
    """Rows of each split."""
    return {split: getattr(run.info, f"{split}_rows") for split in SPLITS}
