"""Which classes stand out in a chart of all of them. The choice stands in the URL."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.views.labels import Scored

AT_FIRST = 4  # the rarest classes, until the user chooses
MOST = 12


def pick_classes(run: Run) -> list[int]:
    """Indices of the chosen classes, the rarest few at first."""
    scored = Scored.of(run)
    names = [scored.names[c] for c in scored.rarest_first()]
    chosen = st.multiselect(
        f"{scored.many.capitalize()} in colour (rarest first)",
        names,
        default=names[:AT_FIRST],
        max_selections=MOST,
        key="class",
        bind="query-params",
    )
    return [scored.names.index(name) for name in chosen]
