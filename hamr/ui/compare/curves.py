"""Compare's tabs of curves: by epoch, and the learned weights."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.ui.compare.cached import together
from hamr.ui.compare.scores import choose_score, image
from hamr.ui.shell.charts import show
from hamr.views.base.figures import numbers
from hamr.views.compare import curves as compare_curves
from hamr.views.compare.configurations import Configuration
from hamr.views.compare.curves import LOSS, MACRO
from hamr.views.compare.scores import class_order

LAST = "last of each run"


def curves_section(found: Sequence[Configuration]) -> None:
    """Validation scores by epoch, and the training loss."""
    names, counts = class_order(found)
    k = choose_score(names, counts)
    what = names[k - 1] if k else MACRO
    band = "A line is the mean over all seeds of a method, the band reaches from the lowest to "
    _by_epoch(
        found,
        what,
        "curves",
        band + "the highest seed. Compare where curves level off, not only where they end.",
    )
    _by_epoch(
        found,
        LOSS,
        "losses",
        band
        + "the highest seed. Methods that draw hard rows more often have a higher loss for that "
        "reason alone, and some methods minimise another loss than the one shown.",
    )


def _by_epoch(found: Sequence[Configuration], what: str, key: str, how_to_read: str) -> None:
    fig = together(compare_curves.by_epoch, found, what)
    show(
        fig,
        key=key,
        image=image(),
        how_to_read=how_to_read,
        alt=f"{fig.layout.title.text}, {len(found)} methods or configurations",
        table=lambda: numbers(fig),
    )


def weights_section(found: Sequence[Configuration]) -> None:
    """The weight curves of the runs that learn one."""
    learners = compare_curves.learners(found)
    if not learners:
        st.info(
            "None of these methods learns one weight curve, so there is no curve to show. "
            f"Methods that do: {compare_curves.weight_learners()}.",
            icon=":material/info:",
        )
        return
    epochs = sorted(set().union(*(run.epochs() for one in learners for run in one.runs)))
    epoch = st.select_slider(
        "Epoch", [*epochs, LAST], value=LAST, key="weights-epoch", bind="query-params"
    )
    fig = together(compare_curves.weight_curves, found, None if epoch == LAST else epoch)
    show(
        fig,
        key="weight-curves",
        image=image(),
        how_to_read="A line is one run; seeds of one method share a colour. Rows further right are "
        "harder than the rest of their batch: a rising curve favours hard rows, a falling one easy "
        "rows.",
        alt=f"{fig.layout.title.text} of {len(learners)} methods or configurations",
        table=lambda: numbers(fig),
    )
    others = len(found) - len(learners)
    if others:
        st.caption(
            f"{others} of the {len(found)} methods or configurations have no single weight curve."
        )
