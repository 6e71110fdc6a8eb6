"""Which run and which epoch a page looks at. Both are in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.errors import RunNotFound
from hamr.ui.shell.demo import no_runs
from hamr.ui.shell.replay import offer_replay, replayed
from hamr.ui.shell.server import store
from hamr.ui.shell.state import (
    epoch_of,
    named_in_link,
    pin_epoch,
    query,
    set_query,
    switch_run,
)
from hamr.ui.shell.status import ACTIVE, run_labels
from hamr.ui.shell.text import plain_name
from hamr.ui.shell.waiting import await_first_epoch

if TYPE_CHECKING:
    from hamr.store import Run, RunInfo
    from hamr.ui.shell.moment import RunNow


def choose_run(*, need_epochs: bool = True, need_model: bool = False) -> RunNow:
    """The run that the page is about, as it is now, from ?run= or the picker in the sidebar.

    In a replay it is as it was at the epoch of ?replay=, on the pages that can be replayed.
    Without ?run= it is the newest run (with an epoch or a model, if one is needed). Where there is
    no run, or no epoch yet, the page says what to do next and ends here.
    """
    infos = store().runs()
    if not infos:
        no_runs()
    chosen = _asked_for(infos) if query("run") else _default(infos, need_epochs, need_model)
    _picker(infos, chosen)
    if chosen is None:
        st.warning(
            f"There is no run {plain_name(query('run'))} here. Choose one on the left.",
            icon=":material/search:",
        )
        st.stop()
    if query("run") != chosen.id:
        set_query("run", chosen.id)
    from hamr.store import Run
    from hamr.ui.shell.moment import RunNow

    run = Run(store(), chosen.id)
    past = replayed(run, chosen)
    if past is not None:
        return RunNow(past)
    now = RunNow(run, chosen)
    if need_epochs and not now.epochs():
        await_first_epoch(run)
        st.stop()
    return now


def _asked_for(infos: list[RunInfo]) -> RunInfo | None:
    wanted = named_in_link("run")
    by_id = {info.id: info for info in infos}
    if wanted not in by_id:  # a name, or the beginning of an id
        try:
            wanted = store().run(wanted).id
        except RunNotFound:
            return None
    return by_id.get(wanted)


def _default(infos: list[RunInfo], need_epochs: bool, need_model: bool) -> RunInfo:
    finished = [info for info in infos if info.status == "finished"]
    if need_model and finished:
        return finished[0]
    trained = [info for info in infos if info.epochs_done > 0]
    return trained[0] if need_epochs and trained else infos[0]


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
    switch_run(st.session_state["run_picker"])


def choose_epoch(run: RunNow) -> int:
    """The epoch the page looks at, from ?epoch= or the slider in the sidebar.

    The newest by default, and in a replay always. A page never moves on by itself: while the run
    trains, a note below the slider offers the newer epoch.
    """
    epochs = run.epochs()
    if run.past is not None:
        st.sidebar.caption(f"Replay: this page shows the run as of epoch {epochs[-1]}.")
        return epochs[-1]
    epoch = epoch_of(run.id, epochs)
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
        offer_replay(run.info)
    return epoch


def _slid(run_id: str, newest: int) -> None:
    epoch = st.session_state["epoch_slider"]
    # At the right end the page follows the run again, so the URL names no epoch.
    set_query("epoch", None if epoch == newest else epoch)
    pin_epoch(run_id, epoch)


@st.fragment(run_every=2.0)
def _offer_newer(run: Run, known: int, shown: int) -> None:
    newest = max(run.epochs(), default=known)
    if newest > known and st.button(f"Show epoch {newest}", key="newer_epoch", width="stretch"):
        set_query("epoch", None)
        pin_epoch(run.id, newest)
        st.rerun()
    elif newest == known:
        st.caption(f"Training continues; this page shows epoch {shown}.")
