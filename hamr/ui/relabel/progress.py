"""How far the work is, and how fast it goes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from hamr.decisions import State
from hamr.store import Decisions
from hamr.ui.shell.text import duration, plain
from hamr.views.relabel.queue import Ids, Queue

FEWEST = 3  # gaps between acts; fewer make no pace


def progress(
    decisions: Decisions,
    found: Queue,
    known: Ids,
    states: Mapping[str, State],
    rows: np.ndarray,
    annotator: str,
) -> None:
    """What is judged and what is left, in two lines."""
    above = found.order[: found.knee]
    open_ = [row for row in above.tolist() if not judged(states.get(known.ids[row]))]
    share = 1 - len(open_) / found.knee if found.knee else 1.0
    above_knee = f"{len(open_):,} of {found.knee:,} above the score's knee left"
    left = f"{len(rows):,} in this queue · {above_knee}"
    own = ""
    if annotator:
        work = decisions.progress(annotator)
        own = (
            f"{annotator}: {work.reviewed:,} judged · {work.changed:,} changed · "
            f"{work.unsure:,} unsure · {work.skipped:,} skipped"
        )
        if work.resolved:
            own += f" · {work.resolved:,} settled"
        if work.per_hour and work.timed >= FEWEST:
            own += f" · {work.per_hour:,.0f} acts an hour"
            left += f", about {duration(3600 * len(open_) / work.per_hour)}" if open_ else ""
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        st.progress(share, text=left, width="stretch")
        if own:
            st.caption(plain(own), width="content")
    if not found.knee:
        st.caption("All rows are equally hard here, so there is no knee; rows stand by loss.")


def judged(state: State | None) -> bool:
    """Whether anybody has said something about a row; a skip says nothing."""
    return state is not None and state.kind not in (None, "skip")
