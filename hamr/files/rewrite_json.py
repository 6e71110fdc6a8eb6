"""JSON and JSON Lines: the label's value of some objects is replaced where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json import decoder
from typing import Any

from hamr.errors import DataError
from hamr.files.jsonfile import JsonFile
from hamr.files.textfile import open_text

_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_DECODER = json.JSONDecoder()


def json_file(
    file: JsonFile, column: str, changes: Mapping[int, str | Sequence[str]]
) -> Iterator[str]:
    """The text of the file, object by object; `changes` by row of an array, else by line."""
    with open_text(file.path) as text:
        ascii_only = all(chunk.isascii() for chunk in iter(lambda: text.read(1 << 20), ""))
    with open_text(file.path) as text:
        if file.unit == "line":
            for line, raw in enumerate(text, 1):
                start = _skip(raw, 0)
                yield (
                    _replaced(raw, start, column, changes[line], ascii_only)
                    if (line in changes)
                    else raw
                )
            return
        yield from _array(text.read(), column, changes, ascii_only)


def _array(
    text: str, column: str, changes: Mapping[int, str | Sequence[str]], ascii_only: bool
) -> Iterator[str]:
    done, at, row = 0, _skip(text, _skip(text, 0) + 1), 0
    while text[at] != "]":
        row += 1
        start = at
        _, end = _DECODER.raw_decode(text, start)
        if row in changes:
            yield text[done:start]
            yield _replaced(text[start:end], 0, column, changes[row], ascii_only)
            done = end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    yield text[done:]


def _replaced(
    raw: str, start: int, column: str, label: str | Sequence[str], ascii_only: bool
) -> str:
    """The text with another value under that key of the object that begins at `start`."""
    places = _values(raw, start)
    if column not in places:
        raise DataError(f"a row has no {column!r} to replace: the file has changed")
    begin, end = places[column]
    old = raw[begin:end]
    new = (
        _scalar(old, label, ascii_only) if isinstance(label, str) else _list(old, label, ascii_only)
    )
    return raw[:begin] + new + raw[end:]


def _scalar(old: str, label: Any, ascii_only: bool) -> str:
    """A label in the kind of value that the old one has: a text, a number, true or false."""
    if old.startswith('"'):
        text = json.loads(old)
        first = len(text) - len(text.lstrip())
        label = text[:first] + label + text[len(text.rstrip()) :]
    elif _kind(old) and _kind(old) == _kind(label):
        return label
    return json.dumps(label, ensure_ascii=ascii_only)


def _kind(value: str) -> str:
    """What a bare value is in JSON: a truth, a number; "" for any other text."""
    if value in ("true", "false"):
        return "truth"
    return "number" if _NUMBER.fullmatch(value) else ""


def _list(old: str, labels: Any, ascii_only: bool) -> str:
    """A list with other texts; those that are the same, and all between them, stay."""
    pieces, done, at = [], 0, _skip(old, 1)
    for label in labels:
        value, end = _DECODER.raw_decode(old, at)
        if value != label:
            pieces += [old[done:at], json.dumps(label, ensure_ascii=ascii_only)]
            done = end
        at = _skip(old, end)
        at = _skip(old, at + 1)  # the comma, or the end
    return "".join([*pieces, old[done:]])


def _values(text: str, start: int) -> dict[str, tuple[int, int]]:
    """Where the values of the object that begins at `start` lie, by their keys."""
    found = {}
    at = _skip(text, start + 1)
    while text[at] != "}":
        key, end = decoder.scanstring(text, at + 1, True)  # type: ignore[attr-defined]
        begin = _skip(text, _skip(text, end) + 1)  # behind the colon
        _, end = _DECODER.raw_decode(text, begin)
        found[key] = (begin, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _skip(text: str, at: int) -> int:
    """The place of the next character that is not blank."""
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
