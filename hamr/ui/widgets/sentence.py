"""A row on a page: a text as it is, a sentence with its entities and words."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import features
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import as_csv
from hamr.ui.widgets.spans import markup
from hamr.ui.widgets.tables import show_table
from hamr.views.base import sentence as sentences
from hamr.views.base.all_rows import AllRows
from hamr.views.base.sentence import Entities, Sentence

WINDOW = 120  # words shown at first; a longer sentence is opened by its toggle


def row_text(
    run: Run,
    epoch: int,
    row: int,
    limit: int = 2000,
    *,
    explain: bool = True,
    label: Entities | None = None,
) -> None:
    """The text of a row of any split (`hamr.views.base.all_rows`): of a sentence its entities.

    Of several sentences one below the other only one need `explain` how to read them. The
    entities are those of `label`, where people have decided on others than those of the run.
    """
    if features(run.info.task).entities:
        show_sentence(run, epoch, row, explain=explain, label=label)
        return
    text = AllRows.of(run).texts([row])[0]
    st.text(text if len(text) <= limit else text[: limit - 1] + "…")


def show_sentence(
    run: Run, epoch: int, row: int, *, explain: bool = True, label: Entities | None = None
) -> None:
    """The sentence as the epoch left it, a legend, how to read it, and its words as a table."""
    found = view(sentences.sentence, run, epoch, row, label)
    first, end = 0, len(found.words)
    if end > WINDOW and not st.toggle(f"All {end:,} words", key=f"whole-{row}"):
        first, end = found.around(WINDOW)
        around = ", around the word that sets the sentence's loss" if found.hardest >= 0 else ""
        st.caption(f"Words {first + 1:,} to {end:,} of {len(found.words):,}{around}.")
    st.html(markup(found, first, end, legend=explain))
    if label is not None:
        st.caption(
            "Solid lines mark the current entities, which people decided on; the loss of each word "
            "is that of the tag in the file."
        )
    elif explain:
        st.caption(
            "A solid line below marks an entity of the file, a dashed line above one of the model; "
            "where they differ, model and file disagree. The framed word is the hardest: its loss "
            "is the loss of the sentence."
        )
    words_table(found, epoch)


def words_table(found: Sentence, epoch: int) -> None:
    """The words one by one with tags, loss and probability, to be opened."""
    # Filled only when opened: tables of eight sentences would slow down the page.
    box = st.expander("Word by word", key=f"words-{found.row}", on_change="rerun")
    if box.open:
        with box:
            _words(found, epoch)


def _words(found: Sentence, epoch: int) -> None:
    frame = found.frame()
    if found.hardest < 0:  # losses and probabilities were not recorded
        frame = frame.drop(columns=["loss", "P(predicted)"])
    number = st.column_config.NumberColumn
    show_table(
        frame,
        height=min(36 * (len(frame) + 1) + 2, 300),
        key=f"word-table-{found.row}",
        alt=f"The words of row {found.row} with tags, loss and probability",
        column_config={
            "loss": number(format="%.3f", help="Cross-entropy at the epoch's end, in nats"),
            "P(predicted)": number(format="%.3f", help="Softmax probability of that tag"),
        },
    )
    st.download_button(
        "CSV of these words",
        lambda: as_csv(frame),
        f"row_{found.row}_epoch_{epoch}.csv",
        "text/csv",
        key=f"word-csv-{found.row}",
        on_click="ignore",
    )
