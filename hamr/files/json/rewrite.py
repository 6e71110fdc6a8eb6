"""JSON and JSON Lines: the label's value of some objects is replaced in place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from hamr.errors import DataError
from hamr.files.json.reader import BLANKS, JsonFile, Window, decoder
from hamr.files.mending import mended
from hamr.files.textfile import open_text

_BLANK = re.compile(f"[{BLANKS}]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_DECODER = decoder(mended)
_CHUNK = 1 << 20  # characters

New = str | Sequence[str]


def json_file(file: JsonFile, column: str, changes: Mapping[int, New]) -> Iterator[str]:
    """The text of the file, object by object; `changes` by row of an array, else by line."""
    with open_text(file.path) as text:
        ascii_only = all(chunk.isascii() for chunk in iter(lambda: text.read(_CHUNK), ""))
    for place, raw in _lines(file) if file.unit == "line" else _rows(file):
        if place in changes:
            yield _replaced(raw, column, changes[place], ascii_only)
        else:
            yield raw


def _lines(file: JsonFile) -> Iterator[tuple[int, str]]:
    with open_text(file.path) as text:
        yield from enumerate(text, 1)


def _rows(file: JsonFile) -> Iterator[tuple[int, str]]:
    """The objects of an array by their number, and under 0 what is between them."""
    with open_text(file.path) as text:
        window, row = Window(_DECODER, text), 0
        window.skip()  # the opening bracket
        while window.peek() not in ("]", ""):
            yield 0, window.take()
            row += 1
            window.decode()
            yield row, window.take()
            if window.peek() == ",":
                window.skip()
        while window.skip():  # the closing bracket, and blanks
            pass
        yield 0, window.take()


def _replaced(raw: str, column: str, label: New, ascii_only: bool) -> str:
    """The text with another value under that key of the object in it."""
    places = _values(raw, _skip(raw, 0))
    if column not in places:
        raise DataError(f"a row has no {column!r} to replace: the file has changed")
    begin, end = places[column]
    old = raw[begin:end]
    new = (
        _scalar(old, label, ascii_only) if isinstance(label, str) else _list(old, label, ascii_only)
    )
    return raw[:begin] + new + raw[end:]


def _scalar(old: str, label: str, ascii_only: bool) -> str:
    """A label in the kind of value that the old one has: a text, a number, true or false."""
    if old.startswith('"'):
        text = json.loads(old)
        first = len(text) - len(text.lstrip())
        label = text[:first] + label + text[len(text.rstrip()) :]
    elif _kind(old) and _kind(old) == _kind(label):
        return label
    return json.dumps(label, ensure_ascii=ascii_only)


def _kind(value: str) -> str:
    """What a value without quotes is in JSON: a boolean, a number; "" for any other text."""
    if value in ("true", "false"):
        return "truth"
    return "number" if _NUMBER.fullmatch(value) else ""


def _list(old: str, labels: Any, ascii_only: bool) -> str:
    """A list with other texts; those that are the same, and all between them, are unchanged."""
    pieces, done, at = [], 0, _skip(old, 1)
    for label in labels:
        value, end = _DECODER.raw_decode(old, at)
        if not isinstance(value, str) or mended(value) != label:
            pieces += [old[done:at], json.dumps(label, ensure_ascii=ascii_only)]
            done = end
        at = _skip(old, end)
        at = _skip(old, at + 1)  # the comma, or the end
    return "".join([*pieces, old[done:]])


def _values(text: str, start: int) -> dict[str, tuple[int, int]]:
    """Where the values of the object that begins at `start` are, by their keys."""
    found = {}
    at = _skip(text, start + 1)
    while text[at] != "}":
        key, end = scanstring(text, at + 1, True)
        begin = _skip(text, _skip(text, end) + 1)  # after the colon
        _, end = _DECODER.raw_decode(text, begin)
        found[mended(key)] = (begin, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _skip(text: str, at: int) -> int:
    """The place of the next character that is not blank."""
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
