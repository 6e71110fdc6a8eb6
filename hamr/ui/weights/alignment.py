"""Alignment: do hard rows help the balanced meta set?"""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell.cached import chart, view
from hamr.ui.widgets.classpicker import pick_classes
from hamr.views.base import alignment
from hamr.views.base.labels import Labels


def alignment_section(run: Run, epoch: int) -> None:
    """Whether more weight on hard rows would help the balanced meta set."""
    words = TaskWords.of(run.info.task)
    helping, harming = view(alignment.hard_rows, run, epoch)
    left, right = st.columns(2)
    left.metric(f"Hard {words.unit} that help the meta set", f"{helping:,}")
    right.metric(
        f"Hard {words.unit} that harm it",
        f"{harming:,}",
        help="Many of them are mislabelled, or unlike the meta set. See Relabel.",
    )
    chart(
        alignment.against_hardness,
        run,
        epoch,
        key="alignment-hardness",
        how_to_read="Hard seeds are right of the dashed line. Above the dotted line more "
        f"weight on a {words.each} helps the balanced meta set, below it harms: hard and "
        "helpful is worth learning, hard and harmful is worth a look.",
        alt=f"Density of the rows over hardness and alignment at epoch {epoch}",
    )
    chosen = pick_classes(Labels.of(run))
    chart(
        alignment.by_class,
        run,
        epoch,
        tuple(chosen),
        key="alignment-class",
        how_to_read=f"{words.note}Above the dotted line the {words.unit} of the {words.one} help "
        f"the meta set; {words.many} that are not chosen are grey.",
        alt=f"Mean alignment by {words.by} over the epochs",
    )
