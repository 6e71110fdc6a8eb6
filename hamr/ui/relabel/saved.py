"""Which sends were saved lately in this session, so that the browser forgets its drafts of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.decisions import Recorded

_SAVED = "relabel.saved"  # in the session
MOST = 40


def note_saved(answers: Sequence[Recorded]) -> None:
    """Note sends that are in the database now; of an act on many rows the first is the draft's."""
    noted = [answer.client_id for answer in answers[:MOST]]
    st.session_state[_SAVED] = [*saved_lately(), *noted][-MOST:]


def saved_lately() -> Sequence[str]:
    """The client ids of these sends, the newest last."""
    found: Sequence[str] = st.session_state.get(_SAVED, [])
    return found


def is_saved(client_id: str) -> bool:
    """Whether that send is among them."""
    return client_id in saved_lately()
