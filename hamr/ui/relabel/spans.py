"""A tagged sentence under review: its words, on which entities are edited, and its buttons.

What is edited is a draft in the browser until it is saved (see `hamr.ui.widgets.span_editor`).
Accept saves the draft of the row on screen, if there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from hamr.decisions import Label, in_words, new_id
from hamr.ui.relabel.everywhere import offer_everywhere
from hamr.ui.relabel.keys import accept, blocked, offer
from hamr.ui.relabel.row import Shown, decide
from hamr.ui.relabel.saved import is_saved, saved_lately
from hamr.ui.relabel.unsaved import unsaved
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import plain
from hamr.ui.widgets.sentence import words_table
from hamr.ui.widgets.span_editor import About, Draft, EditorView, draft_of, span_editor
from hamr.ui.widgets.spans import opacity
from hamr.views.base import sentence as sentences
from hamr.views.base.reviewed import called_now
from hamr.views.base.sentence import Sentence

KEY = "span-editor"
_SESSION, _REFUSED = "relabel.span_session", "relabel.span_refused"  # in the session
_EVERYWHERE, _DRAW_PAGE = "relabel.span_everywhere", "relabel.span_draw_page"


def span_sentence(shown: Shown, types: tuple[str, ...]) -> None:
    """The sentence with its layers, to read and to edit, and its words as a table."""
    found: Sentence = view(sentences.sentence, shown.run, shown.epoch, shown.row)
    # A fragment: a gesture draws the sentence again and not the page.
    st.fragment(editor)(shown, _editor_view(shown, found, types))
    words_table(found, shown.epoch)


def span_keys(shown: Shown) -> None:
    """The buttons that decide about all entities of the sentence at once."""
    off = bool(blocked(shown.annotator))
    found: Sentence = view(sentences.sentence, shown.run, shown.epoch, shown.row)
    if not shown.conflict:
        accept(shown, "Accept these entities", off, partial(_accept, shown))
    model, original = (
        by_model(found, called_now(shown.decisions, shown.run)),
        shown.decisions.original(shown.row_id),
    )
    with st.container(horizontal=True, key="tops"):
        for number, name, label in (
            (1, "Use the model's entities", model),
            (2, "Use the file's entities", original),
            (3, "Remove all entities", ()),
        ):
            is_off = off or (number == 1 and not found.is_predicted)
            offer(shown, number, name, label, off=is_off, help=plain(in_words(label, found.words)))
    draft = st.session_state.pop(_EVERYWHERE, None)
    if isinstance(draft, Draft) and draft.about == about(shown):
        offer_everywhere(shown, draft)


def by_model(found: Sentence, called: Mapping[str, str]) -> Label:
    """The entities that the model predicts, with what their types are called now."""
    return tuple(
        (span.start, span.end, called.get(found.types[span.type], found.types[span.type]))
        for span in found.predicted
    )


def about(shown: Shown) -> About:
    """What a draft of the row on screen is about."""
    return About(shown.decisions.fingerprint, shown.row_id, shown.annotator, shown.base)


def editor(shown: Shown, drawn: EditorView) -> None:
    """The sentence to edit, in a fragment."""
    if st.session_state.pop(_DRAW_PAGE, False):
        st.rerun()  # the page shows the next row, or asks about other rows
    span_editor(
        drawn,
        key=KEY,
        on_save=partial(save_draft, shown),
        on_everywhere=_ask_everywhere,
    )


def _editor_view(shown: Shown, found: Sentence, types: tuple[str, ...]) -> EditorView:
    retired = shown.decisions.class_names().retired_names()
    return EditorView(
        about=about(shown),
        words=found.words,
        types=[name for name in types if name not in retired],
        current=shown.label,
        file=shown.decisions.original(shown.row_id),
        model=by_model(found, called_now(shown.decisions, shown.run)),
        loss=[round(opacity(float(loss)), 2) for loss in found.loss],
        hardest=found.hardest if found.hardest >= 0 else None,
        **what_is_saved(shown),
    )


def what_is_saved(shown: Shown) -> dict[str, Any]:
    """By which the editor knows whether its draft is saved, and whether one can be: the last
    fields of `EditorView`.
    """
    events = shown.decisions.history(shown.row_id) if shown.state is not None else []
    return {
        "readonly": blocked(shown.annotator),
        "session": st.session_state.setdefault(_SESSION, new_id()),
        "clients": [event.client_id for event in events if event.annotator == shown.annotator],
        "saved": saved_lately(),
        "refused": st.session_state.get(_REFUSED, ""),
    }


def _accept(shown: Shown) -> None:
    """Leave the entities as they are on screen: those of the draft, if there is one."""
    draft = draft_of(KEY, about(shown))
    if draft is None:
        decide(shown, "label", shown.label)
    else:
        save_draft(shown, draft)


def save_draft(shown: Shown, draft: Draft) -> None:
    """Save a draft; one that is not about the row on screen stays in the browser."""
    state = st.session_state
    state[_DRAW_PAGE] = True
    if draft.about != about(shown) or is_saved(draft.client_id):
        return  # sent once more, because the answer took its time
    decide(shown, "label", draft.label, new_class=True, client_id=draft.client_id)
    if not is_saved(draft.client_id) and not unsaved(shown.annotator):
        state[_REFUSED] = draft.client_id


def _ask_everywhere(draft: Draft) -> None:
    st.session_state[_EVERYWHERE] = draft
    st.session_state[_DRAW_PAGE] = True
