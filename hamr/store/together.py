"""Sends of several threads in one transaction: who waits for the disk waits together.

A commit costs the disk's syncs, whatever is in it. While one is under way, those who come line
up; the first of them then commits for all. With 20 threads that send without a pause SQLite kept
67 decisions a second one by one, and keeps 310 to 450 so (python -m tests.benchmarks.annotators).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Condition
from time import monotonic

from sqlalchemy.exc import IntegrityError

from hamr.decisions import Event, Recorded
from hamr.errors import BusyError, DecisionError
from hamr.store import database as db

MOST = 100  # sends in one transaction: the first of them wait for the last


class Send:
    """What one thread wants to add, and what became of it."""

    def __init__(
        self, make: Callable[[], Sequence[Event]], answer: Callable[[], list[Recorded]]
    ) -> None:
        self._make = make  # called within the transaction
        self._answer = answer  # called right after the commit
        self.deadline = monotonic() + db.patient_for()  # then its thread waits no longer
        self.answers: list[Recorded] = []
        self.done = False
        self.error: BaseException | None = None

    def events(self) -> Sequence[Event]:
        """What is to be added; none if it is refused, which is this send's own error alone."""
        try:
            return self._make()
        except Exception as error:
            self.error = error
            return ()

    def settle(self) -> None:
        """It is committed, unless it was refused."""
        if self.error is None:
            self.answers = self._answer()


class Together:
    """The line of the threads that write to one data set's decisions."""

    def __init__(self, home: Path, commit: Callable[[Sequence[Send]], None]) -> None:
        self._home = home
        self._commit = commit
        self._line: list[Send] = []
        self._committing = False
        self._changed = Condition()  # of the line, of who commits, of what is done

    def write(
        self, make: Callable[[], Sequence[Event]], answer: Callable[[], list[Recorded]]
    ) -> list[Recorded]:
        """Commit what `make` gives, with what others give; the answers, from right after that.

        Raises what went wrong with it.
        """
        own = Send(make, answer)
        with self._changed:
            self._line.append(own)
        while not own.done:
            sends = self._turn(own)
            if sends:
                try:
                    self._try(sends)
                finally:
                    with self._changed:
                        self._committing = False
                        self._changed.notify_all()
        if own.error is not None:
            raise own.error
        return own.answers

    def _turn(self, own: Send) -> list[Send]:
        """Wait until it is done, which leaves nothing to do, or the turn to commit for others."""
        with self._changed:
            free = self._changed.wait_for(
                lambda: own.done or not self._committing, timeout=own.deadline - monotonic()
            )
            if not free:
                self._leave(own)
            if own.done:
                return []
            sends, self._line = self._line[:MOST], self._line[MOST:]
            self._committing = True
            return sends

    def _leave(self, own: Send) -> None:
        """Wait no longer. What is just being committed may be there all the same: send it again."""
        if own in self._line:
            self._line.remove(own)
        raise BusyError(
            f"The store in {self._home} has been busy for {db.patient_for():.0f} s with other "
            "annotators' decisions: send yours again"
        )

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
