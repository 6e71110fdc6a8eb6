"""The recording on the first page of a fresh home: a map that lives, before anything is trained."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr import resources
from hamr.errors import HamrError
from hamr.ui.shell import navigation
from hamr.ui.shell.demo import demo_button, entity_demo_button
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.recording import first_page, recorded_store
from hamr.ui.shell.replay import play_from_start
from hamr.ui.shell.server import home

_ASSETS = resources.ASSETS / "firstpage"

_component = st.components.v2.component(
    "hamr_recording",
    html='<div class="recording"></div>',
    css=(_ASSETS / "first.css").read_text("utf-8"),
    js=(_ASSETS / "first.js").read_text("utf-8"),
)


def recording_of_fresh_home() -> dict[str, Any] | None:
    """What to play where this home has no runs; None where it has some, or there is no recording.

    Only the folder is looked at: opening the store takes longer than the first picture may.
    """
    runs = home() / "runs"
    try:
        has_runs = runs.is_dir() and any(runs.iterdir())
    except OSError:
        return None
    return None if has_runs else first_page()


def show_recording(found: dict[str, Any]) -> None:
    """Play it, with the ways on: run the demo, or walk through the pages with the recording."""
    _component(key="recording", data={**found, "says": _says(found)})
    with st.container(horizontal=True, vertical_alignment="center"):
        demo_button(key="demo", label="Run the demo yourself")
        if st.button("Open the recording", icon=":material/radio_button_checked:", key="open"):
            _open(found["id"])
        entity_demo_button(key="entity-demo")
        navigation.link("Dataset", "Use your own data")


def _says(found: dict[str, Any]) -> dict[str, Any]:
    rows, epochs = f"{found['rows']:,}", len(found["epochs"])
    return {
        "is": f"This is a recording: HAMR+ learns the tactics of {rows} sentences on how attackers "
        f"work, in {epochs} epochs. Nothing was trained here yet.",
        "how": [
            "not learned yet, to ",
            "learned: each dot is a sentence, coloured by the probability that the model gives to "
            "its label. ",
            "Similar ones lie close together. Larger dots are hard seeds, which are drawn more "
            "often with their neighbours; dashed circles are hard regions.",
        ],
        "map": f"Map of {rows} training sentences, which are learned epoch by epoch",
        "curves": f"Macro-F1 and the F1 of {found['rarest']} on validation over the epochs",
        "lines": f"F1 on validation (0 to 1). Blue: macro-F1; orange, dashed: {found['rarest']}, "
        "the rarest class.",
    }


def _open(run_id: str) -> None:
    try:
        recorded_store()
    except HamrError as error:
        show_error(error)
        return
    play_from_start("Neighbourhoods", run_id, colour="loss")
