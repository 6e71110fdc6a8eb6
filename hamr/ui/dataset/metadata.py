"""The columns that name the rows, and those that are kept with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from hamr.config import DataSettings, describe
from hamr.errors import HamrError
from hamr.ui.dataset.task import chosen_before
from hamr.ui.shell.text import distinct

if TYPE_CHECKING:
    from hamr.ui.dataset.slots import Slots

BY_PLACE = "(automatic)"


def choose_metadata(source: str, columns: list[str], slots: Slots) -> dict[str, Any]:
    """The settings `id_column` and `metadata` of a table with these columns."""
    known, specs = chosen_before(source), describe(DataSettings)
    named = known.id_column if known else None
    left, right = st.columns([1, 2])
    with left:
        ids = [BY_PLACE, *columns]
        chosen = st.selectbox(
            "Id",
            ids,
            index=ids.index(named) if named in columns else 0,
            key=f"id {source}",
            help=f"{specs['id_column']['help']}. Ids must differ from row to row.",
        )
        slots.open("id_column")
    with right:
        metadata = _kept(source, columns, known.metadata if known else ())
        slots.open("metadata")
    return {"id_column": None if chosen == BY_PLACE else chosen, "metadata": metadata}


def choose_comments(source: str, slots: Slots) -> dict[str, Any]:
    """The setting `metadata` of a CoNLL file, whose comments "# key = value" can be kept."""
    from hamr.data import tag_columns

    known = chosen_before(source)
    before = known.metadata if known else ()
    try:
        keys = list(tag_columns(source).keys)
    except HamrError:  # reading the rows will say what is wrong
        keys = []
    slots.open("metadata")
    return {"metadata": _kept(source, keys, before) if keys else before}


def _kept(source: str, columns: list[str], before: tuple[str, ...]) -> tuple[str, ...]:
    found = st.multiselect(
        "Metadata",
        columns,
        default=[name for name in before if name in columns],
        key=f"metadata {source}",
        format_func=distinct(columns),
        placeholder="columns to keep with the rows",
        help="Such as who labelled a row, where it is from, or when. Shown with each row, searched "
        "and filtered on Relabel, colours on the map, and kept in exports.",
    )
    return tuple(found)
