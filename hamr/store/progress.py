"""How far a run is and how long it will take, from its events alone.

The *fraction* weighs the phases by what they usually cost; the weights stay the same through a
run, so it only grows. The *time left* comes from the throughput measured so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import Any, TypedDict

from hamr.config import kind_of
from hamr.store.info import RunInfo

PHASES = ("loading", "embedding", "training", "testing")
# Share of the bar for each phase. A phase that finds its result in the cache ends at once. The
# full preset embeds the rows again as it trains, so training takes nearly all the time.
SHARES = {
    "quick": {"loading": 0.05, "embedding": 0.65, "training": 0.28, "testing": 0.02},
    "full": {"loading": 0.01, "embedding": 0.04, "training": 0.93, "testing": 0.02},
}
# A guess at the throughput of training before it has begun: drawn rows a second, evaluation
# included. The measured throughput replaces it as soon as there is one.
ROWS_PER_SECOND = {"quick": 5000.0, "full": 25.0}
TESTING_SECONDS = 1.0
WINDOW_SECONDS = 60.0  # throughput is measured over the last minute, or a little more
MINIMUM_SECONDS = 0.5  # over less than this it is not measured

Event = dict[str, Any]


class RunProgress(TypedDict):
    """What a live page shows of a run that is being trained."""

    phase: str
    done: int
    total: int
    message: str
    fraction: float  # of the whole run, in [0, 1]
    seconds_left: float | None  # None until it can be estimated


def run_progress(
    info: RunInfo, events: Sequence[Event], now: float | None = None
) -> RunProgress | None:
    """The progress of a run that is being trained; None before its worker's first event.

    `events` are the latest of the run, in order; those before the latest start do not count.
    `now` is in unix seconds.
    """
    started = info.started.timestamp() if info.started else 0.0
    recent = [event for event in events if _is_progress(event) and event["time"] >= started - 0.01]
    if not recent:
        return None
    furthest = max(recent, key=_position)
    phase = [event for event in recent if event["phase"] == furthest["phase"]]
    return RunProgress(
        phase=furthest["phase"],
        done=furthest["done"],
        total=furthest["total"],
        message=recent[-1]["message"],
        fraction=_fraction(info, furthest),
        seconds_left=_seconds_left(info, phase, time() if now is None else now),
    )


def _is_progress(event: Event) -> bool:
    # "mapping" is no phase of the run: the map is drawn while it trains.
    return event["kind"] == "progress" and event["phase"] in PHASES


def _share(event: Event) -> float:
    return min(1.0, event["done"] / event["total"]) if event["total"] else 0.0


def _position(event: Event) -> tuple[int, float]:
    return PHASES.index(event["phase"]), _share(event)


def _fraction(info: RunInfo, event: Event) -> float:
    index, share = _position(event)
    shares = [SHARES[kind_of(info.preset)][phase] for phase in PHASES]
    return min(1.0, sum(shares[:index]) + shares[index] * share)


def _seconds_left(info: RunInfo, events: Sequence[Event], now: float) -> float | None:
    """The rest of the phase at its throughput, and a guess for the phases after it."""
    phase = events[-1]["phase"]
    if phase == "testing":
        return TESTING_SECONDS
    rest = _phase_left(events, now)
    if phase == "training":
        return None if rest is None else rest + TESTING_SECONDS
    training = _training_guess(info)
    return None if rest is None or training is None else rest + training + TESTING_SECONDS


def _phase_left(events: Sequence[Event], now: float) -> float | None:
    last = events[-1]
    # The newest event that is a window old; two events may be further apart than that.
    begin = last["time"] - WINDOW_SECONDS
    first = next((event for event in reversed(events) if event["time"] <= begin), events[0])
    seconds, done = last["time"] - first["time"], last["done"] - first["done"]
    remaining = last["total"] - last["done"]
    if remaining <= 0:
        return 0.0
    if seconds < MINIMUM_SECONDS or done <= 0:
        return None
    # Between two events the clock runs on, by no more than the time they are apart.
    since = min(max(0.0, now - last["time"]), seconds)
    return float(max(0.0, remaining * seconds / done - since))


def _training_guess(info: RunInfo) -> float | None:
    if not info.train_rows:
        return None
    training = info.settings.training
    draws = info.train_rows * (training.draws_per_row if training.resamples else 1.0)
    return info.epochs * draws / ROWS_PER_SECOND[kind_of(info.preset)]
