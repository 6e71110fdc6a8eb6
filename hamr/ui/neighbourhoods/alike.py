"""The rows that a search by meaning found, the most similar first, at the map's side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.jobs.meaning import Ranked, note
from hamr.legible import legible
from hamr.store import Run
from hamr.ui.neighbourhoods.meaning import Likeness, choose_top
from hamr.ui.neighbourhoods.mention_map import COLUMNS as OF_MENTIONS
from hamr.ui.neighbourhoods.mention_map import open_mention
from hamr.ui.neighbourhoods.side import open_row
from hamr.ui.neighbourhoods.splits import split_in_link
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import LIKE, set_query
from hamr.ui.shell.text import count
from hamr.ui.widgets.rowgrid import COLUMNS, SHOWN
from hamr.ui.widgets.tables import show_table
from hamr.views.base.all_rows import AllRows
from hamr.views.neighbourhoods import mention_map
from hamr.views.neighbourhoods.shown_rows import ALL, TRAINING
from hamr.views.neighbourhoods.subjects import Subject

MENTION_COLUMNS = {**OF_MENTIONS, "similarity": COLUMNS["similarity"]}


def alike_section(subject: Subject, run: Run, epoch: int, like: Likeness) -> None:
    """Where the ranking is cut, a link to relabel the rows, and their table."""
    found = like.found
    if found is None:
        if like.error is None:
            what = f"{subject.name.capitalize()}s {legible(like.what, 200)}"
            st.text(f"{what} appear here once the encoder is loaded.")
        return
    choose_top(subject)
    last = f", down to {found.similarities[-1]:.2f}" if len(found.rows) else ""
    more = f"; the first {SHOWN} are shown" if len(found.rows) > SHOWN else ""
    st.text(f"{count(len(found.rows), subject.name)} {legible(like.what, 200)}{last}{more}")
    if said := note(run, found):
        st.caption(said)
    rows = dict.fromkeys(subject.rows(run, found.rows).tolist())  # each once, in this order
    listed = {"rows": ",".join(map(str, rows)), LIKE: like.text}
    title = "Relabel these rows" if subject.are_rows else "Relabel their sentences"
    navigation.relabel_rows(title, run.id, epoch, listed)
    _table(subject, run, epoch, found, like.what)


def _table(subject: Subject, run: Run, epoch: int, found: Ranked, what: str) -> None:
    shown = found.first(SHOWN)
    key = f"alike-{abs(hash(shown.rows.tobytes()))}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if not ticked:
            return
        row = int(shown.rows[ticked[0]])
        if not subject.are_rows:
            open_mention(run, row)
        else:
            if row >= run.info.train_rows and split_in_link() == TRAINING:
                set_query("split", ALL)  # else the map would not show the row
            open_row(row)

    show_table(
        ranked_table(run, shown) if subject.are_rows else _mentions(run, epoch, shown),
        key=key,
        csv="similar-rows",
        height=min(36 * (len(shown.rows) + 1) + 2, 400),
        alt=f"{subject.name.capitalize()}s {what}, the most similar first",
        on_select=picked,
        selection_mode="single-row",
        column_config=COLUMNS if subject.are_rows else MENTION_COLUMNS,
    )


def ranked_table(run: Run, found: Ranked) -> pd.DataFrame:
    """Rows with their similarity, the most similar first."""
    table = view(AllRows.of, run).frame(found.rows)
    table.insert(0, "similarity", found.similarities.astype(float))
    return table[["similarity", "text", "label", "split", "row", "id"]]


def _mentions(run: Run, epoch: int, found: Ranked) -> pd.DataFrame:
    """Mentions with their similarity, the most similar first."""
    table = mention_map.table(run, epoch, found.rows)
    table.insert(0, "similarity", found.similarities.astype(float))
    return table
