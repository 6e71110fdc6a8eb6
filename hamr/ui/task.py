"""The task of the rows on the Dataset page: texts with a class, or sentences with entities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from hamr.config import DataSettings, describe
from hamr.errors import HamrError
from hamr.ui.choice import safe_chosen_data

# As hamr.data has them; its import would keep the first page waiting.
TAGGED = ["conll", "bio", "iob", "iob1", "iob2", "bioes", "iobes", "bilou", "txt"]
BUILT_IN = {
    "sequence": "Tell the tactic of a sentence",
    "token": "Find groups, malware, tools and campaigns in it",
}
TASKS = {
    "auto": "By the file",
    "sequence": "Classify texts",
    "token": "Find entities in sentences",
}


def choose_task(source: str) -> dict[str, Any]:
    """The settings `source` and `task`, and `repair` where the rows are tagged sentences."""
    known, specs = chosen_before(source) or DataSettings(), describe(DataSettings)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    task = left.selectbox(
        "Task",
        list(TASKS),
        index=list(TASKS).index(known.task),
        format_func=lambda name: TASKS[name],
        key=f"task {source}",
        help=specs["task"]["help"],
    )
    values: dict[str, Any] = {"source": source, "task": task}
    if _is_tagged(values):
        values["repair"] = right.checkbox(
            "Repair tags that break their scheme",
            value=known.repair,
            key=f"repair {source}",
            help=specs["repair"]["help"],
        )
    return values


def choose_built_in(source: str) -> dict[str, Any]:
    """The settings `source` and `task` of built-in rows, which serve both tasks."""
    token = _shown(source).task == "token"
    task = st.segmented_control(
        "Task",
        ["sequence", "token"],
        default="token" if token else "sequence",
        format_func=lambda name: BUILT_IN[name],
        key=f"task {source}",
        required=True,
    )
    # Texts are what the name stands for where it says no more, in links and commands.
    return {"source": source, "task": "token" if task == "token" else "auto"}


def _shown(source: str) -> DataSettings:
    chosen, _ = safe_chosen_data()
    return chosen if chosen.source == source else DataSettings(source=source)


def is_conll(source: str) -> bool:
    """Whether the file has words and tags in places of their own, without names."""
    return Path(source).suffix.lower().removeprefix(".") in TAGGED


def chosen_before(source: str) -> DataSettings | None:
    """What a link said of this source."""
    wanted: DataSettings | None = st.session_state.get("wanted_columns")
    return wanted if wanted and wanted.source == source else None


def _is_tagged(values: dict[str, Any]) -> bool:
    from hamr.data import task_of

    try:
        return task_of(DataSettings(**values)) == "token"
    except HamrError:  # reading the rows will tell what is wrong
        return False
