"""The scores of a split with labels as given and as reviewed, side by side."""

from __future__ import annotations

import streamlit as st

from hamr.records import Split
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell import navigation
from hamr.ui.shell.text import count
from hamr.ui.widgets.tables import show_table
from hamr.views.base.reviewed_scores import ReviewedScores, reviewed_scores, side_by_side


def reviewed_section(run: Run, split: Split) -> None:
    """Both kinds of scores of a finished run, or where its labels can be reviewed."""
    source = run.info.label_source
    if source is None or run.final() is None:
        return
    version = run.store.decisions(source).version
    found = _scores(run, run.id, split, version, str(run.store.home))
    if found is None:
        return
    words = TaskWords.of(run.info.task)
    if not found.reviewed:
        st.caption(f"No {words.label} of a {split} {words.each} has been reviewed yet.")
    else:
        with st.expander("Scores on labels as given and as reviewed", expanded=True):
            _table(run, split, found)
    here = {"run": run.id, "split": split}
    navigation.link("Relabel", f"Review {split} {_rows(run)}", query=here)


def _rows(run: Run) -> str:
    return f"{TaskWords.of(run.info.task).each}s"


def _table(run: Run, split: Split, found: ReviewedScores) -> None:
    reviewed = count(found.reviewed, TaskWords.of(run.info.task).each)
    st.text(
        f"{reviewed} reviewed of {found.rows:,} {split} {_rows(run)}; {found.held.changed:,} have "
        "another label than in the file."
    )
    if not found.tallies:
        st.caption(
            f"This run has not kept its predictions of {split} {_rows(run)}, so that they can't be "
            "compared with reviewed labels. Train it again to see both scores."
        )
        return
    score = st.column_config.NumberColumn(format="%.3f")
    show_table(
        side_by_side(run, found),
        key=f"reviewed-{split}",
        csv=f"reviewed-{split}",
        alt=f"F1 on {split} with labels as given and as reviewed, macro-F1 first",
        column_config={
            "F1 as given": score,
            "F1 as reviewed": score,
            "change": st.column_config.NumberColumn(format="%+.3f"),
        },
    )
    st.caption(
        "The same predictions, those at the best epoch, compared with the labels in the file and "
        "with the labels that people decided on. The best epoch was chosen without the reviewed "
        "labels, unless the run was asked to use them."
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _scores(_run: Run, run_id: str, split: Split, version: int, home: str) -> ReviewedScores | None:
    return reviewed_scores(_run, split)
