"""Which run and which epoch a page looks at. Both stand in the URL."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitAPIException

from hamr.errors import HamrError, RunNotFound
from hamr.legible import legible_name
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import guard, tell
from hamr.ui.shell.session import named_in_link, query, set_query, store
from hamr.ui.shell.text import plain, plain_name

if TYPE_CHECKING:
    from hamr.records import Task
    from hamr.store import Run, RunInfo
    from hamr.ui.shell.moment import RunNow

STATUS_ICONS = {
    "queued": "⏳",
    "running": "🟢",
    "stopping": "🟡",
    "stopped": "⏹️",
    "interrupted": "⚡",
    "finished": "✅",
    "failed": "❌",
}
ACTIVE = ("queued", "running", "stopping")  # statuses that change by themselves


def choose_run(*, need_epochs: bool = True) -> RunNow:
    """The run the page is about as it stands now, from ?run= or the picker in the sidebar.

    Without ?run= it is the newest run (with an epoch, if one is needed). Where there is
    no run, or no epoch yet, the page says what to do next and ends here.
    """
    infos = store().runs()
    if not infos:
        no_runs()
    chosen = _asked_for(infos) if query("run") else _default(infos, need_epochs)
    _picker(infos, chosen)
    if chosen is None:
        st.warning(
            f"There is no run {plain_name(query('run'))} here. Choose one on the left.", icon="🔎"
        )
        st.stop()
    if query("run") != chosen.id:
        set_query("run", chosen.id)
    from hamr.store import Run
    from hamr.ui.shell.moment import RunNow

    run = RunNow(Run(store(), chosen.id), chosen)
    if need_epochs and not run.epochs():
        _await_first_epoch(run.afresh())
        st.stop()
    return run


def _asked_for(infos: list[RunInfo]) -> RunInfo | None:
    wanted = named_in_link("run")
    by_id = {info.id: info for info in infos}
    if wanted not in by_id:  # a name, or the beginning of an id
        try:
            wanted = store().run(wanted).id
        except RunNotFound:
            return None
    return by_id.get(wanted)


def _default(infos: list[RunInfo], need_epochs: bool) -> RunInfo:
    trained = [info for info in infos if info.epochs_done > 0]
    return trained[0] if need_epochs and trained else infos[0]


def run_labels(infos: list[RunInfo]) -> dict[str, str]:
    """What each run is called in a list to choose from, by its id."""
    shown = {info.id: legible_name(info.name) for info in infos}
    times = Counter(shown.values())
    return {
        info.id: f"{STATUS_ICONS[info.status]} {shown[info.id]}"
        + (f" ({info.id[:4]})" if times[shown[info.id]] > 1 else "")
        for info in infos
    }


def _picker(infos: list[RunInfo], chosen: RunInfo | None) -> None:
    labels = run_labels(infos)
    st.session_state["run_picker"] = chosen.id if chosen else None
    st.sidebar.selectbox(
        "Run",
        list(labels),
        format_func=lambda run_id: labels.get(run_id, run_id),
        key="run_picker",
        on_change=_picked,
        placeholder="Choose a run",
    )


def _picked() -> None:
    """Another run: the epoch and the rows chosen for the last one mean nothing to it."""
    for name in list(st.query_params):
        # What is bound to a widget (a filter, a tab) means something to any run, and stays.
        with suppress(StreamlitAPIException):
            set_query(name, None)
    set_query("epoch", None)
    set_query("row", None)
    set_query("run", st.session_state["run_picker"])
    st.session_state.pop("pinned_epoch", None)


def no_runs() -> None:
    """What a page says where there is no run at all; it ends here."""
    with st.container(border=True):
        st.subheader("No run yet", anchor=False)
        st.text("Run the demo: it trains on the built-in rows and fills every page as it goes.")
        demo_button(key="empty-demo")
        navigation.link("Dataset", "Or look at your own data first")
    st.stop()


def demo_button(*, key: str) -> None:
    """One click: queue the demo with the settings as they come, and go to Train."""
    if st.button("Run the demo", type="primary", icon="▶️", key=key, shortcut="Mod+Enter"):
        _run_demo("sequence")


def entity_demo_button(*, key: str) -> None:
    """The same for the demo of tagged sentences."""
    if st.button("Run the entity demo", icon="🏷️", key=key):
        _run_demo("token")


def _run_demo(task: Task) -> None:
    from hamr.config import DataSettings, RunSettings, TrainingSettings
    from hamr.jobs import submit

    settings = RunSettings(
        data=DataSettings(task="token" if task == "token" else "auto"),
        training=TrainingSettings.of_preset("quick", task),
    )
    try:
        run = submit(store(), settings)
    except HamrError as error:
        tell(error)
        return
    set_query("epoch", None)
    set_query("row", None)
    navigation.go("Train", query={"run": run.id})


@st.fragment(run_every=1.0)
def _await_first_epoch(run: Run) -> None:
    """Say how far the run is, and open the page by itself when the first epoch lands."""
    with guard():
        if run.epochs():
            st.rerun()
        _nothing_yet(run, run.info)


def _nothing_yet(run: Run, info: RunInfo) -> None:
    with st.container(border=True):
        st.subheader("Nothing to show yet", anchor=False)
        if info.status in ACTIVE:
            progress = run.progress()
            fraction = progress["fraction"] if progress else 0.0
            st.progress(fraction, text=plain(progress["message"] if progress else info.status))
            st.text("This page opens by itself when the first epoch is in.")
        else:
            name = legible_name(info.name)
            st.text(f"The run {name} is {info.status} and has no complete epoch.")
            if info.error:
                st.error(plain(info.error), icon="⚠️")
        navigation.link("Train", "See the run on Train", query={"run": info.id})


def choose_epoch(run: RunNow) -> int:
    """The epoch the page looks at, from ?epoch= or the slider in the sidebar.

    The newest by default. A page never moves on by itself: while the run trains, a note
    beside the slider offers the newer epoch.
    """
    epochs = run.epochs()
    epoch = _current_epoch(run.id, epochs)
    with st.sidebar:
        if len(epochs) > 1:
            st.session_state["epoch_slider"] = epoch
            st.select_slider(
                "Epoch", epochs, key="epoch_slider", on_change=_slid, args=(run.id, epochs[-1])
            )
        else:
            st.caption(f"Epoch {epoch}")
        if run.info.status in ACTIVE:
            _offer_newer(run.afresh(), epochs[-1], epoch)
    return epoch


def _current_epoch(run_id: str, epochs: list[int]) -> int:
    asked = query("epoch")
    if asked and asked.isdecimal() and int(asked) in epochs:
        return int(asked)
    if asked:
        set_query("epoch", None)
    pinned = st.session_state.get("pinned_epoch")
    if not pinned or pinned[0] != run_id or pinned[1] not in epochs:
        pinned = st.session_state["pinned_epoch"] = (run_id, epochs[-1])
    return pinned[1]


def _slid(run_id: str, newest: int) -> None:
    epoch = st.session_state["epoch_slider"]
    # At the right end the page follows the run again, so the URL names no epoch.
    set_query("epoch", None if epoch == newest else epoch)
    st.session_state["pinned_epoch"] = (run_id, epoch)


@st.fragment(run_every=2.0)
def _offer_newer(run: Run, known: int, shown: int) -> None:
    newest = max(run.epochs(), default=known)
    if newest > known and st.button(
        f"Epoch {newest} is in: show it", key="newer_epoch", width="stretch"
    ):
        set_query("epoch", None)
        st.session_state["pinned_epoch"] = (run.id, newest)
        st.rerun()
    elif newest == known:
        st.caption(f"Training goes on; epoch {shown} is shown.")
