"""What is predicted so far, next to the file that will be written, so that a kill loses one chunk.

    OUT.partial     a line of JSON that says what is predicted of what, then a line for each chunk:
                    {"column": [value of each row, ...], ...}

A line counts once it ends with a line feed; what a kill left after the last such one is cut off.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hamr.errors import BusyError, SettingError
from hamr.store.files import disk_errors

VERSION = 1
WORDS = {
    "bytes": "size of the file", "changed": "time at which the file was changed",
    "rows": "rows of a chunk", "started": "time at which the run started",
}  # fmt: skip
Columns = dict[str, list[Any]]


class Journal:
    """The chunks of one prediction; a context that keeps other processes out."""

    def __init__(self, target: Path, about: dict[str, Any]) -> None:
        """`about` is all that the predictions depend on, as JSON can hold it."""
        self.path = target.with_name(f"{target.name}.partial")
        self._about = json.loads(json.dumps({"version": VERSION, **about}))
        self.chunks = 0  # that it holds
        self.rows = 0  # in these

    def __enter__(self) -> Journal:
        """Open it, or begin it. Raises BusyError where another process predicts to the same file,
        SettingError for a journal of another prediction.
        """
        with disk_errors(self.path):
            self._file = self.path.open("a+b")
        try:
            self._hold()
            self._read()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, columns: Columns) -> None:
        """Keep a chunk, on the disk. Raises NoSpaceError, StoreError."""
        with disk_errors(self.path):
            self._write(columns)
        self.chunks += 1
        self.rows += _length(columns)

    def each(self) -> Iterator[Columns]:
        """The chunks, one at a time."""
        with self.path.open("rb") as file:
            file.readline()
            for line in file:
                yield json.loads(line)

    def remove(self) -> None:
        """Remove it, once all is written."""
        self.path.unlink(missing_ok=True)

    def _hold(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError(
                f"another process predicts to {self.path.with_suffix('')}: wait for its end, or "
                "choose another place with --to",
                field="to",
            ) from error

    def _read(self) -> None:
        """Count what is there, and cut off what is not whole."""
        self._file.seek(0)
        whole = 0
        for number, line in enumerate(self._file):
            if not line.endswith(b"\n") and (number or line.startswith(b"{")):
                break
            content = self._content(line)
            if number == 0 and content != self._about:
                raise self._of_another(content)
            if number:
                self.chunks += 1
                self.rows += _length(content)
            whole += len(line)
        self._file.truncate(whole)
        if not whole:
            with disk_errors(self.path):
                self._write(self._about)

    def _content(self, line: bytes) -> dict[str, Any]:
        try:
            content = json.loads(line)
        except ValueError:
            content = None
        if isinstance(content, dict):
            return content
        raise SettingError(
            f"{self.path} exists, and is not what a prediction keeps there: choose another place "
            "with --to, or replace it with --overwrite",
            field="to",
        )

    def _write(self, content: dict[str, Any]) -> None:
        self._file.write(json.dumps(content, ensure_ascii=False).encode("utf-8") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _of_another(self, content: dict[str, Any]) -> SettingError:
        differ = [
            WORDS.get(name, name.replace("_", " "))
            for name, value in self._about.items()
            if content.get(name) != value
        ]
        return SettingError(
            f"{self.path} is what is left of another prediction (it differs in "
            f"{', '.join(differ)}): repeat that command to continue it, or remove it with "
            "--overwrite",
            field="to",
        )


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values()), []))
