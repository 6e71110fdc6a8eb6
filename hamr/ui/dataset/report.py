"""The report on a data set: counts, lengths, and issues to look at before training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.config import DataSettings
from hamr.records import SPLITS, Dataset
from hamr.tasks import TaskWords, features
from hamr.ui.dataset.duplicates import is_changeable, offer_choices
from hamr.ui.shell.charts import show
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.tables import show_table
from hamr.views.dataset.summary import (
    class_counts_figure,
    class_counts_frame,
    finding_frame,
    lengths_figure,
    lengths_frame,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from hamr.data import DataReport, Finding, Lengths

SHOWN_ROWS = 300
ICONS = {
    "left out": ":material/block:",
    "empty": ":material/crop_free:",
    "alike": ":material/visibility:",
    "conflict": ":material/call_split:",
    "leak": ":material/water_drop:",
    "duplicate": ":material/content_copy:",
    "rare": ":material/low_priority:",
    "imbalance": ":material/balance:",
    "long": ":material/straighten:",
}


def show_report(dataset: Dataset, report: DataReport, chosen: DataSettings | None = None) -> None:
    """Figures, charts and findings; for `chosen` data with what can be done about leaks."""
    _figures(dataset, report)
    words = _words(report)
    left, right = st.columns(2, gap="medium")
    with left:
        show(
            _class_counts(dataset.fingerprint, report),
            key="class-counts",
            how_to_read="The larger the difference between the top bar and the bottom one, the "
            f"more a plain model neglects the {words.many} at the bottom.",
            alt=f"{words.unit.capitalize()} of each {words.by} by split",
            table=lambda: class_counts_frame(report.counts, report.classes, words),
        )
    with right:
        unit = st.session_state.get("length_unit") or "words"
        lengths = report.words if unit == "words" else report.characters
        show(
            _lengths(dataset.fingerprint, unit, lengths),
            key="lengths",
            how_to_read="Texts longer than max_length (128 word pieces by default, about 100 "
            f"English words) are {_beyond_window(dataset)}. {_beyond(lengths)}",
            alt=f"Histogram of the texts' lengths in {unit}",
            table=lambda: lengths_frame(lengths),
        )
        st.segmented_control(
            "Length in", ["words", "characters"], default="words", key="length_unit", required=True
        )
    _findings(dataset, report, chosen)


# Plotly takes longer to build a figure than Streamlit to show it. Results are shared, not
# copied, as with cached.view.
@st.cache_resource(show_spinner=False, max_entries=8)
def _class_counts(fingerprint: str, _report: DataReport) -> go.Figure:
    return class_counts_figure(_report.counts, _report.classes, _words(_report))


@st.cache_resource(show_spinner=False, max_entries=16)
def _lengths(fingerprint: str, unit: str, _lengths: Lengths) -> go.Figure:
    return lengths_figure(_lengths)


def _beyond_window(dataset: Dataset) -> str:
    return "read in windows" if features(dataset.task).windows else "cut"


def _beyond(lengths: Lengths) -> str:
    if not lengths.beyond:
        return ""
    longest = lengths.quantiles[1.0]
    return f"Not shown: {count(lengths.beyond, 'longer row')}, up to {longest:,.0f} {lengths.unit}."


def _figures(dataset: Dataset, report: DataReport) -> None:
    rows = [len(dataset.split(split)) for split in SPLITS]
    cells = st.columns(5)
    words = _words(report)
    cells[0].metric(TaskWords.of(dataset.task).unit.capitalize(), f"{sum(rows):,}")
    cells[1].metric(words.many.capitalize(), f"{len(report.classes):,}")
    cells[2].metric(
        "Imbalance ratio",
        f"{report.imbalance_ratio:,.1f}",
        help=f"Training {words.unit} of the largest {words.one}, divided by those of the smallest",
    )
    cells[3].metric("Median words", f"{report.words.median:,.0f}")
    cells[4].metric(
        "Contradictions",
        f"{len(report.conflicts):,}",
        help=f"Texts that occur more than once, with different {words.own}",
    )
    st.caption(" · ".join(f"{split} {n:,} rows" for n, split in zip(rows, SPLITS, strict=True)))


def _words(report: DataReport) -> TaskWords:
    return TaskWords.of(report.task).of_scored()


def _findings(dataset: Dataset, report: DataReport, chosen: DataSettings | None) -> None:
    st.subheader("Issues found", anchor=False)
    if not report.findings:
        st.success(
            "No duplicates, contradictions or empty rows, and enough rows of all "
            f"{_words(report).many}.",
            icon=":material/check_circle:",
        )
        return
    for number, finding in enumerate(report.findings):
        _finding(dataset, report, finding, f"finding-{finding.kind}-{number}")
        if finding.kind == "leak" and chosen is not None and is_changeable(chosen):
            offer_choices(report, chosen)


def _finding(dataset: Dataset, report: DataReport, finding: Finding, key: str) -> None:
    label = plain(finding.sentence)
    if not finding.ids:
        st.info(label, icon=ICONS[finding.kind])
        return
    box = st.expander(label, icon=ICONS[finding.kind], key=key, on_change="rerun")
    if box.open:  # a closed one does not send its rows to the browser
        frame = finding_frame(dataset, report, finding)
        with box:
            show_table(
                frame.head(SHOWN_ROWS),
                csv=finding.kind,
                key=f"{key}-rows",
                alt=finding.sentence,
                column_config={
                    "label": st.column_config.TextColumn(TaskWords.of(dataset.task).own),
                    "text": st.column_config.TextColumn(width="large"),
                },
            )
            if len(frame) > SHOWN_ROWS:
                st.caption(f"The first {SHOWN_ROWS} of {count(len(frame), 'row')}.")
