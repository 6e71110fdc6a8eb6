"""The page Try: texts that people type, what a trained model says of them, and why."""

from __future__ import annotations

import streamlit as st

from hamr.legible import legible_name
from hamr.store import PERSON_SECONDS, patience
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import guard
from hamr.ui.shell.moment import RunNow
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_run
from hamr.ui.shell.state import kept_text, query
from hamr.ui.shell.status import ACTIVE
from hamr.ui.try_texts.asking import model_epoch, tried
from hamr.ui.try_texts.field import TEXTS, text_field, without_texts
from hamr.ui.try_texts.one import one_text
from hamr.ui.try_texts.results import results
from hamr.views.try_texts.given import LINKED, given


def try_page() -> None:
    """Show the page: the field, the predictions of all texts, and everything about one of them."""
    open_page("Try", "Type or paste texts to see what a trained model predicts for each, and why.")
    with guard(), patience(PERSON_SECONDS):
        run = choose_run(need_model=True)
        if not model_epoch(run):
            _no_model(run)
            return
        _texts(run)


def _texts(run: RunNow) -> None:
    found = given(kept_text(TEXTS, LINKED))
    text_field(run, found)
    if not found.texts:
        without_texts(run)
        return
    answer = tried(run, found.texts)
    if answer is None:
        return
    number = 0
    if len(found.texts) > 1:
        number = results(run, answer, found, _open(len(found.texts)))
    one_text(run, answer, number)


def _open(texts: int) -> int:
    """Which of several texts is open, in the URL as ?at=2, counted from 1."""
    asked = query("at") or ""
    return int(asked) - 1 if asked in map(str, range(1, texts + 1)) else 0


def _no_model(run: RunNow) -> None:
    """Say why there is nothing to try, and what to do."""
    name, status = legible_name(run.info.name), run.info.status
    with st.container(border=True):
        st.subheader("No model to try yet", anchor=False)
        if status in ACTIVE:
            st.text(f"{name} is {status}. Its model can be tried once an epoch is complete.")
        else:
            st.text(
                f"{name} is {status} and has no model: resume it on Train, or choose another run "
                "on the left."
            )
        navigation.link("Train", "See the run on Train", query={"run": run.id})
