"""The part of the Train page that shows a run, wherever that run was started."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from hamr.config import PRESET_TITLES
from hamr.errors import HamrError
from hamr.methods import method_title
from hamr.store.held import held_corrections
from hamr.tasks import TaskWords
from hamr.ui.shell import navigation, presenter, recording
from hamr.ui.shell.guard import guard, show_error
from hamr.ui.shell.replay import replay_button
from hamr.ui.shell.server import store
from hamr.ui.shell.status import ACTIVE, STATUS_ICONS
from hamr.ui.shell.text import count, duration, plain, title_of
from hamr.ui.widgets.corrected import corrected_download
from hamr.ui.widgets.model_download import model_download
from hamr.views.base.probes import form_in_words
from hamr.views.train import live
from hamr.views.train.livelog import LiveLog

if TYPE_CHECKING:
    from hamr.store import Run, RunInfo
    from hamr.ui.shell.moment import RunNow

HEIGHT = 320
NEXT = {  # where a finished run leads
    "Hardness": "Hard rows",
    "Neighbourhoods": "Neighbours of hard rows",
    "Weights": "Learned weights",
    "Per-class F1": "F1 of each {}",
    "Relabel": "Check labels",
    "Compare": "Compare with other runs",
}


# Seconds between two updates of a run that changes by itself. After Start, the first event comes
# within a second or two.
PATIENCE = 2.5
LOOK_EVERY = {"queued": 0.4, "running": 1.0, "stopping": 1.0}


def watch(run: RunNow) -> None:
    """The state, the curves and the log of one run, updated each second while it is active."""
    info = _once_begun(run)
    # A toast shown just before st.rerun is lost, so it waits for the run of the page after.
    if st.session_state.pop("run_ended", None) == run.id:
        st.toast(f"{plain(info.name)} is {info.status}.", icon=":material/notifications:")
    again = st.fragment(_guarded, run_every=LOOK_EVERY.get(info.status))
    again(run.afresh(), info.status)


def _once_begun(run: RunNow) -> RunInfo:
    """The run, once its worker has begun, or after PATIENCE seconds.

    Another request from the browser would take longer than the worker takes to start. Where the
    run waits for another one, the page shows the queue.
    """
    info = run.info
    while info.status == "queued" and _age(info) < PATIENCE:
        time.sleep(0.05)
        info = run.afresh().info
    return info


def _age(info: RunInfo) -> float:
    return (datetime.now(UTC) - info.created).total_seconds()


def _guarded(run: Run, shown: str) -> None:
    with guard():  # another tab may delete the run between two updates
        _follow(run, shown)


def _follow(run: Run, shown: str) -> None:
    from hamr.ui.shell.moment import RunNow

    run = RunNow(run)  # as it is at this update
    info = run.info
    if info.status != shown:  # the picker in the sidebar shows it too
        if info.status not in ACTIVE:
            st.session_state["run_ended"] = run.id
        st.rerun()
    log = _log(run.id, info.as_of)
    log.update(run)
    _head(info, log)
    # In a container of its own: a progress bar is one element, and the end of a run is two. Outside
    # of it they would move the figures, and the browser would build all of them again.
    with st.container(key="run-state"):
        _state(run, info, log)
    if info.status not in ACTIVE and info.as_of is None:
        with guard():
            corrected_download(run.afresh(), key="download")
    _figures(log, info)
    with guard():
        _charts(run, info, log)
    _lines(log)


@st.cache_resource(show_spinner=False, max_entries=16)
def _log(run_id: str, as_of: int | None) -> LiveLog:
    return LiveLog()


def _head(info: RunInfo, log: LiveLog) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(info.name), anchor=False, width="stretch")
        if info.status in ("queued", "running") and st.button(
            "Stop", icon=":material/stop:", key="stop", shortcut="Mod+Shift+S"
        ):
            _stop(info)
        if info.can_resume and st.button(
            "Resume",
            icon=":material/play_arrow:",
            key="resume",
            type="primary",
            shortcut="Mod+Enter",
        ):
            _resume(info)
        if info.as_of is None:
            replay_button(info, key="replay")
        if not recording.is_open() and st.button(
            "New run like this", icon=":material/content_copy:", key="like"
        ):
            navigation.go("Train", query={"new": "1", "like": info.id, "run": info.id})
        if st.button("New run", icon=":material/add:", key="new"):
            navigation.go("Train", query={"new": "1", "run": info.id})
    st.caption(plain(" · ".join(_particulars(info, log))))
    if info.settings.untrainable:
        st.warning(plain(info.settings.untrainable), icon=":material/search:")
    sweep = store().sweeps.of_run(info.id)
    if sweep:
        label = f"Part of {plain(sweep.info.name)}"
        navigation.link("Train", label, query={"sweep": sweep.id})


def _particulars(info: RunInfo, log: LiveLog) -> list[str]:
    """What the run trains, how, and where; the full preset has more choices to show."""
    words = [method_title(info.method), PRESET_TITLES[info.preset], info.data_name]
    if info.train_rows:
        words.append(f"{info.train_rows:,} training rows")
    words.append(f"seed {info.seed}")
    if held := held_corrections(store(), info):
        words.append(str(held))
    if info.settings.start_from:
        words.append("quick check: continued from the weights of another run")
    training = info.settings.training
    if training.fine_tunes:
        if training.learns_weights:
            form = form_in_words(training.meta_gradient)[0]
            words.append(f"meta-gradient: {form.lower()}")
        if log.place:
            words.append(log.place)
    return words


def _stop(info: RunInfo) -> None:
    from hamr.jobs import request_stop

    request_stop(store(), info.id)
    st.rerun()


def _resume(info: RunInfo) -> None:
    from hamr.jobs import resume

    try:
        resume(store(), info.id)
    except HamrError as error:
        show_error(error)
        return
    st.rerun()


def _state(run: Run, info: RunInfo, log: LiveLog) -> None:
    icon, words = STATUS_ICONS[info.status], TaskWords.of(info.task)
    if info.as_of is not None and info.status == "stopped":
        st.info(_so_far(info), icon=":material/replay:")
    elif info.status == "queued":
        st.info(_queue_place(info), icon=icon)
    elif info.status in ACTIVE:
        _progress(run, info)
    elif info.status == "failed":
        _failure(info)
    elif info.status == "finished":
        st.success(_result(info), icon=icon)
        with st.container(horizontal=True, vertical_alignment="center"):
            for page, label in NEXT.items():
                navigation.link(
                    page, label.format(words.scored), query=navigation.about(page, info.id)
                )
            model_download(info, key="model")
    else:
        st.warning(
            f"The run is {info.status} after {info.epochs_done} of {info.epochs} epochs."
            + (f" Resume continues {_place_to_go_on(log)}." if info.can_resume else ""),
            icon=icon,
        )


def _so_far(info: RunInfo) -> str:
    """What a replay shows, in place of the state that the run is in now."""
    best = "no score" if info.macro_f1 is None else f"macro-F1 {info.macro_f1:.3f}"
    return (
        f"Replay: the run as epoch {info.as_of} of {info.epochs} had ended. Best so far: {best} on "
        f"validation at epoch {info.best_epoch}."
    )


def _place_to_go_on(log: LiveLog) -> str:
    if log.checkpoint is None:
        return "from there"
    epoch, step = log.checkpoint
    return f"within epoch {epoch}, from step {step:,}"


def _queue_place(info: RunInfo) -> str:
    infos = store().runs()
    for sweep in store().sweeps.all():
        if sweep.status in ("running", "stopping"):
            return f"In the queue; the run starts when the sweep {plain(sweep.name)} has ended."
    ahead = sum(
        other.status in ("running", "stopping")
        or (other.status == "queued" and other.created < info.created)
        for other in infos
        if other.id != info.id
    )
    if not ahead:
        return "Next in the queue; the run starts in a moment."
    return f"In the queue; {count(ahead, 'run')} before this one. One run trains at a time."


def _progress(run: Run, info: RunInfo) -> None:
    progress = run.progress()
    if info.status == "stopping":
        st.info("Stopping after the current step.", icon=":material/pause_circle:")
    if not progress:
        st.progress(0.0, text="Starting")
        return
    left = progress["seconds_left"]
    words = [progress["message"] or title_of(progress["phase"])]
    if progress["phase"] == "embedding":
        words.append(f"{progress['done']:,} of {progress['total']:,}")
    if left is not None:
        words.append(f"about {duration(left)} left")
    st.progress(min(1.0, max(0.0, progress["fraction"] or 0.0)), text=plain(" · ".join(words)))


def _failure(info: RunInfo) -> None:
    st.error(
        plain(info.error or "Training failed without an error message. See the log below."),
        icon=":material/error:",
    )
    if info.error_field:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Setting to change: {title_of(info.error_field)}.", width="content")
            navigation.link("Train", "Change the setting", query={"new": "1", "like": info.id})


def _result(info: RunInfo) -> str:
    test = "" if info.test_macro_f1 is None else f", {info.test_macro_f1:.3f} on the test rows"
    score = "no score" if info.macro_f1 is None else f"{info.macro_f1:.3f}"
    span = ""
    if info.started and info.finished:
        span = f" in {duration((info.finished - info.started).total_seconds())}"
    return f"Finished{span}. macro-F1 {score} on validation at epoch {info.best_epoch}{test}."


def _figures(log: LiveLog, info: RunInfo) -> None:
    curve = log.curve()
    last = curve[-1] if curve else None
    speed = last[-1] if last and not np.isnan(last[-1]) else None
    cells = st.columns(4)
    cells[0].metric("Epoch", f"{info.epochs_done} of {info.epochs}")
    best = "–" if info.macro_f1 is None else f"{info.macro_f1:.3f}"
    cells[1].metric("Best macro-F1", best, help="On validation")
    cells[2].metric(
        "Loss now", f"{last[1]:.3f}" if last else "–", help="Mean loss of the drawn rows, in nats"
    )
    cells[3].metric("Rows per second", _speed(speed), help="Drawn rows trained per second")


def _speed(speed: float | None) -> str:
    """Rows per second, with a decimal where they are few."""
    if not speed:
        return "–"
    return f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}"


def _charts(run: Run, info: RunInfo, log: LiveLog) -> None:
    settings, words = info.settings.training, TaskWords.of(info.task)
    curve, scalars, epochs = log.curve(), run.scalars(), run.epochs()
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(
            live.loss_option(curve),
            "loss",
            "Falling means that the model fits. Where the meta loss rises while the training loss "
            f"falls, it fits at the cost of the rare {words.many}.",
            "Training and meta loss per step",
        )
    with right:
        _chart(
            live.macro_f1_option(scalars, info.epochs, info.best_epoch),
            "macro",
            words.macro_f1,
            "Validation macro-F1 and accuracy after each epoch",
        )
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(
            live.class_f1_option(
                *_class_scores(run, epochs), info.epochs, info.scored, words.scored
            ),
            "classes",
            f"Each line is one {words.scored}; a low line is one that the model still misses. "
            "Click a name to hide its line.",
            f"F1 of each {words.scored} after each epoch",
        )
    with right:
        _chart(
            live.weights_option(curve, settings.weight_low, settings.weight_high),
            "weights",
            "The further apart the lines, the more the weights of rows differ. All at 1 means that "
            "all rows have the same weight.",
            "Percentiles of the post-meta weights per step",
        )


def _chart(option: dict[str, Any], key: str, how_to_read: str, alt: str) -> None:
    if presenter.is_on():
        live.enlarge(option, presenter.SCALE)
    st.echarts_chart(option, height=presenter.larger(HEIGHT) or HEIGHT, key=f"live-{key}", alt=alt)
    st.caption(how_to_read)


def _class_scores(run: Run, epochs: list[int]) -> tuple[np.ndarray, list[int], np.ndarray]:
    """F1 [epochs, C] and support [C]; epochs are immutable, so each is read once."""
    classes = len(run.info.scored)
    if not epochs:
        return np.zeros((0, classes)), [], np.zeros(classes)
    scores = np.stack([_class_f1(run.id, epoch, run) for epoch in epochs])[:, :classes]
    return scores, epochs, np.asarray(run.array("support", epochs[0]))[:classes]


@st.cache_data(show_spinner=False, max_entries=4000)
def _class_f1(run_id: str, epoch: int, _run: Run) -> np.ndarray:
    return np.array(_run.array("f1", epoch))


def _lines(log: LiveLog) -> None:
    lines = log.log()
    with st.expander("Log", key="log"), st.container(height=240, border=False):
        if not lines:
            st.caption("No messages yet.")
        else:
            stamped = [f"{datetime.fromtimestamp(at):%H:%M:%S}  {line}" for at, line in lines]
            st.code("\n".join(reversed(stamped)), language=None, wrap_lines=True)
