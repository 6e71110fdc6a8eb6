"""The runs of a home: made, listed, found, renamed and deleted."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hamr.config import RunSettings
from hamr.errors import NoSpaceError, RunNotFound, SettingError
from hamr.store import locks, lost
from hamr.store.base import StoreBase
from hamr.store.faulty import info_of
from hamr.store.files import disk_errors, scratch_path
from hamr.store.info import RunInfo, data_name
from hamr.store.lifecycle import as_seen
from hamr.store.names import LONGEST_NAME, SHORTEST_PREFIX, checked_name
from hamr.store.row_sets import keys_in
from hamr.store.run import Run
from hamr.store.status import Status
from hamr.store.sweep_place import SweepPlace
from hamr.store.tables import DatasetRow, EpochRow, FileRow, RunRow, SweepRow, SweepRunRow


class RunStore(StoreBase):
    """The part of a store that knows runs, and no sweeps."""

    def create_run(
        self,
        settings: RunSettings,
        *,
        name: str | None = None,
        status: Status = "queued",
        place: SweepPlace | None = None,
    ) -> Run:
        """A new run, at its `place` in a sweep if it is part of one.

        Raises SettingError if the name is empty, too long or taken.
        """
        wanted = checked_name(name) if name else None
        self.database.check_writable()
        run = Run(self, str(uuid.uuid4()))
        with disk_errors(self.home):
            run.folder.mkdir(parents=True)
        now = datetime.now(UTC)
        try:
            with self.database.write() as session:
                row = RunRow(id=run.id, status=status, created=now, queued=now, epochs_done=0)
                names = place.names if place else wanted or _default_names(settings)
                row.name = self._free_name(session, names, wanted)
                row.settings = settings.to_store()
                session.add(row)
                if place:
                    session.flush()
                    place.take(session, row)
        except BaseException:
            with suppress(OSError):
                run.folder.rmdir()
            raise
        self.copies.write_run(run.id)
        return run

    def runs(self) -> list[RunInfo]:
        """All runs, the newest first."""
        recall = self.database.memory.recall
        active = [info.id for info in recall("runs", self._read_runs) if info.active]
        free = [run_id for run_id in active if not Run(self, run_id).is_held]
        # Asked again: a worker writes how it ended just before it releases its lock.
        infos = recall("runs", self._read_runs)
        if not infos and not self.notice and lost.run_folders(self.home):
            lost.check_empty(self.home, "it has no runs")
        return [as_seen(info, held=info.id not in free) for info in infos]

    def queue(self) -> list[Run]:
        """The runs that wait to be trained, the one that has waited longest first."""
        query = select(RunRow).where(RunRow.status == "queued").order_by(RunRow.queued)
        with self.database.read() as session:
            rows = session.scalars(query).all()
        return [Run(self, row.id) for row in rows if not row.damaged]

    def run(self, name: str) -> Run:
        """The run of that id, exact name, or beginning of an id (4 characters or more).

        Raises RunNotFound if none or more than one matches.
        """
        exact, prefixed, total = self.database.memory.recall(
            ("named", name), lambda: self._read_named(name)
        )
        found = exact or (prefixed if len(name) >= SHORTEST_PREFIX else [])
        if len(found) == 1:
            return Run(self, found[0])
        if found:
            raise RunNotFound(
                f'{len(found)} ids of runs begin with "{name}": give more of the id', field="run"
            )
        raise RunNotFound(
            f'No run of the {total} in {self.home} has the name or id "{name}": give its name or '
            f"the first {SHORTEST_PREFIX} characters of its id",
            field="run",
        )

    def rename_run(self, run_id: str, name: str) -> None:
        """Give the run another name. Raises SettingError if it is taken."""
        run, wanted = self.run(run_id), checked_name(name)
        with self.database.write() as session:
            row = session.get(RunRow, run.id)
            if row is not None and row.name != wanted:
                row.name = self._free_name(session, iter([wanted]), wanted)
        self.copies.write_run(run.id)

    def delete_run(self, run_id: str) -> None:
        """Delete the run with its files, and its rows and sets of rows if nothing else uses them.

        Decisions on its rows are kept and count again once the same data is loaded.

        Raises BusyError while it is being trained.
        """
        self.database.check_writable()
        run = self.run(run_id)
        busy = f'Run "{run.info.name}" is being trained: stop it first, then delete it'
        with locks.held(run.folder / "run.lock", busy, patience=0.2):
            try:
                folders, sets = self._forget(run)
            except NoSpaceError:
                # Even deleting needs some room on the disk, which the cache has.
                self.cache.clear()
                folders, sets = self._forget(run)
        for folder in folders:
            self._remove(folder)
        for key in sets:
            self.row_sets.drop(key)

    def _read_runs(self) -> list[RunInfo]:
        query = select(RunRow, DatasetRow).outerjoin(DatasetRow)
        with self.database.read() as session:
            found = session.execute(query.order_by(RunRow.created.desc(), RunRow.id)).all()
        return [info_of(self.home, row, dataset) for row, dataset in found]

    def _read_named(self, name: str) -> tuple[list[str], list[str], int]:
        """The runs of that id or name, those whose ids begin so, and how many there are."""
        exact = select(RunRow.id).where((RunRow.id == name) | (RunRow.name == name))
        prefixed = select(RunRow.id).where(RunRow.id.startswith(name, autoescape=True))
        with self.database.read() as session:
            total = session.scalar(select(func.count()).select_from(RunRow)) or 0
            return list(session.scalars(exact)), list(session.scalars(prefixed)), total

    def _forget(self, run: Run) -> tuple[list[Path], set[str]]:
        """Remove the run from the database; the folders and sets of rows that may be removed."""
        with self.database.write() as session:
            row = session.get(RunRow, run.id)
            fingerprint, origin = (row.fingerprint, row.origin) if row else (None, None)
            sets = set(keys_in(row.settings)) if row else set()
            for table in (FileRow, EpochRow, SweepRunRow):
                session.execute(delete(table).where(table.run_id == run.id))
            session.execute(delete(RunRow).where(RunRow.id == run.id))
            used = {fingerprint, origin} - {None} - self._used(session)
            rows = [self._datasets.remove(session, own) for own in used if own is not None]
            return [run.folder, *rows], sets and sets - _sets_in_use(session)

    def _used(self, session: Session) -> set[str | None]:
        """The data sets of all runs, and those that corrected rows come from."""
        found = session.execute(select(RunRow.fingerprint, RunRow.origin)).all()
        return {fingerprint for pair in found for fingerprint in pair}

    def _remove(self, folder: Path) -> None:
        # Renamed first: if this process dies, the rest is removed later.
        aside = scratch_path(self.home)
        with suppress(FileNotFoundError), disk_errors(self.home):
            folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)

    def _free_name(
        self, session: Session, candidates: Iterator[str] | str, wanted: str | None
    ) -> str:
        taken = set(session.scalars(select(RunRow.name)))
        names = [candidates] if isinstance(candidates, str) else candidates
        free = next((name for name in names if name not in taken), None)
        if free is None:
            raise SettingError(f'A run named "{wanted}" exists: choose another name', field="name")
        return free


def _sets_in_use(session: Session) -> set[str]:
    """The keys of the sets of rows that a run or a sweep names."""
    settings = [*session.scalars(select(RunRow.settings))]
    return set(keys_in([*settings, *session.scalars(select(SweepRow.specification))]))


def _default_names(settings: RunSettings) -> Iterator[str]:
    """ "demo hamr 1", "demo hamr 2", ..."""
    stem = data_name(settings.data)[: LONGEST_NAME // 2]
    return (f"{stem} {settings.training.method} {number}" for number in count(1))
