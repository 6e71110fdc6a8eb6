"""The form of the Dataset page: the data source, and the columns of its rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from hamr.config import DataSettings, describe
from hamr.errors import DataError, HamrError, SettingError
from hamr.files.encoding import reading_as
from hamr.tasks import tagged_task
from hamr.tasks.choice import asks_for_texts
from hamr.ui.dataset.duplicates import choose_duplicates
from hamr.ui.dataset.encoding import encoding_of, show_encoding
from hamr.ui.dataset.metadata import choose_comments, choose_metadata
from hamr.ui.dataset.slots import Slots
from hamr.ui.dataset.task import (
    TAGGED,
    choose_built_in,
    choose_tag_column,
    choose_task,
    is_conll,
    starting_columns,
)
from hamr.ui.dataset.uploads import save_upload
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.state import safe_chosen_data
from hamr.ui.shell.text import plain, title_of
from hamr.ui.widgets.form import with_range

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

KINDS = {
    "demo": "Demo",
    "builtin": "Built-in",
    "upload": "Upload a file",
    "path": "Path on this machine",
    "hub": "Hugging Face hub",
    "run": "Rows of a run",
}
TABLES = ["csv", "tsv", "json", "jsonl", "ndjson", "parquet"]
ENDINGS = [*TABLES, *TAGGED]
NO_GROUP = "(none)"
LIMIT = "Up to 100 MB; for a larger file choose Path on this machine."


def choose_source() -> tuple[DataSettings | None, Slots]:
    """The form of a source that is not a run; None until all that is needed is given."""
    slots = Slots()
    kind = st.session_state["source_kind"]
    if kind in ("demo", "builtin"):
        return DataSettings(**choose_built_in(kind)), slots
    slots.source = source = _source(kind) or ""
    slots.open("source")
    slots.open("encoding")
    if source:
        show_encoding(source)
    with reading_as(encoding_of(source)):
        return _rows_of(kind, source, slots), slots


def _rows_of(kind: str, source: str, slots: Slots) -> DataSettings | None:
    """The form below the name of the source."""
    # The hub is asked once; where it is out of reach, nothing below waits for it again.
    if not source or (kind == "hub" and _columns(source, slots) is None):
        return None
    wanted = choose_task(source) | {"encoding": encoding_of(source)}
    slots.open("task")
    slots.open("repair")
    # A CoNLL file has no named columns to choose from: words and tags are found by their place.
    if is_conll(source) and not asks_for_texts(wanted):
        wanted["tag_column"] = choose_tag_column(source)
        slots.open("tag_column")
        wanted |= choose_comments(source, slots)
        return _checked(wanted | _splits(slots, tagged=True))
    columns = _columns(source, slots)
    return _settings(wanted, columns, slots) if columns else None


def choose_kind(default: str) -> str:
    """Which kind of source; kept for the session."""
    if st.session_state.get("source_kind") not in KINDS:
        _prefill(default)
    kind = st.segmented_control(
        "Data source",
        list(KINDS),
        format_func=lambda kind: KINDS[kind],
        key="source_kind",
        required=True,
        persist_state="session",
    )
    return kind or default


def _prefill(default: str) -> None:
    """Fill the form from the URL or from what was last chosen."""
    chosen, error = safe_chosen_data()
    if error:
        show_error(error)
    source = chosen.source
    state = st.session_state
    if default == "run" or source in ("demo", "builtin"):
        state["source_kind"] = default if default == "run" else source
        return
    kind = "hub" if source.startswith("hub:") else "path"
    state["source_kind"] = kind
    state[f"source_{kind}"] = source.removeprefix("hub:")
    state["wanted_columns"] = chosen
    for name in ("validation", "test"):
        state[f"path_{name}"] = getattr(chosen, name) or ""
    for name in ("validation_share", "test_share", "split_seed"):
        state[f"data_{name}"] = getattr(chosen, name)


def _source(kind: str) -> str | None:
    if kind == "upload":
        file = st.file_uploader("Data file", type=ENDINGS, key="source_file")
        st.caption(
            "CSV, TSV, JSON array, JSONL or Parquet; tagged sentences as CoNLL, TSV, JSON, "
            f"JSONL or Parquet. {LIMIT}"
        )
        return _saved(file, "source_upload")
    if kind == "path":
        text = st.text_input(
            "Path of a file on this machine",
            key="source_path",
            placeholder="/data/reviews.csv",
            persist_state="session",
        )
        return text.strip() or None
    text = st.text_input(
        "Name of a Hugging Face data set",
        key="source_hub",
        placeholder="owner/name",
        help="Downloaded from the hub; this needs the internet the first time.",
        persist_state="session",
    )
    return f"hub:{text.strip()}" if text.strip() else None


def _saved(file: UploadedFile | None, key: str) -> str | None:
    """The upload's path in the home; the last one when the user comes back to the page."""
    if file is not None and st.session_state.get(f"{key}_id") != file.file_id:
        try:
            st.session_state[key] = str(save_upload(file, file.name, store().home))
        except HamrError as error:
            show_error(error)
            return None
        st.session_state[f"{key}_id"] = file.file_id
    path = st.session_state.get(key)
    if path and file is None:
        st.caption(plain(f"Still chosen: {Path(path).name}"))
    return path


