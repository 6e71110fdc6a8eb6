"""Which classes are coloured in a chart of all of them. The choice is in the URL."""

from __future__ import annotations

import streamlit as st

from hamr.ui.shell.text import distinct
from hamr.views.base.labels import Labels, Scored

AT_FIRST = 4  # the rarest classes, until the user chooses
MOST = 12


def pick_classes(of: Labels | Scored) -> list[int]:
    """Indices of the chosen ones, the rarest few at first."""
    names = [of.names[c] for c in of.rarest_first()]
    chosen = st.multiselect(
        f"{of.many.capitalize()} in colour (rarest first)",
        names,
        default=names[:AT_FIRST],
        max_selections=MOST,
        format_func=distinct(names),
        key="class",
        bind="query-params",
    )
    return [of.names.index(name) for name in chosen]
