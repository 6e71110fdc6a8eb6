"""The events of a run or sweep: one JSON object a line, appended, never changed.

Events are for watching (live curves, the log, the time left). What must last is in the epochs; a
line that a dying worker left incomplete is skipped.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from time import time
from typing import Any

from hamr.records import Progress, StepRecord
from hamr.store.files import disk_errors

Event = dict[str, Any]


def append(path: Path, record: Progress | StepRecord | Mapping[str, Any]) -> None:
    """Append one event with its time (unix seconds) and kind. Raises NoSpaceError, StoreError."""
    event = {"time": round(time(), 3), **_as_event(record)}
    line = json.dumps(finite(event), ensure_ascii=False, allow_nan=False) + "\n"
    with disk_errors(path.parent), open(path, "ab+", buffering=0) as file:
        file.write(_line_break(file) + line.encode("utf-8", "replace"))


def read(path: Path, after: int = 0) -> tuple[list[Event], int]:
    """The complete lines from byte `after` on, and the offset to continue from."""
    try:
        with open(path, "rb") as file:
            file.seek(after)
            data = file.read()
    except FileNotFoundError:
        return [], after
    end = data.rfind(b"\n") + 1
    return _parse(data[:end]), after + end


def tail(path: Path, size: int = 1 << 18) -> list[Event]:
    """The last events: as many as fit into `size` bytes."""
    try:
        start = max(0, os.path.getsize(path) - size)
    except FileNotFoundError:
        return []
    return read(path, start)[0]


def finite(value: Any) -> Any:
    """The value with numbers that JSON lacks (NaN, infinity) as null."""
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return finite(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_event(record: Progress | StepRecord | Mapping[str, Any]) -> Event:
    if isinstance(record, Progress):
        return {"kind": "progress", **asdict(record)}
    if isinstance(record, StepRecord):
        return {"kind": "step", **asdict(record)}
    return {"kind": "log", **record}


def _line_break(file: Any) -> bytes:
    """A line break, if the last writer died inside its line."""
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def _parse(data: bytes) -> list[Event]:
    events = []
    for line in data.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events
