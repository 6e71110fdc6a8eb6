"""CSV and TSV: the label's field of some records is replaced in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hamr.errors import DataError
from hamr.files.delimited.fields import Fields
from hamr.files.delimited.reader import DelimitedFile


def delimited(file: DelimitedFile, column: str, changes: Mapping[int, str]) -> Iterator[str]:
    """The text of the file, part by part; `changes` by the line that a record begins on."""
    at, fields = file.columns().index(column), file.fields
    for line, raw, values in file.parts():
        if values is None or line not in changes:
            yield raw
        else:
            where = f"{file.name}, line {line:,}"
            yield _replaced(raw, values, at, changes[line], fields, where)


def check(
    old: DelimitedFile, target: Path, ending: str, column: str, changes: Mapping[int, str]
) -> None:
    """Raise DataError unless the target is read like the old file with these labels.

    How quotes are read depends on the other rows of the file, so a new label could change how a
    doubtful line is read.
    """
    at = old.columns().index(column)
    before = (part for part in old.parts() if part.values is not None)
    after = _records(target, ending)
    for line, _, values in before:
        try:
            found = next(after, None)
        except DataError:
            found = None
        if values is not None and line in changes:
            values[at] = _with_blanks(values[at], changes[line])
        if values != found:
            raise DataError(
                f"{old.name}, line {line:,} would be read differently with the new labels, because "
                "of quotes or delimiters in them: choose other names for the classes"
            )


def _records(path: Path, ending: str) -> Iterator[list[str]]:
    for part in DelimitedFile(path, ending).parts():
        if part.values is not None:
            yield part.values


def _replaced(raw: str, values: list[str], at: int, label: str, fields: Fields, where: str) -> str:
    """The record with another label; quotes and blanks around the old one stay."""
    places = fields.places(raw)
    if [place.value for place in places] != values or at >= len(places):
        raise DataError(f"{where} has no label to replace: the file has changed")
    start, end, old, quoted = places[at]
    special = any(mark in label for mark in (fields.delimiter, "\r", "\n"))
    if fields.plain and special:
        raise DataError(
            f"{where}: the label {label!r} contains the file's delimiter or a line end, and it "
            "has no quoted fields: choose another name for the class"
        )
    new = _with_blanks(old, label)
    if quoted or (not fields.plain and (special or '"' in label)):
        new = '"' + new.replace('"', '""') + '"'
    return raw[:start] + new + raw[end:]


def _with_blanks(old: str, label: str) -> str:
    """The label with the blanks around the old one."""
    first = len(old) - len(old.lstrip())
    return old[:first] + label + old[len(old.rstrip()) :]
