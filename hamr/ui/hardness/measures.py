"""The Hardness page's tab on other measures of difficulty, and where they differ."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr.difficulty import MEASURES
from hamr.store import Run
from hamr.tasks import features
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import chart, view
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.widgets.tables import show_table
from hamr.views.base.row_measures import lacking, row_measures
from hamr.views.hardness.measures import correlation_table, far_apart, rank_scatter

NAMES = {measure.title: name for name, measure in MEASURES.items()}
OF_SENTENCES = (
    "Loss, margin and probability of a sentence are those of its hardest word; it is right where "
    "all its entities are. Confidence and variability of single entities are on their data map "
    "(Neighbourhoods, More, Layout); margins of single words are not recorded."
)


def measures(run: Run, epoch: int, flat: bool) -> None:
    """Two measures against each other, the rows that differ most, and all correlations."""
    found = view(row_measures, run, epoch)
    titles = [MEASURES[name].title for name in found]
    a, b = st.columns(2)
    first = _choice(a, "Measure", titles, 0, "measure")
    second = _choice(b, "Compared with", titles, 1, "with")
    for name in dict.fromkeys((first, second)):
        st.caption(f"**{MEASURES[name].title}**: {MEASURES[name].meaning}")
    if features(run.info.task).entities:
        st.caption(OF_SENTENCES)
    for sentence in lacking(found, epoch):
        st.info(sentence, icon=":material/info:")
    if first == second:
        st.info("Choose two different measures to compare them.", icon=":material/info:")
    else:
        _pair(run, epoch, first, second)
    _all(run, epoch)


def _choice(place: Any, label: str, titles: list[str], index: int, key: str) -> str:
    """The name of the measure that the reader, or the link, chooses."""
    control = "measure" if key == "measure" else "measure.with"
    title = place.selectbox(
        label, titles, index=index, key=key, bind="query-params", help=with_guide(None, control)
    )
    return NAMES[title]


def _pair(run: Run, epoch: int, first: str, second: str) -> None:
    x, y = MEASURES[first].title, MEASURES[second].title
    chart(
        rank_scatter,
        run,
        epoch,
        first,
        second,
        key="rank-scatter",
        how_to_read="Rows on the dashed line are equally hard by both measures. Those above it are "
        f"harder by {y}, those below it harder by {x}. ρ is 1 if both rank the rows the same way, "
        "and negative if one ranks easy rows first.",
        alt=f"Percentiles of the training rows by {x} and by {y}",
    )
    st.subheader("Rows that differ most", anchor=False)
    _far_apart(run, epoch, first, second)


def _far_apart(run: Run, epoch: int, first: str, second: str) -> None:
    x, y = MEASURES[first].title, MEASURES[second].title
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    percentile: dict[str, Any] = {
        "format": "%.0f",
        "width": 98,
        "help": "Percentile of the rows; 100 is the hardest",
    }
    show_table(
        view(far_apart, run, epoch, first, second),
        csv=f"{x}-against-{y}".replace(" ", "-"),
        key="measures-far-apart",
        height=400,
        alt=f"Rows by the difference of their percentiles by {x} and {y}",
        column_order=["text", "label", f"{x} percentile", f"{y} percentile", "difference", x, y,
                      "id", "row"],
        column_config={
            "text": text(width=240),
            "label": text(width=115),
            x: number(format="%.3f", width=88),
            y: number(format="%.3f", width=88),
            f"{x} percentile": number(f"by {x}", **percentile),
            f"{y} percentile": number(f"by {y}", **percentile),
            "difference": number(
                format="%+.0f", width=85, help=f"Percentile by {y} minus that by {x}"
            ),
        },
    )  # fmt: skip


def _all(run: Run, epoch: int) -> None:
    """How far all measures agree."""
    st.subheader("Rank correlations", anchor=False)
    table = view(correlation_table, run, epoch)
    number = st.column_config.NumberColumn
    show_table(
        table,
        csv="measures-of-difficulty",
        key="measures-correlations",
        placeholder="–",
        alt="Rank correlations between all measures of difficulty",
        column_config={title: number(format="%+.2f") for title in table.columns[1:]},
    )
    st.caption(
        "Spearman's rank correlation over all training rows, each measure with the sign that ranks "
        "hard rows first: 1 is the same order, 0 none, below 0 the opposite one."
    )
    navigation.link("Guide", "How the measures are computed", query={"topic": "how-it-works"})
