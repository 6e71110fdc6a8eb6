"""Parquet files: only the wanted columns, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hamr.errors import ColumnError, DataError
from hamr.files.mending import Mender
from hamr.files.parquet.classnames import named, noted_names
from hamr.files.parquet.values import is_text, texts_of, texts_with_halves
from hamr.files.table import MAX_ROWS, Unit, quoted, too_large

_BATCH = 4096  # rows
# What the library raises for damaged files.
FAULTS = (pa.ArrowException, OSError, ValueError, LookupError, RecursionError, OverflowError)


class ParquetFile:
    """A Parquet file. Numbers, dates and booleans are returned as text, see `texts_of`.

    The numbers of `ClassLabel` columns are returned as the names that the file has for them.
    """

    unit: Unit = "row"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notices: list[str] = []
        self._has_halves = False  # whether a batch holds half a character
        try:
            with pq.ParquetFile(path) as file:
                self.schema, self._metadata = file.schema_arrow, file.metadata
                self._names = list(self.schema.names)
                self._count = self._metadata.num_rows
        except FAULTS as error:
            raise self.damaged(error) from None
        if self._count > MAX_ROWS:
            raise too_large(self.name)

    def columns(self) -> list[str]:
        """The names in the schema."""
        return list(self._names)

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The row's number and its values; None where it has none."""
        place, mender, names = 0, Mender(self.name, self.unit), list(wanted)
        for batch in self.batches(wanted):
            self._has_halves = False
            columns = [self.values(batch.column(c), c, place) for c in wanted]
            for place, values in enumerate(zip(*columns, strict=True), place + 1):  # noqa: B020
                yield place, mender.row(place, names, [*values]) if self._has_halves else values
        self.notices += mender.notices()
        if wanted and place != self._count:
            raise DataError(
                f"{self.name} has {place:,} rows of {quoted(wanted)}, but should have "
                f"{self._count:,}: it is damaged; write it again from its source"
            )

    def values(self, column: pa.Array, name: str, before: int) -> list[Any]:
        """The values of a column as they are returned; `before` rows come before them."""
        try:
            found = self._texts(column)
        except UnicodeDecodeError:
            raise DataError(
                f"{self.name}, row {before + _not_utf8(column):,}: column {name!r} holds a text "
                "that is not UTF-8: write it again, or remove the row"
            ) from None
        except IndexError:
            raise DataError(
                f"{self.name} is damaged: values of its column {name!r} are outside of its "
                "dictionary; write it again from its source"
            ) from None
        except FAULTS:
            raise ColumnError(
                f"{self.name}: column {name!r} holds values of the type {column.type} that can't "
                "be read as text: choose another column, or write it as text"
            ) from None
        names = self.class_names.get(name)
        if names is None or not _of_numbers(column.type):
            return found
        whole = pa.types.is_integer(column.type)
        return [
            named(
                int(value) if whole and value is not None else value,
                names,
                f"{self.name}, row {row:,}: column {name!r}",
            )
            for row, value in enumerate(found, before + 1)
        ]

    def _texts(self, column: pa.Array) -> list[Any]:
        try:
            return texts_of(column)
        except UnicodeDecodeError:
            found = texts_with_halves(column)
            self._has_halves = True
            return found

    @cached_property
    def class_names(self) -> dict[str, tuple[str, ...]]:
        """The class names of columns of numbers, where `datasets` has stored them."""
        return noted_names(self.schema.metadata, self.name, self.notices)

    def damaged(self, error: Exception) -> DataError:
        """The error for a file that the library can't read."""
        lines = str(error).splitlines()
        reason = (lines[0] if lines else type(error).__name__)[:200].rstrip(".")
        if "encrypt" in reason.lower():
            return DataError(f"{self.name} is encrypted: give a copy that is not")
        if isinstance(error, pa.ArrowNotImplementedError):
            return DataError(
                f"{self.name} has content that HAMR does not read ({reason}): write it again "
                "with plain columns of texts, numbers and lists"
            )
        return DataError(
            f"{self.name} is not a complete Parquet file ({reason}): "
            "it may be cut off; write or copy it again"
        )

    def batches(self, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The wanted columns as Arrow arrays, batch by batch."""
        # Texts stay in their dictionary: a small file may repeat one long text a million times.
        as_dictionary = [c for c in wanted if is_text(self.schema.field(c).type)]
        old = {c for c in wanted if c in self.int96}
        try:
            with pq.ParquetFile(self.path, read_dictionary=as_dictionary) as file:
                fine = self._parts(file, wanted)
                if not old:
                    yield from fine
                    return
                with pq.ParquetFile(self.path, coerce_int96_timestamp_unit="us") as coarse:
                    far = self._parts(coarse, wanted)
                    for near, true in zip(fine, far, strict=True):
                        yield _far_times(near, true, old)
        except FAULTS as error:
            raise self.damaged(error) from None

    def _parts(self, file: pq.ParquetFile, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
        groups: list[list[int] | None] = [None]  # all of them at once
        if any(_has_inner_dictionary(self.schema.field(name).type) for name in wanted):
            # pyarrow does not put the dictionaries of two groups into one batch.
            groups = [[group] for group in range(file.num_row_groups)]
        for own in groups:
            yield from file.iter_batches(
                _BATCH, row_groups=own, columns=list(wanted), use_threads=False
            )

    @cached_property
    def int96(self) -> set[str]:
        """The columns of timestamps of the old 96-bit type, which go beyond Arrow's range."""
        leaves = [self._metadata.schema.column(at) for at in range(self._metadata.num_columns)]
        return {leaf.path for leaf in leaves if leaf.physical_type == "INT96"}


def _far_times(fine: pa.RecordBatch, far: pa.RecordBatch, names: set[str]) -> pa.RecordBatch:
    """The times in nanoseconds as texts, and those before 1678 or after 2261 in microseconds.

    Arrow silently reads the latter as other times.
    """
    for name in names:
        at = fine.schema.get_field_index(name)
        near, true = fine.column(at), far.column(name)
        nanoseconds, microseconds = (times.cast(pa.int64()).to_pylist() for times in (near, true))
        texts = [
            one if ns is None or ns // 1000 == us else other
            for ns, us, one, other in zip(
                nanoseconds, microseconds, texts_of(near), texts_of(true), strict=True
            )
        ]
        fine = fine.set_column(at, name, pa.array(texts, pa.string()))
    return fine


def _has_inner_dictionary(kind: pa.DataType) -> bool:
    """Whether values within its lists or structures are in a dictionary."""
    inner = [kind.field(at).type for at in range(kind.num_fields)]
    return any(isinstance(k, pa.DictionaryType) or _has_inner_dictionary(k) for k in inner)


def _of_numbers(kind: pa.DataType) -> bool:
    """Whether it is a type of whole numbers, or of lists of them."""
    inner = getattr(kind, "value_type", kind) if pa.types.is_nested(kind) else kind
    return bool(pa.types.is_integer(inner))


def _not_utf8(column: pa.Array) -> int:
    """The row, counted from 1, of the first text that is not UTF-8."""
    if isinstance(column.type, pa.DictionaryType):
        column = column.dictionary_decode()
    for row in range(len(column)):
        try:
            texts_with_halves(column.slice(row, 1))
        except UnicodeDecodeError:
            return row + 1
    return len(column)
