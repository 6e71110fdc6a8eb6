"""Labels as values of a column's Arrow type, so that reading them gives the same labels."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hamr.errors import DataError
from hamr.files.parquet.reader import FAULTS, ParquetFile
from hamr.files.parquet.values import UNITS, is_bytes, is_text, texts_of

Key = str | tuple[str, ...]


class Labels:
    """The values of some labels in a column: as they are in it already, or made from its type."""

    def __init__(self, reader: ParquetFile, column: str, labels: set[Key]) -> None:
        self._reader, self._column = reader, column
        self._where = f"{reader.name}: column {column!r}"
        self._names = reader.class_names.get(column, ())
        self._kind = plain_type(reader.schema.field(column).type)
        self._found: dict[Key, pa.Array] = {}
        if not is_text(self._kind):
            self._look_for({label for label in labels if isinstance(label, str)})

    def replaced(self, values: pa.Array, changes: Mapping[int, Key]) -> pa.Array:
        """The values with other labels, given by their places from 0."""
        pool = [values]
        places: list[int] = list(range(len(values)))
        for row, label in changes.items():
            places[row] = len(values) + len(pool) - 1
            pool.append(self._value(label, values, row))
        return pa.concat_arrays(pool).take(pa.array(places, pa.int64()))

    def _look_for(self, labels: set[str]) -> None:
        for batch in self._reader.batches([self._column]):
            column = batch.column(self._column)
            for at, text in enumerate(self._reader.values(column, self._column, 0)):
                label = text.strip() if isinstance(text, str) else None
                if label in labels and label not in self._found:
                    self._found[label] = plain(column.slice(at, 1))
            if len(self._found) == len(labels):
                return

    def _value(self, label: Key, values: pa.Array, row: int) -> pa.Array:
        """An array of one value."""
        if is_text(self._kind) and isinstance(label, str):
            old = values[row].as_py() or ""
            blank = old[: len(old) - len(old.lstrip())], old[len(old.rstrip()) :]
            return pa.array([f"{blank[0]}{label}{blank[1]}"], self._kind)
        if label not in self._found:
            self._found[label] = self._made(label)
        return self._found[label]

    def _made(self, label: Key) -> pa.Array:
        parts = [label] if isinstance(label, str) else list(label)
        if self._names:
            numbers = {name.strip(): at for at, name in reversed([*enumerate(self._names)])}
            missing = [part for part in parts if part not in numbers]
            if missing:
                raise DataError(
                    f"{self._where} has numbers for the classes that the file names, and none for "
                    f"{missing[0]!r}: choose one of its classes, or write the column as text"
                )
            found: Any = [numbers[part] for part in parts]
            return pa.array(found if isinstance(label, str) else [found], self._kind)
        try:
            if not isinstance(label, str):
                return pa.array([parts], self._kind)
            made = _typed(label, self._kind)
            if texts_of(made) == [label]:
                return made
        except (*FAULTS, InvalidOperation):
            pass
        shown = label if isinstance(label, str) else list(label)
        raise DataError(
            f"{self._where} holds values of the type {self._kind}, and {shown!r} is not one: "
            "choose another name for the class, or change the column's type to string"
        )


def _typed(label: str, kind: pa.DataType) -> pa.Array:
    """The value that is read as this label, if the type has one."""
    if is_bytes(kind):
        return pa.array([label.encode()], kind)
    if pa.types.is_boolean(kind):
        return pa.array([{"true": True, "false": False}[label]], kind)
    if pa.types.is_duration(kind):
        sign, _, seconds = label.removesuffix("S").partition("PT")
        ticks = Decimal(f"{sign}{seconds}").scaleb(UNITS[kind.unit])
        return pa.array([int(ticks)], pa.int64()).cast(kind)
    if pa.types.is_time(kind):
        moment = pc.cast(pa.array([f"1970-01-01 {label}"]), pa.timestamp(kind.unit))
        return pc.cast(moment, kind)
    text = pa.array([label])
    if pa.types.is_float16(kind):
        return pc.cast(pc.cast(text, pa.float64()), kind)
    return pc.cast(text, kind)


def plain(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The values as Parquet stores them: without dictionaries, views and types built on others."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(values.storage)
    if isinstance(kind, pa.DictionaryType):
        return plain(values.dictionary_decode())
    wanted = plain_type(kind)
    return values if wanted == kind else values.cast(wanted)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of `plain` values."""
    if isinstance(kind, pa.DictionaryType):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        make = pa.list_ if pa.types.is_list(kind) else pa.large_list
        inner = kind.value_field
        return make(inner.with_type(plain_type(inner.type)))
    return {"string_view": pa.string(), "binary_view": pa.binary()}.get(str(kind), kind)


def bits(values: pa.Array) -> pa.Array:
    """Floats as their bits, so that NaN equals itself and 0 differs from -0."""
    kind = values.type
    if pa.types.is_floating(kind):
        return values.view({16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[kind.bit_width])
    return values
