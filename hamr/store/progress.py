"""How far a run is and how long it has to go, from its events alone.

The *fraction* weighs the phases by what they usually cost; its weights stay the same
through a run, so it only grows. The *time left* comes from the pace measured so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time as now
from typing import Any, TypedDict

from hamr.store.info import RunInfo

PHASES = ("loading", "embedding", "training", "testing")
# Share of the bar for each phase when nothing comes from the cache. Embedding is no part
# of the full preset's bar: there the encoder itself is trained, and training takes it all.
SHARES = {
    "quick": {"loading": 0.05, "embedding": 0.45, "training": 0.48, "testing": 0.02},
    "full": {"loading": 0.01, "embedding": 0.04, "training": 0.93, "testing": 0.02},
}
# Guesses for what has not begun yet, replaced by the measured pace once it has.
ROWS_PER_SECOND = {"quick": 6000.0, "full": 25.0}
MINIMUM_PACE_SECONDS = 0.5  # a pace measured over less says nothing


class RunProgress(TypedDict):
    """What a live page shows of a run that is being trained."""

    phase: str
    done: int
    total: int
    message: str
    fraction: float  # of the whole run, in [0, 1]
    seconds_left: float | None  # None while there is nothing to tell it from


def run_progress(info: RunInfo, events: Sequence[dict[str, Any]]) -> RunProgress | None:
    """The progress of a run that is being trained; None before its worker's first word.

    `events` are the latest of the run, in order; those of an earlier start are left out.
    """
    started = info.started.timestamp() if info.started else 0.0
    recent = [event for event in events if event["time"] >= started - 1]
    spoken = [event for event in recent if event["kind"] == "progress" and event["phase"] in PHASES]
    if not spoken:
        return None
    last = spoken[-1]
    stepped = [event for event in recent if event["kind"] in ("step", "epoch")]
    phase = "training" if stepped and last["phase"] != "testing" else last["phase"]
    within = _epochs_done(info, recent) / info.epochs if phase == "training" else _share(last)
    return RunProgress(
        phase=phase,
        done=last["done"],
        total=last["total"],
        message=last["message"],
        fraction=_fraction(info, phase, within),
        seconds_left=_seconds_left(info, phase, recent),
    )


def _share(event: dict[str, Any]) -> float:
    return min(1.0, event["done"] / event["total"]) if event["total"] else 0.0


def _fraction(info: RunInfo, phase: str, within: float) -> float:
    shares = SHARES[info.preset]
    before = sum(shares[name] for name in PHASES[: PHASES.index(phase)])
    return min(1.0, before + shares[phase] * within)


def _epochs_done(info: RunInfo, events: Sequence[dict[str, Any]]) -> float:
    """Epochs that are complete, and the part of the one under way by its steps."""
    steps = [event["step"] for event in events if event["kind"] == "step"]
    if not steps or info.epochs_done >= info.epochs:
        return float(info.epochs_done)
    per_epoch = _draws(info) / info.settings.training.batch_size
    return info.epochs_done + min(0.99, max(0.0, steps[-1] / per_epoch - info.epochs_done))


def _draws(info: RunInfo) -> float:
    """The rows drawn in an epoch."""
    training = info.settings.training
    return max(1.0, info.train_rows * (training.draws_per_row if training.resamples else 1.0))


def _seconds_left(info: RunInfo, phase: str, events: Sequence[dict[str, Any]]) -> float | None:
    if phase == "testing":
        return 1.0
    if phase == "training":
        return _training_left(info, events)
    guess = info.epochs * _draws(info) / ROWS_PER_SECOND[info.preset]
    left = _phase_left([event for event in events if event.get("phase") == phase])
    return None if left is None or not info.train_rows else left + guess


def _phase_left(events: Sequence[dict[str, Any]]) -> float | None:
    """The rest of a phase at the pace it has had so far."""
    first, last = events[0], events[-1]
    seconds, done = last["time"] - first["time"], last["done"] - first["done"]
    if seconds < MINIMUM_PACE_SECONDS or done <= 0:
        return None
    since = now() - last["time"]
    return float(max(0.0, (last["total"] - last["done"]) * seconds / done - since))


def _training_left(info: RunInfo, events: Sequence[dict[str, Any]]) -> float | None:
    """The epochs that remain at the pace of the latest ones, evaluation included."""
    steps = [event for event in events if event["kind"] == "step"]
    ends = [event for event in events if event["kind"] == "epoch"]
    done = _epochs_done(info, events)
    if len(ends) >= 2:
        window = ends[-4:]
        pace = (window[-1]["time"] - window[0]["time"]) / (len(window) - 1)
        since = now() - window[-1]["time"]
        return float(max(0.0, (info.epochs - info.epochs_done) * pace - min(since, pace)))
    marks = ends or steps
    if not marks:
        return info.epochs * _draws(info) / ROWS_PER_SECOND[info.preset]
    return None if not steps else _from_steps(info, steps, done)


def _from_steps(info: RunInfo, steps: Sequence[dict[str, Any]], done: float) -> float | None:
    """Before two epochs are in: at the pace of the steps."""
    seconds = steps[-1]["time"] - steps[0]["time"]
    count = steps[-1]["step"] - steps[0]["step"]
    if seconds < MINIMUM_PACE_SECONDS or count <= 0:
        return None
    per_epoch = _draws(info) / info.settings.training.batch_size
    return float((info.epochs - done) * per_epoch * seconds / count)
