"""The tab Hardness: one run against another, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from hamr.methods import method_title
from hamr.ui.compare.cached import of_two
from hamr.ui.compare.pair import choose_common_epoch, choose_pair, other_rows
from hamr.ui.compare.scores import image
from hamr.ui.shell.charts import show
from hamr.ui.shell.hardness_warning import warn_of_hardness
from hamr.ui.shell.text import as_csv
from hamr.ui.widgets.tables import show_table
from hamr.views.base.figures import numbers
from hamr.views.compare import hardness as compare_hardness
from hamr.views.compare.configurations import Configuration

PERCENTILE, VALUE = "Percentile", "Hardness"


def hardness_section(found: Sequence[Configuration]) -> None:
    """A scatter of hardness in A and B, and the rows that differ most."""
    pair = choose_pair(found, "hardness", lambda info: info.settings.training.learns_hardness)
    if pair is None:
        return
    if not pair.same("train"):
        other_rows(pair, "train", "hardness")
        return
    epoch = choose_common_epoch(pair, "hardness")
    flat = [run for run in (pair.a, pair.b) if compare_hardness.is_flat(run, epoch)]
    if flat:
        methods = " and ".join(dict.fromkeys(method_title(run.info.method) for run in flat))
        st.info(
            f"{methods}: all rows are equally hard, so there is nothing to compare. Choose runs "
            "of a method that learns weights.",
            icon=":material/info:",
        )
        return
    for name, run in (("Run A", pair.a), ("Run B", pair.b)):
        warn_of_hardness(run, epoch, name=name)
    by = st.segmented_control(
        "Axes", (PERCENTILE, VALUE), default=PERCENTILE, required=True, key="axes",
        bind="query-params",
    )  # fmt: skip
    arguments = (pair.a, pair.b, epoch, epoch)
    fig = of_two(compare_hardness.scatter, *arguments, by == PERCENTILE)
    show(
        fig,
        key="hardness",
        image=image(),
        how_to_read="On the dashed line both runs find a row equally hard. Rows above it are "
        "harder for B, rows below it harder for A. ρ is 1 if both runs rank the rows the same way.",
        alt=f"{fig.layout.title.text}, run A against run B",
        table=lambda: numbers(fig),
    )
    _far_apart(arguments)


def _far_apart(arguments: tuple[Any, ...]) -> None:
    table = of_two(compare_hardness.far_apart, *arguments)
    st.subheader("Rows that differ most", anchor=False)
    number = st.column_config.NumberColumn
    places = dict.fromkeys(("percentile A", "percentile B"), number(format="%.0f", width=98))
    places |= dict.fromkeys(("hardness A", "hardness B"), number(format="%.3f", width=92))
    show_table(
        table,
        key="far-apart",
        height=400,
        alt="Rows by the difference of their hardness percentiles",
        column_order=["text", "label", "percentile A", "percentile B", "B - A", "hardness A",
                      "hardness B", "id", "row"],
        column_config={
            **places,
            "text": st.column_config.TextColumn(width=262),
            "label": st.column_config.TextColumn(width=140),
            "B - A": number(
                "B minus A", format="%+.0f", width=84, help="Percentile in B minus percentile in A"
            ),
        },
    )  # fmt: skip
    st.download_button(
        "CSV",
        lambda: as_csv(table),
        "compare-hardness.csv",
        "text/csv",
        key="far-apart-csv",
        on_click="ignore",
        type="tertiary",
        help="These rows",
    )
