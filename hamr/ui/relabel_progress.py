"""How far the work is, how fast it goes, and what it has changed so far."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from hamr.decisions import State
from hamr.store import Decisions, Run
from hamr.ui.text import count, duration
from hamr.views import effect
from hamr.views.queue import Ids, Queue


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
            f"{annotator}: {work.judged:,} judged · {work.changed:,} changed · "
            f"{work.unsure:,} unsure · {work.skipped:,} skipped"
        )
        if work.resolved:
            own += f" · {work.resolved:,} settled"
        if work.per_hour:
            own += f" · {work.per_hour:,.0f} rows an hour"
            left += f", about {duration(3600 * len(open_) / work.per_hour)}" if open_ else ""
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        st.progress(share, text=left, width="stretch")
        if own:
            st.text(own)
    if not found.knee:
        st.caption("All rows are equally hard here, so there is no knee; rows stand by loss.")


def judged(state: State | None) -> bool:
    """Whether anybody has said something about a row; a skip says nothing."""
    return state is not None and state.kind not in (None, "skip")


def after_all(run: Run, decisions: Decisions, states: Mapping[str, State]) -> None:
    """What all decisions together do to the classes, and how far annotators agree."""
    if not states:
        return
    box = st.expander("What the decisions change", key="effect", on_change="rerun")
    if box.open:
        with box:
            _effect(run, decisions)
            _agreement(decisions)


def _effect(run: Run, decisions: Decisions) -> None:
    found = decisions.corrections("train")
    changed = count(len(found.labels), "training row")
    text = f"{changed} would carry another label now"
    if found.conflicts:
        text += f"; {count(found.conflicts, 'row')} in conflict keep the file's until settled"
    st.text(f"{text}.")
    table = effect.class_counts(run, decisions, found)
    st.dataframe(table, hide_index=True, alt="Rows of each class before and after", key="counts")


def _agreement(decisions: Decisions) -> None:
    found = decisions.agreement()
    if not found.rows:
        st.caption("No row has labels of two annotators yet, so there is no agreement to tell.")
        return
    kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
    st.text(f"Agreement on {count(found.rows, 'row')} that two or more labelled: Fleiss' κ {kappa}")
    st.dataframe(
        pd.DataFrame(
            {
                "annotators": [f"{pair.first}, {pair.second}" for pair in found.pairs],
                "rows": [pair.rows for pair in found.pairs],
                "same label": [pair.same for pair in found.pairs],
                "Cohen's κ": [pair.kappa for pair in found.pairs],
            }
        ),
        hide_index=True,
        key="agreement",
        alt="Agreement of each two annotators",
    )
