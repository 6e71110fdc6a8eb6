"""Checksums of rows in the database: a flipped bit is found where the row is read.

SQLite checks no content: a letter of a name, a digit of a score or of a file's SHA-256 may change
on the disk, and every query works as before. So each row holds the BLAKE2b of its own values.
NULL values are left out, so that a nullable column may be added later and old rows still match.

It costs 6 to 15 microseconds a row. Checksums can't show that a row is missing; `check` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

LENGTH = 32  # hexadecimal digits, 128 bits
CHECKSUM = "checksum"  # the column


class Unreadable:
    """Replaces a value that its column's type can't read: bad JSON, say, or an invalid time."""

    def __init__(self, raw: object) -> None:
        self.raw = raw

    def __repr__(self) -> str:
        return f"Unreadable({self.raw!r})"


def digest(values: Mapping[str, Any]) -> str:
    """The checksum of a row's values by column; None values are left out."""
    present = {name: value for name, value in values.items() if value is not None}
    plain = json.dumps(present, sort_keys=True, separators=(",", ":"), default=_plain)
    return blake2b(plain.encode(), digest_size=LENGTH // 2).hexdigest()


def is_intact(values: Mapping[str, Any]) -> bool:
    """Whether values match the checksum among them."""
    own = {name: value for name, value in values.items() if name != CHECKSUM}
    return values.get(CHECKSUM) == digest(own)


def _plain(value: object) -> object:
    """A value that JSON lacks; times are in UTC, as not every database keeps the zone."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if hasattr(value, "tolist"):  # numpy's numbers
        return value.tolist()
    return repr(value)  # of the wrong type: it matches no checksum
