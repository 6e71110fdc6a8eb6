"""Checksums of rows in the database: a flipped bit is found where the row is read.

SQLite checks no content: a letter of a name, a digit of a score or of a file's SHA-256 may change
on the disk, and every query goes on as before. So each row holds the BLAKE2b of its own values.
A value of NULL is left out, so that a nullable column may be added later and old rows still fit.

Costs 6 to 15 microseconds a row. `check` says what a row's checksum can't: that a row is missing.
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
    """Stands for a value that is none of its column's type: bad JSON, say, or no moment in time."""

    def __init__(self, raw: object) -> None:
        self.raw = raw

    def __repr__(self) -> str:
        return f"Unreadable({self.raw!r})"


def digest(values: Mapping[str, Any]) -> str:
    """The checksum of a row's values by column; those that are None do not count."""
    present = {name: value for name, value in values.items() if value is not None}
    plain = json.dumps(present, sort_keys=True, separators=(",", ":"), default=_plain)
    return blake2b(plain.encode(), digest_size=LENGTH // 2).hexdigest()


def is_intact(values: Mapping[str, Any]) -> bool:
    """Whether values that hold a checksum of their own fit it."""
    own = {name: value for name, value in values.items() if name != CHECKSUM}
    return values.get(CHECKSUM) == digest(own)


def _plain(value: object) -> object:
    """JSON for what is none: moments are compared in UTC, as no database keeps the zone."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if hasattr(value, "tolist"):  # numpy's numbers
        return value.tolist()
    return repr(value)  # of the wrong type: it fits no checksum
