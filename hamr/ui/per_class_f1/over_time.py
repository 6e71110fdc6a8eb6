"""F1 over the epochs: a small chart for each class, or all classes in one."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.ui.shell.cached import chart
from hamr.ui.widgets.classpicker import pick_classes
from hamr.views.base.labels import Scored
from hamr.views.per_class_f1 import panels, scores

TOGETHER = "All in one chart"


def over_time(run: Run, epoch: int) -> None:
    """The charts, in the layout that the reader chooses."""
    scored = Scored.of(run)
    layouts = (f"One chart per {scored.one}", TOGETHER)
    layout = st.segmented_control(
        "Layout",
        layouts,
        default=layouts[0],
        required=True,
        key="layout",
        bind="query-params",
        label_visibility="collapsed",
    )
    (_all_classes if layout == TOGETHER else _panels)(run, epoch, scored)


def _all_classes(run: Run, epoch: int, scored: Scored) -> None:
    chart(
        scores.all_classes,
        run,
        epoch,
        tuple(pick_classes(scored)),
        key="f1-all",
        how_to_read=f"Each line is one {scored.one}, its validation {scored.unit} in brackets; "
        "the thick dotted line is the macro mean. Triangles mark epochs after which the boost "
        "was refreshed.",
        alt=f"F1 on validation of every {scored.one} over the epochs, with the macro mean",
    )


def _panels(run: Run, epoch: int, scored: Scored) -> None:
    order = scored.rarest_first().tolist()
    size = panels.MOST_PANELS
    if len(order) > size:
        starts = range(0, len(order), size)
        start = st.selectbox(
            scored.many.capitalize(),
            starts,
            format_func=lambda i: f"{i + 1} to {min(i + size, len(order))} of {len(order)}",
            key="from",
            bind="query-params",
        )
        order = order[start : start + size]
    chart(
        panels.class_panels,
        run,
        epoch,
        tuple(order),
        key="f1-panels",
        how_to_read=f"Rarest {scored.one} first, its validation {scored.unit} behind the name. A "
        "line above the dotted one is better than the macro mean; triangles mark epochs after "
        "which the boost was refreshed.",
        alt=f"F1 on validation over the epochs, a small chart for each {scored.one}, rarest first",
    )
