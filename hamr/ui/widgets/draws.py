"""Buttons that start a new run which draws some rows more often, or leaves them out."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.errors import HamrError
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.text import count

DRAW_MORE, EXCLUDE = "draw_more", "exclude_rows"  # the settings, also as links hold them


def offer_draws(
    run: Run, rows: np.ndarray, name: str, *, key: str = "draws", it: str = "it"
) -> None:
    """Offer a new run like this one that draws these rows more often, or excludes them.

    `rows` are indices, of which only training rows count; `name` is what people call them, and
    `it` the word for them on the buttons ("them" for rows that are no region). Each
    button leads to the form on Train with this run's settings, where nothing has started yet.
    Rows that the run itself draws more often or excludes stay so.
    """
    held = np.zeros(run.info.train_rows, bool)  # of half a million rows np.unique takes a while
    held[rows[rows < len(held)]] = True
    trained = np.flatnonzero(held)
    training, words = run.info.settings.training, TaskWords.of(run.info.task)
    if not len(trained):
        return
    many = count(len(trained), f"training {words.each}")
    why_not = store().notice or run.info.settings.untrainable
    no_draws = "" if training.resamples else (
        f"The method of this run steps through every {words.each} once an epoch, so none can be "
        "drawn more often."
    )  # fmt: skip
    with st.container(horizontal=True, key=f"{key}-offer"):
        more = st.button(
            f"Draw more from {it}",
            icon=":material/add_circle:",
            key=f"{key}-more",
            disabled=bool(why_not or no_draws),
            help=why_not or no_draws or f"Set up a new run that draws {many} twice as often",
        )
        out = st.button(
            f"Exclude {it}",
            icon=":material/do_not_disturb_on:",
            key=f"{key}-exclude",
            disabled=bool(why_not),
            help=why_not or f"Set up a new run that is not trained on {many}",
        )
    if more or out:
        _set_up(run, trained, name, DRAW_MORE if more else EXCLUDE)


def _set_up(run: Run, rows: np.ndarray, name: str, field: str) -> None:
    """Keep the rows as a set and open the form of a new run with it."""
    training = run.info.settings.training
    try:
        ids = set(run.rows().ids(rows))
        if before := str(getattr(training, field)):
            known = store().row_sets.get(before)
            ids, name = ids | set(known.ids), f"{known.name}; {name}"
        key = store().row_sets.keep(name, ids)
    except HamrError as error:
        show_error(error)
        return
    navigation.go("Train", query={"new": "1", "like": run.id, field: key})
