"""A run's events, read as they are written, kept in bounded memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hamr.store import Run

CURVE_POINTS = 600  # a curve holds at most twice as many before it is thinned
LOG_LINES = 400
PERCENTILE_COUNT = 5
PLACE = "training on "  # how training begins its word on device and precision


@dataclass
class LiveLog:
    """What the Train page knows of one run's events.

    `update` reads only what was appended since the last call. Several browser tabs may
    share one log, so it is guarded by a lock.
    """

    offset: int = 0
    points: list[list[float]] = field(default_factory=list)  # rows of `COLUMNS`
    lines: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    doing: str = ""  # what progress said last; it says so again and again
    place: str = ""  # "training on the CPU in float32", once the run has said so
    checkpoint: tuple[int, int] | None = None  # epoch and step, while that epoch is not over
    lock: Lock = field(default_factory=Lock, repr=False)

    def update(self, run: Run) -> None:
        """Read the events that were written since the last call."""
        with self.lock:
            events, self.offset = run.events(self.offset)
            for event in events:
                self._take(event)
            self.points = thin(self.points, CURVE_POINTS)

    def curve(self) -> list[list[float]]:
        """The points so far, oldest first; each as `COLUMNS` names them."""
        with self.lock:
            return list(self.points)

    def log(self) -> list[tuple[float, str]]:
        """The last lines of the log, oldest first: seconds since 1970, and the line."""
        with self.lock:
            return list(self.lines)

    def _take(self, event: dict[str, Any]) -> None:
        if event["kind"] == "step":
            # A resumed run repeats the steps after its last whole epoch.
            while self.points and self.points[-1][0] >= event["step"]:
                self.points.pop()
            self.points.append(_point(event))
        elif event["kind"] == "epoch":
            self.checkpoint = None
        elif event["kind"] == "checkpoint":
            self.checkpoint = event["epoch"], event["step"]
            self._say(event, f"checkpoint at step {event['step']:,}, within epoch {event['epoch']}")
        else:
            message = str(event.get("message") or event.get("text") or "")
            if message.startswith(PLACE):
                self.place = message
            if event["kind"] != "progress" or message != self.doing:
                self._say(event, message)
            if event["kind"] == "progress":
                self.doing = message

    def _say(self, event: dict[str, Any], line: str) -> None:
        if line and (not self.lines or self.lines[-1][1] != line):
            self.lines.append((float(event["time"]), line))


COLUMNS = ("step", "loss", "meta_loss", "p5", "p25", "p50", "p75", "p95", "rows_per_second")


def _point(event: dict[str, Any]) -> list[float]:
    percentiles = list(event.get("weight_percentiles") or ())[:PERCENTILE_COUNT]
    percentiles += [None] * (PERCENTILE_COUNT - len(percentiles))
    values = [event["step"], event.get("loss"), event.get("meta_loss"), *percentiles]
    values.append(event.get("rows_per_second"))
    # JSON has no word for "not a number": the store writes null for it.
    return [float("nan") if value is None else float(value) for value in values]


def thin(points: list[list[float]], limit: int) -> list[list[float]]:
    """At most 2 * limit points: neighbours are averaged in pairs until they fit.

    The mean keeps the level of a noisy curve, which picking every second point would not;
    a value that is missing in one of the pair is taken from the other.
    """
    while len(points) > 2 * limit:
        pairs = np.array(points[: len(points) // 2 * 2]).reshape(-1, 2, len(points[0]))
        present = ~np.isnan(pairs)
        count = present.sum(axis=1)
        total = np.where(present, pairs, 0).sum(axis=1)
        means = np.where(count, total / np.maximum(count, 1), np.nan)
        means[:, 0] = pairs[:, 1, 0]  # the pair is drawn at its later step
        points = means.tolist() + points[len(points) // 2 * 2 :]
    return points
