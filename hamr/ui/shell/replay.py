"""Replay: the pages show a run as it was when an epoch had ended, one epoch after the other.

The URL has the epoch (?replay=3). `choose_run` asks here whether a run is replayed, and gives its
page `Run.as_of` that epoch; pages draw it as they draw a run under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from hamr.legible import legible_name
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import guard
from hamr.ui.shell.player import Going, Marks, Timeline, player
from hamr.ui.shell.state import REPLAY, query, set_query, shown_page
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import count, plain_name

if TYPE_CHECKING:
    from hamr.store import Run, RunInfo

# That can be replayed; of Learn the view of a run's steps.
PAGES = ("Train", "Hardness", "Weights", "Neighbourhoods", "Per-class F1", "Learn")
_PLAYING, _SPEED = "replay.playing", "replay.speed"  # keys of the session
# A third: run, epoch, and a sentence on what the link asked for in vain, until one goes on.
_MISSED = "replay.missed"


def can_replay(info: RunInfo) -> bool:
    """Whether the run has ended and has an epoch to show."""
    return info.status not in ACTIVE and info.epochs_done > 0


def replay_button(info: RunInfo, *, key: str) -> None:
    """A button that plays the run from its first epoch, where that can be done."""
    if can_replay(info) and st.button("Replay", icon=":material/replay:", key=key, help=_HELP):
        start_replay(info)


def offer_replay(info: RunInfo) -> None:
    """The same below the choice of run and epoch, on pages that can be replayed."""
    if shown_page() in PAGES:
        replay_button(info, key="replay-here")


_HELP = (
    f"Play the run from its first epoch: {', '.join(PAGES[:-1])} and {PAGES[-1]} show it as it was "
    "when each epoch had ended."
)


def start_replay(info: RunInfo) -> None:
    """Play the run from its first epoch: on this page if it can be replayed, else on Train."""
    here = shown_page()
    play_from_start(here if here in PAGES else "Train", info.id)


def play_from_start(title: str | None, run_id: str, **more: str) -> None:
    """Play a run from its first epoch on the page of that title; `more` are parts of its URL."""
    st.session_state[_PLAYING] = True
    set_query("epoch", None)
    navigation.go(title or "Train", query={"run": run_id, REPLAY: "1", **more})


def replayed(run: Run, info: RunInfo) -> Run | None:
    """The run as of the epoch of the URL, with the player above the page; None for all of it."""
    if query(REPLAY) is None:
        return None
    if shown_page() not in PAGES:
        st.sidebar.caption(
            f"A replay is on. {', '.join(PAGES[:-1])} and {PAGES[-1]} show it; this page shows "
            "the run as it is now."
        )
        return None
    if not can_replay(info):
        _refuse(info)
        return None
    with guard():
        return _past(run, info)
    set_query(REPLAY, None)  # the error is on the page, which shows the whole run
    return None


def _refuse(info: RunInfo) -> None:
    set_query(REPLAY, None)
    why = (
        f"it is {info.status}, and a run can be replayed once it has ended"
        if info.status in ACTIVE
        else "it has no complete epoch"
    )
    st.info(f"{plain_name(info.name)} can't be replayed: {why}.", icon=":material/replay:")


def _past(run: Run, info: RunInfo) -> Run:
    """Raises StoreError where no epoch is whole."""
    damaged = run.damaged_epochs()
    whole = [epoch for epoch in run.epochs() if epoch not in damaged]
    asked = _asked(whole)
    past = run.as_of(_number(asked, whole), whole)
    epoch = past.epochs()[-1]
    note = _note(info, whole, damaged, asked, epoch)
    set_query(REPLAY, epoch)
    # In a container of its own, which stays in view while the page is scrolled.
    with st.container(key="replay-bar"):
        player(
            _timeline(run, info, whole, epoch, note),
            key="replay-player",
            playing=bool(st.session_state.get(_PLAYING)),
            speed=st.session_state.get(_SPEED, 1),
            on_go=_go,
            on_end=_end,
        )
    return past


def _asked(whole: Sequence[int]) -> str:
    """The epoch that is asked for: by the map's own player, which sets the page's epoch, or by
    the URL.
    """
    on_map = query("epoch") or ""
    set_query("epoch", None)
    if shown_page() == "Neighbourhoods" and on_map in map(str, whole):
        return on_map
    return query(REPLAY) or ""


def _number(asked: str, whole: Sequence[int]) -> int:
    """The epoch of a link; the first epoch where it is not a number."""
    if not asked.isdecimal():
        return whole[0] if whole else 1
    return int(asked[:9])


def _go(going: Going) -> None:
    st.session_state.pop(_MISSED, None)
    set_query(REPLAY, going.epoch)
    st.session_state[_PLAYING], st.session_state[_SPEED] = going.playing, going.speed


def _end() -> None:
    st.session_state.pop(_MISSED, None)
    set_query(REPLAY, None)
    st.session_state[_PLAYING] = False


# What the player says


def _timeline(run: Run, info: RunInfo, whole: Sequence[int], epoch: int, note: str) -> Timeline:
    scalars = [one for one in run.scalars() if one["epoch"] in whole]
    best = [one for one in whole if one == info.best_epoch]
    boosts = [one["epoch"] for one in scalars if one.get("boost_refreshed")]
    kept = [one for one in run.checkpointed() if one in whole]
    return Timeline(
        list(whole),
        list(whole).index(epoch),
        [_says(info, one) for one in scalars],
        Marks(best, boosts, kept),
        _legend(best, boosts, kept, whole),
        note,
    )


def _says(info: RunInfo, scalars: dict[str, Any]) -> str:
    score = scalars.get("macro_f1")
    said = f"Epoch {scalars['epoch']} of {info.epochs}"
    return said if score is None else f"{said} · macro-F1 {score:.3f}"


def _legend(
    best: Sequence[int], boosts: Sequence[int], kept: Sequence[int], whole: Sequence[int]
) -> str:
    parts = []
    if best:
        parts.append(f"★ best epoch ({best[0]})")
    if boosts:
        every = "every epoch" if len(boosts) == len(whole) else _listed(boosts)
        parts.append(f"● boosts recomputed ({every})")
    if kept:
        parts.append(f"■ checkpoint kept ({_listed(kept)})")
    return " · ".join(parts)


def _listed(epochs: Sequence[int], most: int = 8) -> str:
    shown = ", ".join(map(str, epochs[:most]))
    return shown if len(epochs) <= most else f"{shown} and {len(epochs) - most} more"


def _note(
    info: RunInfo, whole: Sequence[int], damaged: Sequence[int], asked: str, epoch: int
) -> str:
    """What of the run is missing, and whether the link asks for what there is not."""
    said = []
    if not asked.isdecimal() or int(asked[:9]) != epoch:
        missed = f"The link names no epoch; epoch {epoch} is shown."
        if asked:
            there = f"The link asks for epoch {legible_name(asked[:20])}"
            missed = f"{there}, which this run does not have whole; epoch {epoch} is shown."
        st.session_state[_MISSED] = (info.id, epoch, missed)
    kept = st.session_state.get(_MISSED)  # a second run of the page finds another epoch in the URL
    if kept and kept[:2] == (info.id, epoch):
        said.append(kept[2])
    if damaged:
        left = "is left out: a file of it" if len(damaged) == 1 else "are left out: files of them"
        kind = "Epoch" if len(damaged) == 1 else "Epochs"
        verb = "is missing or was altered" if len(damaged) == 1 else "are missing or were altered"
        said.append(f"{kind} {_listed(damaged)} {left} {verb}.")
    if info.status != "finished" and epoch == whole[-1]:
        done = count(info.epochs_done, "epoch")
        said.append(
            f"The run is {info.status} after {done} of {info.epochs}; the replay ends here."
        )
    return " ".join(said)
