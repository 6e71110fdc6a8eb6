"""Parquet files: only the wanted columns, batch by batch, and counted before they are decoded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hamr.errors import DataError
from hamr.files.table import MAX_CHARACTERS, MAX_ROWS, Unit, too_large

_BATCH = 4096  # rows


class ParquetFile:
    """A Parquet file. Numbers, dates and booleans are given as text."""

    unit: Unit = "row"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notices: list[str] = []
        try:
            with pq.ParquetFile(path) as file:
                self._schema, self._metadata = file.schema_arrow, file.metadata
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None
        if self._metadata.num_rows > MAX_ROWS:
            raise too_large(self.name)

    def columns(self) -> list[str]:
        """The names in the schema."""
        return list(self._schema.names)

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The row's number and its values; None where it has none."""
        self.check_size(wanted)
        place, names = 0, self.class_names()
        for batch in self._batches(wanted):
            columns = [_named(_texts(batch.column(c)), names.get(c)) for c in wanted]
            for place, values in enumerate(zip(*columns, strict=True), place + 1):  # noqa: B020
                yield place, values

    def _batches(self, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
        # Texts stay in their dictionary: a tiny file may repeat one long text a million times.
        as_dictionary = [c for c in wanted if _is_text(self._schema.field(c).type)]
        try:
            with pq.ParquetFile(self.path, read_dictionary=as_dictionary) as file:
                yield from file.iter_batches(_BATCH, columns=list(wanted), use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def check_size(self, wanted: Sequence[str]) -> None:
        """Refuse by the sizes that the file itself declares, before anything is decoded."""
        size = 0
        for group in range(self._metadata.num_row_groups):
            row_group = self._metadata.row_group(group)
            for at in range(row_group.num_columns):
                column = row_group.column(at)
                # A list's values stand under "tokens.list.element".
                if any(f"{column.path_in_schema}.".startswith(f"{name}.") for name in wanted):
                    size += column.total_uncompressed_size
        if size > MAX_CHARACTERS:
            raise too_large(self.name)

    def class_names(self) -> dict[str, list[str]]:
        """What the numbers of a column of lists stand for, where `datasets` has noted it."""
        noted = (self._schema.metadata or {}).get(b"huggingface", b"{}")
        try:
            features = json.loads(noted)["info"]["features"]
        except (ValueError, KeyError, TypeError):
            return {}
        inner = {c: f.get("feature") for c, f in features.items() if isinstance(f, dict)}
        return {c: f["names"] for c, f in inner.items() if isinstance(f, dict) and "names" in f}

    def _damaged(self, error: Exception) -> DataError:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return DataError(
            f"{self.name} is no whole Parquet file ({reason.rstrip('.')}): "
            "it may be cut off; write or copy it again"
        )


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _texts(column: pa.Array) -> list[Any]:
    """Texts as they are, lists and objects too; all else as Arrow writes it."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        names = _texts(column.dictionary)
        return [None if i is None else names[i] for i in column.indices.to_pylist()]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [_decoded(value) for value in column.to_pylist()]
    if pa.types.is_floating(kind):
        return [_number(value) for value in column.to_pylist()]
    if pa.types.is_nested(kind):
        return column.to_pylist()
    return pc.cast(column, pa.string()).to_pylist()


def _named(values: list[Any], names: list[str] | None) -> list[Any]:
    """Lists of class numbers as lists of names; what is no number of a class stays."""
    if names is None:
        return values
    known = dict(enumerate(names))
    return [
        [known.get(n, n) for n in value] if isinstance(value, list) else value for value in values
    ]


def _decoded(value: bytes | None) -> str | bytes | None:
    try:
        return value and value.decode()
    except UnicodeDecodeError:
        return value


def _number(value: float | None) -> str | None:
    """pandas turns whole numbers with gaps into floats, and gaps into NaN; this undoes it."""
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
