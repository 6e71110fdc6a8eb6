"""Files that are not UTF-8: an offer to read them as Excel writes them, and the way back."""

from __future__ import annotations

import streamlit as st

from hamr.errors import EncodingError, HamrError
from hamr.files.encoding import CP1252, UTF8
from hamr.legible import legible
from hamr.ui.dataset.task import chosen_before

LINES = 3


def encoding_of(source: str) -> str:
    """The encoding that the user chose for a source, or that a link names."""
    known = chosen_before(source)
    chosen: str = st.session_state.get(_key(source), known.encoding if known else UTF8)
    return chosen


def show_encoding(source: str) -> None:
    """Where a source is not read as UTF-8, say so, with the way back."""
    if encoding_of(source) == UTF8:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Text files are read as Windows-1252, which Excel writes as plain CSV.")
        st.button(
            "Read as UTF-8",
            icon=":material/undo:",
            key=f"as utf-8 {source}",
            on_click=_choose,
            args=(source, UTF8),
        )


def offer_cp1252(error: EncodingError, source: str) -> None:
    """Some lines as Windows-1252 has them, and a button to read the files like that."""
    from hamr.files.reading import as_cp1252

    try:
        lines = as_cp1252(str(error.path))
    except HamrError:  # the file is gone meanwhile: reading it will say so
        return
    st.text("Do these lines read well as Windows-1252?")
    with st.container(border=True, gap="small"):
        for number, text in lines[:LINES]:
            st.text(f"line {number:,}: {legible(text, 200)}")
    st.button(
        "Read as Windows-1252 (Excel)",
        type="primary",
        icon=":material/translate:",
        key=f"as cp1252 {source}",
        on_click=_choose,
        args=(source, CP1252),
    )


def _choose(source: str, encoding: str) -> None:
    st.session_state[_key(source)] = encoding


def _key(source: str) -> str:
    return f"encoding {source}"
