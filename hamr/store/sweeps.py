"""The sweeps of a store: the plan of each, its status, and its runs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hamr.errors import DamagedError, RunNotFound, SettingError
from hamr.store import events
from hamr.store.copies import SWEEP as COPY
from hamr.store.copies import first, instance
from hamr.store.files import disk_errors
from hamr.store.info import Origin, RunInfo, SweepInfo, data_name
from hamr.store.lifecycle import Lifecycle
from hamr.store.names import LONGEST_NAME, SHORTEST_PREFIX, checked_name
from hamr.store.run import Run
from hamr.store.runs import RunStore
from hamr.store.status import RESUMABLE, Status
from hamr.store.sweep_place import SweepPlace
from hamr.store.tables import SweepRow, SweepRunRow
from hamr.sweeps import Planned, SweepSettings, plan


class Sweep(Lifecycle[SweepInfo]):
    """A handle on one sweep. It holds no state, so many may look at the same one."""

    row, noun = SweepRow, "sweep"
    resumable = (*RESUMABLE, "finished")  # a run of it may have been deleted meanwhile

    def __init__(self, store: RunStore, sweep_id: str) -> None:
        super().__init__(store, sweep_id)
        self.store: RunStore = store

    @cached_property
    def plan(self) -> tuple[Planned, ...]:
        """Its runs, those still to come included; a sweep's specification never changes."""
        return plan(self._info().settings)

    def log(self, message: str, **details: Any) -> None:
        """Append a sentence to the sweep's log; its runs have logs of their own."""
        events.append(self._events_path, {"kind": "log", "message": message, **details})

    def set_fingerprint(self, fingerprint: str) -> None:
        """Write which rows its runs train on."""
        with self.store.database.write() as session:
            session.get_one(SweepRow, self.id).fingerprint = fingerprint
        self._write_copy()

    def run_ids(self) -> dict[int, str]:
        """The run at each place that has one."""
        query = select(SweepRunRow.place, SweepRunRow.run_id).where(SweepRunRow.sweep_id == self.id)
        with self.store.database.read() as session:
            return {place: run_id for place, run_id in session.execute(query)}

    def runs(self) -> dict[int, RunInfo]:
        """The run at each place that has one, as lists show it."""
        infos = {info.id: info for info in self.store.runs()}
        return {place: infos[run] for place, run in self.run_ids().items() if run in infos}

    def create_run(self, planned: Planned) -> Run:
        """Create the run at that place with the status "running": the caller trains it."""
        info = self._info()
        assert info.fingerprint is not None  # rows come first
        words = (info.name, planned.method, planned.point, f"seed {planned.seed}")
        name = ", ".join(filter(None, words))
        origin = info.settings.origin and Origin(*info.settings.origin)
        place = SweepPlace(self.id, planned.place, info.fingerprint, name, origin)
        return self.store.create_run(planned.settings, status="running", place=place)

    def _write_copy(self) -> None:
        self.store.copies.write_sweep(self.id)

    def _info(self) -> SweepInfo:
        with self.store.database.read() as session:
            row = session.get(SweepRow, self.id)
        if row is None:
            raise RunNotFound(f"There is no sweep {self.id}", field="sweep")
        return _info(readable(self.store.home, row) or row)


