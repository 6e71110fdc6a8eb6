"""JSON arrays of objects, and JSONL: one object per line. Read in pieces, never as a whole."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from hamr.errors import ColumnError, DataError
from hamr.files.mending import ClashingKeyError, Mender
from hamr.files.table import Unit
from hamr.files.textfile import open_text

HEAD_ROWS = 1000  # the columns are those of the first rows: objects may leave keys out
_CHUNK = 1 << 20  # characters
_LONGEST_OBJECT = 100_000_000  # characters
BLANKS = " \t\r\n\ufeff"  # a byte order mark counts as a blank: concatenated files contain some
_BLANK = re.compile(f"[{BLANKS}]*")
_SHAPE = 'write [{"text": "...", "label": "..."}, ...], or one such object per line'


class _DoubledKey(Exception):
    """An object has a key twice."""


def _doubled(keys: Iterable[str]) -> str:
    """The first key that occurs again."""
    seen: set[str] = set()
    return next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]


def _number(text: str) -> float | str:
    """The number; its text where it is too large to be one."""
    found = float(text)
    return found if math.isfinite(found) else text


def _whole(text: str) -> int | str:
    """The whole number; its text where it is longer than any that is meant."""
    return int(text) if len(text) < 40 else text


def decoder(key: Callable[[str], str], *, numbers: bool = False) -> json.JSONDecoder:
    """A decoder that gives each key through `key`, and drops none of two equal ones silently.

    Numbers stay texts, as they are written, unless `numbers` are wanted. NaN is not JSON, but
    programs write it for a missing value.
    """

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = {key(name): value for name, value in pairs}
        if len(row) != len(pairs):
            raise _DoubledKey(_doubled(key(name) for name, _ in pairs))
        return row

    return json.JSONDecoder(
        object_pairs_hook=as_object,
        parse_float=_number if numbers else str,
        parse_int=_whole if numbers else str,
        parse_constant=lambda name: None if name == "NaN" else name,
    )


class JsonFile:
    """A .json or .jsonl file; its first characters show which of the two it is."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notices: list[str] = []
        self._mender, self._decoder = Mender(self.name, "row"), decoder(self._key)
        with open_text(path) as file:
            window = self._window(file)
            first = window.peek()
            if not first:
                raise DataError(f"{self.name} is empty: {_SHAPE}")
            if first not in "[{":
                raise DataError(f"{self.name} starts with {first!r}, not with [ or {{: {_SHAPE}")
            self._is_array = first == "["
            if path.suffix.lower() == ".json" and first == "{":
                self._check_lines(window)
        self.unit: Unit = "row" if self._is_array else "line"

    def keep_numbers(self) -> None:
        """Give numbers as numbers from now on, not as the texts that the file has for them."""
        self._decoder = decoder(self._key, numbers=True)

    def columns(self) -> list[str]:
        """The keys of the first rows, in order of appearance."""
        head = islice(self._objects(), HEAD_ROWS)
        return list(dict.fromkeys(key for _, row in head for key in row))

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The row's number (array) or line (JSONL) and its values; None for a missing key."""
        names = list(wanted)
        self._mender = mender = Mender(self.name, self.unit)
        for place, row in self._objects():
            yield place, mender.row(place, names, [row.get(column) for column in names])
        self.notices = mender.notices()

    def _check_lines(self, window: Window) -> None:
        """Whether a .json file is JSONL, as many are; one object alone is refused."""
        self._decode(window, 1, "row")
        if window.peek() != "{":
            raise DataError(f"{self.name} is one JSON object, not an array of rows: {_SHAPE}")

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for place, value in self._items() if self._is_array else self._lines():
            if not isinstance(value, dict):
                raise DataError(f"{self.name}, {self.unit} {place:,} is not an object: {_SHAPE}")
            yield place, value

    def _lines(self) -> Iterator[tuple[int, Any]]:
        with open_text(self.path) as file:
            for place, line in enumerate(file, 1):
                if not line.strip(BLANKS):
                    continue
                window = self._window(None, line.rstrip())
                window.peek()
                yield place, self._decode(window, place, "line")
                if window.peek():
                    raise DataError(
                        f"{self.name}, line {place:,} continues after its object: "
                        "write one object per line"
                    )

    def _items(self) -> Iterator[tuple[int, Any]]:
        with open_text(self.path) as file:
            window, place = self._window(file), 0
            mark = window.skip()  # the opening bracket
            mark = window.skip() if window.peek() == "]" else mark
            while mark != "]":
                place += 1
                window.peek()
                yield place, self._decode(window, place, "row")
                mark = window.skip()
                if mark not in (",", "]"):
                    found = repr(mark) if mark else "the end of the file (is it cut off?)"
                    raise DataError(
                        f"{self.name}, row {place:,} is followed by {found}, "
                        "where a comma or ] should be"
                    )
            if window.peek():
                raise DataError(
                    f"{self.name} continues after the ] of its array: write one array, or one "
                    "object per line"
                )

    def _window(self, file: TextIO | None, text: str = "") -> Window:
        return Window(self._decoder, file, text)

    def _key(self, key: str) -> str:
        return key if key.isascii() else self._mender.key(key)

    def _decode(self, window: Window, place: int, unit: Unit) -> Any:
        where = f"{self.name}, {unit} {place:,}"
        try:
            return window.decode()
        except json.JSONDecodeError as error:
            reason = error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at")
            raise DataError(
                f"{where} is not complete JSON ({reason}): correct or remove it"
            ) from None
        except RecursionError:
            raise DataError(f"{where} is nested too deeply: {_SHAPE}") from None
        except _DoubledKey as error:
            raise ColumnError(
                f"{where} has the key {error.args[0]!r} twice: rename one of them"
            ) from None
        except ClashingKeyError as error:
            raise ColumnError(
                f"{where} has the key {error.args[0]!r}, as another {unit} has, and the two differ "
                "only in half a character (a cut emoji): rename one of them"
            ) from None


class Window:
    """The part of a file that is being decoded."""

    def __init__(self, decoder: json.JSONDecoder, file: TextIO | None, text: str = "") -> None:
        self._decoder, self._file, self._text, self._at = decoder, file, text, 0
        self._passed, self._taken = "", 0  # what `take` returns up to there

    def peek(self) -> str:
        """The next character that is not blank, without reading it; "" at the end."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def skip(self) -> str:
        """Read the next character that is not blank."""
        mark = self.peek()
        self._at += len(mark)
        return mark

    def decode(self) -> Any:
        """The JSON value that begins here; reads on while it may be incomplete."""
        while True:
            try:
                value, self._at = self._decoder.raw_decode(self._text, self._at)
                return value
            except json.JSONDecodeError as error:
                # A cut word or escape fails within its own length of the end.
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - 16
                if not cut or not self._grow():
                    raise

    def take(self) -> str:
        """The characters that were read since the last call."""
        text = self._passed + self._text[self._taken : self._at]
        self._passed, self._taken = "", self._at
        return text

    def _grow(self) -> bool:
        """Read as much as is unread already, so that long objects take linear time."""
        rest = self._text[self._at :]
        if self._file is None or len(rest) > _LONGEST_OBJECT:
            return False
        more = self._file.read(max(_CHUNK, len(rest)))
        self._passed += self._text[self._taken : self._at]
        self._text, self._at, self._taken = rest + more, 0, 0
        return bool(more)
