"""The task of the rows on the Dataset page: texts with a class, or sentences with entities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from hamr.config import DataSettings, describe
from hamr.errors import HamrError
from hamr.legible import legible_name
from hamr.tasks import built_in_task, features, setting_of, tagged_task
from hamr.tasks.choice import BUILT_IN_TITLES, TASK_TITLES
from hamr.ui.shell.state import safe_chosen_data

# The same as in hamr.data, whose import would slow down the first page.
TAGGED = [
    "conll", "conllu", "conllx", "bio", "iob", "iob1", "iob2", "bioes", "iobes", "bilou", "tab",
    "txt",
]  # fmt: skip
MAYBE_TAGGED = ["tsv"]  # texts, or words and tags
AUTOMATIC = 0  # no tag column chosen


def choose_task(source: str) -> dict[str, Any]:
    """The settings `source` and `task`, and `repair` where the rows are tagged sentences."""
    known, specs = chosen_before(source) or DataSettings(), describe(DataSettings)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    task = left.selectbox(
        "Task",
        list(TASK_TITLES),
        index=list(TASK_TITLES).index(known.task),
        format_func=lambda name: TASK_TITLES[name],
        key=f"task {source}",
        help=specs["task"]["help"],
    )
    values: dict[str, Any] = {"source": source, "task": task}
    if _is_tagged(values):
        values["repair"] = right.checkbox(
            "Repair tags that break their tagging scheme",
            value=known.repair,
            key=f"repair {source}",
            help=specs["repair"]["help"],
        )
    return values


def choose_built_in(source: str) -> dict[str, Any]:
    """The settings `source` and `task` of built-in rows, which serve both tasks."""
    task = st.segmented_control(
        "Task",
        list(BUILT_IN_TITLES),
        default=built_in_task(_shown(source)),
        format_func=lambda name: BUILT_IN_TITLES[name],
        key=f"task {source}",
        required=True,
    )
    return {"source": source, "task": setting_of(task)}


def _shown(source: str) -> DataSettings:
    chosen, _ = safe_chosen_data()
    return chosen if chosen.source == source else DataSettings(source=source)


def is_conll(source: str) -> bool:
    """Whether the file has words and tags in columns without names."""
    ending = Path(source).suffix.lower().removeprefix(".")
    if ending not in MAYBE_TAGGED:
        return ending in TAGGED
    from hamr.data import looks_tagged

    return looks_tagged(source)


def choose_tag_column(source: str) -> int | None:
    """The column of the tags in a CoNLL file; asked for where several hold tags."""
    from hamr.data import tag_columns

    known = chosen_before(source)
    wanted = known.tag_column if known else None
    try:
        found = tag_columns(source)
    except HamrError:  # reading the rows will say what is wrong
        return wanted
    if len(found.tagged) < 2 and wanted in (None, *found.tagged):
        return wanted
    choices = [AUTOMATIC, *sorted({*found.tagged, *([wanted] if wanted else [])})]
    titles = {at: f"{at}: {', '.join(tags)}" for at, tags in found.tagged.items()}
    titles[AUTOMATIC] = f"Automatic: {found.used}"
    chosen = st.selectbox(
        "Tag column",
        choices,
        index=choices.index(wanted or AUTOMATIC),
        format_func=lambda at: legible_name(titles.get(at, f"{at}: no tags")),
        key=f"tag column {source}",
        help=describe(DataSettings)["tag_column"]["help"],
    )
    return chosen or None


def chosen_before(source: str) -> DataSettings | None:
    """What a link said of this source."""
    wanted: DataSettings | None = st.session_state.get("wanted_columns")
    return wanted if wanted and wanted.source == source else None


def starting_columns(
    source: str, columns: list[str], *, tagged: bool
) -> tuple[str | None, str | None, str | None]:
    """Text (or words), label (or tags) and group: those of the link, else a guess by value."""
    from hamr.data import Guess, guess_columns, tagged_columns

    task = tagged_task(tagged=tagged)
    wanted = chosen_before(source) or DataSettings(source=source)
    try:
        guess = guess_columns(source, task)
    except HamrError:  # reading the rows will say what is wrong
        guess = Guess(task, None, None)
    names = tagged_columns(wanted, columns) if tagged else (wanted.text_column, wanted.label_column)
    text, label = (
        name if _names_columns(wanted) and name in columns else guessed
        for name, guessed in zip(names, (guess.text, guess.label), strict=True)
    )
    return text, label, wanted.group_column


def _names_columns(wanted: DataSettings) -> bool:
    """Whether a link names columns; it leaves them out where they are the usual ones."""
    return (wanted.text_column, wanted.label_column) != ("text", "label")


def _is_tagged(values: dict[str, Any]) -> bool:
    from hamr.data import guess_columns, task_of

    source, wanted = values["source"], chosen_before(values["source"])
    try:
        if values["task"] != "auto" or is_conll(source):
            return features(task_of(DataSettings(**values))).entities
        if wanted and _names_columns(wanted):
            return features(task_of(wanted.model_copy(update={"task": "auto"}))).entities
        return features(guess_columns(source).task).entities
    except HamrError:  # reading the rows will say what is wrong
        return False
