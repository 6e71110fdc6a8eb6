"""Which labels new runs train on: current ones, or those that the data came with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.config import DataSettings
from hamr.ui.shell.server import store
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count, plain

if TYPE_CHECKING:
    from hamr.jobs import CurrentData

KEY, CURRENT, GIVEN = "labels", "current", "given"  # the key is also the part of the URL


def choose_labels(data: DataSettings, like: str | None = None) -> CurrentData | None:
    """The current labels of these data, if they are chosen; None for labels as given.

    Nothing is asked where no label of the data was corrected. Decisions are about the rows of the
    run `like`, or of the newest run on the data.
    """
    from hamr.jobs import current_data

    found = current_data(store(), data, like)
    if found is None:
        return None
    number = len(found.corrections.labels)
    titles = {CURRENT: f"current labels ({number:,} corrected)", GIVEN: "labels as given"}
    if query(KEY) in (CURRENT, GIVEN):
        st.session_state[KEY] = query(KEY)
    st.session_state.setdefault(KEY, GIVEN)
    chosen = st.segmented_control(
        "Labels",
        [CURRENT, GIVEN],
        required=True,
        format_func=lambda one: titles[one],
        key=KEY,
        on_change=_in_url,
        persist_state="session",
    )
    _in_url()
    _say(found, current=chosen == CURRENT)
    return found if chosen == CURRENT else None


def take_labels(*, of_corrected: bool) -> None:
    """Choose current labels in a form that takes over a run on corrected rows, else those given;
    what the link says comes first.
    """
    if query(KEY) in (CURRENT, GIVEN):
        return
    st.session_state[KEY] = CURRENT if of_corrected else GIVEN
    _in_url()


def _in_url() -> None:
    """Have the URL say so: a link of it opens the form with these labels."""
    set_query(KEY, CURRENT if st.session_state[KEY] == CURRENT else None)


def _say(found: CurrentData, *, current: bool) -> None:
    """What the choice means, and that the file has changed since, where it has."""
    changed = _changed(found)
    if changed:
        st.warning(
            plain(
                f"The labels were corrected on the rows that {found.parent.name} was started on, "
                f"and its file is another one now: {changed}. With current labels the run trains "
                "on the rows as they were; with labels as given, on the file as it is now."
            ),
            icon=":material/warning:",
        )
    elif current:
        labels = count(len(found.corrections.labels), "label")
        st.caption(f"{labels} corrected, decisions up to {found.corrections.version:,}.")


def _changed(found: CurrentData) -> str:
    from hamr.ui.widgets.corrected import changed

    return changed(store().run(found.parent.id))
