"""The demos: one click queues a run on the built-in data and opens Train."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.errors import HamrError
from hamr.tasks import setting_of
from hamr.ui.shell import navigation, recording
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import own_store
from hamr.ui.shell.state import set_query, shown_page

if TYPE_CHECKING:
    from hamr.records import Task


def no_runs() -> None:
    """What a page says where there is no run at all; it ends here."""
    with st.container(border=True):
        st.subheader("No run yet", anchor=False)
        st.text("Run the demo: it trains on the built-in rows and fills every page as it goes.")
        demo_button(key="empty-demo")
        if (recorded := recording.run_id()) and (page := shown_page()) in navigation.OF_RUNS:
            navigation.link(page, "Look at the recording of the demo", query={"run": recorded})
        navigation.link("Dataset", "Look at your own data first")
    st.stop()


def demo_button(*, key: str, label: str = "Run the demo") -> None:
    """One click: queue the demo with the settings as they come, and go to Train."""
    if st.button(
        label, type="primary", icon=":material/play_arrow:", key=key, shortcut="Mod+Enter"
    ):
        _run_demo("sequence")


def quiet_demo_button(*, key: str) -> None:
    """The same, where something else is the matter of the page."""
    if st.button("Run it yourself", icon=":material/play_arrow:", key=key):
        _run_demo("sequence")


def entity_demo_button(*, key: str) -> None:
    """The same for the demo of sentences with entities."""
    if st.button("Run the entity demo", icon=":material/sell:", key=key):
        _run_demo("token")


def _run_demo(task: Task) -> None:
    from hamr.config import DataSettings, RunSettings, TrainingSettings
    from hamr.jobs import submit

    settings = RunSettings(
        data=DataSettings(task=setting_of(task)),
        training=TrainingSettings.of_preset("quick", task),
    )
    try:
        run = submit(own_store(), settings)
    except HamrError as error:
        show_error(error)
        return
    set_query("epoch", None)
    set_query("row", None)
    navigation.go("Train", query={"run": run.id})
