"""An unlabelled sentence: the entities that the model proposes are on its words already, so that
one key accepts them and edits correct them. A draft is kept in the browser, as of other sentences.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from hamr.decisions import Label, in_words
from hamr.ui.relabel.keys import accept, blocked, offer
from hamr.ui.relabel.row import Shown, decide
from hamr.ui.relabel.spans import KEY, about, editor, save_draft, what_is_saved
from hamr.ui.shell.text import plain
from hamr.ui.widgets.span_editor import EditorView, draft_of


def proposed_sentence(shown: Shown, proposed: Label) -> None:
    """The sentence with the proposed entities, or with those that it was given, to edit."""
    retired = shown.decisions.class_names().retired_names()
    view = EditorView(
        about=about(shown),
        words=shown.words or (),
        types=[name for name in shown.decisions.names() if name not in retired],
        current=_on_screen(shown, proposed),
        file=(),
        model=proposed,
        loss=[0.0] * len(shown.words or ()),
        hardest=None,
        alone=True,
        **what_is_saved(shown),
    )
    # A fragment: a gesture draws the sentence again and not the page.
    st.fragment(editor)(shown, view)


def proposed_keys(shown: Shown, proposed: Label) -> None:
    """The buttons that decide about all entities of the sentence at once."""
    off, words = bool(blocked(shown.annotator)), shown.words
    if not shown.conflict:
        accept(shown, "Accept these entities", off, partial(_accept, shown, proposed))
    with st.container(horizontal=True, key="tops"):
        for number, name, label in (
            (1, "Use the model's entities", proposed),
            (3, "Remove all entities", ()),
        ):
            offer(shown, number, name, label, off=off, help=plain(in_words(label, words)))


def _on_screen(shown: Shown, proposed: Label) -> Label:
    """The entities that the sentence was given; without a label those that the model proposes."""
    return proposed if isinstance(shown.label, str) else shown.label


def _accept(shown: Shown, proposed: Label) -> None:
    """Give the entities on screen: those of the draft, if there is one."""
    draft = draft_of(KEY, about(shown))
    if draft is None:
        decide(shown, "label", _on_screen(shown, proposed))
    else:
        save_draft(shown, draft)
