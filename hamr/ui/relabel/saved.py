"""What was saved lately in this session, so that the browser forgets its drafts of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from hamr.decisions import Decision, Recorded

_SAVED = "relabel.saved"  # in the session
MOST = 40


def note_saved(decisions: Sequence[Decision], answers: Sequence[Recorded]) -> None:
    """Note the decisions that are in the database now.

    A label that is given to one row replaces an older draft of it; one that many rows got at
    once replaces none of theirs. Undo and redo, which have no decisions, note nothing.
    """
    rows = {one.client_id: one.row_id for one in decisions if one.new is not None}
    alone = len(decisions) == 1
    noted: list[dict[str, Any]] = [
        {
            "client": answer.client_id,
            "row": rows.get(answer.client_id) if alone else None,
            "version": answer.version,
        }
        for answer in answers
        if answer.client_id in rows
    ]
    known: list[dict[str, Any]] = st.session_state.get(_SAVED, [])
    st.session_state[_SAVED] = [*known, *noted[:MOST]][-MOST:]


def saved_lately() -> Sequence[Mapping[str, Any]]:
    """Each with its `client` id, the `version` it got, and the `row` it alone was about."""
    found: Sequence[Mapping[str, Any]] = st.session_state.get(_SAVED, [])
    return found


def is_saved(client_id: str) -> bool:
    """Whether that send is among them."""
    return any(one["client"] == client_id for one in saved_lately())
