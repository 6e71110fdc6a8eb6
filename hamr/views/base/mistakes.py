"""What counts as a mistake: a wrong class, or in a token run any entity that is wrong.

Axes: N training rows.
"""

from __future__ import annotations

import numpy as np

from hamr.entities import ERROR_KINDS
from hamr.store import Run
from hamr.tasks import features

ALL_RIGHT = "all right"
# What the rows can be filtered by: the name, and its bit in the signal "errors".
KINDS: dict[str, int] = {**{name: bit for bit, name in ERROR_KINDS.items()}, ALL_RIGHT: 0}


def wrong(run: Run, epoch: int) -> np.ndarray:
    """Whether the model is wrong about each row, [N] bool.

    A sentence's prediction is only its rarest type, so there the recorded kinds decide.
    """
    wrong: np.ndarray
    if features(run.info.task).mistake_kinds:
        wrong = run.signal("errors", epoch) != 0
    else:
        wrong = run.signal("prediction", epoch) != run.rows().labels
    return wrong


def of_kind(bits: np.ndarray, kind: int) -> np.ndarray:
    """Which rows hold a mistake of that kind, or none for 0; [N] bool from [N] bits."""
    held: np.ndarray = (bits & kind) != 0 if kind else bits == 0
    return held


def in_words(bits: int) -> str:
    """The kinds of a row: "missed, wrong type"; "" where all is right."""
    return ", ".join(name for bit, name in ERROR_KINDS.items() if bits & bit)


def verdict(run: Run, epoch: int, row: int) -> str:
    """A row's class and what the model makes of it, for the line above its text."""
    label = run.classes[int(run.rows().labels[row])]
    if features(run.info.task).mistake_kinds:
        found = in_words(int(run.signal("errors", epoch)[row]))
        return f"rarest type {label} · {found or ALL_RIGHT}"
    return f"labelled {label} · predicted {run.classes[int(run.signal('prediction', epoch)[row])]}"
