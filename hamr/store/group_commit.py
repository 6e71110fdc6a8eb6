"""Group commit: decisions that several threads send at once are written in one transaction.

A commit costs the disk's syncs, whatever it contains. While one is under way, other threads queue
their sends; the first of them then commits all that are queued. With 20 threads that send without
a pause, SQLite stored 67 decisions a second one by one, and stores 310 to 450 in groups
(python -m tests.benchmarks.annotators).
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

MOST = 100  # sends in one transaction: the first of them waits for the last


class Send:
    """What one thread wants to add, and its outcome."""

    def __init__(
        self, make: Callable[[], Sequence[Event]], answer: Callable[[], list[Recorded]]
    ) -> None:
        self._make = make  # called within the transaction
        self._answer = answer  # called right after the commit
        self.deadline = monotonic() + db.patient_for()  # its thread waits no longer than that
        self.answers: list[Recorded] = []
        self.done = False
        self.error: BaseException | None = None

    def events(self) -> Sequence[Event]:
        """The events to add. None if the send is refused, which is no error of the others."""
        try:
            return self._make()
        except Exception as error:
            self.error = error
            return ()

    def settle(self) -> None:
        """Read the answers after the commit, unless the send was refused."""
        if self.error is None:
            self.answers = self._answer()


class GroupCommit:
    """The queue of threads that write to one data set's decisions."""

    def __init__(self, home: Path, commit: Callable[[Sequence[Send]], None]) -> None:
        self._home = home
        self._commit = commit
        self._queue: list[Send] = []
        self._committing = False
        self._changed = Condition()  # the queue, whether one commits, or what is done

    def write(
        self, make: Callable[[], Sequence[Event]], answer: Callable[[], list[Recorded]]
    ) -> list[Recorded]:
        """Commit what `make` returns, with what others send; the answers right after that.

        Raises the error of this send.
        """
        own = Send(make, answer)
        with self._changed:
            self._queue.append(own)
        while not own.done:
            sends = self._wait(own)
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

    def _wait(self, own: Send) -> list[Send]:
        """Wait until this send is done, or until its thread is to commit: the sends to commit."""
        with self._changed:
            free = self._changed.wait_for(
                lambda: own.done or not self._committing, timeout=own.deadline - monotonic()
            )
            if not free:
                self._give_up(own)
            if own.done:
                return []
            sends, self._queue = self._queue[:MOST], self._queue[MOST:]
            self._committing = True
            return sends

    def _give_up(self, own: Send) -> None:
        """Wait no longer. A commit under way may still include it: sending it again is safe."""
        if own in self._queue:
            self._queue.remove(own)
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
        """Nothing was committed: that is everybody's error, unless one send caused it."""
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
