"""Corrected data as a download: the file as it came, with the labels that people decided on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from hamr.errors import HamrError
from hamr.exports.bundle import STORED, Download
from hamr.exports.data import changed_since
from hamr.store import Run
from hamr.tasks import features
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.later import download_later
from hamr.ui.shell.text import plain

ZIP, ICON = "application/zip", ":material/download:"
FORMATS = {".csv": "CSV", ".jsonl": "JSON Lines"}


def corrected_download(run: Run, *, key: str, alone: bool = False) -> None:
    """The buttons that download a run's data with current labels; nothing before a decision.

    With `alone` it is one button, where other controls need the room.
    """
    try:
        version = Download.of(run).version
    except HamrError:  # a run whose data was never loaded has nothing to download
        return
    if version:
        st.fragment(_buttons)(run, version, key, alone)


def _buttons(run: Run, version: int, key: str, alone: bool) -> None:
    download = Download.of(run, version)
    try:
        other = changed(run, to_write_back=True)
    except HamrError as error:  # rows that can't be read
        show_error(error)
        return
    if other:
        _as_stored(run, download, other, key)
        return
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        download_later(
            "Download corrected data",
            download.archive,
            download.name(),
            ZIP,
            key=key,
            icon=None if alone else ICON,  # beside other controls its words need the room
            help=f"A .zip file: the data as it came with current labels, all decisions up to "
            f"{version:,}, and a note",
        )
        if download.single and not alone:
            download_later(
                "File only",
                download.file,
                download.name(Path(download.single).suffix),
                "application/octet-stream",
                key=f"{key}-file",
                kind="tertiary",
                help=plain(f"{download.single} with current labels, and nothing else"),
            )


def _as_stored(run: Run, download: Download, changed: str, key: str) -> None:
    """Where the file is another one now: the sentence, and the rows from the store."""
    st.warning(
        plain(f"The original file can't be written back with current labels: {changed}."),
        icon=":material/warning:",
    )
    endings = [".jsonl"] if features(run.info.task).entities else list(STORED)
    with st.container(horizontal=True, vertical_alignment="center"):
        for ending in endings:
            download_later(
                f"Download the stored rows as {FORMATS[ending]}",
                partial(download.stored, ending),
                download.name(f"{ending}.zip"),
                ZIP,
                key=f"{key}{ending}",
                icon=ICON,
                help="The rows as they were when the run was started, with current labels, all "
                "decisions, and a note",
            )


def changed(run: Run, *, to_write_back: bool = False) -> str:
    """`hamr.exports.data.changed_since`, asked again only when one of the files is written."""
    return _changed(run.id, _stamps(run), to_write_back, run)


@st.cache_data(show_spinner=False, max_entries=64)
def _changed(run_id: str, stamps: tuple[object, ...], to_write_back: bool, _run: Run) -> str:
    return changed_since(_run, to_write_back=to_write_back)


def _stamps(run: Run) -> tuple[object, ...]:
    """Changes when one of the run's files does."""
    data, found = run.info.settings.data, []
    for name in (data.source, data.validation, data.test):
        try:
            known = Path(name).expanduser().stat() if name else None
        except (OSError, ValueError):
            known = None
        found.append((known.st_mtime_ns, known.st_size) if known else None)
    return tuple(found)
