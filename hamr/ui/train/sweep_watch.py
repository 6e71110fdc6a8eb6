"""The part of the Train page that shows a sweep, wherever it was started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from hamr.config import PRESET_TITLES
from hamr.errors import HamrError, RunNotFound
from hamr.methods import method_title
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import guard, show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.state import named_in_link
from hamr.ui.shell.status import ACTIVE, STATUS_ICONS
from hamr.ui.shell.text import as_csv, count, duration, plain
from hamr.ui.widgets.tables import show_table
from hamr.views.train.sweeps import (
    Outcome,
    embedding,
    frame,
    lines,
    outcomes,
    seconds_left,
)

if TYPE_CHECKING:
    import pandas as pd

    from hamr.store import Sweep, SweepInfo

HEADER, ROW, MOST_HIGH = 38, 35, 388  # pixels of a table
UPDATE_EVERY = 2.0  # seconds between two updates of a sweep that is in progress
NUMBERS = ("Runs", "Test macro-F1", "Rare F1", "Validation macro-F1", "Seconds a run")
MEANINGS = {
    "Test macro-F1": "Mean over the seeds ± half of its 95 % interval, each run at its best epoch "
    "on validation",
    "Rare F1": "The same for the third of the classes with the fewest training rows",
    "Seconds a run": "Mean; the first one also embeds the rows",
}


def watch_sweep() -> None:
    """The state and the table of the sweep in ?sweep=, updated while it is active."""
    try:
        sweep = store().sweeps.get(named_in_link("sweep"))
    except RunNotFound as error:
        st.warning(plain(error), icon=":material/search:")
        navigation.link("Train", "Start a new sweep", query={"new": "1", "mode": "Sweep"})
        return
    status = sweep.info.status
    again = st.fragment(_guarded, run_every=UPDATE_EVERY if status in ACTIVE else None)
    again(sweep, status)


def _guarded(sweep: Sweep, shown: str) -> None:
    with guard():
        _follow(sweep, shown)


def _follow(sweep: Sweep, shown: str) -> None:
    info = sweep.info
    if info.status != shown:  # how often the page is updated depends on it
        st.rerun()
    found = outcomes(sweep, _known(sweep.id))
    _head(info, found)
    with st.container(key="sweep-state"):
        _state(info, found)
    _table(info, found)
    _runs(found)


@st.cache_resource(show_spinner=False, max_entries=16)
def _known(sweep_id: str) -> dict[str, Outcome]:
    """Outcomes of finished runs; `outcomes` fills it."""
    return {}


def _head(info: SweepInfo, found: list[Outcome]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(info.name), anchor=False, width="stretch")
        if info.status in ("queued", "running") and st.button(
            "Stop", icon=":material/stop:", key="stop_sweep", shortcut="Mod+Shift+S"
        ):
            _stop(info)
        missing = any(one.status != "finished" for one in found)
        if (
            info.status not in ACTIVE
            and missing
            and st.button(
                "Resume",
                icon=":material/play_arrow:",
                key="resume_sweep",
                type="primary",
                shortcut="Mod+Enter",
            )
        ):
            _resume(info)
        if st.button("New sweep like this", icon=":material/content_copy:", key="like_this_sweep"):
            navigation.go("Train", query={"new": "1", "mode": "Sweep", "like_sweep": info.id})
        if st.button("New run", icon=":material/add:", key="new"):
            navigation.go("Train", query={"new": "1"})
    from hamr.store.info import data_name

    settings = info.settings
    seeds = f"seeds {', '.join(map(str, settings.seeds))}"
    grid = [f"{name} {', '.join(map(str, values))}" for name, values in settings.grid.items()]
    words = [
        count(len(settings.methods), "method"), seeds, *grid, data_name(settings.data),
        PRESET_TITLES[settings.training.preset],
    ]  # fmt: skip
    st.caption(plain(" · ".join(words)))


def _stop(info: SweepInfo) -> None:
    from hamr.jobs import stop_sweep

    stop_sweep(store(), info.id)
    st.rerun()


def _resume(info: SweepInfo) -> None:
    from hamr.jobs import resume_sweep

    try:
        resume_sweep(store(), info.id)
    except HamrError as error:
        show_error(error)
        return
    st.rerun()


def _state(info: SweepInfo, found: list[Outcome]) -> None:
    icon = STATUS_ICONS[info.status]
    done = sum(one.status == "finished" for one in found)
    failed = sum(one.status == "failed" for one in found)
    so_far = f"{done} of {len(found)} runs are finished"
    if info.status == "queued":
        st.info("In the queue; the sweep starts when no other run trains.", icon=icon)
    elif info.status in ACTIVE:
        share = sum(1.0 if one.status == "failed" else one.share for one in found) / len(found)
        words = [
            _progress(info, found, done, failed),
            embedding(store().sweeps.get(info.id), found),
        ]
        st.progress(share, text=plain(" · ".join(filter(None, words))))
    elif info.status == "finished" and done == len(found):
        st.success(f"Finished: {count(done, 'run')}.", icon=icon)
    elif info.error:
        st.error(plain(info.error), icon=icon)
    elif info.status == "failed":
        st.error(
            f"{so_far}, {failed} failed; see the reasons below. Resume tries those again.",
            icon=icon,
        )
    else:
        st.warning(f"The sweep is {info.status}: {so_far}. Resume trains the others.", icon=icon)


def _progress(info: SweepInfo, found: list[Outcome], done: int, failed: int) -> str:
    from hamr.jobs import default_jobs

    if info.status == "stopping":
        return "Stopping after the current steps"
    running = sum(one.status in ("running", "stopping") for one in found)
    words = [f"{done} of {len(found)} runs done", f"{running} running"]
    if failed:
        words.append(f"{failed} failed")
    left = seconds_left(found, default_jobs(info.settings, len(found)))
    if left:
        words.append(f"about {duration(left)} left")
    return " · ".join(words)


def _table(info: SweepInfo, found: list[Outcome]) -> None:
    table = frame(lines(found))
    column = st.column_config.TextColumn
    show_table(
        table,
        key="sweep-table",
        alt="Each method of the sweep with its mean scores over the seeds",
        column_config={
            name: column(alignment="right", help=MEANINGS.get(name)) for name in NUMBERS
        },
    )
    with st.container(horizontal=True, wrap=False):
        st.caption(
            "Means over the seeds ± half of a 95 % interval (Student's t). Where intervals "
            "overlap, the difference between two methods may be chance.",
            width="stretch",
        )
        st.download_button(
            "CSV", lambda: as_csv(table), f"{info.name}.csv", "text/csv", key="sweep-csv",
            on_click="ignore", type="tertiary", help="This table",
        )  # fmt: skip


def _runs(found: list[Outcome]) -> None:
    """Every run, and links to its pages."""
    st.markdown("**Runs**")
    event = show_table(
        runs_frame(found),
        csv="sweep-runs",
        placeholder="–",
        key="sweep-runs",
        height=min(MOST_HIGH, HEADER + ROW * len(found)),
        on_select="rerun",
        selection_mode="single-row",
        alt="The runs of the sweep in the order in which they are trained",
        column_config={
            name: st.column_config.NumberColumn(format="%.3f")
            for name in ("Test macro-F1", "Rare F1", "Validation macro-F1")
        }
        | {
            "Seconds": st.column_config.NumberColumn(format="%.1f"),
        },
    )
    chosen = [found[place] for place in event.selection.rows if place < len(found)]
    if not chosen or chosen[0].run is None:
        st.caption("Select a run to open it on the other pages.")
        return
    if chosen[0].reason:
        st.error(plain(chosen[0].reason), icon=":material/warning:")
    with st.container(horizontal=True):
        for title in navigation.OF_RUNS:
            navigation.link(title, title, query=navigation.about(title, chosen[0].run))


def runs_frame(found: list[Outcome]) -> pd.DataFrame:
    """The runs as people read them, in the order of the plan."""
    import pandas as pd

    columns: dict[str, list[Any]] = {"Method": [method_title(one.planned.method) for one in found]}
    if any(one.planned.point for one in found):
        columns["Settings"] = [one.planned.point or None for one in found]
    columns |= {
        "Seed": [one.planned.seed for one in found],
        "Status": [one.status for one in found],
    }
    scores = {"Test macro-F1": "macro_f1", "Rare F1": "rare_f1"}
    scores |= {"Validation macro-F1": "validation_macro_f1", "Seconds": "seconds"}
    numbers = {
        title: pd.Series([getattr(one, name) for one in found], dtype="float64")
        for title, name in scores.items()
    }
    return pd.DataFrame({**columns, **numbers})
