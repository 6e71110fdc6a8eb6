"""The hardness of an epoch in five figures."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import plain_name
from hamr.views.hardness.distribution import summary


def tiles(run: Run, epoch: int, flat: bool) -> None:
    """Median, 95th percentile, threshold, hardest class and rows never drawn."""
    facts = view(summary, run, epoch)
    share = run.info.settings.training.hard_share
    one = TaskWords.of(run.info.task).one
    counted = (
        " A sentence counts under every type it holds." if features(run.info.task).entities else ""
    )
    columns = st.columns(5)
    columns[0].metric(
        "Median hardness", f"{facts['median']:.3f}", help="Hardness starts at 1 for every row."
    )
    columns[1].metric("95th percentile", f"{facts['high']:.3f}")
    columns[2].metric(
        f"Hardest {share:.0%} from",
        f"{facts['threshold']:.3f}",
        help="The threshold: rows with this hardness or more are called hard.",
    )
    columns[3].metric(
        f"Hardest {one}",
        f"{facts['hardest_median']:.3f}",
        delta=plain_name(facts["hardest_class"]),
        delta_color="off",
        delta_arrow="off",
        help=f"The {one} with the highest median hardness.{counted}",
    )
    columns[4].metric(
        "Never drawn", f"{facts['never_drawn']:,}", help=f"Out of {facts['rows']:,} training rows."
    )
    if flat:
        _equally_hard(run)


def _equally_hard(run: Run) -> None:
    why = (
        "No meta step has changed their hardness yet."
        if run.info.settings.training.learns_hardness
        else "This method learns no weights, so hardness stays at 1."
    )
    st.info(
        f"All rows are equally hard. {why} Sort the rows by loss, or train with HAMR+ to see which "
        "rows it finds hard.",
        icon=":material/info:",
    )
