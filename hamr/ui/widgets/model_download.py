"""The button *Download model*, and the dialog in which the model is made ready."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from hamr.errors import HamrError
from hamr.exports.model import FORMATS, possible
from hamr.jobs.model_export import ModelExport, exports
from hamr.jobs.predicting import kept_epochs
from hamr.store import Run, RunInfo
from hamr.ui.shell.guard import guard, show_error
from hamr.ui.shell.server import store

if TYPE_CHECKING:
    from hamr.exports.model import Format

LOOK = 0.3  # seconds between two looks at an export under way
ICON = ":material/download:"


def model_download(info: RunInfo, *, key: str) -> None:
    """The button, for a run that has finished; nothing for others."""
    if info.status != "finished":
        return
    if st.button(
        "Download model", icon=ICON, key=key,
        help="The trained model as ONNX, for Sentence Transformers or for Transformers, with a "
        "model card, as a .zip file",
    ):  # fmt: skip
        _dialog(info.id, key)


@st.dialog("Download the model")
def _dialog(run_id: str, key: str) -> None:
    with guard():
        choose(store().run(run_id), key)


def choose(run: Run, key: str) -> None:
    """The format and the epoch, and what to do next with that choice."""
    formats = possible(run.info)
    form: Format = st.radio(
        "Format",
        formats,
        format_func=lambda one: one.title,
        captions=[one.about for one in formats],
        key=f"{key}.format",
    )
    epoch = _epoch(run, key)
    others = [one.title for one in FORMATS.values() if one not in formats]
    if others:
        st.caption(f"{' and '.join(others)} can't hold the model of such a run.")
    found = exports.find(run, form.name, epoch)
    if found is None:
        place = st.empty()
        if not place.button("Prepare the download", type="primary", key=f"{key}.start"):
            return
        place.empty()  # it would stay until the next click
        found = exports.start(run, form.name, epoch)
    if _ready(found) and st.download_button(
        f"Download ({found.path.stat().st_size / 1e6:,.0f} MB)",
        found.path.read_bytes,
        _name(run.info, form),
        "application/zip",
        key=f"{key}.file",
        icon=ICON,
        type="primary",
        on_click="ignore",
    ):
        return
    if found.ended and found.error is not None:
        show_error(found.error)
        exports.forget(run, form.name, epoch)  # so that it can be tried again


def _epoch(run: Run, key: str) -> int | None:
    """None for the best epoch, or another one whose model is kept."""
    best = run.info.best_epoch
    try:
        others = [epoch for epoch in kept_epochs(run) if epoch != best]
    except HamrError as error:
        show_error(error)
        return None
    names = {0: f"{best}, the best on the validation rows"} | {one: str(one) for one in others}
    chosen: int = st.selectbox(
        "Epoch", list(names), format_func=names.__getitem__, key=f"{key}.epoch",
        help="A run keeps the model of its best epoch and of its last two",
    )  # fmt: skip
    return chosen or None


def _ready(found: ModelExport) -> bool:
    """Show how far the export is until it has ended; whether its file is there.

    Closing the dialog stops the looking and not the export: it is found again.
    """
    if not found.ended:
        bar = st.progress(0.0)
        while not found.wait(LOOK):
            bar.progress(found.share, f"{found.text[:1].upper()}{found.text[1:]}")
        bar.empty()
    return found.error is None


def _name(info: RunInfo, form: Format) -> str:
    """What the file is called: the run, and the format."""
    run = re.sub(r"[^\w.-]+", "-", info.name).strip("-.") or "model"
    return f"{run}-{form.name}.zip"
