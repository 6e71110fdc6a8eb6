"""A chart on a page: its picture, one sentence on how to read it, and its downloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from hamr.ui.shell import presenter
from hamr.ui.shell.text import as_csv

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


def show(
    fig: go.Figure,
    *,
    key: str,
    how_to_read: str,
    alt: str,
    filename: str | None = None,
    image: str = "png",
    table: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """A chart with one sentence on how to read it and its downloads.

    `table` gives the figures behind the chart, made only when they are asked for;
    `filename` is the download's name without an ending, `key` where it is not given; `image`
    is what the chart's own camera button saves, "png" or "svg".
    """
    name = filename or key
    st.plotly_chart(
        fig,
        key=key,
        alt=alt,
        height=presenter.larger(fig.layout.height) or "content",
        config={
            "displaylogo": False,
            "toImageButtonOptions": {"filename": name, "format": image, "scale": 2},
        },
    )
    with st.container(horizontal=True, wrap=False, key=f"{key}-below"):
        st.caption(how_to_read, width="stretch")
        _downloads(fig, key, name, table)


def _downloads(
    fig: go.Figure, key: str, name: str, table: Callable[[], pd.DataFrame] | None
) -> None:
    if table is not None:
        st.download_button(
            "CSV",
            lambda: as_csv(table()),
            f"{name}.csv",
            "text/csv",
            key=f"{key}-csv",
            help="The figures behind this chart",
            on_click="ignore",
            type="tertiary",
        )
    st.download_button(
        "HTML",
        # The whole of plotly goes into the file, so that it opens without the internet.
        lambda: fig.to_html(include_plotlyjs=True),
        f"{name}.html",
        "text/html",
        key=f"{key}-html",
        help="This chart as a page of its own, to hover and zoom offline",
        on_click="ignore",
        type="tertiary",
    )
