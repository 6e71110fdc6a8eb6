"""The part of the Train page that starts a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.errors import HamrError, RunNotFound
from hamr.records import Task
from hamr.tasks import built_in_task, features
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.state import (
    data_query,
    named_in_link,
    remember_data,
    safe_chosen_data,
    set_query,
)
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import count, plain, plain_name
from hamr.ui.train.sweep_form import like_sweep, start_sweep, sweep_form
from hamr.ui.widgets.chosenrows import take_sets_of_link
from hamr.ui.widgets.form import prefill, training_form
from hamr.ui.widgets.labels import choose_labels, take_labels

if TYPE_CHECKING:
    from hamr.jobs import CurrentData

BUILT_IN = {
    "Demo: 4,000 built-in rows": DataSettings(source="demo"),
    "Built-in: all 13,621 rows": DataSettings(source="builtin"),
    "Entity demo: 4,000 sentences": DataSettings(source="demo", task="token"),
    "Built-in entities: all 16,074": DataSettings(source="builtin", task="token"),
}
MODES = {"run": "One run", "sweep": "Sweep"}


def new_run() -> None:
    """The form of a new run: the data, the settings, a name, Start."""
    _active_runs()
    data, fault = _start_like()
    like_sweep()
    with st.container(border=True):
        data = _data(data, fault)
        task = _task(data)
        current = choose_labels(data, _like())
    with st.container(border=True):
        st.subheader("How to train", anchor=False)
        if _mode() == "sweep":
            training = training_form(fault, task, without=("method", "seed"))
            sweep = sweep_form(data, training, task)
        else:
            training, sweep = training_form(fault, task), None
    if sweep is None:
        _start(data, training, current)
    else:
        start_sweep(sweep, current)


def _mode() -> str:
    """One run, or a sweep of many; the choice is in the URL."""
    chosen = st.segmented_control(
        "Runs",
        list(MODES),
        default="run",
        format_func=lambda mode: MODES[mode],
        key="mode",
        required=True,
        bind="query-params",
        persist_state="page",
        label_visibility="collapsed",
    )
    return str(chosen)


def _active_runs() -> None:
    active = [info for info in store().runs() if info.status in ACTIVE]
    if active:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(
                f"{count(len(active), 'run')} in progress; a new run waits in the queue.",
                width="content",
            )
            navigation.link("Train", "Watch the run", query={"run": active[-1].id})
    for sweep in store().sweeps.all():
        if sweep.status in ACTIVE:
            label = f"Watch the sweep {plain_name(sweep.name)} ({sweep.status})"
            navigation.link("Train", label, query={"sweep": sweep.id})


def _start_like() -> tuple[DataSettings | None, tuple[str, str] | None]:
    """Take over the settings of the run in ?like=, and the error it failed with, if any."""
    like = named_in_link("like")
    if not like:
        return None, None
    try:
        info = store().run(like).info
    except RunNotFound as error:
        st.warning(plain(error), icon=":material/search:")
        return None, None
    if info.settings.untrainable:
        st.warning(plain(info.settings.untrainable), icon=":material/search:")
        return info.settings.data, None
    if st.session_state.get("form_like") != like:
        st.session_state["form_like"] = like
        remember_data(info.settings.data)
        take_labels(of_corrected=info.origin is not None)
        task = info.task if info.fingerprint else _task(info.settings.data)
        prefill(info.settings.training, task)
    take_sets_of_link()
    fault = (info.error_field, info.error) if info.error and info.error_field else None
    return info.settings.data, fault


def _like() -> str | None:
    """The id of the run in ?like=, if there is one."""
    like = named_in_link("like")
    try:
        return store().run(like).id if like else None
    except RunNotFound:  # said above
        return None


def _data(like: DataSettings | None, fault: tuple[str, str] | None) -> DataSettings:
    """Which rows to train on: built-in, or those chosen on the Dataset page."""
    st.subheader("Data", anchor=False)
    chosen, error = safe_chosen_data()
    if error:
        show_error(error)
    options = dict(BUILT_IN)
    if chosen not in options.values():
        options[f"Yours: {plain_name(_name(chosen.source))}"] = chosen
    name = st.segmented_control(
        "Rows",
        list(options),
        default=next(name for name, data in options.items() if data == chosen),
        required=True,
        label_visibility="collapsed",
    )
    data = options.get(name or "", chosen)
    if data not in BUILT_IN.values():
        st.text(_columns(data))
    if fault and fault[0] in DataSettings.model_fields:
        st.error(plain(fault[1]), icon=":material/warning:")
    navigation.link("Dataset", "Look at this data, or choose other data", query=data_query(data))
    return data


def _task(data: DataSettings) -> Task:
    """Which task the rows are for; of built-in rows that is known without reading them."""
    if data in BUILT_IN.values():
        return built_in_task(data)
    from hamr.data import task_of

    return task_of(data)


def _name(source: str) -> str:
    return source if source.startswith("hub:") else source.replace("\\", "/").rsplit("/", 1)[-1]


def _columns(data: DataSettings) -> str:
    words = f"text from {data.text_column!r}, label from {data.label_column!r}"
    if features(_task(data)).entities:
        words = "entities in tagged sentences"
        words += "; tags that break their tagging scheme are repaired" if data.repair else ""
    elif data.group_column:
        words += f", grouped by {data.group_column!r}"
    if data.metadata:
        words += f"; metadata: {', '.join(data.metadata)}"
    for split in ("validation", "test"):
        path = getattr(data, split)
        share = getattr(data, f"{split}_share")
        words += f"; {split}: {_name(path) if path else f'{share:.0%} held out'}"
    if data.keep_duplicates_together:
        words += "; duplicates in one split"
    if data.remove_leaks:
        words += "; without leaks"
    return words


def _start(
    data: DataSettings, training: TrainingSettings | None, current: CurrentData | None
) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name", placeholder="Default: data and method", max_chars=80, key="run_name", width=360
        )
        clicked = st.button(
            "Start the run",
            type="primary",
            icon=":material/play_arrow:",
            key="start",
            shortcut="Mod+Enter",
            disabled=training is None,
        )
    if training is None:
        st.caption("A setting is out of range; see the error above.")
    if not clicked or training is None:
        return
    from hamr.jobs import submit, submit_current

    settings, wanted = RunSettings(data=data, training=training), name.strip() or None
    try:
        if current is None:
            run = submit(store(), settings, name=wanted)
        else:
            run = submit_current(store(), settings, current, wanted)
    except HamrError as error:
        show_error(error)
        return
    set_query("epoch", None)
    set_query("row", None)
    navigation.go("Train", query={"run": run.id})
