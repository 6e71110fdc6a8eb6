"""How much is reviewed, how much is left, and how fast it goes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from hamr.decisions import State
from hamr.records import SPLITS
from hamr.store import Decisions
from hamr.ui.shell.text import duration, plain
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.relabel.filters import is_reviewed
from hamr.views.relabel.queue import Queue

FEWEST = 3  # rows from which a speed is shown


def progress(
    decisions: Decisions,
    queue: Queue,
    known: AllRows,
    states: Mapping[str, State],
    rows: np.ndarray,
    annotator: str,
) -> None:
    """What is left as a bar, and what the annotator has done."""
    likely = queue.order[: queue.likely_errors]
    left = sum(not is_reviewed(states.get(known.ids[row])) for row in likely.tolist())
    share = 1 - left / len(likely) if len(likely) else 1.0
    what = "hard rows" if queue.issues is None else "likely errors"
    text = f"{len(rows):,} in this queue · {left:,} of {len(likely):,} {what} left"
    text += _by_split(queue, known)
    if annotator:
        work = decisions.progress(annotator)
        if left and work.per_hour and work.timed >= FEWEST:
            text += f", about {duration(3600 * left / work.per_hour)}"
    st.progress(share, text=text, width="stretch")
    if not len(likely) and queue.issues is None:
        st.caption("All rows have the same hardness, so they are sorted by loss.")


def work_done(decisions: Decisions, annotator: str) -> None:
    """What the annotator has done, and how fast."""
    if not annotator:
        return
    work = decisions.progress(annotator)
    own = (
        f"{annotator}: {work.reviewed:,} reviewed · {work.changed:,} changed · "
        f"{work.unsure:,} unsure · {work.skipped:,} skipped"
    )
    if work.resolved:
        own += f" · {work.resolved:,} resolved"
    if work.per_hour and work.timed >= FEWEST:
        own += f" · {work.per_hour:,.0f} rows an hour"
    st.caption(plain(own), width="content")


def _by_split(queue: Queue, known: AllRows) -> str:
    """The estimated number of label errors with its interval, and that of each split.

    "" until labels are scored.
    """
    interval = queue.error_interval
    if interval is None:
        return ""
    numbers = np.bincount(known.splits[queue.order[: queue.likely_errors]], minlength=len(SPLITS))
    counted = zip(SPLITS, numbers.tolist(), strict=True)
    parts = [f"{SPLIT_NAMES[split]} {number:,}" for split, number in counted]
    low, high = interval
    about = f"about {queue.likely_errors:,} label errors ({low:,} to {high:,})"
    return f" (estimated: {about}; {', '.join(parts)})"
