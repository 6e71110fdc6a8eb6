"""A value with its course over the epochs, as a small line."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

WIDTH, HEIGHT, EDGE = 200, 36, 3  # of the drawing's own units


def value_over_epochs(title: str, values: Sequence[float], meaning: str) -> None:
    """The last of `values` under its title, with a line through all of them where there are more.

    Streamlit's own metric can hold such a line too, but names it for no screen reader.
    """
    with st.container(border=True, gap="small"):
        st.metric(title, f"{values[-1]:.3f}", help=meaning)
        if len(values) > 1:
            name = f"{title}: from {values[0]:.3f} to {values[-1]:.3f}. {meaning}"
            st.html(_drawing(values, name))


def lines_over_epochs(curves: Sequence[tuple[str, Sequence[float], str]]) -> None:
    """Several (name, values, meaning), each as one line of a small table."""
    lines = "".join(
        f'<tr title="{escape(meaning)}"><th scope="row">{escape(name)}</th>'
        f"<td>{_drawing(values, name) if len(values) > 1 else ''}</td>"
        f"<td>{values[-1]:.2f}</td></tr>"
        for name, values, meaning in curves
    )
    st.html(f'<table class="hamr-facts hamr-lines"><tbody>{lines}</tbody></table>')


def _drawing(values: Sequence[float], name: str) -> str:
    low, high = min(values), max(values)
    across, up = (WIDTH - 2 * EDGE) / (len(values) - 1), (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    points = [
        (EDGE + across * index, HEIGHT - EDGE - up * (value - low))
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="hamr-sparkline" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(name)}"><polyline points="{line}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{EDGE}"/></svg>'
    )
