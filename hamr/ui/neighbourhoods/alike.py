"""The rows that a search by meaning found, the most similar first, at the map's side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.jobs.meaning import Ranked, note
from hamr.legible import legible
from hamr.store import Run
from hamr.ui.neighbourhoods.meaning import Likeness, choose_top
from hamr.ui.neighbourhoods.side import open_row
from hamr.ui.neighbourhoods.splits import split_in_link
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import LIKE, set_query
from hamr.ui.shell.text import count
from hamr.ui.widgets.rowgrid import COLUMNS, SHOWN
from hamr.ui.widgets.tables import show_table
from hamr.views.base.all_rows import AllRows
from hamr.views.neighbourhoods.shown_rows import ALL, TRAINING


def alike_section(run: Run, epoch: int, like: Likeness) -> None:
    """Where the ranking is cut, a link to relabel the rows, and their table."""
    found = like.found
    if found is None:
        if like.error is None:
            st.text(f"Rows {legible(like.what, 200)} appear here once the encoder is loaded.")
        return
    choose_top()
    last = f", down to {found.similarities[-1]:.2f}" if len(found.rows) else ""
    more = f"; the first {SHOWN} are shown" if len(found.rows) > SHOWN else ""
    st.text(f"{count(len(found.rows), 'row')} {legible(like.what, 200)}{last}{more}")
    if said := note(run, found):
        st.caption(said)
    listed = ",".join(map(str, found.rows.tolist()))
    navigation.relabel_rows("Relabel these rows", run.id, epoch, {"rows": listed, LIKE: like.text})
    _table(run, found, like.what)


def _table(run: Run, found: Ranked, what: str) -> None:
    shown = found.first(SHOWN)
    key = f"alike-{abs(hash(shown.rows.tobytes()))}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            row = int(shown.rows[ticked[0]])
            if row >= run.info.train_rows and split_in_link() == TRAINING:
                set_query("split", ALL)  # else the map would not show the row
            open_row(row)

    show_table(
        ranked_table(run, shown),
        key=key,
        csv="similar-rows",
        height=min(36 * (len(shown.rows) + 1) + 2, 400),
        alt=f"Rows {what}, the most similar first",
        on_select=picked,
        selection_mode="single-row",
        column_config=COLUMNS,
    )


def ranked_table(run: Run, found: Ranked) -> pd.DataFrame:
    """Rows with their similarity, the most similar first."""
    table = view(AllRows.of, run).frame(found.rows)
    table.insert(0, "similarity", found.similarities.astype(float))
    return table[["similarity", "text", "label", "split", "row", "id"]]
