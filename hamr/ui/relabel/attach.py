"""Attach a file of unlabelled rows to the data of a run."""

from __future__ import annotations

import streamlit as st

from hamr.errors import HamrError
from hamr.files.formats import TABLES
from hamr.files.reading import open_file
from hamr.jobs.pool import attach_file
from hamr.store import Run
from hamr.ui.dataset.uploads import save_upload
from hamr.ui.relabel.keys import blocked
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.text import plain


def attach_form(run: Run, annotator: str, *, key: str) -> None:
    """The upload, the column of its texts, and the button; what came of it stays on screen."""
    said = st.session_state.pop(f"{key}.said", None)
    if said:
        st.success(plain(f"{said}."), icon=":material/check:")
    upload = st.file_uploader(
        "A file of texts without labels",
        type=[ending.removeprefix(".") for ending in TABLES],
        key=f"{key}-file",
        help="Rows whose text the data has, that were attached before, or that have no text are "
        "left out and counted.",
    )
    if upload is None:
        return
    try:
        path = str(save_upload(upload, upload.name, store().home))
        columns = open_file(path).columns()
    except HamrError as error:
        show_error(error)
        return
    usual = run.info.settings.data.text_column
    column = st.selectbox(
        "Column of the texts",
        columns,
        index=columns.index(usual) if usual in columns else None,
        key=f"{key}-column",
        placeholder="Choose a column",
    )
    reason = blocked(annotator)
    if st.button(
        "Attach rows",
        key=f"{key}-go",
        type="primary",
        disabled=bool(reason) or column is None,
        help=reason or None,
    ):
        _attach(run, path, annotator, str(column), key)


def _attach(run: Run, path: str, annotator: str, column: str, key: str) -> None:
    try:
        with st.spinner("Reading the file"):
            found = attach_file(store(), run.info, path, annotator, column)
    except HamrError as error:
        show_error(error)
        return
    st.session_state[f"{key}.said"] = found.in_words()
    st.rerun()
