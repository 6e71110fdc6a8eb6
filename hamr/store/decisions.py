"""The decisions on one data set: recorded for good, and what follows from all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import replace
from threading import RLock
from time import monotonic
from typing import TypeVar

from sqlalchemy.orm import Session

from hamr.decisions import (
    Agreement,
    Corrections,
    CurrentLabels,
    Decision,
    Event,
    Label,
    Log,
    Recorded,
    State,
    Work,
    agreement,
)
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
from hamr.store.journal import Journal, Values
from hamr.store.judged_rows import JudgedRows, check_annotator, check_id
from hamr.store.recording import fresh, turning
from hamr.store.together import Send, Together

T = TypeVar("T")


class Decisions:
    """All decisions on the rows of one data set. Safe for threads and for many processes.

    The events lie in the database; this object remembers those it has read and reads on from
    the last one, so that what it tells is up to date at every call. A journal holds them once more.
    """

    def __init__(
        self, database: db.Database, fingerprint: str, rows: Callable[[], JudgedRows]
    ) -> None:
        self.fingerprint = fingerprint
        self._database = database
        self._open_rows = rows
        self._rows: JudgedRows | None = None
        self._log, self._logs = Log(), 1  # and how many there were
        self._looking = RLock()  # whoever reads or changes the log
        self._corrections: dict[Split | None, Corrections] = {}  # as they were last asked for
        self._writers = Together(database.home, self._commit)
        self._journal = Journal(database.home, fingerprint)

    # --- what annotators do ---

    def record(self, decisions: Sequence[Decision]) -> list[Recorded]:
        """Keep decisions, all in one transaction, or none; the answers after the commit.

        A client id that is there already counts once and gets the answer it got. A decision on a
        row that others have decided on meanwhile is kept too; the answer's `conflict` tells.
        Raises DecisionError where one does not fit, and a StoreError (see `retryable`) where the
        database can't keep them: then none of them is recorded, and all may be sent again.
        """
        if not decisions:
            return []
        checked = [self.rows.checked(decision) for decision in decisions]
        return self._writers.write(
            lambda: fresh(checked, self._log, self.rows),
            lambda: [self._log.answer(decision.client_id) for decision in checked],
        )

    def undo(self, act_id: str, annotator: str, client_id: str) -> Recorded:
        """Take back a whole act of one's own. Raises DecisionError if that can't be."""
        return self._turn(Event(0, client_id, act_id, annotator, now(), "undo"))

    def redo(self, act_id: str, annotator: str, client_id: str) -> Recorded:
        """Bring back an act that was undone. Raises DecisionError if that can't be."""
        return self._turn(Event(0, client_id, act_id, annotator, now(), "redo"))

    # --- what follows from the events ---

    @property
    def version(self) -> int:
        """That of the last event, 0 before the first: it changes with every decision."""
        return self._look(lambda log: log.version)

    @property
    def count(self) -> int:
        """How many events there are."""
        return self._look(lambda log: len(log.by_client))

    def state(self, row_id: str) -> State | None:
        """Where a row stands; None if nothing was ever decided about it."""
        return self._look(lambda log: log.state(row_id))

    def states(self, split: Split | None = None, at: int | None = None) -> dict[str, State]:
        """Where each row stands that anything was decided about, by id.

        With `at` where it stood right after that version.
        """
        found = self._look(Log.states if at is None else lambda log: log.states_at(at))
        if split is None:
            return found
        return {row: state for row, state in found.items() if self.rows.split(row) == split}

    def conflicts(self) -> list[State]:
        """The rows that annotators differ on and nobody has settled, oldest first."""
        found = [state for state in self.states().values() if state.conflict]
        return sorted(found, key=lambda state: state.version)

    def corrections(self, split: Split | None = None) -> Corrections:
        """The labels in force that are not the rows' own; rows in conflict keep their own."""
        version, states = self._look(lambda log: (log.version, log.states()))
        known = self._corrections.get(split)
        if known is not None and known.version == version:
            return known
        if split is not None:
            states = {row: s for row, s in states.items() if self.rows.split(row) == split}
        found = Corrections(
            version=version,
            labels=CurrentLabels.of_states(states.values()).changes(self.rows.original),
            conflicts=sum(state.conflict for state in states.values()),
        )
        self._corrections[split] = found
        return found

    def label(self, row_id: str) -> Label:
        """The label in force. Raises DecisionError if there is no such row."""
        current = CurrentLabels.of_states([self.state(row_id)])
        return current.label(row_id, self.rows.original)

    def names(self) -> tuple[str, ...]:
        """The classes (of sentences the types) of the data, then those that decisions made."""
        made = self._look(Log.names)
        return (*self.rows.names, *sorted(made.difference(self.rows.names)))

    def annotators(self) -> list[str]:
        """Everybody who has decided anything, in the order they came."""
        return self._look(Log.annotators)

    def decided_since(self, version: int) -> int:
        """How many decisions were recorded after a version."""
        return self._look(lambda log: log.decided_since(version))

    def progress(self, annotator: str) -> Work:
        """What an annotator has done, and how fast."""
        return self._look(lambda log: log.work(annotator))

    def agreement(self) -> Agreement:
        """How far annotators agree on the rows that more than one of them labelled."""
        given = (state.given for state in self.states().values())
        return agreement(
            {j.annotator: j.label for j in own if j.label is not None} for own in given
        )

    def last_act(self, annotator: str) -> str | None:
        """The act that this annotator's undo takes back; None if there is none."""
        return self._look(lambda log: log.last_act(annotator))

    def next_redo(self, annotator: str) -> str | None:
        """The act that this annotator's redo brings back; None if there is none."""
        return self._look(lambda log: log.next_redo(annotator))

    # --- the events themselves, with evidence ---

    def events(self, after: int = 0, limit: int | None = None) -> list[Event]:
        """The events after a version, in their order."""
        with self._database.read() as session:
            return read_full(session, after, limit, self._journal)

    def history(self, row_id: str) -> list[Event]:
        """All that touched a row, in its order; undo and redo of its acts too."""
        versions = self._look(lambda log: [event.version for event in log.touching(row_id)])
        with self._database.read() as session:
            return read_versions(session, versions, self._journal)

    @property
    def rows(self) -> JudgedRows:
        """The rows of the data set. Raises StoreError if the store no longer has them."""
        if self._rows is None:
            self._rows = self._open_rows()
        return self._rows

    # --- inside ---

    def _look(self, ask: Callable[[Log], T]) -> T:
        """An answer from the log, brought up to date."""
        while True:
            logs = self._logs
            # What is recalled is that this log was up to date in this state of the database.
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
            with self._looking:  # not before the session has ended: a commit waits for readers
                done = log is self._log
                log.add(events)

    def _commit(self, sends: Sequence[Send]) -> None:
        """Add the events of several sends in one transaction; a send that is refused is left out.

        The log takes them up within the transaction, so that each send sees those before it, and
        nobody looks at it before the commit.
        """
        self._database.check_writable()
        end = max(send.deadline for send in sends)  # who waits long does so with the others
        with self._in_line(end), ExitStack() as looking, db.patience(end - monotonic()):
            taking_up = False
            added: list[Values] = []
            try:
                with self._database.write() as session:
                    serialise(session, self.fingerprint, db.patient_for())
                    known = read_after(session, self._log.version, self._journal)
                    looking.enter_context(self._looking)
                    taking_up = True
                    self._log.add(known)
                    for send in sends:
                        added += self._add(session, send.events())
            except BaseException:
                if taking_up:  # what never happened: another log is read from the start
                    self._log, self._logs = Log(), self._logs + 1
                raise
            if added:
                self._copy(added)
            for send in sends:
                send.settle()

    def _in_line(self, end: float) -> AbstractContextManager[object]:
        """The turn of this process to write, where the database gives none.

        SQLite's writers wait in pauses that grow, so that whoever comes late overtakes: with 20
        processes that write without a pause the longest waited for 12 s. All poll this lock alike.
        """
        if self._database.engine.dialect.name != "sqlite":
            return nullcontext()
        home, seconds = self._database.home, max(end - monotonic(), 0.0)
        busy = f"The store in {home} has been busy for {db.patient_for():.0f} s: send it again"
        return locks.held(home / "decisions.lock", busy, patience=seconds)

    def _add(self, session: Session, events: Sequence[Event]) -> list[Values]:
        """Add the events of one send, to the log too; what was kept of them."""
        if not events:
            return []
        known = self._log.version
        rows = add(session, self.fingerprint, events, known)
        if rows[0]["id"] <= known:
            raise GoneError(
                f"The database of the store in {self._database.home} has fewer decisions than "
                "before (is it an older copy?): see that it is the right one, then try again"
            )
        self._log.add(
            replace(event, version=row["id"], text_hash=None, evidence=None)
            for event, row in zip(events, rows, strict=True)
        )
        return rows

    def _copy(self, added: Sequence[Values]) -> None:
        """Write what was committed into the journal; where that fails, the next act does it."""

        def after(version: int) -> list[Values]:
            with self._database.read() as session:
                return read_rows(session, self.fingerprint, version)

        home, busy = self._database.home, "another process writes the journals"
        alone = self._database.engine.dialect.name == "sqlite"  # then it holds the line already
        line = nullcontext() if alone else locks.held(home / "journals.lock", busy)
        with suppress(OSError, StoreError), line:
            self._journal.append(added, after)

    def _turn(self, event: Event) -> Recorded:
        check_annotator(event.annotator)
        check_id("a client id", event.client_id)
        return self._writers.write(
            lambda: turning(event, self._log), lambda: [self._log.answer(event.client_id)]
        )[0]
