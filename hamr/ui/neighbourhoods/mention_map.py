"""The entity mentions on the page Neighbourhoods: how their map is read, and their table."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.legible import legible
from hamr.store import Run
from hamr.ui.neighbourhoods.choice import Choice
from hamr.ui.neighbourhoods.decision_colours import SENTENCES as DECISIONS
from hamr.ui.neighbourhoods.layout import is_data_map
from hamr.ui.neighbourhoods.side import open_row
from hamr.ui.neighbourhoods.splits import split_in_link
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import set_query
from hamr.ui.shell.text import as_csv, count
from hamr.ui.widgets.rowgrid import SHOWN
from hamr.ui.widgets.tables import show_table
from hamr.views.base import mentions
from hamr.views.base.mention_texts import phrases_of
from hamr.views.neighbourhoods import mention_map
from hamr.views.neighbourhoods.row_values import LABEL_ERROR
from hamr.views.neighbourhoods.shown_rows import ALL, TRAINING

COLOURS = {
    "mistake": " Grey mentions are predicted correctly.",
    "loss": " A mention's loss is that of its hardest word.",
    LABEL_ERROR: " A mention's probability is that of its most doubtful word.",
    "region": " The most important hard regions come first.",
}
_OF_SENTENCE = " All mentions of a sentence have its value."


def shapes(run: Run, ringed: bool, chosen: Choice) -> list[tuple[str, str]]:
    """What the marks of the map mean."""
    found = [("ring", "in a hard seed")] if ringed else []
    if chosen.search or len(chosen.matches):
        found.append(("highlight", f"match ({len(chosen.matches):,})"))
    if chosen.mention is not None:
        text = phrases_of(run, np.array([chosen.mention]))[0]
        text = text if len(text) <= 40 else text[:39] + "…"
        found.append(("selected", f"“{text}” in row {chosen.row}"))
    return found


def how_to_read(run: Run, epoch: int, colour: str, ringed: int) -> str:
    """What the map shows, what its colours mean, and what can't be on it."""
    places = (
        "Each point is an entity of the sentences."
        if is_data_map()
        else "Each point is an entity of the sentences, placed by the mean vector of its words: "
        "similar mentions lie close together; distances across empty space mean little."
    )
    rings = f" Rings mark the {count(ringed, 'mention')} in hard seeds." if ringed else ""
    own = COLOURS.get(colour, "") or (f" {DECISIONS[colour]}" if colour in DECISIONS else "")
    if colour in mention_map.OF_SENTENCES:
        own = _OF_SENTENCE
    return (
        f"{places}{rings}{own}{_left_out(run, epoch)} Click a mention to open its sentence, or "
        "draw a lasso (button, or Shift and drag)."
    )


def _left_out(run: Run, epoch: int) -> str:
    """Spurious entities have no place on the map; who counts mistakes must know about them."""
    spurious = view(mentions.answers, run, epoch).spurious
    if not spurious:
        return f" Epoch {epoch} has no spurious entities; these could not be on this map."
    return (
        f" {count(spurious, 'spurious entity', 'spurious entities')} of epoch {epoch}, predicted "
        "where the file has none, can't be on this map."
    )


def mention_grid(run: Run, epoch: int, which: np.ndarray, what: str) -> None:
    """Mentions as a table, highest loss first: the first ones on screen, all of them as CSV."""
    which = mention_map.by_loss(run, epoch, which)
    shown = which[:SHOWN]
    with st.container(horizontal=True, vertical_alignment="center", key="mentions-head"):
        more = f"; the {SHOWN} of highest loss are shown" if len(which) > SHOWN else ""
        found = count(len(which), "entity mention")
        st.text(f"{found} {legible(what, 200)}{more or ', highest loss first'}", width="stretch")
        st.download_button(
            "CSV of these mentions",
            lambda: as_csv(mention_map.table(run, epoch, which)),
            f"mentions_epoch_{epoch}.csv",
            "text/csv",
            on_click="ignore",
            key="mentions-csv",
            help="All of these mentions, not only the ones shown",
        )
    key = f"mention-table-{epoch}-{abs(hash(shown.tobytes()))}"

    def picked() -> None:
        # A callback, because the tick stays in the table while the choice may move on.
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            mention = int(shown[ticked[0]])
            open_mention(run, mention)

    show_table(
        mention_map.table(run, epoch, shown),
        key=key,
        height=min(36 * (len(shown) + 1) + 2, 400),
        alt=f"Entity mentions {what}",
        on_select=picked,
        selection_mode="single-row",
        column_config=COLUMNS,
    )


def open_mention(run: Run, mention: int) -> None:
    """Put a mention and its row into the URL and show them."""
    row = int(view(mentions.all_mentions, run).row[mention])
    if row >= run.info.train_rows and split_in_link() == TRAINING:
        set_query("split", ALL)  # else the map would not show it
    open_row(row, mention)


_number, _text = st.column_config.NumberColumn, st.column_config.TextColumn
COLUMNS = {
    "mention": _text(width=115),
    "type": _text(width=90),
    "predicted as": _text(
        width=110, help="The type that the model predicts, and its words where they differ"
    ),
    "mistake": _text(width=105),
    "loss": _number(format="%.3f", width=65, help="Of the mention's hardest word, in nats"),
    LABEL_ERROR: _number(
        format="%.2f", width=95, help="Estimated probability that a tag of its words is wrong"
    ),
    "hardness": _number(format="%.3f", width=80, help="Of the sentence"),
    "row": _number(width=60, help="Index of the sentence, from 0"),
    "split": _text(width=80),
    "id": _text(width=90),
    "sentence": _text(width=380),
}
