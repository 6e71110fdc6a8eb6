"""Unlabelled rows that were attached to a data set: its pool.

    attach   content {"pool", "name", "column", "rows", "sha256", "bytes", "left_out"}
    detach   content {"pool", "removed"}    removed, or with "removed" false put back

Each attachment is one event, and its rows are in one file that never changes. A decision gives an
attached row its first label; with it, the row is a training row of the runs that are trained next.
Those with a label stay so when their attachment is removed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from hamr.decisions.records import Event, Label

NO_LABEL: Label = ""  # the label that an attached row came with
_ID = re.compile(r"pool-([0-9a-f]{12})-(\d{1,9})")


class PoolRow(NamedTuple):
    """A row that is attached."""

    place: int  # in the file that it comes from, counted from 1
    text: str
    # Of a sentence, where a word holds a blank; the words of all others are their texts', parted
    # at blanks.
    words: tuple[str, ...] | None = None


def as_row(place: int, words: Sequence[str]) -> PoolRow:
    """The row of a sentence; empty words are left out."""
    own = [word for word in words if word]
    text = " ".join(own)
    return PoolRow(place, text, None if text.split() == own else tuple(own))


@dataclass(frozen=True)
class Attachment:
    """Rows that were attached together."""

    key: str
    name: str  # of the file that they came from, or of the page where they were typed
    column: str  # of the file, which has their texts; "" without one, as where they were typed
    rows: int
    left_out: Mapping[str, int]  # why a row of the file is not here -> how many
    annotator: str
    time: datetime
    version: int
    sha256: str  # of the file that the store keeps
    bytes: int
    removed: bool = False  # its rows without a label are no longer offered

    def row_id(self, number: int) -> str:
        """The id of the row with that number, counted from 0."""
        return f"pool-{self.key}-{number + 1}"


class Attachments:
    """All attachments of a data set, the oldest first. Not thread-safe."""

    def __init__(self) -> None:
        self.known: dict[str, Attachment] = {}
        self.changed: dict[str, int] = {}  # the version that each was removed or put back in

    def add(self, event: Event) -> None:
        """Add one, remove one, or put one back."""
        content = event.content or {}
        key = str(content["pool"])
        if event.kind == "detach":
            if key in self.known:
                self.known[key] = replace(self.known[key], removed=bool(content["removed"]))
                self.changed[key] = event.version
            return
        self.known[key] = Attachment(
            key=key,
            name=str(content["name"]),
            column=str(content["column"]),
            rows=int(content["rows"]),
            left_out=dict(content["left_out"]),
            annotator=event.annotator,
            time=event.time,
            version=event.version,
            sha256=str(content["sha256"]),
            bytes=int(content["bytes"]),
        )


def place_in_pool(row_id: str) -> tuple[str, int] | None:
    """The key of the attachment and the number of a row, by its id; None for any other id."""
    found = _ID.fullmatch(row_id)
    return (found[1], int(found[2]) - 1) if found else None
