"""A second copy of the decisions, one JSON object a line, in a file for each data set.

    HOME/decisions/FINGERPRINT.jsonl     {"sum": CHECKSUM, "event": {column: value, ...}}

An event is appended and synced after its commit and before its answer, so whatever was
acknowledged is in the database and here. If a process dies between the two, the next act on that
data adds what the journal lacks. So lost databases and damaged events can be read from here; lost
is at most what nobody got an answer to.
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
TAIL_BYTES = 1 << 16  # searched for the last line, before the whole file is read

Values = dict[str, Any]  # an event by column


class Journal:
    """The journal of one data set's decisions."""

    def __init__(self, home: Path, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        safe = fingerprint.isascii() and fingerprint.isalnum()
        name = fingerprint if safe else sha256(fingerprint.encode()).hexdigest()
        self.path = home / FOLDER / f"{name}{ENDING}"
        self._size, self._last = -1, 0  # when this process last wrote it: its size and last version

    def append(self, events: Sequence[Values], after: Callable[[int], list[Values]]) -> None:
        """Append committed events; `after` reads those after a version from the database.

        The caller holds a lock. Raises OSError.
        """
        last = self._last_version()
        if last > events[0]["previous"]:
            known = {event["id"]: event["client_id"] for event in self.read()[0]}
            events = [event for event in events if known.get(event["id"]) != event["client_id"]]
            if events and events[0]["id"] <= last:  # the database was replaced by an older one
                self.set_aside()
                events = after(0)
        elif last < events[0]["previous"]:
            events = after(last)
        if events:
            self._write(events)

    def rewrite(self, events: Sequence[Values]) -> None:
        """Replace all events by these, completely or not at all. Raises OSError."""
        scratch = self.path.with_suffix(".part")
        self.path.parent.mkdir(exist_ok=True)
        with open(scratch, "wb") as file:
            file.write(self.encode(events))
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, self.path)
        sync_folder(self.path.parent)
        self._size = -1

    @staticmethod
    def encode(events: Sequence[Values]) -> bytes:
        """Events as the lines of a journal."""
        return b"".join(map(_line, events))

    def read(self) -> tuple[list[Values], int]:
        """The events whose lines are intact, and how many lines are not."""
        return read_lines(self.path)

    def set_aside(self) -> None:
        """Rename the journal, so that nothing reads or changes it."""
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
    """The events of a journal whose lines are intact, and how many lines are not."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], 0
    found = [_event(line) for line in lines if line.strip()]
    return [event for event in found if event is not None], found.count(None)


def _line(event: Values) -> bytes:
    plain = json.dumps({"sum": digest(event), "event": event}, default=_moment)
    return plain.encode() + b"\n"


# It does not sync the time of the change, which nobody needs; not every system has it.
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
