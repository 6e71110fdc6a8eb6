"""A data file with some labels replaced, and every other byte as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hamr.files.delimited.reader import DelimitedFile
from hamr.files.delimited.rewrite import check, delimited
from hamr.files.encoding import chosen, encoded
from hamr.files.formats import reader_of
from hamr.files.json.reader import JsonFile
from hamr.files.json.rewrite import json_file

BOM = b"\xef\xbb\xbf"

New = str | Sequence[str]  # a label; of a tagged sentence the tag of each word


def rewrite(source: Path, column: str, changes: Mapping[int, New], target: Path) -> None:
    """Write `source` to `target` with new labels, given by the place of their rows.

    CSV, TSV, JSON and JSON Lines: only the characters of those labels differ; quotes, blanks,
    line ends, the encoding that is chosen and all other columns stay. Parquet: the same schema,
    metadata and row groups.
    Raises DataError for a label that the file's format or the column's type can't hold.
    """
    reader = reader_of(source)
    if not isinstance(reader, DelimitedFile | JsonFile):
        from hamr.files.parquet.rewrite import parquet  # pyarrow takes a while to come up

        parquet(source, column, changes, target)
        return
    with target.open("wb") as file:
        with source.open("rb") as original:
            file.write(BOM if original.read(3) == BOM else b"")
        for piece in _pieces(reader, column, changes):
            file.write(encoded(piece, source.name, chosen()))
    if changes and isinstance(reader, DelimitedFile):
        check(reader, target, source.suffix, column, _texts(changes))


def _pieces(
    reader: DelimitedFile | JsonFile, column: str, changes: Mapping[int, New]
) -> Iterator[str]:
    if isinstance(reader, JsonFile):
        return json_file(reader, column, changes)
    return delimited(reader, column, _texts(changes))


def _texts(changes: Mapping[int, New]) -> dict[int, str]:
    return {place: str(label) for place, label in changes.items()}
