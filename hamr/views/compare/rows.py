"""Where two runs disagree: rows that both get right, only one, or neither.

Axes: n test rows, N training rows. A row of texts is right when its prediction is its label; a
tagged sentence when all its entities are predicted, and no others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import bdtr  # scipy.stats takes a second to load

from hamr.entities import named
from hamr.errors import StoreError
from hamr.metrics import error_bits
from hamr.store import Run
from hamr.store.final import Final
from hamr.tasks import features
from hamr.views.base import mistakes

SIDES = ("both right", "only A right", "only B right", "both wrong")
BOTH, ONLY_A, ONLY_B, NEITHER = range(4)


def side(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Which of SIDES each row is on, [n] uint8, from whether A and B are right, [n] bool."""
    return np.where(a, np.where(b, BOTH, ONLY_A), np.where(b, ONLY_B, NEITHER)).astype(np.uint8)


def final_sides(a: Run, b: Run) -> np.ndarray:
    """`side` of the test rows of two finished runs, [n]. Raises StoreError for others."""
    return side(_right(a), _right(b))


def _final(run: Run) -> Final:
    final = run.final()
    if final is None:
        raise StoreError(
            f"The run {run.info.name} is {run.info.status}: its test rows are scored once, when "
            "it has finished"
        )
    return final


def _right(run: Run) -> np.ndarray:
    right: np.ndarray
    final, table = _final(run), run.rows("test")
    if not features(run.info.task).entities:
        right = final.test_prediction == table.labels
        return right
    gold, seen = (
        np.split(tags, table.word_starts[1:-1]) for tags in (table.all_tags, final.tags["test"])
    )
    right = error_bits(gold, seen) == 0
    return right


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p value of McNemar's test (1947): is either run right more often?"""
    total = only_a + only_b
    return float(min(1.0, 2 * bdtr(min(only_a, only_b), total, 0.5))) if total else 1.0


@dataclass(frozen=True)
class Counts:
    """How many rows are on each of SIDES."""

    both: int
    only_a: int
    only_b: int
    neither: int

    @classmethod
    def of(cls, sides: np.ndarray) -> Counts:
        """Those of sides [n]."""
        return cls(*map(int, np.bincount(sides, minlength=4)))

    @property
    def p(self) -> float:
        """See `mcnemar`."""
        return mcnemar(self.only_a, self.only_b)


def table(a: Run, b: Run, rows: np.ndarray) -> pd.DataFrame:
    """Those test rows: id, text, label, and the prediction and P(label) of each run."""
    own = a.rows("test")
    frame = own.frame(rows)
    finals = [_final(run) for run in (a, b)]
    if features(a.info.task).entities:
        frame["label"] = [_entities(a, own.tags(row), row) for row in rows.tolist()]
    for name, run, final in zip("AB", (a, b), finals, strict=True):
        frame[f"{name} predicts"] = _predicted(run, final, rows)
        frame[f"P(label) {name}"] = final.test_label_probability[rows].astype(float).round(4)
    return frame


def _predicted(run: Run, final: Final, rows: np.ndarray) -> list[str]:
    if not features(run.info.task).entities:
        return [run.classes[c] for c in final.test_prediction[rows].tolist()]
    starts, tags = run.rows("test").word_starts, final.tags["test"]
    return [_entities(run, tags[starts[row] : starts[row + 1]], row) for row in rows.tolist()]


def _entities(run: Run, tags: np.ndarray, row: int) -> str:
    return named(run.rows("test").words(row), tags, run.info.scored) or run.classes[-1]


def final_gap(a: Run, b: Run) -> np.ndarray:
    """The difference of the two probabilities of the label, for the test rows, [n]."""
    found: np.ndarray = np.abs(np.subtract(*(_final(run).test_label_probability for run in (a, b))))
    return found


def train_gap(a: Run, b: Run, epoch_a: int, epoch_b: int) -> np.ndarray:
    """The same of the training rows at an epoch of each, [N]."""
    ours, theirs = (r.signal("label_probability", e) for r, e in ((a, epoch_a), (b, epoch_b)))
    found: np.ndarray = np.abs(np.subtract(ours, theirs))
    return found


def train_sides(a: Run, b: Run, epoch_a: int, epoch_b: int) -> np.ndarray:
    """`side` of the training rows at an epoch of each run, [N]; both must have the same rows."""
    return side(~mistakes.wrong(a, epoch_a), ~mistakes.wrong(b, epoch_b))


def differ(a: Run, b: Run, epoch_a: int, epoch_b: int) -> np.ndarray:
    """Whether the two predictions of each training row differ, [N] bool.

    Of tagged sentences, whether the tags of any word differ.
    """
    if not features(a.info.task).word_signals:
        names = [np.array(run.classes, object)[run.signal("prediction", epoch)]
                 for run, epoch in ((a, epoch_a), (b, epoch_b))]  # fmt: skip
        return np.asarray(names[0] != names[1], bool)
    words = a.signal("word_prediction", epoch_a) != b.signal("word_prediction", epoch_b)
    starts = a.rows().word_starts
    total = np.concatenate([[0], np.cumsum(words)])
    found: np.ndarray = total[starts[1:]] > total[starts[:-1]]
    return found


def train_table(a: Run, b: Run, epoch_a: int, epoch_b: int, rows: np.ndarray) -> pd.DataFrame:
    """Those training rows: text, label, and what each run predicts."""
    frame = a.rows().frame(rows)
    for name, run, epoch in (("A", a, epoch_a), ("B", b, epoch_b)):
        if features(run.info.task).mistake_kinds:
            bits = run.signal("errors", epoch)[rows].tolist()
            frame[f"{name} predicts"] = [
                mistakes.in_words(own) or mistakes.ALL_RIGHT for own in bits
            ]
        else:
            said = run.signal("prediction", epoch)[rows].tolist()
            frame[f"{name} predicts"] = [run.classes[c] for c in said]
        frame[f"P(label) {name}"] = run.signal("label_probability", epoch)[rows].astype(float)
    return frame
