"""Predicting a file: count its rows, predict chunk after chunk into a journal, write the file.

The rows are read whole once before anything is predicted, so that a fault in the last of a million
rows is reported in seconds. Chunks begin at the same rows whenever they are predicted, so that a
prediction that was killed and continued writes the same file, to the byte.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from hamr.errors import DataError, SettingError
from hamr.exports.predicted.journal import Columns, Journal
from hamr.exports.predicted.source import Source, Text, chunks
from hamr.exports.predicted.writers import TAGS, ParquetWriter, endings_of, writer_of
from hamr.files.reading import write_joined
from hamr.files.table import in_words
from hamr.store.files import disk_errors

Predict = Callable[[list[Text]], Columns]
Report = Callable[[int, int, int], None]  # rows done, of how many, and done before this process


@dataclass(frozen=True)
class Asked:
    """What is to be predicted, and where to."""

    source: Source
    chunk: int  # rows
    about: dict[str, Any]  # the model, and all else that the predictions depend on
    overwrite: bool = False


@dataclass
class Summary:
    """What was predicted."""

    rows: int = 0
    before: int = 0  # of these, predicted before the process was killed
    empty: int = 0  # rows without a text
    unlike: int = 0  # rows unlike anything in the training data
    seconds: float = 0.0
    classes: Counter[str] = field(default_factory=Counter)  # rows, or words, by their prediction

    def add(self, columns: Columns) -> None:
        """Count a chunk."""
        said = columns[TAGS]
        self.rows += len(said)
        for one in said:
            self.empty += one is None or one == []
            self.classes.update(one if isinstance(one, list) else [one] if one else [])
        self.unlike += sum(map(bool, columns.get("unlike_anything_seen", [])))


def predict_file(
    asked: Asked, target: Path, predict: Predict, report: Report = lambda *_: None
) -> Summary:
    """Write the rows of the source with their predictions to a file, whole or not at all.

    Raises SettingError for a target that exists or has an ending that is not known, DataError or
    ColumnError for rows that can't be read, BusyError, NoSpaceError and StoreError.
    """
    began, source = time.monotonic(), asked.source
    check_target(source, target, overwrite=asked.overwrite)
    journal = Journal(target, {**asked.about, **_identity(source.path), "rows": asked.chunk})
    if asked.overwrite:
        journal.remove()
    total = _count(source)
    with journal:
        before = journal.rows
        rest = islice(source.texts(), before, None)
        report(before, total, before)
        for chunk in chunks(((text, None) for text in rest), asked.chunk):
            journal.append(predict(chunk.texts))
            report(journal.rows, total, before)
        found = _written(source, journal, target)
        journal.remove()
    found.before, found.seconds = before, time.monotonic() - began
    return found


def predict_stream(
    asked: Asked, ending: str, out: BinaryIO, predict: Predict, report: Report = lambda *_: None
) -> Summary:
    """Write the rows with their predictions to a pipe, each chunk as soon as it is predicted."""
    began, found, source = time.monotonic(), Summary(), asked.source
    check_ending(source, ending)
    total = _count(source)
    writer = writer_of(ending, out, source)
    for chunk in chunks(source.rows(), asked.chunk):
        columns = predict(chunk.texts)
        found.add(columns)
        writer.write(chunk.rows, columns)
        out.flush()
        report(found.rows, total, 0)
    writer.close()
    found.seconds = time.monotonic() - began
    return found


def _count(source: Source) -> int:
    """The rows, all of which can be read. Raises DataError where one can't, or there is none."""
    found = sum(1 for _ in source.texts())
    if not found:
        raise DataError(f"{source.path.name} has no rows: give a file with texts", field="source")
    return found


def check_ending(source: Source, ending: str) -> None:
    """Raises SettingError for an ending that a prediction of this source can't be written to."""
    known = endings_of(source)
    if ending not in known:
        raise SettingError(
            f"--to must end in {in_words(list(known), last='or')}, got {ending or 'no ending'!r}",
            field="to",
        )


def check_target(source: Source, target: Path, *, overwrite: bool) -> None:
    """Raises SettingError for a target that would be lost, or has an ending that is not known."""
    check_ending(source, target.suffix.lower())
    if target.exists() and target.samefile(source.path):
        raise SettingError("--to is the file that is predicted: choose another one", field="to")
    if target.is_dir() or (target.exists() and not overwrite):
        raise SettingError(
            f"{target} exists: choose another file, or replace it with --overwrite", field="to"
        )


def _identity(path: Path) -> dict[str, Any]:
    """What shows that a file is the same as before."""
    kind = path.stat()
    return {"file": str(path.resolve()), "bytes": kind.st_size, "changed": kind.st_mtime_ns}


def _written(source: Source, journal: Journal, target: Path) -> Summary:
    """Write the target from the source and the journal."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    ending, found = target.suffix.lower(), Summary()
    joins = ending == source.path.suffix.lower() == ".parquet"
    try:
        with disk_errors(target), part.open("wb") as file:
            writer = (
                ParquetWriter(file, (), source.columns)
                if joins
                else writer_of(ending, file, source)
            )
            for rows, columns in _together(source, journal, with_rows=not joins):
                found.add(columns)
                writer.write(rows, columns)
            writer.close()
            file.flush()
            os.fsync(file.fileno())
        if joins:
            whole = part.with_suffix(".whole")
            write_joined(source.path, part, whole)
            whole.replace(part)
        with disk_errors(target):
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return found


def _together(
    source: Source, journal: Journal, *, with_rows: bool
) -> Iterator[tuple[list[Any], Columns]]:
    """The rows of each chunk of the journal, with its columns."""
    rows = source.rows() if with_rows else iter(())
    for columns in journal.each():
        count = len(columns[TAGS])
        own = [row for _, row in islice(rows, count)] if with_rows else [()] * count
        yield own, columns
