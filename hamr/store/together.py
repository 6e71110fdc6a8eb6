"""Sends of several threads in one transaction: who waits for the disk waits together.

A commit costs the disk's syncs, whatever is in it. While one is under way, those who come line
up; the first of them then commits for all. With 20 threads that send without a pause SQLite kept
67 decisions a second one by one, and keeps 450 so (python -m tests.benchmarks.annotators).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from sqlalchemy.exc import IntegrityError

from hamr.decisions import Event
from hamr.errors import BusyError, DecisionError
from hamr.store import database as db

MOST = 100  # sends in one transaction: the first of them wait for the last


class Send:
    """What one thread wants to add, and what became of it."""

    def __init__(self, make: Callable[[], Sequence[Event]]) -> None:
        self.make = make  # called within the transaction
        self.done = False
        self.error: BaseException | None = None

    def events(self) -> Sequence[Event]:
        """What is to be added; none if it is refused, which is this send's own error alone."""
        try:
            return self.make()
        except Exception as error:
            self.error = error
            return ()


class Together:
    """The line of the threads that write to one data set's decisions."""

    def __init__(self, home: Path, commit: Callable[[Sequence[Send]], None]) -> None:
        self._home = home
        self._commit = commit
        self._committing = Lock()
        self._line: list[Send] = []
        self._lining_up = Lock()

    def write(self, make: Callable[[], Sequence[Event]]) -> None:
        """Commit what `make` gives, with what others give. Raises what went wrong with it."""
        own = Send(make)
        with self._lining_up:
            self._line.append(own)
        while not own.done:
            if not self._committing.acquire(timeout=db.BUSY_SECONDS):
                self._leave(own)
            try:
                if not own.done:
                    self._commit_line()
            finally:
                self._committing.release()
        if own.error is not None:
            raise own.error

    def _leave(self, own: Send) -> None:
        """Wait no longer. What is just being committed may be there all the same: send it again."""
        with self._lining_up:
            if own in self._line:
                self._line.remove(own)
        raise BusyError(
            f"The store in {self._home} has been busy for {db.BUSY_SECONDS} s with other "
            "annotators' decisions: send yours again"
        )

    def _commit_line(self) -> None:
        with self._lining_up:
            sends, self._line = self._line[:MOST], self._line[MOST:]
        self._try(sends)

    def _try(self, sends: Sequence[Send]) -> None:
        try:
            self._commit(sends)
        except BaseException as error:
            self._fail(sends, error)
        for send in sends:
            send.done = True

    def _fail(self, sends: Sequence[Send], error: BaseException) -> None:
        """Nothing was committed: that is everybody's error, unless one of them caused it."""
        doubled = isinstance(error.__cause__, IntegrityError)
        if doubled and len(sends) > 1:
            for send in sends:
                send.error = None
                self._try([send])
            return
        for send in sends:
            send.error = error
        if doubled:
            sends[0].error = DecisionError(
                "a client id was used for a decision on other data: make a new one for each"
            )
