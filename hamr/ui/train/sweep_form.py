"""The part of the Train page that starts a sweep: methods, seeds, a grid, and the time it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from hamr.config import DataSettings, TrainingSettings, reads, renamed
from hamr.errors import HamrError, SettingError
from hamr.methods import SUGGESTED, listed, method_title
from hamr.sweeps import (
    SweepSettings,
    Typed,
    check_methods,
    grid_of,
    methods_of,
    own_settings,
    plan,
    seeds_of,
    sweep_of,
    unread,
)
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.state import named_in_link, query_all, remember_data, set_query_all
from hamr.ui.shell.text import count, duration, plain, title_of
from hamr.ui.widgets.form import given, prefill, shown
from hamr.ui.widgets.labels import take_labels

if TYPE_CHECKING:
    from hamr.jobs import CurrentData

V = TypeVar("V")

DEFAULT_SEEDS = "5"
METHODS = "compared"  # the chosen methods, in the state and in the link
OLD_METHODS = "methods"  # in links of earlier versions, where the names had other meanings
SHOWN = 8  # sweeps that the form leads to, the newest


@dataclass(frozen=True)
class Chosen:
    """What the form says; no settings while something of it is wrong."""

    settings: SweepSettings | None


def sweep_form(data: DataSettings, training: TrainingSettings | None, task: str) -> Chosen:
    """The controls of a sweep, each with what is wrong below it."""
    preset = training.preset if training else "quick"
    left, right = st.columns([2, 1])
    with left:
        methods = _methods(preset)
        # Filled later: other settings decide what is wrong with a method.
        below = st.container()
    with right:
        typed = st.text_input(
            "Seeds", DEFAULT_SEEDS, key="seeds", bind="query-params", persist_state="session"
        )
        seeds = _checked(lambda: seeds_of(typed))
        if seeds:
            st.caption("A number of seeds (5 means 0 to 4), or a list: 0, 3, 7")
    grid = _grid(preset)
    if training is None or methods is None or seeds is None or grid is None:
        return Chosen(None)
    own = own_settings(training, methods.value, task, given())
    try:
        chosen = sweep_of(data, training, methods.value, seeds.value, grid.value, own)
    except SettingError as error:
        show_error(error)  # about the grid, which is above
        return Chosen(None)
    try:
        check_methods(chosen, task)
    except SettingError as error:
        with below:
            show_error(error)
        return Chosen(None)
    with below:
        _own_settings(chosen)
    _amount(chosen)
    return Chosen(chosen)


def _methods(preset: str) -> Typed[tuple[str, ...]] | None:
    """The methods to compare; None where none is chosen, which is said there."""
    _old_link(preset)
    typed = st.multiselect(
        "Methods",
        listed()[0],  # a module that can't be imported has its error below
        default=SUGGESTED,
        format_func=method_title,
        key=METHODS,
        bind="query-params",
        persist_state="session",
    )
    return _checked(lambda: methods_of(typed, preset))


def start_sweep(chosen: Chosen, current: CurrentData | None) -> None:
    """The name, the button to start, and the existing sweeps."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name", placeholder="Default: the data", max_chars=80, key="sweep_name", width=360
        )
        clicked = st.button(
            "Start the sweep",
            type="primary",
            icon=":material/play_arrow:",
            key="start_sweep",
            shortcut="Mod+Enter",
            disabled=chosen.settings is None,
        )
    if clicked and chosen.settings is not None:
        _submit(chosen.settings, name.strip() or None, current)
    _sweeps()


def like_sweep() -> None:
    """Take over the settings of the sweep in ?like_sweep=."""
    from hamr.data import task_of

    like = named_in_link("like_sweep")
    if not like or st.session_state.get("form_like_sweep") == like:
        return
    try:
        settings = store().sweeps.get(like).info.settings
        task = task_of(settings.data)
    except HamrError as error:  # no such sweep, or its file is gone
        st.warning(plain(error), icon=":material/search:")
        return
    if settings.untrainable:
        st.warning(plain(settings.untrainable), icon=":material/search:")
        return
    state = st.session_state
    state["form_like_sweep"] = like
    remember_data(settings.data)
    take_labels(of_corrected=settings.origin is not None)
    prefill(settings.training, task)
    state[METHODS] = list(settings.methods)
    state["seeds"] = _seeds_in_words(settings.seeds)
    state["grid"] = "\n".join(
        f"{name} = {', '.join(map(str, values))}" for name, values in settings.grid.items()
    )


