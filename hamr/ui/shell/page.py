"""What every page starts with and shows its charts by.

from hamr.ui.shell import page

page.open_page("Hardness", "Which rows the model finds hard, and since when.")
run = page.choose_run()
epoch = page.choose_epoch(run)
with page.guard():
    page.show(figure(run, epoch), key="hardness", how_to_read="...", alt="...")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from hamr import resources
from hamr.errors import HamrError
from hamr.ui.shell.guard import guard, tell
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.session import carry, driver, query, set_query, store
from hamr.ui.shell.text import as_csv, plain

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    from streamlit.delta_generator import DeltaGenerator

__all__ = [
    "begin",
    "choose_epoch",
    "choose_run",
    "guard",
    "head",
    "open_page",
    "query",
    "set_query",
    "show",
    "store",
]


def open_page(title: str, intro: str) -> DeltaGenerator:
    """Begin a page: browser title, navigation, heading, store and driver.

    Safe with app.py's router and without it. A store that can't be opened is told in a
    sentence, and the page ends there. Gives the place of the intro, for a page that says it
    anew in the words of its run.
    """
    place = head(title, intro)
    begin(title)
    return place


def head(title: str, intro: str) -> DeltaGenerator:
    """What a page shows before it needs the store."""
    # A file of ours: the browser would fetch a Material symbol for the tab from the internet.
    st.set_page_config(f"{title} · HAMR", resources.ASSETS / "icon.png", layout="wide")
    st.html(resources.ASSETS / "style.css")
    st.title(title, anchor=False)
    place = st.empty()
    place.caption(intro)
    return place


def begin(title: str) -> None:
    """Open the store, start the driver, and take over what was chosen on other pages."""
    try:
        worker = driver()
    except HamrError as error:
        tell(error)
        st.stop()
    carry()
    # Where the last page's pinned epoch would otherwise outlive the page.
    if st.session_state.get("page") != title:
        st.session_state["page"] = title
        st.session_state.pop("pinned_epoch", None)
    if worker.note:
        st.sidebar.caption(plain(worker.note))


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
        config={
            "displaylogo": False,
            "toImageButtonOptions": {"filename": name, "format": image, "scale": 2},
        },
    )
    with st.container(horizontal=True, wrap=False, key=f"{key}-below"):
        st.caption(how_to_read, width="stretch")
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
