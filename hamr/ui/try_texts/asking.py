"""The helper's answers on the page, which waits a moment and then says how long it has waited.

While the model loads the field can be used, and the predictions appear once they are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from typing import Any

import streamlit as st

from hamr.errors import HamrError
from hamr.jobs.predicting import kept_epochs
from hamr.jobs.predicting import model_epoch as best_kept
from hamr.jobs.trying import Asked, Explained, Tried, answers, explained_of, tried_of
from hamr.store import Run
from hamr.ui.shell.guard import show_error

SOON = 0.4  # seconds in which a model that is loaded has answered
LOOK = 0.5  # seconds between looks at an answer that takes longer


def model_epoch(run: Run) -> int:
    """The epoch whose model is tried: the best one so far. 0 while the run has none."""
    return best_kept(run) if kept_epochs(run) else 0


def tried(run: Run, texts: Sequence[str], *, key: str = "tried") -> Tried | None:
    """The predictions of texts; None while they are awaited, or where they failed."""
    answer = _answer(
        run, lambda: answers.tried(run, model_epoch(run), texts), "Loading the model…", key
    )
    return None if answer is None else tried_of(texts, answer)


def explained(
    run: Run, text: str, outputs: Sequence[int], first: int | None, *, key: str
) -> Explained | None:
    """What the words of a text add to a logit; None while that is computed, or where it failed."""

    def ask() -> Asked:
        return answers.explained(run, model_epoch(run), text, outputs, first)

    answer = _answer(run, ask, "Computing which words matter…", key)
    return None if answer is None else explained_of(answer)


def _answer(run: Run, ask: Callable[[], Asked], doing: str, key: str) -> dict[str, Any] | None:
    asked = ask()
    wait([asked.answer], timeout=SOON)
    if not asked.answer.done():
        _await(asked, doing)
        return None
    try:
        return asked.answer.result()
    except HamrError as error:
        show_error(error)
        st.button(
            "Try again",
            key=f"{key}-again",
            icon=":material/refresh:",
            on_click=lambda: answers.forget(run),
        )
    return None


@st.fragment(run_every=LOOK)
def _await(asked: Asked, doing: str) -> None:
    if asked.answer.done():
        st.rerun()
    st.caption(f":material/hourglass_top: {doing} {time.monotonic() - asked.since:.0f} s")
