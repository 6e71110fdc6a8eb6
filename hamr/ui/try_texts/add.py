"""Adding a text to the data of the run with a label, so that the next run trains on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from hamr.decisions import Label, as_json, in_words
from hamr.errors import HamrError
from hamr.jobs.adding import Added, add_text, take_back
from hamr.jobs.trying import Tried
from hamr.legible import legible_name
from hamr.store import Run
from hamr.tasks import features
from hamr.ui.relabel.annotator import annotator_name, confirm, missing_name
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.text import distinct, plain
from hamr.ui.try_texts.add_sentence import predicted, sentence_editor
from hamr.ui.try_texts.asking import model_epoch
from hamr.ui.try_texts.said import Said

_LABEL, _REPORT = "try-label", "try.report"


def add_section(run: Run, tried: Tried, number: int, said: Said) -> None:
    """The label, whose name it is given under, the button, and what came of it."""
    text, entities = tried.texts[number], features(run.info.task).entities
    what = "sentence" if entities else "text"
    with st.container(border=True, key="try-add"):
        st.markdown("**Add to the data**")
        how = (
            " Correct its entities first: drag over words, or double-click one." if entities else ""
        )
        st.caption(
            f"The {what} is stored with its label, your name and the time, and becomes a training "
            f"row of the next run on this data set.{how}"
        )
        annotator = _sentence(run, text, said) if entities else _text(run, text, said)
        _report(run, text, annotator)


def _text(run: Run, text: str, said: Said) -> str:
    """Name, label and button; the annotator's name."""
    names = list(store().decisions(run.info.label_source or "").names())
    with st.container(horizontal=True, vertical_alignment="center", key="try-add-bar"):
        annotator = annotator_name()
        label = st.selectbox(
            "Label of the text",
            names,
            index=None,
            key=_LABEL,
            format_func=distinct(names),
            placeholder="Choose a label",
            label_visibility="collapsed",
            width=240,
        )
        reason = missing_name()
        if st.button(
            "Add to data",
            key="try-add-button",
            icon=":material/playlist_add:",
            disabled=bool(reason) or label is None,
        ):
            shown = said.targets[0]
            probability = round(float(said.probabilities(shown)[shown.id]), 4)
            evidence = {"prediction": shown.name, "probability": probability}
            _add(run, text, str(label), annotator, evidence)
    confirm()
    if reason:
        st.caption(reason)
    return annotator


def _sentence(run: Run, text: str, said: Said) -> str:
    """Name, editor and button; the annotator's name."""
    annotator = annotator_name()
    confirm()
    decisions = store().decisions(run.info.label_source or "")
    evidence = {"prediction": as_json(predicted(run, decisions, said))}

    def add(label: Label, client_id: str) -> bool:
        return _add(run, text, label, annotator, evidence, client_id)

    sentence_editor(run, decisions, said, annotator, add)
    return annotator


def _add(
    run: Run,
    text: str,
    label: Label,
    annotator: str,
    evidence: Mapping[str, Any],
    client_id: str = "",
) -> bool:
    """Add the text; what came of it is kept for `_report`."""
    came: Added | HamrError
    try:
        came = add_text(
            store(), run.info, text, label, annotator, epoch=model_epoch(run), evidence=evidence,
            client_id=client_id,
        )  # fmt: skip
    except HamrError as error:
        came = error
    st.session_state[_REPORT] = (run.id, text, came)
    return isinstance(came, Added)


def _report(run: Run, text: str, annotator: str) -> None:
    """What became of adding this text, and where to go on."""
    of, what, came = st.session_state.get(_REPORT, ("", "", None))
    if (of, what) != (run.id, text):
        return
    if isinstance(came, HamrError):
        show_error(came)
        return
    label, words = came.label, text.split()
    how = (
        f"as {legible_name(label)}" if isinstance(label, str) else f"with {in_words(label, words)}"
    )
    st.success(
        f"Added {plain(how, 300)}, row {plain(came.row_id)}. The next run on this data set trains "
        "on it.",
        icon=":material/playlist_add_check:",
    )
    with st.container(horizontal=True, vertical_alignment="center", key="try-added"):
        navigation.link("Relabel", "Retrain on Relabel", query={"run": run.id})
        navigation.link("Train", "New run on this data set", query={"new": "1", "like": run.id})
        st.button(
            "Undo",
            key="try-add-undo",
            icon=":material/undo:",
            type="tertiary",
            on_click=_undo,
            args=(run, text, came, annotator),
        )


def _undo(run: Run, text: str, added: Added, annotator: str) -> None:
    try:
        take_back(store(), run.info, added, annotator)
    except HamrError as error:
        st.session_state[_REPORT] = (run.id, text, error)
    else:
        st.session_state.pop(_REPORT, None)