def _columns(source: str, slots: Slots) -> list[str] | None:
    from hamr.data import read_columns

    try:
        return read_columns(source)
    except HamrError as error:
        slots.show_error(error)
        return None


def _settings(wanted: dict[str, Any], columns: list[str], slots: Slots) -> DataSettings | None:
    from hamr.data.heads import first_fault

    source, tagged = wanted["source"], "repair" in wanted
    text, label, group = starting_columns(source, columns, tagged=tagged)
    cells = st.columns(3)
    values = dict(wanted)
    # Keys carry source and task, so that another file or task starts with its own guesses.
    task = tagged_task(tagged=tagged)
    with cells[0]:
        values["text_column"] = st.selectbox(
            "Words" if tagged else "Text",
            columns,
            index=_place(text, columns),
            key=f"text {task} {source}",
        )
        slots.open("text_column")
    with cells[1]:
        values["label_column"] = st.selectbox(
            "Tags" if tagged else "Label",
            columns,
            index=_place(label, columns),
            key=f"label {task} {source}",
        )
        slots.open("label_column")
    with cells[2]:
        values["group_column"] = _group(source, columns, group)
        slots.open("group_column")
    values |= choose_metadata(source, columns, slots)
    values |= _splits(slots, tagged=tagged)
    if values["text_column"] is None or values["label_column"] is None:
        # Nothing could be guessed, and nothing is chosen yet.
        if fault := first_fault(source):
            slots.show_error(DataError(fault, field="source"))
        return None
    return _checked(values)


def _group(source: str, columns: list[str], group: str | None) -> str | None:
    groups = [NO_GROUP, *columns]
    chosen = st.selectbox(
        "Group",
        groups,
        index=_place(group, groups) or 0,
        key=f"group {source}",
        help=describe(DataSettings)["group_column"]["help"],
    )
    return None if chosen == NO_GROUP else chosen


def _checked(values: dict[str, Any]) -> DataSettings | None:
    try:
        return DataSettings(**values)
    except SettingError:
        return None  # the error is shown next to the control


def _place(name: str | None, columns: list[str]) -> int | None:
    return columns.index(name) if name in columns else None


def _splits(slots: Slots, *, tagged: bool) -> dict[str, Any]:
    """Files of the validation and test rows, or the shares to hold out."""
    specs = describe(DataSettings)
    values: dict[str, Any] = {}
    with st.expander("Validation and test rows"):
        st.caption(
            "Name a file for each, or leave it empty: then a share of the "
            + (
                "sentences is held out, by their rarest entity types."
                if tagged
                else "rows is held out, class by class; rows of one group stay together."
            )
        )
        for cell, name in zip(st.columns(2), ("validation", "test"), strict=True):
            with cell:
                file = st.file_uploader(
                    f"{title_of(name)} file", type=ENDINGS, key=f"file_{name}", help=LIMIT
                )
                path = st.text_input(
                    f"or its path ({name})", key=f"path_{name}", persist_state="session"
                ).strip()
                values[name] = (_saved(file, f"upload_{name}") if file else None) or path or None
                slots.open(name)
                _number(f"{name}_share", specs, values, disabled=values[name] is not None)
        _number("split_seed", specs, values)
        values |= choose_duplicates(slots.source, slots)
    return values


def _number(
    name: str, specs: dict[str, Any], values: dict[str, Any], *, disabled: bool = False
) -> None:
    spec, key = specs[name], f"data_{name}"
    st.session_state.setdefault(key, spec["default"])
    step = 1 if isinstance(spec["default"], int) else 0.05
    values[name] = st.number_input(
        title_of(name), step=step, key=key, disabled=disabled, persist_state="session"
    )
    try:
        DataSettings(**{name: values[name]})
        st.caption(plain(with_range(spec)))
    except SettingError as error:
        show_error(error)
