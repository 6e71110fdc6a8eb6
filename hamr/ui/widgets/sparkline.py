"""A value with its course over the epochs, as a small line.

The line is an image: Streamlit takes drawings out of the HTML that it is given.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import streamlit as st

WIDTH, HEIGHT, EDGE = 200, 36, 3  # of the drawing's own units
INK = "#1b7fbf"  # legible on both themes


def value_over_epochs(title: str, values: Sequence[float], meaning: str) -> None:
    """The last of `values` under its title, with a line through all of them where there are more.

    Streamlit's own metric can hold such a line too, but names it for no screen reader.
    """
    with st.container(border=True, gap="small"):
        st.metric(title, f"{values[-1]:.3f}", help=meaning)
        if len(values) > 1:
            name = f"{title}: from {values[0]:.3f} to {values[-1]:.3f}. {meaning}"
            st.html(_drawing(values, name))


def lines_over_epochs(
    curves: Sequence[tuple[str, Sequence[float], str]], span: tuple[float, float] | None = None
) -> None:
    """Several (name, values, meaning), each as one line of a small table.

    The heights of a line are the values of `span`, by default from its lowest to its highest.
    """
    lines = "".join(
        f'<tr title="{escape(meaning)}"><th scope="row">{escape(name)}</th>'
        f"<td>{_drawing(values, name, span) if len(values) > 1 else ''}</td>"
        f"<td>{values[-1]:.2f}</td></tr>"
        for name, values, meaning in curves
    )
    st.html(f'<table class="hamr-facts hamr-lines"><tbody>{lines}</tbody></table>')


def _drawing(values: Sequence[float], name: str, span: tuple[float, float] | None = None) -> str:
    low, high = span or (min(values), max(values))
    across, up = (WIDTH - 2 * EDGE) / (len(values) - 1), (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    points = [
        (EDGE + across * index, HEIGHT - EDGE - up * (value - low))
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}"><polyline points="{line}" fill="none" stroke="{INK}" '
        f'stroke-width="2"/><circle cx="{x:.1f}" cy="{y:.1f}" r="{EDGE}" fill="{INK}"/></svg>'
    )
    image = f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"
    return f'<img class="hamr-sparkline" alt="{escape(name)}" src="{image}">'
