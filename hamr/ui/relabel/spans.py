"""The controls of a tagged sentence: accept its entities, use the model's, or edit them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.decisions import Label, in_words
from hamr.errors import DecisionError
from hamr.ui.relabel.keys import accept, blocked
from hamr.ui.relabel.row import Shown, decide
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.text import plain
from hamr.ui.widgets.tables import edit_table
from hamr.views.base import sentence as sentences
from hamr.views.base.sentence import Sentence
from hamr.views.relabel.span_table import FIRST, LAST, TEXT, TYPE, label_of, numbered, table_of


def span_keys(shown: Shown, types: tuple[str, ...]) -> None:
    """All ways to decide which entities a sentence has."""
    off = bool(blocked(shown.annotator))
    found: Sentence = view(sentences.sentence, shown.run, shown.epoch, shown.row)
    if not shown.conflict:
        accept(shown, "Accept these entities", off)
    model, original = by_model(found), shown.decisions.rows.original(shown.row_id)
    with st.container(horizontal=True, key="tops"):
        for number, name, label in (
            (1, "Use the model's entities", model),
            (2, "Use the file's entities", original),
            (3, "Remove all entities", ()),
        ):
            st.button(
                name,
                key=shown.key(f"top{number}"),
                shortcut=shown.shortcut(str(number)),
                disabled=off or (number == 1 and not found.is_predicted),
                on_click=decide,
                args=(shown, "label", label),
                help=plain(in_words(label)),
            )
    if shown.editing:
        _editor(shown, found, types, off)
    else:
        st.button(
            "Edit entities",
            key=shown.key("edit"),
            shortcut="T",
            disabled=off,
            on_click=_edit,
            args=(shown.client_id,),
        )


def _edit(client_id: str | None) -> None:
    st.session_state["relabel.editing"] = client_id


def by_model(found: Sentence) -> Label:
    """The entities that the model predicts, with the names of their types."""
    return tuple((span.start, span.end, found.types[span.type]) for span in found.predicted)


def _editor(shown: Shown, found: Sentence, types: tuple[str, ...], off: bool) -> None:
    """The entities as a table; the words of the sentence are shown with their numbers."""
    st.markdown("**Entities**")
    st.text(numbered(found.words))
    count = len(found.words)
    number = st.column_config.NumberColumn
    table = edit_table(
        table_of(found.words, shown.label),
        key=shown.key("spans"),
        num_rows="dynamic",
        disabled=[TEXT] if not off else True,
        placeholder="",
        alt="The entities of the sentence, to edit",
        column_config={
            FIRST: number(min_value=1, max_value=count, step=1, required=True, width=115),
            LAST: number(min_value=1, max_value=count, step=1, required=True, width=115),
            TYPE: st.column_config.SelectboxColumn(options=list(types), required=True, width=120),
            TEXT: st.column_config.TextColumn(
                help="The words as they are now; updated when you save"
            ),
        },
    )
    label = _read(table, count)
    with st.container(horizontal=True):
        st.button(
            "Save these entities",
            key=shown.key("table"),
            type="primary",
            disabled=off or label is None or label == shown.label,
            on_click=decide,
            args=(shown, "label", label),
        )
        st.button("Cancel", key=shown.key("leave"), on_click=_edit, args=(None,))
    st.caption("While you edit, keys type into the table. The buttons still work.")


def _read(table: pd.DataFrame, count: int) -> Label | None:
    try:
        return label_of(table, count)
    except DecisionError as error:
        show_error(error)
        return None
