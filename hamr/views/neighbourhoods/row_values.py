"""What a run knows of each row that the map can show, by the names of its colourings.

Axes: N training rows, H validation and test rows, A = N + H rows of all splits
(`hamr.views.base.all_rows`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamr.difficulty import MEASURES
from hamr.metrics import error_bits
from hamr.records import SPLITS, Split
from hamr.store import Final, Run
from hamr.tasks import features
from hamr.views.base import mistakes
from hamr.views.base.issue_signals import held_out_signals
from hamr.views.base.label_errors import p_wrong
from hamr.views.base.row_measures import row_measures

LABEL_ERROR, WEIGHT = "p(label error)", "post-meta weight"  # as links hold them too

BY_TITLE = {one.title: name for name, one in MEASURES.items() if name != "hardness"}
NO_MEASURE = "not recorded by the version that trained the run"


class Value(NamedTuple):
    """A value of each row: what its scale is called, and what a row without one means."""

    signal: str  # of ROW_SIGNALS; "" where it is none
    title: str
    missing: str = ""


VALUES: dict[str, Value] = {
    "hardness": Value("hardness", "hardness"),
    "loss": Value("loss", "loss (nats)"),
    **{title: Value("", title, NO_MEASURE) for title in BY_TITLE},
    LABEL_ERROR: Value("", "estimated probability that the label is wrong"),
    WEIGHT: Value("post", f"{WEIGHT}, mean over the visits", "not drawn in this epoch"),
    "alignment": Value("alignment", "alignment"),
    "boost": Value("boost", "boost"),
    "draws": Value("draws", "draws in this epoch"),
}


def row_values(run: Run, epoch: int, by: str, *, held_out: bool = False) -> np.ndarray:
    """The value of each training row, [N], or with `held_out` of each row of all splits, [A].

    NaN where a row has none: all but loss and p(label error) belong to training rows.
    The losses of validation and test rows are those of the finished run's best epoch.
    """
    if by == LABEL_ERROR:
        found = p_wrong(run, epoch)
        own = np.full(_count(run, held_out), np.nan) if found is None else found
        return own if held_out else own[: len(run.rows())]
    values = _of_training(run, epoch, by)
    if not held_out:
        return values
    return np.concatenate([values, held_out_loss(run) if by == "loss" else _unknown(run)])


def _of_training(run: Run, epoch: int, by: str) -> np.ndarray:
    if by not in BY_TITLE:
        return run.signal(VALUES[by].signal, epoch).astype(np.float64)
    found = row_measures(run, epoch).get(BY_TITLE[by])
    return np.full(len(run.rows()), np.nan) if found is None else found.astype(np.float64)


def held_out_loss(run: Run) -> np.ndarray:
    """The loss of each validation and test row at the best epoch, [H]; NaN until it is known."""
    final = run.final()
    if final is None:
        return _unknown(run)
    if not features(run.info.task).entities:
        signals = held_out_signals(run)
        return _unknown(run) if signals is None else signals.loss.astype(np.float64)
    return np.concatenate([_sentence_loss(run, final, split) for split in SPLITS[1:]])


def _sentence_loss(run: Run, final: Final, split: Split) -> np.ndarray:
    found = final.held_out.get(split, {}).get("loss")
    return np.full(len(run.rows(split)), np.nan) if found is None else found.astype(np.float64)


def held_out_mistakes(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """(whether the best epoch's model is wrong, whether that is known) of the rows [H]."""
    final = run.final()
    if final is None:
        unknown = np.zeros(_count(run, True) - len(run.rows()), bool)
        return unknown, unknown
    parts = [_mistakes(run, final, split) for split in SPLITS[1:]]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _mistakes(run: Run, final: Final, split: Split) -> tuple[np.ndarray, np.ndarray]:
    rows = run.rows(split)
    known, unknown = np.ones(len(rows), bool), np.zeros(len(rows), bool)
    if features(run.info.task).mistake_kinds:
        if split not in final.tags:
            return unknown, unknown
        inner = rows.word_starts[1:-1]
        gold, found = np.split(rows.all_tags, inner), np.split(final.tags[split], inner)
        return error_bits(gold, found) != 0, known
    own = final.held_out.get(split, {}).get("top_classes")
    if own is None and split != "test":  # of an older version
        return unknown, unknown
    named = final.test_prediction if own is None else own[:, 0]
    return named != rows.labels, known


def is_wrong(run: Run, epoch: int, *, held_out: bool) -> tuple[np.ndarray, np.ndarray]:
    """(whether the model is wrong about each row, whether that is known), [N] or [A]."""
    wrong = mistakes.wrong(run, epoch)
    known = np.ones(len(wrong), bool)
    if not held_out:
        return wrong, known
    others, others_known = held_out_mistakes(run)
    return np.concatenate([wrong, others]), np.concatenate([known, others_known])


def _unknown(run: Run) -> np.ndarray:
    return np.full(_count(run, True) - len(run.rows()), np.nan)


def _count(run: Run, held_out: bool) -> int:
    return sum(len(run.rows(split)) for split in (SPLITS if held_out else SPLITS[:1]))
