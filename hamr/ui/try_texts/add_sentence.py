"""Adding a sentence to the data of the run: its entities are edited on its words, as on Relabel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from hamr.decisions import Label, new_id, text_hash
from hamr.store import Decisions, Run
from hamr.ui.relabel.annotator import missing_name
from hamr.ui.try_texts.said import Said
from hamr.ui.widgets.span_editor import About, Draft, EditorView, draft_of, span_editor
from hamr.views.base.reviewed import called_now

KEY = "try-spans"
_SESSION, _SENT, _REFUSED = "try.span_session", "try.span_sent", "try.span_refused"
_DRAW_PAGE = "try.span_draw_page"

# Adds the sentence with these entities under the id of the save; whether that was possible.
Add = Callable[[Label, str], bool]


def sentence_editor(run: Run, decisions: Decisions, said: Said, annotator: str, add: Add) -> None:
    """The sentence with the entities that the model predicts, to edit, and the button that adds."""
    # A fragment: a gesture draws the sentence again and not the page.
    st.fragment(_editor)(_view(run, decisions, said, annotator), add)


def predicted(run: Run, decisions: Decisions, said: Said) -> Label:
    """The entities that the model predicts, with what their types are called now."""
    assert said.sentence is not None  # only sentences are edited
    called, types = called_now(decisions, run), said.sentence.types
    return tuple(
        (span.start, span.end, called.get(types[span.type], types[span.type]))
        for span in said.sentence.spans
    )


def _view(run: Run, decisions: Decisions, said: Said, annotator: str) -> EditorView:
    state, own = st.session_state, predicted(run, decisions, said)
    retired = decisions.class_names().retired_names()
    # No row yet: the draft is kept under the sentence, and is new after each time it was added.
    line = " ".join(said.words)
    about = About(decisions.fingerprint, f"try {text_hash(line)[:40]}", annotator, 0)
    return EditorView(
        about=about,
        words=said.words,
        types=[name for name in decisions.names() if name not in retired],
        current=own,
        file=(),
        model=own,
        loss=[0.0] * len(said.words),
        hardest=None,
        readonly=missing_name(),
        session=state.setdefault(_SESSION, new_id()),
        saved=tuple(state.get(_SENT, ())),
        refused=state.get(_REFUSED, ""),
        alone=True,
    )


def _editor(shown: EditorView, add: Add) -> None:
    if st.session_state.pop(_DRAW_PAGE, False):
        st.rerun()  # the page says what came of it
    span_editor(shown, key=KEY, on_save=partial(_save, add), on_everywhere=_nothing)
    draft = draft_of(KEY, shown.about)
    st.button(
        "Add to data",
        key="try-add-button",
        icon=":material/playlist_add:",
        disabled=bool(shown.readonly),
        on_click=_add,
        args=(shown, draft, add),
        help="Add the sentence with the entities above",
    )


def _add(shown: EditorView, draft: Draft | None, add: Add) -> None:
    _save(add, draft or Draft(shown.about, shown.current, new_id()))


def _save(add: Add, draft: Draft) -> None:
    """Add it once, however often it is sent."""
    state = st.session_state
    state[_DRAW_PAGE] = True
    if draft.client_id in state.get(_SENT, ()):
        return
    if add(draft.label, draft.client_id):
        state[_SENT] = (*state.get(_SENT, ()), draft.client_id)[-20:]
    else:
        state[_REFUSED] = draft.client_id


def _nothing(draft: Draft) -> None:
    """A typed sentence has no other rows to make the same change in."""
