"""Attach a file of unlabelled rows to the data of a run."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr.data.unlabelled_sentences import ENDINGS, is_table
from hamr.errors import HamrError
from hamr.files.formats import TABLES
from hamr.files.reading import open_file
from hamr.jobs.pool import attach_file, usual_columns
from hamr.store import Run
from hamr.tasks import features
from hamr.ui.dataset.uploads import save_upload
from hamr.ui.relabel.keys import blocked
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.text import plain

# In the session. Not by form: the first rows are attached in another one than further rows.
SAID = "attached.said"


def show_attached() -> None:
    """What came of the last file, once."""
    said = st.session_state.pop(SAID, None)
    if said:
        st.success(plain(f"{said}."), icon=":material/check:")


def attach_form(run: Run, annotator: str, *, key: str) -> None:
    """The upload, the column of its texts, and the button; what came of it stays on screen."""
    show_attached()
    sentences = features(run.info.task).entities
    upload = _sentences_upload(key) if sentences else _texts_upload(key)
    if upload is None:
        return
    try:
        path = str(save_upload(upload, upload.name, store().home))
        columns = open_file(path).columns() if not sentences or is_table(path) else None
    except HamrError as error:
        show_error(error)
        return
    column = "" if columns is None else _column(run, columns, key)
    reason = blocked(annotator)
    if st.button(
        "Attach rows",
        key=f"{key}-go",
        type="primary",
        disabled=bool(reason) or column is None,
        help=reason or None,
    ):
        _attach(run, path, annotator, str(column))


def _texts_upload(key: str) -> Any:
    return st.file_uploader(
        "A file of texts without labels",
        type=[ending.removeprefix(".") for ending in TABLES],
        key=f"{key}-file",
        help="Rows whose text the data has, that were attached before, or that have no text are "
        "left out and counted.",
    )


def _sentences_upload(key: str) -> Any:
    return st.file_uploader(
        "A file of sentences without tags",
        type=[ending.removeprefix(".") for ending in ENDINGS],
        key=f"{key}-file",
        help="A table with a column of sentences, plain text with a sentence on each line, or "
        "CoNLL, whose tags are not read. Words of a text are parted at blanks. Sentences that the "
        "data has, that were attached before, or that have no word are left out and counted.",
    )


def _column(run: Run, columns: list[str], key: str) -> str | None:
    usual = usual_columns(run.info)
    return st.selectbox(
        "Column of the texts",
        columns,
        index=next((columns.index(name) for name in usual if name in columns), None),
        key=f"{key}-column",
        placeholder="Choose a column",
    )


def _attach(run: Run, path: str, annotator: str, column: str) -> None:
    try:
        with st.spinner("Reading the file"):
            found = attach_file(store(), run.info, path, annotator, column or None)
    except HamrError as error:
        show_error(error)
        return
    st.session_state[SAID] = found.in_words()
    st.rerun()
