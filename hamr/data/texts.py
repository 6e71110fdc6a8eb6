"""Texts with a class: from their sources to a data set of a sequence task."""

from __future__ import annotations

import os
from pathlib import Path

from hamr.config import DataSettings
from hamr.data import builtin
from hamr.data.assemble import assemble
from hamr.data.heads import BUILTIN, HUB, is_file
from hamr.data.lookalikes import visible
from hamr.data.select import ID_COLUMN, Selection, select
from hamr.errors import ColumnError, DataError
from hamr.files.conll.reader import ENDINGS
from hamr.files.door import as_path, checked_file, shown
from hamr.files.formats import TABLES
from hamr.files.reading import open_file
from hamr.files.table import Reader, Table, blamed_on, in_words, quoted, read_table
from hamr.records import SPLITS, Dataset, Split


def load_texts(settings: DataSettings) -> Dataset:
    """The texts of the settings, as `hamr.data.load` returns them."""
    name, given, notices = selections(settings)
    with blamed_on("source"):
        return assemble(name, given, settings, notices)


def selections(
    settings: DataSettings, *, unseen: bool = False
) -> tuple[str, dict[Split, Selection], tuple[str, ...]]:
    """The source's name, the rows of each split that has a file, and the notices.

    For `unseen` see `select`.
    """
    demo = settings.source == "demo"
    if settings.source in BUILTIN:
        name = builtin.DEMO_TITLE if demo else builtin.TITLE
        given = {"train": _built_in(demo, settings)}
        notices: tuple[str, ...] = (builtin.ATTACK_NOTICE, builtin.CUT_NOTICE)
        readers: dict[Split, Reader] = {}
    else:
        name, readers = open_source(settings.source)
        given, notices = {}, _without_hidden_labels(readers, settings.label_column)
    readers |= _own_files(settings)
    given |= {split: _select(readers[split], split, settings, unseen) for split in readers}
    return name, {s: given[s] for s in SPLITS if s in given}, notices


def open_source(source: str, *, streaming: bool = False) -> tuple[str, dict[Split, Reader]]:
    """The name of a source, as people see it, and a reader for each split it has."""
    if source.startswith(HUB):
        from hamr.data.hub import open_hub  # needs the library `datasets`, which is slow to load

        return source, dict(open_hub(source, streaming=streaming))
    with blamed_on("source"):
        reader = _open_table(source)
    return reader.name, {"train": reader}


def _open_table(name: str) -> Reader:
    """`open_file`, for texts with a class: refuses files of tagged sentences by their ending."""
    path = checked_file(name, or_a_set=True)
    if path.suffix.lower() in ENDINGS:
        raise DataError(
            f"{shown(path.name)} holds tagged sentences, by its ending, and can't be read as texts "
            "with a class: choose the task token, or give a file that ends in "
            f"{in_words(list(TABLES), last='or')}"
        )
    return open_file(name)


def _without_hidden_labels(readers: dict[Split, Reader], column: str) -> tuple[str, ...]:
    """Remove, in place, validation and test rows whose labels are not public."""
    from hamr.data.hub import HubSplit

    notices = []
    for split, reader in list(readers.items()):
        if split != "train" and isinstance(reader, HubSplit) and reader.hides(column):
            del readers[split]
            notices.append(f"{reader.name} is not used: its labels are not public")
    return tuple(notices)


def _builtin_table(demo: bool) -> Table:
    rows = builtin.demo_procedures() if demo else builtin.procedures()
    columns: dict[str, list[str | None]] = {
        name: [row[i] for row in rows] for i, name in enumerate(builtin.COLUMNS)
    }
    return Table(builtin.TITLE, "row", range(1, len(rows) + 1), columns)


def _built_in(demo: bool, settings: DataSettings) -> Selection:
    table = _builtin_table(demo)
    named = {name: "metadata" for name in settings.metadata}
    for name, control in (named | {settings.id_column or ID_COLUMN: "id_column"}).items():
        if name not in table.columns:
            raise ColumnError(
                f"{table.name} has no column {visible(name)}: it has {quoted(table.columns)}",
                field=control,
            )
    return select(
        table, "text", "label", "source", named, id_column=settings.id_column,
        metadata=settings.metadata,
    )  # fmt: skip


def _own_files(settings: DataSettings) -> dict[Split, Reader]:
    """Readers of the validation and test files that the settings name."""
    named: dict[Split, str] = {}
    if settings.validation:
        named["validation"] = settings.validation
    if settings.test:
        named["test"] = settings.test
    readers: dict[Split, Reader] = {}
    known = {_same_file(settings.source): "training"} if is_file(settings.source) else {}
    for split, name in named.items():
        with blamed_on(split):
            twin = known.setdefault(_same_file(name), split)
            if twin != split:
                raise DataError(
                    f"{shown(name)} is the {twin} file too, and no row may be in two splits: "
                    f"name another {split} file, or none to hold out {split} rows"
                )
            readers[split] = _open_table(name)
    return readers


def _same_file(name: str) -> Path:
    """One path for all names of a file: relative ones, and links to it."""
    return Path(os.path.realpath(as_path(name)))


def _select(reader: Reader, split: Split, settings: DataSettings, unseen: bool) -> Selection:
    """The labelled rows of one file; reads only the columns that are used."""
    text, label, group = settings.text_column, settings.label_column, settings.group_column
    if text == label:
        raise ColumnError(
            f"text and label are both column {visible(text)}: choose two different ones",
            field="label_column",
        )
    controls = {text: "text_column", label: "label_column"}
    if split != "train":
        controls = dict.fromkeys(controls, split)
    optional = [ID_COLUMN, *settings.metadata]
    if settings.id_column is not None:
        controls.setdefault(settings.id_column, "id_column" if split == "train" else split)
    if split == "train":
        for name in settings.metadata:
            controls.setdefault(name, "metadata")
    if group is not None and split == "train":
        controls.setdefault(group, "group_column")
    elif group is not None:
        optional.append(group)  # only to find groups that files share
    with blamed_on("source" if split == "train" else split):
        table = read_table(reader, controls, optional)
        return select(
            table, text, label, group, controls, unseen=unseen, id_column=settings.id_column,
            metadata=settings.metadata,
        )  # fmt: skip
