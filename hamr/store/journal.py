"""The decisions once more, one JSON object a line, in a file for each data set.

    HOME/decisions/FINGERPRINT.jsonl     {"sum": CHECKSUM, "event": {column: value, ...}}

An event is appended, and on the disk, after its commit and before its answer: what was
acknowledged is in the database and here. A process that dies between the two leaves the journal
behind, and the next act on that data adds what it lacks. So a database that is gone, or an event
of it that is damaged, can be read from here; lost is at most what nobody got an answer to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any

from hamr.store.checksums import digest
from hamr.store.files import sync_folder

FOLDER, ENDING = "decisions", ".jsonl"
TAIL_BYTES = 1 << 16  # that the last line is looked for in, before the whole file is read

Values = dict[str, Any]  # an event by the columns of its table


class Journal:
    """The journal of one data set's decisions."""

    def __init__(self, home: Path, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        safe = fingerprint.isascii() and fingerprint.isalnum()
        name = fingerprint if safe else sha256(fingerprint.encode()).hexdigest()
        self.path = home / FOLDER / f"{name}{ENDING}"
        self._size, self._last = -1, 0  # as this process left it, and the version that it ends with

    def append(self, events: Sequence[Values], after: Callable[[int], list[Values]]) -> None:
        """Add events that were committed; `after` gives those of the database after a version.

        The caller lets one process at a time do so. Raises OSError.
        """
        last = self._last_version()
        if last > events[0]["previous"]:
            known = {event["id"]: event["client_id"] for event in self.read()[0]}
            events = [event for event in events if known.get(event["id"]) != event["client_id"]]
            if events and events[0]["id"] <= last:  # the database has gone back to an older state
                self.set_aside()
                events = after(0)
        elif last < events[0]["previous"]:
            events = after(last)
        if events:
            self._write(events)

    def rewrite(self, events: Sequence[Values]) -> None:
        """Put these events in the place of all, whole or not at all. Raises OSError."""
        beside = self.path.with_suffix(".part")
        self.path.parent.mkdir(exist_ok=True)
        with open(beside, "wb") as file:
            file.write(self.encode(events))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.path)
        sync_folder(self.path.parent)
        self._size = -1

    @staticmethod
    def encode(events: Sequence[Values]) -> bytes:
        """Events as the lines of a journal."""
        return b"".join(map(_line, events))

    def read(self) -> tuple[list[Values], int]:
        """The events whose lines are whole, and how many lines are not."""
        return read_lines(self.path)

    def set_aside(self) -> None:
        """Keep the journal under another name, where nothing reads or changes it."""
        with suppress(FileNotFoundError):
            self.path.rename(self.path.with_suffix(f".{time():.0f}.before"))
        self._size = -1

    def _last_version(self) -> int:
        try:
            size = os.path.getsize(self.path)
        except FileNotFoundError:
            return 0
        if size != self._size:
            self._size, self._last = size, self._look(size)
        return self._last

    def _look(self, size: int) -> int:
        with open(self.path, "rb") as file:
            file.seek(max(0, size - TAIL_BYTES))
            event = _event(file.read().rstrip(b"\n").rpartition(b"\n")[2])
        if event is None:  # longer than the tail, or cut off by a crash
            kept = self.read()[0]
            event = kept[-1] if kept else None
        return int(event["id"]) if event else 0

    def _write(self, events: Sequence[Values]) -> None:
        self.path.parent.mkdir(exist_ok=True)
        fresh = not self.path.exists()
        with open(self.path, "ab+", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(-1, os.SEEK_END)
            broken = b"\n" if end and file.read(1) != b"\n" else b""
            data = memoryview(broken + self.encode(events))
            while data:
                data = data[file.write(data) :]
            _sync(file.fileno())
            self._size, self._last = file.tell(), events[-1]["id"]
        if fresh:
            sync_folder(self.path.parent)


def journals(home: Path) -> list[Path]:
    """The journals of a home."""
    return sorted((home / FOLDER).glob(f"*{ENDING}"))


def read_lines(path: Path) -> tuple[list[Values], int]:
    """The events of a journal whose lines are whole, and how many lines are not."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], 0
    found = [_event(line) for line in lines if line.strip()]
    return [event for event in found if event is not None], found.count(None)


def _line(event: Values) -> bytes:
    plain = json.dumps({"sum": digest(event), "event": event}, default=_moment)
    return plain.encode() + b"\n"


# Without the time of the change, which nobody needs; not every system has it.
_sync = getattr(os, "fdatasync", os.fsync)


def _moment(value: Any) -> str:
    text: str = value.isoformat()
    return text


def _event(line: bytes) -> Values | None:
    try:
        found = json.loads(line)
        event = found["event"]
        whole = found["sum"] == digest(event) and isinstance(event["id"], int)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return event if whole else None
