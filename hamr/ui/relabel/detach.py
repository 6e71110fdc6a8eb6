"""Remove attached rows from the data of a run, and put them back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from hamr.decisions import Attachment
from hamr.errors import HamrError
from hamr.legible import legible
from hamr.store import Decisions, RunInfo
from hamr.store.pools import Pool, labels_given, put_back, remove
from hamr.ui.relabel.keys import blocked
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.text import count, plain


def detach_form(info: RunInfo, annotator: str, *, key: str) -> None:
    """A box that removes one attachment, with what becomes of its labels; and the way back."""
    decisions = store().decisions(info.label_source or "")
    _removed(decisions, annotator, key)
    parts = {part.key: part for part in Pool(decisions).parts}
    if not parts:
        return
    with st.popover("Remove rows", icon=":material/playlist_remove:", key=f"{key}-box"):
        chosen = st.selectbox(
            "Attached rows",
            list(parts),
            index=len(parts) - 1,
            format_func=lambda one: _called(parts[one]),
            key=f"{key}-part",
        )
        if chosen is None:
            return
        given, reason = labels_given(decisions, chosen), blocked(annotator)
        stay = (
            f"{count(given, 'label')} given to them stay" if given != 1 else "1 label given stays"
        )
        st.caption(
            f"Rows without a label leave the queue and the map. {stay[0].upper()}{stay[1:]} with "
            "the data, and the next run trains on them. You can put the rows back."
        )
        st.button(
            f"Remove {count(parts[chosen].rows, 'row')}",
            key=f"{key}-go",
            type="primary",
            disabled=bool(reason),
            help=reason or None,
            on_click=_remove,
            args=(decisions, chosen, annotator, key),
        )


def _of_labels(given: int) -> str:
    """What becomes of the labels given to the rows."""
    if not given:
        return "None of them has a label."
    if given == 1:
        return "The one row that has a label stays with the data, and the next run trains on it."
    return f"The {given:,} rows with a label stay with the data, and the next run trains on them."


def _called(part: Attachment) -> str:
    return f"{legible(part.name, 60)} · {count(part.rows, 'row')} · {part.time:%d %b %Y %H:%M} UTC"


def _remove(decisions: Decisions, part: str, annotator: str, key: str) -> None:
    _do(lambda: remove(decisions, part, annotator), key, part)


def _put_back(decisions: Decisions, part: str, annotator: str, key: str) -> None:
    _do(lambda: put_back(decisions, part, annotator), key, None)


def _do(act: Callable[[], None], key: str, removed: str | None) -> None:
    try:
        act()
    except HamrError as error:
        st.session_state[f"{key}.failed"] = error
        return
    st.session_state[f"{key}.removed"] = removed


def _removed(decisions: Decisions, annotator: str, key: str) -> None:
    """What was removed in this session, with a button that puts it back; why an act failed."""
    failed = st.session_state.pop(f"{key}.failed", None)
    if failed is not None:
        show_error(failed)
    part = decisions.attachments.get(st.session_state.get(f"{key}.removed") or "")
    if part is None or not part.removed:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-undo"):
        st.success(
            plain(f"{count(part.rows, 'unlabelled row')} of {part.name} removed."),
            icon=":material/check:",
        )
        st.button(
            "Put them back",
            key=f"{key}-back",
            icon=":material/undo:",
            disabled=bool(blocked(annotator)),
            on_click=_put_back,
            args=(decisions, part.key, annotator, key),
        )