def _seeds_in_words(seeds: tuple[int, ...]) -> str:
    if seeds == tuple(range(len(seeds))):
        return str(len(seeds))
    return ", ".join(map(str, seeds)) + ("," if len(seeds) == 1 else "")


def _old_link(preset: str) -> None:
    """Take over the methods of a link of an earlier version, under their present names."""
    if METHODS not in st.session_state and (named := query_all(OLD_METHODS)):
        now = (renamed.earlier_link(name, preset) for name in named)
        known = listed()[0]
        st.session_state[METHODS] = [name for name in dict.fromkeys(now) if name in known]
    set_query_all(OLD_METHODS, ())


def _own_settings(settings: SweepSettings) -> None:
    """What a method of the sweep sets otherwise than the form, where it reads it."""
    preset = settings.training.preset
    for method, own in settings.by_method.items():
        read = {name: value for name, value in own.items() if reads(method, name, preset)}
        words = [f"{title_of(name).lower()} {shown(value)}" for name, value in read.items()]
        if words:
            st.caption(plain(f"{method_title(method)} sets its own {', '.join(words)}."))


def _grid(preset: str) -> Typed[dict[str, tuple[Any, ...]]] | None:
    lines = st.text_area(
        "Grid search: one setting per line",
        key="grid",
        height=88,
        placeholder="tau = 0.5, 0.7\ngamma = 0.8, 0.9",
        help="Each method is trained with every combination of the settings that it reads.",
        bind="query-params",
        persist_state="session",
    )
    return _checked(lambda: grid_of(lines.splitlines(), preset))


def _checked(read: Callable[[], Typed[V]]) -> Typed[V] | None:
    """What was typed, with its notices; None where it is wrong, which is shown here."""
    try:
        found = read()
    except SettingError as error:
        show_error(error)
        return None
    for notice in found.notices:
        st.caption(plain(notice))
    return found


def _amount(settings: SweepSettings) -> None:
    """How many runs that gives, and about how long they take."""
    from hamr.jobs import default_jobs

    runs = len(plan(settings))
    jobs = default_jobs(settings, runs)
    words = [f"**{count(runs, 'run')}**"]
    words.append("one at a time" if jobs == 1 else f"{jobs} at a time")
    if epoch := _epoch_seconds(settings):
        whole = runs * epoch * settings.training.epochs / jobs
        words.append(f"about {duration(whole)} at the speed of the last run")
    st.markdown(" · ".join(words))
    for name, methods in unread(settings).items():
        titles = ", ".join(method_title(method) for method in methods)
        ignore = "ignore" if len(methods) > 1 else "ignores"
        st.caption(plain(f"{titles} {ignore} {name}: one run per seed, whatever its value."))


def _epoch_seconds(settings: SweepSettings) -> float | None:
    """What an epoch of the newest finished run of that preset took, test scores included."""
    for info in store().runs():
        if info.status == "finished" and info.preset == settings.training.preset:
            final = store().run(info.id).final()
            return final.seconds["train"] / info.epochs if final else None
    return None


def _submit(settings: SweepSettings, name: str | None, current: CurrentData | None) -> None:
    from hamr.jobs import submit_current_sweep, submit_sweep

    try:
        if current is None:
            sweep = submit_sweep(store(), settings, name)
        else:
            sweep = submit_current_sweep(store(), settings, current, name)
    except HamrError as error:
        show_error(error)
        return
    navigation.go("Train", query={"sweep": sweep.id})


def _sweeps() -> None:
    """The sweeps there are, the newest first."""
    infos = store().sweeps.all()[:SHOWN]
    if not infos:
        return
    st.markdown("**Sweeps**")
    for info in infos:
        with st.container(horizontal=True, vertical_alignment="center"):
            navigation.link("Train", plain(info.name), query={"sweep": info.id})
            st.caption(plain(f"{info.status}, {count(len(plan(info.settings)), 'run')}"))
