"""Half characters in JSON: an escape "\\ud83d" is half of an emoji, and UTF-8 can't hold it.

They occur in texts that were cut in the middle of an emoji. Each is replaced, wherever it is: in
texts, labels, ids, lists and keys.
"""

from __future__ import annotations

import re
from typing import Any

from hamr.files.table import Unit, at_places

REPLACEMENT = "\ufffd"
LONGEST_KEPT = 1000  # characters of a value that is compared with others
_HALF = re.compile("[\ud800-\udfff]")
_HALF_OR_MENDED = re.compile("[\ud800-\udfff\ufffd]")


class ClashingKeyError(Exception):
    """Two keys would be the same once they are repaired."""


def mended(text: str) -> str:
    """The text with each half character replaced."""
    return text if text.isascii() else _HALF.sub(REPLACEMENT, text)


class Mender:
    """Repairs the rows of one file, and notes what it repaired."""

    def __init__(self, name: str, unit: Unit) -> None:
        self._name, self._unit = name, unit
        self._places: dict[int, None] = {}
        self._clashes: dict[int, None] = {}
        self._originals: dict[tuple[str, str], str] = {}
        self._keys: dict[str, str] = {}
        self._place = 0
        self._in_key = False

    def key(self, key: str) -> str:
        """A key of the row that is being decoded. Raises ClashingKeyError."""
        if key.isascii() or not _HALF_OR_MENDED.search(key):
            return key
        found = mended(key)
        if self._keys.setdefault(found, key) != key:
            raise ClashingKeyError(found)
        self._in_key |= found != key
        return found

    def row(self, place: int, columns: list[str], values: list[Any]) -> list[Any]:
        """The values of the row that was decoded, by column, repaired."""
        self._place = place
        if self._in_key:
            self._places[place] = None
            self._in_key = False
        return [
            value
            if value is None or (type(value) is str and value.isascii())
            else self._value(column, value)
            for column, value in zip(columns, values, strict=True)
        ]

    def notices(self) -> list[str]:
        """Notices: what was repaired, and which values became the same by it."""
        found = []
        if self._places:
            where = at_places(self._name, self._unit, [*self._places])
            found.append(f"half a character (a cut emoji) is replaced by {REPLACEMENT}: {where}")
        if self._clashes:
            where = at_places(self._name, self._unit, [*self._clashes])
            found.append(
                "values that differ only in half a character are the same once it is replaced: "
                f"{where}"
            )
        return found

    def _value(self, column: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(column, one) for one in value]
        if isinstance(value, dict):
            return {key: self._value(column, one) for key, one in value.items()}
        if not isinstance(value, str) or not _HALF_OR_MENDED.search(value):
            return value
        found = mended(value)
        if found != value:
            self._places[self._place] = None
        if len(value) <= LONGEST_KEPT and (
            self._originals.setdefault((column, found), value) != value
        ):
            self._clashes[self._place] = None
        return found
