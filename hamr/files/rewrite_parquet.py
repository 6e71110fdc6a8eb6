"""Parquet: one column is replaced; schema, metadata, row groups and compression stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hamr.errors import DataError
from hamr.files.parquet import ParquetFile


def parquet(
    source: Path, column: str, changes: Mapping[int, str | Sequence[str]], target: Path
) -> None:
    """Write the file with new labels, given by row, counted from 1; group by group.

    Raises DataError for a label that the column's type can't hold.
    """
    reader = ParquetFile(source)
    reader.check_size(reader.columns())
    numbers = {name: i for i, name in enumerate(reader.class_names().get(column, ()))}
    with pq.ParquetFile(source) as file:
        if not changes:
            target.write_bytes(source.read_bytes())
            return
        schema = file.schema_arrow
        at, first = schema.get_field_index(column), 1
        with pq.ParquetWriter(target, schema, **_options(file)) as writer:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                own = {
                    place - first: changes[place]
                    for place in changes.keys() & set(range(first, first + len(table)))
                }
                first += len(table)
                if own:
                    new = _column(table.column(at), own, numbers, f"{source.name}: {column!r}")
                    table = table.set_column(at, schema.field(at), new)
                writer.write_table(table, row_group_size=max(1, len(table)))


def _options(file: pq.ParquetFile) -> dict[str, Any]:
    """How the file was written, as far as it tells."""
    metadata = file.metadata
    options: dict[str, Any] = {}
    if metadata.format_version in ("1.0", "2.4", "2.6"):
        options["version"] = metadata.format_version
    if metadata.num_row_groups:
        columns = [metadata.row_group(0).column(at) for at in range(metadata.num_columns)]
        codecs = {c.path_in_schema: c.compression for c in columns}
        options["compression"] = {
            path: "NONE" if codec == "UNCOMPRESSED" else codec for path, codec in codecs.items()
        }
    return options


def _column(
    old: pa.ChunkedArray, changes: Mapping[int, str | Sequence[str]], numbers: Mapping, where: str
) -> pa.ChunkedArray:
    kind = old.type
    values = old.to_pylist()
    for row, label in changes.items():
        values[row] = _value(label, values[row], kind, numbers, where)
    if pa.types.is_dictionary(kind):
        plain = pa.array(values, kind.value_type)
        return pa.chunked_array([plain.dictionary_encode().cast(kind)])
    return pa.chunked_array([pa.array(values, kind)])


def _value(
    label: str | Sequence[str], old: Any, kind: pa.DataType, numbers: Mapping, where: str
) -> Any:
    """A label as a value of the column's type."""
    if not isinstance(label, str):
        if numbers:
            missing = [tag for tag in label if tag not in numbers]
            if missing:
                raise DataError(f"{where} has numbers for tags, and none for {missing[0]!r}")
            return [numbers[tag] for tag in label]
        return list(label)
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if isinstance(old, str):
        return old[: len(old) - len(old.lstrip())] + label + old[len(old.rstrip()) :]
    if isinstance(old, bytes):
        return label.encode()
    try:
        return pa.scalar(label).cast(kind).as_py()
    except pa.ArrowInvalid:
        raise DataError(
            f"{where} holds values of type {kind}, and {label!r} is none: choose another name for "
            "the class, or change the column's type to string"
        ) from None
