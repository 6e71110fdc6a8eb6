"""Values of Arrow's types as texts, for every type that a file can have.

Numbers, dates, times, decimals and booleans are written as Arrow writes them, whole floats without
their fraction, durations as ISO 8601 has them in seconds ("PT5400S"), UUIDs in their usual form.
Lists, structures and maps become Python's, with plain values in them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}  # digits after the second


def texts_of(column: pa.Array) -> list[Any]:
    """The texts, None for no value; bytes that are not UTF-8 stay bytes.

    Raises UnicodeDecodeError for texts that are not UTF-8, IndexError for damaged dictionaries, and
    an ArrowException, ValueError or OverflowError for values that Python can't hold.
    """
    for is_kind, convert in _BY_KIND:
        if is_kind(column.type):
            return convert(column)
    return list(pc.cast(column, pa.string()).to_pylist())


def is_text(kind: pa.DataType) -> bool:
    """Whether it is a type of texts."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is(kind, "string_view")


def is_bytes(kind: pa.DataType) -> bool:
    """Whether it is a type of bytes, of fixed length or not."""
    usual = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return usual or pa.types.is_fixed_size_binary(kind) or _is(kind, "binary_view")


def _is(kind: pa.DataType, name: str) -> bool:
    return str(kind) == name


def texts_with_halves(column: pa.Array) -> list[Any]:
    """The texts of a column, or of its lists, where some contain half a character.

    UTF-8 has no half characters, but some programs write them; two that belong together become
    one. Raises UnicodeDecodeError if a text is not UTF-8 for another reason.
    """
    if isinstance(column.type, pa.DictionaryType):
        return _looked_up(texts_with_halves(column.dictionary), column.indices)
    return [_halves(value) for value in column.cast(_as_bytes(column.type)).to_pylist()]


def _halves(value: Any) -> Any:
    if isinstance(value, list):
        return [_halves(one) for one in value]
    if not isinstance(value, bytes):
        return value
    text = value.decode("utf-8", "surrogatepass")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _as_bytes(kind: pa.DataType) -> pa.DataType:
    """The type with bytes instead of texts."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        make = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return make(kind.value_field.with_type(_as_bytes(kind.value_type)))
    if not is_text(kind):
        return kind
    return pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()


def _dictionary(column: pa.Array) -> list[Any]:
    return _looked_up(texts_of(column.dictionary), column.indices)


def _looked_up(names: list[Any], indices: pa.Array) -> list[Any]:
    places = indices.to_pylist()
    if any(i is not None and i < 0 for i in places):
        raise IndexError("a value is outside of its dictionary")
    return [None if i is None else names[i] for i in places]


def _extension(column: pa.Array) -> list[Any]:
    kind: Any = column.type
    if kind.extension_name == "arrow.uuid":
        values = column.storage.to_pylist()
        return [None if value is None else str(uuid.UUID(bytes=value)) for value in values]
    if kind.extension_name == "arrow.bool8":
        return texts_of(column.storage.cast(pa.bool_()))
    return texts_of(column.storage)


def _durations(column: pa.Array) -> list[Any]:
    digits = UNITS[column.type.unit]
    return [_duration(ticks, digits) for ticks in column.cast(pa.int64()).to_pylist()]


def _zoned(column: pa.Array) -> list[Any]:
    try:
        return list(pc.cast(column, pa.string()).to_pylist())
    except pa.ArrowInvalid:  # a time zone that this machine does not know; the time itself is known
        universal = column.cast(pa.timestamp(column.type.unit, "UTC"))
        return list(pc.cast(universal, pa.string()).to_pylist())


def _decoded(value: bytes | None) -> str | bytes | None:
    try:
        return value and value.decode()
    except UnicodeDecodeError:
        return value


def _number(value: Any) -> str | None:
    """Undo what pandas does: whole numbers with gaps become floats, and gaps NaN."""
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return None
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _duration(ticks: int | None, digits: int) -> str | None:
    if ticks is None:
        return None
    seconds = Decimal(abs(ticks)).scaleb(-digits)
    written = f"{seconds:f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return f"{'-' if ticks < 0 else ''}PT{written}S"


def _plain(value: Any) -> Any:
    """A value within a list or structure, without types of Arrow or pandas."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, bytes):
        return _decoded(value)
    if value is None or isinstance(value, str | bool | int | float | timedelta):
        return value
    return str(value)


_BY_KIND: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], list[Any]]], ...] = (
    (lambda kind: isinstance(kind, pa.DictionaryType), _dictionary),
    (lambda kind: isinstance(kind, pa.BaseExtensionType), _extension),
    (is_text, lambda column: list(column.to_pylist())),
    (is_bytes, lambda column: [_decoded(value) for value in column.to_pylist()]),
    (pa.types.is_floating, lambda column: [_number(value) for value in column.to_pylist()]),
    (pa.types.is_duration, _durations),
    (lambda kind: pa.types.is_timestamp(kind) and kind.tz is not None, _zoned),
    (pa.types.is_nested, lambda column: [_plain(value) for value in column.to_pylist()]),
)
