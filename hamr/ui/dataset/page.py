"""The Dataset page: choose a data set, see what is in it, and train on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st

from hamr.config import DataSettings
from hamr.errors import HamrError
from hamr.records import SPLITS, Dataset, Split
from hamr.tasks import TaskWords, features
from hamr.ui.dataset.report import show_report
from hamr.ui.dataset.source import choose_kind, choose_source
from hamr.ui.dataset.unlabelled import run_on, unlabelled_rows
from hamr.ui.dataset.upload_list import upload_list
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_run
from hamr.ui.shell.server import store
from hamr.ui.shell.state import choose_data, data_query, query
from hamr.ui.shell.text import count, distinct, plain
from hamr.ui.widgets.labels import CURRENT, choose_labels
from hamr.ui.widgets.tables import show_table
from hamr.views.dataset.summary import rows_frame, search

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from hamr.data import DataReport
    from hamr.jobs import CurrentData
    from hamr.store import Run

SHOWN_ROWS = 500


def dataset_page() -> None:
    """Show the page: the form of the source, then the report on the data."""
    open_page(
        "Dataset", "Choose the rows to train on, and see what is wrong with them before you train."
    )
    kind = choose_kind("run" if query("from") == "run" else "demo")
    if kind == "run":
        _of_a_run()
        return
    settings, slots = choose_source()
    if kind == "upload":
        upload_list()
    if settings is None:
        if not slots.has_error:
            st.info(
                "Choose a source and its label column to see the report.",
                icon=":material/arrow_upward:",
            )
        return
    choose_data(settings)
    try:
        dataset, report = _loaded(settings, _stamp(settings))
    except HamrError as error:
        slots.show_error(error)
        return
    current = choose_labels(settings)
    chosen = {} if current is None else {"labels": CURRENT}
    if current is not None:
        dataset, report = _with_current_labels(current.origin, current)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(dataset.name), anchor=False, width="stretch")
        if st.button(
            "Train on this data",
            type="primary",
            icon=":material/rocket_launch:",
            key="train_on",
            shortcut="Mod+Enter",
        ):
            navigation.go("Train", query={"new": "1", **chosen, **data_query(settings)})
    _sections(dataset, report, settings)


def _of_a_run() -> None:
    run = choose_run(need_epochs=False)
    info = run.info
    try:
        dataset, report = _of_run(info.fingerprint or "", run)
    except HamrError as error:
        show_error(error)
        return
    st.subheader(plain(f"{dataset.name}, the data of {info.name}"), anchor=False)
    _sections(dataset, report)
    unlabelled_rows(info)


@st.cache_resource(show_spinner="Reading the rows", max_entries=3)
def _loaded(settings: DataSettings, stamp: tuple[object, ...]) -> tuple[Dataset, DataReport]:
    from hamr.data import inspect, load

    dataset = load(settings)
    return dataset, inspect(dataset)


@st.cache_resource(show_spinner="Reading the rows", max_entries=2)
def _with_current_labels(
    origin: tuple[str, str, int], _current: CurrentData
) -> tuple[Dataset, DataReport]:
    from hamr.data import inspect

    dataset = _current.rows(store())
    return dataset, inspect(dataset)


@st.cache_resource(show_spinner="Reading the rows", max_entries=2)
def _of_run(fingerprint: str, _run: Run) -> tuple[Dataset, DataReport]:
    from hamr.data import inspect

    dataset = _run.dataset()
    return dataset, inspect(dataset)


def _stamp(settings: DataSettings) -> tuple[object, ...]:
    """Changes when one of the files does, so that an edited file is read again."""
    stamps = []
    for path in (settings.source, settings.validation, settings.test):
        try:
            stat = os.stat(path) if path else None
        except (OSError, ValueError):
            stat = None
        stamps.append((stat.st_mtime_ns, stat.st_size) if stat else None)
    return tuple(stamps)


def _sections(dataset: Dataset, report: DataReport, chosen: DataSettings | None = None) -> None:
    """Notices, report and rows; of data that can still be `chosen` otherwise, with the ways to."""
    for notice in dataset.notices:
        st.caption(plain(notice))
    show_report(dataset, report, chosen)
    _preview(dataset)
    if chosen is not None and not features(dataset.task).entities:
        unlabelled_rows(run_on(chosen))


def _preview(dataset: Dataset) -> None:
    st.subheader("Rows", anchor=False)
    cells, words = st.columns([2, 1, 1]), TaskWords.of(dataset.task)
    needle = cells[0].text_input(
        "Search", key="rows_search", placeholder="Part of a text, an id or metadata", type="search"
    )
    split = cells[1].selectbox("Split", [None, *SPLITS], format_func=_or_all(str), key="rows_split")
    label = cells[2].selectbox(
        words.own.capitalize(),
        [None, *dataset.classes],
        format_func=_or_all(distinct(dataset.classes)),
        key="rows_label",
    )
    found = search(dataset, needle.strip(), split, label)
    total = sum(len(indices) for indices in found.values())
    if not total:
        st.info(
            "No row matches. Shorten the search, or choose all splits and labels.",
            icon=":material/search:",
        )
        return
    show_table(
        rows_frame(dataset, first(found, SHOWN_ROWS)),
        csv="rows",
        height=420,
        key="rows_table",
        alt="Rows that match the search",
        column_config={
            "label": st.column_config.TextColumn(words.own),
            "text": st.column_config.TextColumn(
                width="medium" if features(dataset.task).entities else "large"
            ),
            "entities": st.column_config.TextColumn(width="large"),
        },
    )
    st.caption(_how_many(total))


def _how_many(total: int) -> str:
    if total <= SHOWN_ROWS:
        return f"{count(total, 'row')} match."
    return f"The first {SHOWN_ROWS:,} of {count(total, 'row')} that match; search to see others."


def _or_all(called: Callable[[str], str]) -> Callable[[str | None], str]:
    return lambda name: "all" if name is None else called(name)


def first(found: dict[Split, np.ndarray], limit: int) -> dict[Split, np.ndarray]:
    """The first `limit` row indices over all splits."""
    kept: dict[Split, np.ndarray] = {}
    for split, indices in found.items():
        kept[split] = indices[:limit]
        limit -= len(kept[split])
    return kept
