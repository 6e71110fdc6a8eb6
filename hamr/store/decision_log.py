"""The events on one data set: stored for good, read on from the last one, copied to a journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import replace
from threading import RLock
from time import monotonic
from typing import TypeVar

from sqlalchemy.orm import Session

from hamr.decisions import Attachment, Corrections, Decision, Event, Log, Recorded
from hamr.errors import GoneError, StoreError
from hamr.records import Split
from hamr.store import database as db
from hamr.store import locks
from hamr.store.decision_rows import (
    add,
    now,
    read_after,
    read_full,
    read_rows,
    read_versions,
    serialise,
)
from hamr.store.group_commit import GroupCommit, Send
from hamr.store.journal import Journal, Values
from hamr.store.labelled_rows import LabelledRows, check_annotator, check_id
from hamr.store.pool_files import PoolFiles
from hamr.store.recording import new_event, new_events, undo_or_redo

T = TypeVar("T")


class DecisionLog:
    """All events on one data set. Safe for threads and for many processes.

    The events are in the database. This object keeps those it has read and reads on from the last
    one at every call, so its answers are never out of date. A journal holds a second copy.
    """

    def __init__(
        self,
        database: db.Database,
        fingerprint: str,
        rows: Callable[[], LabelledRows],
        pool: PoolFiles,
    ) -> None:
        self.fingerprint, self.pool = fingerprint, pool
        self._database = database
        self._open_rows = rows
        self._rows: LabelledRows | None = None
        self._log, self._logs = Log(), 1  # the log, and how many logs there have been
        self._looking = RLock()  # held by whoever reads or changes the log
        self._corrections: dict[Split | None, Corrections] = {}  # the last ones computed
        self._writers = GroupCommit(database.home, self._commit)
        self._journal = Journal(database.home, fingerprint)

    # --- what annotators do ---

    def record(self, decisions: Sequence[Decision]) -> list[Recorded]:
        """Store decisions, all or none, in one transaction; the answers after the commit.

        A client id that was sent before counts once and gets the same answer. A decision on a row
        that others have decided on meanwhile is stored too; `conflict` of its answer says so.
        Raises DecisionError if one does not fit its row, and a StoreError (see `retryable`) if the
        database can't store them: then none of them is stored, and all may be sent again.
        """
        if not decisions:
            return []
        checked = [self.rows.checked(decision) for decision in decisions]
        return self._writers.write(
            lambda: new_events(checked, self._log, self.rows),
            lambda: [self._log.answer(decision.client_id) for decision in checked],
        )

    def undo(self, act_id: str, annotator: str, client_id: str) -> Recorded:
        """Undo a whole act of the same annotator; a class act may be anybody's. Raises
        DecisionError if that is impossible.
        """
        return self._flip(Event(0, client_id, act_id, annotator, now(), "undo"))

    def redo(self, act_id: str, annotator: str, client_id: str) -> Recorded:
        """Redo an act that was undone. Raises DecisionError if that is impossible."""
        return self._flip(Event(0, client_id, act_id, annotator, now(), "redo"))

    def add(self, event: Event, check: Callable[[Log], None]) -> Recorded:
        """Store an event that is no decision, once; `check` raises DecisionError if it can't be.

        A client id that was sent before counts once and gets the same answer.
        """
        check_annotator(event.annotator)
        check_id("a client id", event.client_id)
        return self._writers.write(
            lambda: new_event(event, self._log, check),
            lambda: [self._log.answer(event.client_id)],
        )[0]

    # --- the events themselves, with evidence ---

    def events(self, after: int = 0, limit: int | None = None) -> list[Event]:
        """The events after a version, in order."""
        with self._database.read() as session:
            return read_full(session, after, limit, self._journal)

    def history(self, row_id: str) -> list[Event]:
        """All events on a row, in order, with undo and redo of its acts."""
        versions = self._look(lambda log: [event.version for event in log.touching(row_id)])
        with self._database.read() as session:
            return read_versions(session, versions, self._journal)

    @property
    def rows(self) -> LabelledRows:
        """The rows of the data set. Raises StoreError if the store no longer has them."""
        if self._rows is None:
            self._rows = self._open_rows()
        return self._rows

    def ask(self, question: Callable[[Log], T]) -> T:
        """An answer from all events, up to the last one."""
        return self._look(question)

    @property
    def attachments(self) -> dict[str, Attachment]:
        """The unlabelled rows that were attached (see `hamr.store.pools`), by key, oldest first."""
        return self._look(lambda log: dict(log.pool.known))

    # --- inside ---

    def _look(self, ask: Callable[[Log], T]) -> T:
        """An answer from the log, brought up to date."""
        while True:
            logs = self._logs
            # What is cached is that this log was up to date in this state of the database.
            key = ("decisions", self.fingerprint, logs)
            self._database.memory.recall(key, self._read_on)
            with self._looking:
                if self._logs == logs:  # else a commit has failed meanwhile
                    return ask(self._log)

    def _read_on(self) -> None:
        done = False
        while not done:
            with self._looking:
                log = self._log
                version = log.version
            with self._database.read() as session:
                events = read_after(session, version, self._journal)
            with self._looking:  # only after the session: a commit waits for readers
                done = log is self._log
                log.add(events)

    def _commit(self, sends: Sequence[Send]) -> None:
        """Add the events of several sends in one transaction; a send that is refused is left out.

        The log gets them within the transaction, so that each send sees those before it; others
        can't read the log before the commit.
        """
        self._database.check_writable()
        end = max(send.deadline for send in sends)
        with self._write_lock(end), ExitStack() as looking, db.patience(end - monotonic()):
            log_changed = False
            added: list[Values] = []
            try:
                with self._database.write() as session:
                    serialise(session, self.fingerprint, db.patient_for())
                    known = read_after(session, self._log.version, self._journal)
                    looking.enter_context(self._looking)
                    log_changed = True
                    self._log.add(known)
                    for send in sends:
                        added += self._add(session, send.events())
            except BaseException:
                if log_changed:  # it has what was not committed: read a new one from the start
                    self._log, self._logs = Log(), self._logs + 1
                raise
            if added:
                self._copy(added)
            for send in sends:
                send.settle()

    def _write_lock(self, end: float) -> AbstractContextManager[object]:
        """A lock that shares out writing among processes, for a database that does not.

        SQLite's writers retry at growing intervals, so that latecomers overtake: of 20 processes
        that write without a pause the slowest waited for 12 s. All poll this lock equally often.
        """
        if self._database.engine.dialect.name != "sqlite":
            return nullcontext()
        home, seconds = self._database.home, max(end - monotonic(), 0.0)
        busy = f"The store in {home} has been busy for {db.patient_for():.0f} s: send it again"
        return locks.held(home / "decisions.lock", busy, patience=seconds)

    def _add(self, session: Session, events: Sequence[Event]) -> list[Values]:
        """Add the events of one send, to the log too; their rows as stored."""
        if not events:
            return []
        known = self._log.version
        rows = add(session, self.fingerprint, events, known)
        if rows[0]["id"] <= known:
            raise GoneError(
                f"The database of the store in {self._database.home} has fewer decisions than "
                "before (is it an older copy?): check that it is the right one, then try again"
            )
        self._log.add(
            replace(event, version=row["id"], text_hash=None, evidence=None)
            for event, row in zip(events, rows, strict=True)
        )
        return rows

    def _copy(self, added: Sequence[Values]) -> None:
        """Append what was committed to the journal; if that fails, the next act does it."""

        def after(version: int) -> list[Values]:
            with self._database.read() as session:
                return read_rows(session, self.fingerprint, version)

        home, busy = self._database.home, "another process writes the journals"
        locked = self._database.engine.dialect.name == "sqlite"  # by `_write_lock` already
        lock = nullcontext() if locked else locks.held(home / "journals.lock", busy)
        with suppress(OSError, StoreError), lock:
            self._journal.append(added, after)

    def _flip(self, event: Event) -> Recorded:
        check_annotator(event.annotator)
        check_id("a client id", event.client_id)
        return self._writers.write(
            lambda: undo_or_redo(event, self._log, self.rows),
            lambda: [self._log.answer(event.client_id)],
        )[0]
