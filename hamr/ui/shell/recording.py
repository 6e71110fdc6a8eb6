"""The recording that comes with the program, as the pages know it: which run it is, and whether
this page shows it. A page that shows it reads another store than one's own; see `server.store`.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from hamr import resources
from hamr.errors import HamrError
from hamr.ui.shell.state import chosen_run, query, shown_page
from hamr.ui.widgets.learnview import RUN_STEP

if TYPE_CHECKING:
    from hamr.store import Store

FIRST = resources.ASSETS / "recording" / "first.json"
_PARTS = {
    "id": str, "rows": int, "epochs": list, "side": int, "places": str, "known": str,
    "seeds": str, "macro_f1": list, "rarest": str, "rarest_f1": list, "regions": list,
}  # fmt: skip
_OF_ONES_OWN = ("Home", "Guide")  # pages that never show the recording


@cache
def first_page() -> dict[str, Any] | None:
    """What the first page plays; None where the file is missing or damaged."""
    try:
        found = json.loads(FIRST.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or any(
        not isinstance(found.get(name), kind) for name, kind in _PARTS.items()
    ):
        return None
    epochs = len(found["epochs"])
    curves = (found["macro_f1"], found["rarest_f1"])
    return found if epochs and all(len(curve) == epochs for curve in curves) else None


def run_id() -> str | None:
    """The id of the recorded run."""
    found = first_page()
    return found["id"] if found else None


def is_open() -> bool:
    """Whether the page that is open shows the recording."""
    known, page = run_id(), shown_page()
    if known is None or page in _OF_ONES_OWN or chosen_run() != known:
        return False
    if page == "Dataset":  # its other sources are for runs of one's own
        return query("from") == "run" or st.session_state.get("source_kind") == "run"
    if page == "Learn":  # its other view needs no run; pages that come before have views, too
        return query("view") == RUN_STEP
    return not (page == "Train" and query("new"))


def recorded_store() -> Store:
    """The recording, unpacked once for all visitors. Raises DataError where it can't be read."""
    found = _unpacked()
    if isinstance(found, HamrError):
        raise found
    return found


@st.cache_resource(show_spinner="Opening the recording")
def _unpacked() -> Store | HamrError:
    import atexit
    import shutil

    from hamr.jobs.recorded import unpack_recording

    folder = Path(tempfile.mkdtemp(prefix="hamr-recording-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        return unpack_recording(folder / "home")
    except HamrError as error:  # kept: a page asks for the store many times
        return error
