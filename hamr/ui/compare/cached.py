"""Results computed from several runs, cached until one of them changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import streamlit as st

from hamr.store import Run
from hamr.views.compare.configurations import Configuration

T = TypeVar("T")


def together(function: Callable[..., T], found: Sequence[Configuration], *arguments: Any) -> T:
    """`function(found, *arguments)`, cached until one of the runs changes.

    The result must not hold the configurations: their runs keep what was read of them.
    """
    name = f"{function.__module__}.{function.__qualname__}"
    key = tuple(one.key for one in found)
    kept: T = _kept_together(lambda: function(found, *arguments), name, key, arguments)
    return kept


def of_two(function: Callable[..., T], a: Run, b: Run, *arguments: Any) -> T:
    """`function(a, b, *arguments)`, cached in the same way."""
    name = f"{function.__module__}.{function.__qualname__}"
    key = tuple((run.id, run.info.status, run.info.epochs_done) for run in (a, b))
    kept: T = _kept_together(lambda: function(a, b, *arguments), name, key, arguments)
    return kept


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept_together(
    _call: Callable[[], Any], name: str, key: Hashable, arguments: tuple[Any, ...]
) -> Any:
    return _call()
