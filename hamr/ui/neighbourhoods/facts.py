"""Small tables and bars of the panel at the map's side."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from hamr.legible import legible, legible_name
from hamr.views.neighbourhoods.regions import Fact


def facts_table(facts: Sequence[Fact], own: str = "region", rest: str = "rest") -> None:
    """Figures of a region against those of the rest, one to a line."""
    lines = "".join(
        f'<tr title="{escape(fact.meaning)}"><th scope="row">{escape(fact.name)}</th>'
        f"<td>{escape(fact.own)}</td><td>{escape(fact.rest)}</td></tr>"
        for fact in facts
    )
    st.html(
        f'<table class="hamr-facts"><thead><tr><td></td><th scope="col">{escape(own)}</th>'
        f'<th scope="col">{escape(rest)}</th></tr></thead><tbody>{lines}</tbody></table>'
    )


def values_table(values: Sequence[tuple[str, str]]) -> None:
    """Names and their values, one to a line."""
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(legible(value, 200))}</td></tr>'
        for name, value in values
    )
    st.html(f'<table class="hamr-facts"><tbody>{lines}</tbody></table>')


def bars(title: str, counts: Sequence[tuple[str, int]]) -> None:
    """How many rows each name has, most first, with bars."""
    most = max(rows for _, rows in counts)
    lines = "".join(
        f'<tr><th scope="row">{escape(legible_name(name))}</th><td class="hamr-bar">'
        f'<i style="width:{100 * rows / max(1, most):.0f}%"></i></td><td>{rows:,}</td></tr>'
        for name, rows in counts
    )
    st.html(
        f'<table class="hamr-facts"><caption>{escape(title)}</caption>'
        f"<tbody>{lines}</tbody></table>"
    )
