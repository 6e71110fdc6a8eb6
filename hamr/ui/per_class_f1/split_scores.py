"""The scores of one split: a table, the confusion matrix and the most frequent mistakes."""

from __future__ import annotations

import streamlit as st

from hamr.records import Split
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.per_class_f1.match_scores import match_scores
from hamr.ui.per_class_f1.reviewed import reviewed_section
from hamr.ui.shell.cached import chart, view
from hamr.ui.widgets.tables import show_table
from hamr.views.base.labels import Scored
from hamr.views.per_class_f1 import scores

VALIDATION, TEST = "Validation, this epoch", "Test, best epoch"


def split_scores(run: Run, epoch: int) -> None:
    """Those of validation at this epoch, or of the test rows, which are scored once."""
    split = st.segmented_control(
        "Scores on",
        (VALIDATION, TEST),
        default=VALIDATION,
        required=True,
        key="on",
        bind="query-params",
    )
    if split == TEST and run.final() is None:
        st.info(
            "The test rows are scored once, when the run has finished.",
            icon=":material/hourglass_empty:",
        )
        return
    which: Split = "test" if split == TEST else "validation"
    at = None if split == TEST else epoch
    score_grid(run, epoch, which, at)
    reviewed_section(run, which)
    match_scores(run, which)
    long_names = features(run.info.task).entities
    left, right = st.columns([5, 4] if long_names else [3, 2], gap="medium")
    with left:
        _confusion(run, which, at)
    with right:
        frequent_mistakes(run, which, at)


def score_grid(run: Run, epoch: int, which: str, at: int | None) -> None:
    """Precision, recall, F1 and support of each class."""
    if at is None:
        table = view(scores.final_table, run, which)
    else:
        table = view(scores.score_table, run, epoch)
    scored = Scored.of(run)
    score = st.column_config.ProgressColumn(format="%.3f", min_value=0, max_value=1)
    show_table(
        table,
        height=35 * (min(len(table), 20) + 1) + 3,
        csv=f"scores-{which}",
        key=f"scores-{which}",
        alt=f"Precision, recall, F1 and support of each {scored.one} on {which}, rarest first",
        column_config={
            "precision": score,
            "recall": score,
            "F1": score,
            "change": st.column_config.NumberColumn(
                format="%+.3f", help=f"F1 now minus F1 at epoch {run.epochs()[0]}"
            ),
            "support": st.column_config.NumberColumn(
                help=f"{scored.unit.capitalize()} of the {scored.one} on {which}"
            ),
        },
    )


def _confusion(run: Run, which: str, at: int | None) -> None:
    words = TaskWords.of(run.info.task)
    shares = st.toggle(
        f"Colour by share of the {words.true_label}",
        value=True,
        key="normalise",
        bind="query-params",
        help="Each row of the matrix then sums to 100 %, so that rare ones are visible too.",
    )
    chart(
        scores.confusion,
        run,
        at,
        which,
        normalise=shares,
        key="confusion",
        how_to_read=words.confusion,
        alt=f"Confusion matrix on {which}",
    )


def frequent_mistakes(run: Run, which: str, at: int | None) -> None:
    """The cells off the diagonal that hold the most rows."""
    st.subheader("Most frequent mistakes", anchor=False)
    pairs = view(scores.confused_pairs, run, at, which)
    if not len(pairs):
        st.success("All predictions are right.")
        return
    words = TaskWords.of(run.info.task)
    show_table(
        pairs,
        height=35 * (len(pairs) + 1) + 3,
        csv=f"mistakes-{which}",
        key=f"pairs-{which}",
        alt=f"Label, prediction and number of {Scored.of(run).unit} of the most frequent mistakes",
        column_config={
            "label": st.column_config.TextColumn(words.true_label, width=115),
            "predicted as": st.column_config.TextColumn(width=115),
            **dict.fromkeys(("rows", "entities"), st.column_config.NumberColumn(width=60)),
            "share": st.column_config.NumberColumn(
                format="%.0f %%",
                width=65,
                help=f"Of the {words.scored_unit} with that label",
            ),
        },
    )
