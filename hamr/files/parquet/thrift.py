"""The part of Thrift's compact protocol that Parquet's footers use: reading and writing.

A structure is a dictionary {field's number: (kind, value)} in the order of the file. Unknown fields
are kept as they are. See
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_LONGEST_NUMBER = 70  # bits of a number as it is written, seven a byte

_DEEPEST = 64

Struct = dict[int, tuple[int, Any]]


def read_struct(data: bytes, at: int = 0) -> tuple[Struct, int]:
    """A structure, and where it ends. Raises ValueError or IndexError for malformed data."""
    return _read_struct(data, at, 0)


def written(struct: Struct) -> bytes:
    """The structure as bytes."""
    out = bytearray()
    _write_struct(out, struct)
    return bytes(out)


def get(struct: Struct, number: int, default: Any = None) -> Any:
    """The value of a field; the default where it is not there."""
    return struct[number][1] if number in struct else default


def put(struct: Struct, number: int, value: Any) -> None:
    """Replace the value of an existing field."""
    struct[number] = (struct[number][0], value)


def _read_struct(data: bytes, at: int, depth: int) -> tuple[Struct, int]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    found: Struct = {}
    number = 0
    while True:
        head, at = data[at], at + 1
        if head == 0:
            return found, at
        if head >> 4:
            number += head >> 4
        else:
            number, at = _read_number(data, at)
        kind = head & 15
        if kind in (TRUE, FALSE):
            found[number] = (kind, kind == TRUE)
        else:
            value, at = _read_value(data, at, kind, depth)
            found[number] = (kind, value)


def _read_value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    read = _READERS.get(kind)
    if read is None:
        raise ValueError(f"unknown kind of value {kind}")
    return read(data, at, depth)


def _read_list(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    size, kind = data[at] >> 4, data[at] & 15
    at += 1
    if size == 15:
        size, at = _read_varint(data, at)
    values = []
    for _ in range(size):
        value, at = _read_value(data, at, kind, depth + 1)
        values.append(value)
    return (kind, values), at


def _read_map(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    size, at = _read_varint(data, at)
    if size == 0:
        return (0, 0, []), at
    kinds, at = data[at], at + 1
    pairs = []
    for _ in range(size):
        key, at = _read_value(data, at, kinds >> 4, depth)
        value, at = _read_value(data, at, kinds & 15, depth)
        pairs.append((key, value))
    return (kinds >> 4, kinds & 15, pairs), at


def _read_byte(data: bytes, at: int, _: int) -> tuple[int, int]:
    return data[at], at + 1  # booleans within lists take a byte each


def _read_whole(data: bytes, at: int, _: int) -> tuple[int, int]:
    return _read_number(data, at)


def _read_double(data: bytes, at: int, _: int) -> tuple[bytes, int]:
    return _read_bytes(data, at, 8)


def _read_binary(data: bytes, at: int, _: int) -> tuple[bytes, int]:
    length, at = _read_varint(data, at)
    return _read_bytes(data, at, length)


def _read_inner(data: bytes, at: int, depth: int) -> tuple[Struct, int]:
    return _read_struct(data, at, depth + 1)


def _read_bytes(data: bytes, at: int, length: int) -> tuple[bytes, int]:
    if at + length > len(data):
        raise IndexError("the end of the data")
    return data[at : at + length], at + length


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = data[at], at + 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > _LONGEST_NUMBER:
            raise ValueError("a number is too long")


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    value, at = _read_varint(data, at)
    return (value >> 1) ^ -(value & 1), at


_READERS: dict[int, Callable[[bytes, int, int], tuple[Any, int]]] = {
    **dict.fromkeys((TRUE, FALSE, BYTE), _read_byte),
    **dict.fromkeys((I16, I32, I64), _read_whole),
    DOUBLE: _read_double,
    BINARY: _read_binary,
    **dict.fromkeys((LIST, SET), _read_list),
    MAP: _read_map,
    STRUCT: _read_inner,
}


def _write_struct(out: bytearray, struct: Struct) -> None:
    last = 0
    for number, (kind, value) in sorted(struct.items()):
        if 0 < number - last < 16:
            out.append((number - last) << 4 | kind)
        else:
            out.append(kind)
            _write_number(out, number)
        last = number
        if kind not in (TRUE, FALSE):
            _write_value(out, kind, value)
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in (TRUE, FALSE, BYTE):
        out.append(value)
    elif kind in (I16, I32, I64):
        _write_number(out, value)
    elif kind == DOUBLE:
        out += value
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind in (LIST, SET):
        inner, values = value
        out.append(min(len(values), 15) << 4 | inner)
        if len(values) >= 15:
            _write_varint(out, len(values))
        for one in values:
            _write_value(out, inner, one)
    elif kind == MAP:
        _write_varint(out, len(value[2]))
        if value[2]:
            out.append(value[0] << 4 | value[1])
        for key, one in value[2]:
            _write_value(out, value[0], key)
            _write_value(out, value[1], one)
    else:
        _write_struct(out, value)


def _write_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _write_number(out: bytearray, value: int) -> None:
    _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
