"""The figures of one training row, as people read them."""

from __future__ import annotations

import numpy as np

from hamr.decisions import State
from hamr.errors import StoreError
from hamr.store import Run
from hamr.tasks import TaskWords


def figures(run: Run, epoch: int, row: int) -> list[tuple[str, str]]:
    """Names and values: hardness with its rank, loss, probability of the label, weights."""
    found = []
    if run.info.settings.training.learns_hardness:
        hardness = run.signal("hardness", epoch)
        rank = int((hardness > hardness[row]).sum()) + 1
        found.append(("hardness", f"{hardness[row]:.3f} (rank {rank:,} of {len(hardness):,})"))
    found.append(("loss", f"{run.signal('loss', epoch)[row]:.3f} nats"))
    probability = run.signal("label_probability", epoch)[row]
    found.append((TaskWords.of(run.info.task).probability, f"{probability:.2f}"))
    post = _signal(run, "post", epoch, row)
    if np.isfinite(post):
        found.append(("post-meta weight", f"{post:.2f}"))
    return found


def _signal(run: Run, name: str, epoch: int, row: int) -> float:
    try:
        return float(run.signal(name, epoch)[row])
    except StoreError:  # an older version recorded no such signal
        return float("nan")


def decided(state: State | None) -> str:
    """What people have decided on the row, in words."""
    if state is None or state.kind is None:
        return "none yet"
    by = ", ".join(dict.fromkeys(one.annotator for one in state.open))
    if state.conflict:
        return f"in conflict: {by} disagree"
    if isinstance(state.label, str):
        return f"{state.label}, by {by}"
    return f"{'entities' if state.label is not None else state.kind}, by {by}"


def nearest_on_map(run: Run, row: int, most: int) -> np.ndarray:
    """The rows nearest to one on the map before training, nearest first; none until it is drawn."""
    xy = run.map()
    if xy is None or row >= len(xy):
        return np.empty(0, np.int64)
    distance = ((xy - xy[row]) ** 2).sum(1)
    distance[row] = np.inf
    order: np.ndarray = np.argsort(distance, kind="stable")[: min(most, len(xy) - 1)]
    return order
