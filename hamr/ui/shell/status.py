"""The statuses of runs on screen, and what a run is called in a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hamr.legible import legible_name

if TYPE_CHECKING:
    from hamr.store import RunInfo

STATUS_ICONS = {
    "queued": ":material/schedule:",
    "running": ":material/play_circle:",
    "stopping": ":material/pause_circle:",
    "stopped": ":material/stop_circle:",
    "interrupted": ":material/bolt:",
    "finished": ":material/check_circle:",
    "failed": ":material/error:",
}
ACTIVE = ("queued", "running", "stopping")  # statuses that change by themselves


def run_labels(infos: Sequence[RunInfo]) -> dict[str, str]:
    """What each run is called in a list to choose from, by its id.

    The status is said in words unless the run is finished, for such lists show no icons; the
    beginning of the id where several runs share a name.
    """
    shown = {info.id: legible_name(info.name) for info in infos}
    times = Counter(shown.values())
    return {
        info.id: shown[info.id]
        + (f" ({info.id[:4]})" if times[shown[info.id]] > 1 else "")
        + (f" · {info.status}" if info.status != "finished" else "")
        for info in infos
    }
