"""The life cycle that runs and sweeps share: one status in the database, one lock on the disk.

The database says what was asked for and how it ended; the lock says whether a process works on it
now. `hamr.store.status` draws the statuses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, cast

from sqlalchemy import select

from hamr.store import locks
from hamr.store.base import StoreBase
from hamr.store.info import RunInfo, SweepInfo
from hamr.store.status import ENDED, RESUMABLE, Status
from hamr.store.tables import RunRow, SweepRow

Info = TypeVar("Info", RunInfo, SweepInfo)


class Lifecycle(ABC, Generic[Info]):
    """A handle on a run or a sweep. It holds no state, so many may look at the same one."""

    row: ClassVar[type[RunRow] | type[SweepRow]]  # where the status is written
    noun: ClassVar[str]  # "run" or "sweep": in sentences, and in the names of files
    resumable: ClassVar[tuple[Status, ...]] = RESUMABLE

    def __init__(self, store: StoreBase, job_id: str) -> None:
        self.store = store
        self.id = job_id
        self.folder = store.home / f"{self.noun}s" / job_id

    # --- what everybody reads ---

    @property
    def info(self) -> Info:
        """Its state now. Raises RunNotFound once it is deleted."""
        info = self._info()
        if info.active and not self.is_held:
            # Asked again: a worker writes how it ended just before it releases its lock.
            return as_seen(self._info(), held=False)
        return info

    @property
    def written_status(self) -> str | None:
        """The status that was last written, a cheap read; None once it is deleted."""
        with self.store.database.read() as session:
            return session.scalar(select(self.row.status).where(self.row.id == self.id))

    @property
    def is_held(self) -> bool:
        """Whether a living process works on it."""
        return locks.is_held(self._lock_path)

    # --- what people ask for ---

    def request_stop(self) -> None:
        """Ask it to stop: at once if it is queued, otherwise after the step under way.

        The worker finds the request in the database, so any process may ask. What has ended stays
        as it is.
        """
        if self.change_status(("queued",), "stopped"):
            return
        if self.is_held:
            self.change_status(("running",), "stopping")
        else:  # interrupted: there is nobody left to stop it
            self.change_status(("running", "stopping"), "stopped")

    def resume(self) -> bool:
        """Queue it again, if it has ended early or its process has died: was it queued?"""
        return self.change_status(self.resumable, "queued")

    # --- what its worker writes ---

    @contextmanager
    def hold(self) -> Iterator[None]:
        """The worker's exclusive lock. Raises BusyError if another process has it."""
        name = self._info().name
        busy = (
            f'{self.noun.capitalize()} "{name}" is being trained by another process: wait for it, '
            "or stop it"
        )
        with locks.held(self._lock_path, busy):
            yield

    def claim(self, expected: Sequence[str]) -> bool:
        """Queue it for the process that holds it, if its status is one of `expected`: was it?"""
        return self.change_status(expected, "queued")

    def begin(self) -> bool:
        """Write that it runs, unless it was stopped while it was queued: does it?"""
        return self.change_status(("queued",), "running")

    def fail(self, error: str, field: str | None = None) -> None:
        """Write that it failed: a sentence, and the setting that the error is about."""
        self.set_status("failed", error=error, field=field)

    def set_status(
        self, status: Status, *, error: str | None = None, field: str | None = None
    ) -> None:
        """Write a status, with the error if there is one and the setting that it is about."""
        self.change_status((), status, error=error, field=field)

    def change_status(
        self,
        expected: Sequence[str],
        status: Status,
        *,
        error: str | None = None,
        field: str | None = None,
    ) -> bool:
        """`set_status`, if the written status is one of `expected` (() for any): was it changed?"""
        with self.store.database.write() as session:
            found = session.get(self.row, self.id, with_for_update=True)
            row = cast(RunRow | SweepRow | None, found)
            if row is None or (expected and row.status not in expected):
                return False
            for name, value in _changes(status, error, field).items():
                if name in row.__mapper__.columns:  # of a sweep no times are kept
                    setattr(row, name, value)
        self._write_copy()
        return True

    @abstractmethod
    def log(self, message: str, **details: Any) -> None:
        """Append a sentence to its log."""

    # --- inside ---

    @abstractmethod
    def _info(self) -> Info:
        """Its state as written in the database. Raises RunNotFound once it is deleted."""

    @abstractmethod
    def _write_copy(self) -> None:
        """Write the copy in its folder, after a change of the database."""

    @property
    def _lock_path(self) -> Path:
        return self.folder / f"{self.noun}.lock"

    @property
    def _events_path(self) -> Path:
        return self.folder / "events.jsonl"


def as_seen(info: Info, held: bool) -> Info:
    """The state that people see; `held` says whether a living process holds the lock.

    A worker can't write that it was killed, but the kernel has released its lock.
    """
    return replace(info, status="interrupted") if info.active and not held else info


def _changes(status: Status, error: str | None, field: str | None) -> Mapping[str, Any]:
    """The columns that change with the status, now."""
    changes: dict[str, Any] = {"status": status, "error": error, "error_field": field}
    now = datetime.now(UTC)
    if status == "queued":
        changes |= {"queued": now, "finished": None}
    if status == "running":
        changes |= {"started": now, "finished": None}
    if status in ENDED:
        changes["finished"] = now
    return changes
