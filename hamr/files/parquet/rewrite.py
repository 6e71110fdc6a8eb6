"""Parquet: some labels of one column are replaced; every other byte of data stays as it was.

The column with its new labels is encoded row group by row group and takes the place of the old
one (see `hamr.files.parquet.splice`). The new file is then read again and compared.
"""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hamr.errors import DataError
from hamr.files.parquet.footer import (
    CODEC,
    META,
    PAGES_AT,
    ROWS,
    Footer,
    columns,
    extent,
    read_footer,
)
from hamr.files.parquet.labels import Labels, bits, plain
from hamr.files.parquet.reader import FAULTS, ParquetFile
from hamr.files.parquet.splice import splice
from hamr.files.parquet.thrift import get

New = str | Sequence[str]
_CODECS = {1: "SNAPPY", 2: "GZIP", 4: "BROTLI", 5: "LZ4", 6: "ZSTD", 7: "LZ4"}
# Ways to write values that give other physical types; the first that gives the file's own is used.
_WAYS: tuple[dict[str, Any], ...] = (
    {}, {"store_decimal_as_integer": True}, {"version": "1.0"}, {"version": "2.4"},
)  # fmt: skip


def parquet(source: Path, column: str, changes: Mapping[int, New], target: Path) -> None:
    """Write the file with new labels, given by row, counted from 1.

    Raises DataError for a label that the column's type can't hold, and where the file can't be
    written back as it was.
    """
    if not changes:
        target.write_bytes(source.read_bytes())
        return
    try:
        _Rewriting(source, column).write(changes, target)
    except DataError:
        target.unlink(missing_ok=True)
        raise
    except (*FAULTS, TypeError) as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:  # for example, the disk is full
            raise DataError(
                f"{target.name} can't be written ({error.strerror}): make room, or choose another "
                "place"
            ) from None
        raise _refused(source.name, str(error).splitlines()[0] if str(error) else "") from None


class _Rewriting:
    """One file, and the column whose labels are replaced."""

    def __init__(self, source: Path, column: str) -> None:
        self.reader = ParquetFile(source)
        self.source, self.column = source, column
        self.at = self.reader.schema.get_field_index(column)
        if self.at < 0:
            raise DataError(f"{source.name} has no single column {column!r}: it has changed")
        if any(path == column or path.startswith(f"{column}.") for path in self.reader.int96):
            raise DataError(
                f"{source.name}: column {column!r} holds timestamps of the old type INT96, which "
                "are not written back: write the column again as text, or with a current program"
            )
        self.field = self.reader.schema.field(self.at)

    def write(self, changes: Mapping[int, New], target: Path) -> None:
        """Write the file and compare it with what was asked for."""
        self._verify(target, self._written(changes, target))

    def _written(self, changes: Mapping[int, New], target: Path) -> dict[int, pa.Array]:
        """Write the file; returns the new values of the column in the row groups that change."""
        footer = read_footer(self.source.read_bytes())
        leaf = footer.leaf_of(self.at)
        labels = Labels(self.reader, self.column, set(map(_key, changes.values())))
        wanted: dict[int, pa.Array] = {}
        with pq.ParquetFile(self.source) as file:
            way = self._way(file, leaf)
            for group, own in _by_group(footer, changes, self.source.name).items():
                wanted[group] = labels.replaced(self._values(file, group), own)
        parts = {}
        for group, values in wanted.items():
            chunk = columns(footer.groups[group])[leaf]
            codec = _CODECS.get(get(get(chunk, META), CODEC), "NONE")
            with_index = bool(get(chunk, PAGES_AT))
            parts[group] = self._part(values, compression=codec, write_page_index=with_index, **way)
        with target.open("wb") as out:
            splice(footer, leaf, parts, out)
        return wanted

    def _values(self, file: pq.ParquetFile, group: int) -> pa.Array:
        table = file.read_row_group(group, columns=[self.column], use_threads=False)
        return plain(table.column(self.column).combine_chunks())

    def _way(self, file: pq.ParquetFile, leaf: int) -> dict[str, Any]:
        """How to write the column, so that its pages have the file's own type."""
        old, empty = file.schema.column(leaf), plain(pa.array([], self.field.type))
        for way in _WAYS:
            new = pq.ParquetFile(io.BytesIO(self._part(empty, **way))).schema.column(0)
            if _shape(new) == _shape(old):
                return way
        raise DataError(
            f"{self.source.name}: column {self.column!r} is stored as {old.physical_type} in a way "
            f"that is not written back (Arrow type {self.field.type}): write the column again as "
            "text"
        )

    def _part(self, values: pa.Array, **way: Any) -> bytes:
        """A file of only that column and row group."""
        schema = pa.schema([pa.field(self.column, values.type, self.field.nullable)])
        sink = io.BytesIO()
        with pq.ParquetWriter(sink, schema, **way) as writer:
            writer.write_table(pa.table([values], schema), row_group_size=max(1, len(values)))
        return sink.getvalue()

    def _verify(self, target: Path, wanted: Mapping[int, pa.Array]) -> None:
        """Raise DataError unless the new file equals the old one except for the new labels."""
        same = True
        with pq.ParquetFile(self.source) as old, pq.ParquetFile(target) as new:
            same &= old.schema.equals(new.schema)
            same &= old.schema_arrow.equals(new.schema_arrow, check_metadata=True)
            same &= old.metadata.metadata == new.metadata.metadata
            same &= old.metadata.num_row_groups == new.metadata.num_row_groups
            for group, values in wanted.items():
                same &= bits(self._values(new, group)).equals(bits(values))
        before, after = (read_footer(path.read_bytes()) for path in (self.source, target))
        if not (same and _same_data(before, after, before.leaf_of(self.at), wanted)):
            raise _refused(self.source.name, "it would not be the same otherwise")


def _same_data(before: Footer, after: Footer, leaf: int, changed: Container[int]) -> bool:
    """Whether all data except those of the column in changed row groups are the same bytes."""
    old, new = memoryview(before.data), memoryview(after.data)
    for number, groups in enumerate(zip(before.groups, after.groups, strict=True)):
        for at, (one, other) in enumerate(zip(*map(columns, groups), strict=True)):
            replaced = at == leaf and number in changed
            if not replaced and old[slice(*extent(one))] != new[slice(*extent(other))]:
                return False
    return True


def _by_group(
    footer: Footer, changes: Mapping[int, New], name: str
) -> dict[int, dict[int, str | tuple[str, ...]]]:
    """The changes by row group, and there by row from 0."""
    ends = list(accumulate(get(group, ROWS) for group in footer.groups))
    found: dict[int, dict[int, str | tuple[str, ...]]] = {}
    for place, label in sorted(changes.items()):
        group = bisect_left(ends, place)
        if group == len(ends):
            raise DataError(f"{name} no longer has row {place:,}: it has changed")
        start = ends[group - 1] if group else 0
        found.setdefault(group, {})[place - start - 1] = _key(label)
    return found


def _key(label: New) -> str | tuple[str, ...]:
    return label if isinstance(label, str) else tuple(label)


def _shape(column: pq.ColumnSchema) -> tuple[Any, ...]:
    return (
        column.physical_type, column.length, column.max_definition_level,
        column.max_repetition_level,
    )  # fmt: skip


def _refused(name: str, reason: str) -> DataError:
    return DataError(
        f"{name} can't be written back with other labels ({reason[:200].rstrip('.')}): write it "
        "again with a current program, then export"
    )