class Sweeps:
    """All sweeps of a store."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def create(
        self,
        settings: SweepSettings,
        *,
        name: str | None = None,
        fingerprint: str | None = None,
        status: Status = "queued",
    ) -> Sweep:
        """A new sweep. Raises SettingError if the name is empty, too long or taken."""
        wanted = checked_name(name, "sweep") if name else None
        self._store.database.check_writable()
        sweep = Sweep(self._store, str(uuid.uuid4()))
        with disk_errors(self._store.home):
            sweep.folder.mkdir(parents=True)
        with self._store.database.write() as session:
            taken = set(session.scalars(select(SweepRow.name)))
            if wanted in taken:
                raise SettingError(
                    f'A sweep named "{wanted}" exists with another specification or other rows: '
                    "choose another name",
                    field="name",
                )
            free = wanted or next(n for n in _default_names(settings) if n not in taken)
            row = SweepRow(id=sweep.id, name=free, status=status, created=datetime.now(UTC))
            row.specification = settings.to_store()
            row.fingerprint = fingerprint
            session.add(row)
        self._store.copies.write_sweep(sweep.id)
        return sweep

    def all(self) -> list[SweepInfo]:
        """All sweeps, the newest first."""
        return [Sweep(self._store, row.id).info for row in self._rows()]

    def queue(self) -> list[Sweep]:
        """The sweeps that wait to be run, the oldest first."""
        waiting = [row for row in self._rows() if row.status == "queued"]
        return [Sweep(self._store, row.id) for row in reversed(waiting)]

    def like(self, settings: SweepSettings, fingerprint: str, name: str | None) -> Sweep | None:
        """The newest sweep of that specification on those rows (and of that name)."""
        clean = checked_name(name, "sweep") if name else None
        for row in self._rows():
            info = _info(row)
            same_rows = info.fingerprint in (None, fingerprint)
            if same_rows and clean in (None, info.name) and info.settings.same_runs(settings):
                return Sweep(self._store, info.id)
        return None

    def of_run(self, run_id: str) -> Sweep | None:
        """The sweep that the run is part of."""
        query = select(SweepRunRow.sweep_id).where(SweepRunRow.run_id == run_id)
        with self._store.database.read() as session:
            found = session.scalar(query)
        return Sweep(self._store, found) if found else None

    def get(self, name: str) -> Sweep:
        """The sweep of that name, id, or beginning of an id. Raises RunNotFound otherwise."""
        rows = self._rows()
        exact = [row.id for row in rows if name in (row.id, row.name)]
        long = len(name) >= SHORTEST_PREFIX
        found = exact or [row.id for row in rows if long and row.id.startswith(name)]
        if len(found) == 1:
            return Sweep(self._store, found[0])
        there = ", ".join(f'"{row.name}"' for row in rows[:5]) or "none"
        raise RunNotFound(
            f'{len(found) or "No"} sweep{"s answer" if found else " answers"} to "{name}" in '
            f"{self._store.home}: give its name or the first {SHORTEST_PREFIX} characters of its "
            f"id; there are: {there}",
            field="sweep",
        )

    def _rows(self) -> list[SweepRow]:
        query = select(SweepRow).order_by(SweepRow.created.desc(), SweepRow.id)
        with self._store.database.read() as session:
            rows = list(session.scalars(query))
        # A sweep that is damaged here and in its folder is left out: `check` names it.
        found = [readable(self._store.home, row) for row in rows]
        return [row for row in found if row is not None]


def readable(home: Path, row: SweepRow) -> SweepRow | None:
    """The sweep's row, or its copy if it is damaged; None if that is damaged too."""
    if not row.damaged:
        return row
    values = first(home / "sweeps" / str(row.id) / COPY, "sweeps")
    return None if values is None else instance(SweepRow, values)


def _default_names(settings: SweepSettings) -> Iterator[str]:
    """ "demo sweep 1", "demo sweep 2", ..."""
    stem = data_name(settings.data)[: LONGEST_NAME // 2]
    return (f"{stem} sweep {number}" for number in count(1))


def _info(row: SweepRow) -> SweepInfo:
    if row.damaged:
        raise DamagedError(
            "The sweep's entry in the database does not match its checksum, and its folder has no "
            "intact copy of it: restore a backup; its runs are not affected",
            field="sweep",
        )
    return SweepInfo(
        id=row.id,
        name=row.name,
        created=row.created,
        status=row.status,  # type: ignore[arg-type]  # only `Lifecycle.change_status` writes it
        settings=SweepSettings.stored(row.specification),
        fingerprint=row.fingerprint,
        error=row.error,
        error_field=row.error_field,
    )
