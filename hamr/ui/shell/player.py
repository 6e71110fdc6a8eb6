"""The component that plays a replay: assets/replay in the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from hamr import resources

_ASSETS = resources.ASSETS / "replay"
SPEEDS = (0.5, 1, 2, 4)  # times; at 1 each epoch is seen for 1.6 seconds once it is drawn

_component = st.components.v2.component(
    "hamr_replay",
    html='<div class="replay" role="group" aria-label="Replay"></div>',
    css=(_ASSETS / "replay.css").read_text("utf-8"),
    js=(_ASSETS / "replay.js").read_text("utf-8"),
)


@dataclass(frozen=True)
class Marks:
    """The epochs that are marked on the timeline."""

    best: Sequence[int]
    boosts: Sequence[int]
    checkpoints: Sequence[int]


@dataclass(frozen=True)
class Timeline:
    """What the player shows."""

    epochs: Sequence[int]
    at: int  # which of them is shown
    says: Sequence[str]  # of each epoch
    marks: Marks
    legend: str  # what the marks mean, and where they are
    note: str  # what is missing; "" for nothing


@dataclass(frozen=True)
class Going:
    """Which epoch is wanted, whether the player plays, and how fast."""

    epoch: int
    playing: bool
    speed: float


def player(
    shown: Timeline,
    *,
    key: str,
    playing: bool,
    speed: float,
    on_go: Callable[[Going], None],
    on_end: Callable[[], None],
) -> None:
    """Show the player. `on_go` is called with an epoch of the timeline, before the page runs."""

    def went() -> None:
        sent = (st.session_state.get(key) or {}).get("go")
        going = _going(sent, shown.epochs)
        if going is not None:
            on_go(going)

    _component(
        key=key,
        data={**asdict(shown), "playing": playing, "speed": speed},
        on_go_change=went,
        on_end_change=on_end,
    )


def _going(sent: object, epochs: Sequence[int]) -> Going | None:
    """What the browser sent, if it is what this player sends."""
    if not isinstance(sent, dict):
        return None
    epoch, speed = sent.get("epoch"), sent.get("speed")
    if not isinstance(epoch, int) or epoch not in epochs or speed not in SPEEDS:
        return None
    return Going(epoch, sent.get("playing") is True, float(speed))
