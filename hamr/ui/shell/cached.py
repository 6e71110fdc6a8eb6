"""Views, computed once. An epoch never changes, so neither does a view of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from hamr.store import Run
from hamr.ui.shell.charts import show
from hamr.views.base.figures import numbers

T = TypeVar("T")


def view(function: Callable[..., T], run: Run, *arguments: Any, **options: Any) -> T:
    """`function(run, *arguments, **options)`, kept for every session of this server.

    The newest epoch is part of the key, since some views run over all epochs. Results are
    shared, not copied: callers read them and leave them as they are.
    """
    name = f"{function.__module__}.{function.__qualname__}"
    kept: T = _kept(function, run, name, run.id, run.epochs()[-1], arguments, options)
    return kept


def chart(
    function: Callable[..., go.Figure],
    run: Run,
    *arguments: Any,
    key: str,
    how_to_read: str,
    alt: str,
    **options: Any,
) -> None:
    """Show the figure of a view, with its numbers to download; see `hamr.ui.shell.charts.show`."""
    fig = view(function, run, *arguments, **options)
    show(fig, key=key, how_to_read=how_to_read, alt=alt, table=lambda: numbers(fig))


# cache_resource, not cache_data: that one would pickle and rebuild a figure at every use.
@st.cache_resource(max_entries=128, show_spinner=False)
def _kept(
    _function: Callable[..., Any],
    _run: Run,
    name: str,
    run_id: str,
    newest: int,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    return _function(_run, *arguments, **options)
