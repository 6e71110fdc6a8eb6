"""Rows as a group: one label for all of them, or for all but some, in one action."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from hamr.store import Decisions, Run
from hamr.tasks import TaskWords, features
from hamr.ui.relabel.bound import listen
from hamr.ui.relabel.filters import region_in_link
from hamr.ui.relabel.group_act import AS_IT_IS, BY_MODEL, SUGGESTED, group_act
from hamr.ui.relabel.keys import blocked, undo_keys
from hamr.ui.relabel.perform import perform
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import REGION, query
from hamr.ui.shell.text import count, distinct
from hamr.ui.widgets.rowgrid import columns
from hamr.ui.widgets.tables import show_table
from hamr.views.base import rowtable
from hamr.views.base.all_rows import AllRows
from hamr.views.relabel.doubt import suggested
from hamr.views.relabel.group_preview import Preview, preview
from hamr.views.relabel.queue import Queue

SUGGESTION = "suggestion"  # a column: what a label that is probably wrong would be instead
MOST = 3_000  # rows of one act: saving them all takes about a second
_ORDER = (
    "text", "label", SUGGESTION, "prediction", "hardness", "P(label)", "loss", "mistakes", "split",
    "id",
)  # fmt: skip
EVERY, EXCEPT, ONLY = WHICH = ("All", "All except selected", "Only selected")


def group(
    run: Run,
    decisions: Decisions,
    epoch: int,
    queue: Queue,
    known: AllRows,
    rows: np.ndarray,
    annotator: str,
) -> None:
    """The rows of the queue as a table in which some can be selected, and one label for them."""
    if not len(rows):
        _none()
        with st.container(horizontal=True):
            undo_keys(decisions, annotator)
        listen(None)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="group-head"):
        said = st.container()
        undo_keys(decisions, annotator)
    shown = _at_most(rows)
    instead = suggested(run, decisions, queue, known, shown, region_in_link(run, epoch))
    shown = np.array(sorted(shown.tolist(), key=lambda row: row not in instead), np.int64)
    some = f" {len(instead):,} have a suggestion." if instead else ""
    said.text(f"{count(len(rows), 'row')} in this group, most doubtful first.{some}")
    controls = st.container(horizontal=True, vertical_alignment="center", key="group-act")
    warning = st.container()  # both above the table, so that they are on one screen with it
    selected = _table(run, decisions, epoch, known, shown, instead)
    reason = blocked(annotator)
    if reason:
        warning.warning(reason, icon=":material/info:")
    with controls:
        chosen, label = _choice(run, decisions, shown, selected, instead)
        if st.button(
            f"Relabel {count(len(chosen), 'row')} …",
            key="relabel-group",
            type="primary",
            disabled=bool(reason) or label is None or not len(chosen),
        ):
            _confirm(run, decisions, epoch, queue, known, chosen, str(label), annotator, instead)
    listen(None)


def _none() -> None:
    """That no row is left, and where to go on."""
    if query(REGION):
        st.success(
            "No row of this region is left to review with these filters. Choose the next region "
            "on the map.",
            icon=":material/task_alt:",
        )
    else:
        st.info(
            "No rows match these filters. Clear one, or draw a larger lasso.",
            icon=":material/search_off:",
        )


def _at_most(rows: np.ndarray) -> np.ndarray:
    """The rows that one action can take."""
    if len(rows) > MOST:
        st.info(
            f"One action takes at most {MOST:,} rows, so only the first {MOST:,} are shown. "
            "Relabel them and continue with the rest, or choose fewer with a filter or a smaller "
            "lasso.",
            icon=":material/content_cut:",
        )
    return rows[:MOST]


def _choice(
    run: Run,
    decisions: Decisions,
    shown: np.ndarray,
    selected: list[int],
    instead: Mapping[int, str],
) -> tuple[np.ndarray, str | None]:
    """Which of the rows get a label, and which label; of a region the suggestions, if any."""
    which = st.segmented_control(
        "Which rows", WHICH, default=EVERY, key="which", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    chosen = {EVERY: shown, EXCEPT: np.delete(shown, selected), ONLY: shown[selected]}
    names = _labels(run, decisions, instead)
    label = st.selectbox(
        "Label",
        names,
        index=names.index(SUGGESTED) if query(REGION) and SUGGESTED in names else None,
        key="group-label",
        format_func=distinct(names),
        placeholder="Choose a label",
        label_visibility="collapsed",
        width=285,
    )
    return chosen[which or EVERY], label


def _labels(run: Run, decisions: Decisions, instead: Mapping[int, str]) -> list[str]:
    """What a group can be given; no two sentences have the same entities."""
    if features(run.info.task).entities:
        return [AS_IT_IS, BY_MODEL]
    return [*([SUGGESTED] if instead else []), AS_IT_IS, *decisions.names()]


def _table(
    run: Run,
    decisions: Decisions,
    epoch: int,
    known: AllRows,
    rows: np.ndarray,
    instead: Mapping[int, str],
) -> list[int]:
    """The rows as a table; the indices of the selected ones."""
    frame = rowtable.any_split(run, view(rowtable.measures, run, epoch), known, rows)
    words = TaskWords.of(run.info.task)
    if features(run.info.task).one_class_a_row:
        frame["label"] = [decisions.label(row_id) for row_id in frame["id"]]
    if instead:
        frame[SUGGESTION] = [instead.get(row, "") for row in rows.tolist()]
    event = show_table(
        frame,
        key=f"group-{abs(hash(rows.tobytes()))}",
        height=min(35 * (len(frame) + 1) + 3, 400),
        column_order=[
            *(name for name in _ORDER if name in frame),
            *rowtable.metadata_columns(run).values(),
        ],
        alt="The rows of the group",
        on_select="rerun",
        selection_mode="multi-row",
        column_config={**columns(words), SUGGESTION: _SUGGESTION},
    )
    return [index for index in event.selection.rows if index < len(rows)]


_SUGGESTION = st.column_config.TextColumn(
    width=130, help="The likeliest other label, where the current one is probably wrong"
)


@st.dialog("Relabel the group?", width="medium")
def _confirm(
    run: Run,
    decisions: Decisions,
    epoch: int,
    queue: Queue,
    known: AllRows,
    rows: np.ndarray,
    label: str,
    annotator: str,
    instead: Mapping[int, str],
) -> None:
    # Made here, so that two presses of the button send the same client ids.
    act = group_act(run, decisions, epoch, queue, known, rows, label, annotator, instead)
    texts = dict(zip((one.row_id for one in act.decisions), known.texts(rows), strict=True))
    _what_changes(preview(act.decisions, texts, decisions.states()))
    st.caption("This is one action: one undo reverts all of it.")
    with st.container(horizontal=True):
        if st.button(
            "Relabel them", key="group-yes", type="primary", on_click=perform, args=(act,)
        ):
            st.rerun()
        if st.button("Cancel", key="group-no"):
            st.rerun()


def _what_changes(found: Preview) -> None:
    """How many labels change, from what to what, and whose decisions are concerned."""
    if not found.changed:
        st.markdown(f"**No label changes.** {count(found.rows, 'row')} accepted as they are.")
    else:
        change = "changes" if found.changed == 1 else "change"
        st.markdown(f"**{found.changed:,} of {count(found.rows, 'row')} {change}.**")
        show_table(found.changes, key="group-changes", alt="How many rows change from what to what")
        st.caption(f"The first {count(len(found.examples), 'row')} that {change}:")
        show_table(
            found.examples,
            key="group-examples",
            alt="Some rows, their label now and then",
            column_config={"text": st.column_config.TextColumn(width=300)},
        )
    if found.conflicts:
        st.warning(
            f"Others gave {count(found.conflicts, 'row')} a different label. These rows will be in "
            "conflict until somebody chooses the final label.",
            icon=":material/group:",
        )
    elif found.by_others:
        st.caption(f"Others have labelled {count(found.by_others, 'row')} of these the same way.")
