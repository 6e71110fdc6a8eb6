"""A database made again from the folders of a home: copies and journals.

`build` makes it in a new file; `restore_from_folders` puts that in the place of a lost or damaged
database, which is kept under another name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import strftime
from typing import Any

from sqlalchemy import Connection, insert

from hamr.errors import StoreError
from hamr.store import copies, locks
from hamr.store.checksums import CHECKSUM, digest
from hamr.store.database import Database, database_url
from hamr.store.decision_rows import seal
from hamr.store.files import disk_errors, scratch_path, sync_folder
from hamr.store.journal import Values, journals, read_lines
from hamr.store.lost import dataset_folders, run_folders
from hamr.store.migrate import migrate
from hamr.store.names import LONGEST_NAME

LOCKS = ("training.lock", "decisions.lock", "journals.lock", copies.LOCK)  # each writer holds one


@dataclass
class Rebuilt:
    """What was restored, and a sentence on each thing that was not."""

    runs: int = 0
    epochs: int = 0
    datasets: int = 0
    decisions: int = 0
    sweeps: int = 0
    problems: list[str] = field(default_factory=list)
    aside: Path | None = None  # the database that was replaced

    def __str__(self) -> str:
        return (
            f"{self.runs:,} runs with {self.epochs:,} epochs, {self.datasets:,} data sets, "
            f"{self.decisions:,} decisions and {self.sweeps:,} sweeps"
        )


def restore_from_folders(home: Path) -> Rebuilt:
    """Make the database of a home again and put it in place.

    Raises BusyError while a run is trained, and StoreError if nothing can be restored.
    """
    if not (run_folders(home) or dataset_folders(home) or journals(home)):
        raise StoreError(
            f"The folder {home} holds no runs, data sets or decisions to make a database from: "
            "name the folder of the store with --home",
            field="home",
        )
    url = os.environ.get("HAMR_DATABASE_URL")
    with ExitStack() as held:
        for name in LOCKS:
            busy = f"Another process trains or writes in {home}: stop it, then restore again"
            held.enter_context(locks.held(home / name, busy))
        if url and not url.startswith("sqlite"):
            return _into_server(home, url)
        with disk_errors(home):
            return _replace(home)


def build(home: Path, database: Database) -> Rebuilt:
    """Fill an empty database from the folders of the home."""
    migrate(database)
    found = Rebuilt()
    with database.errors(), database.writing.begin() as connection:
        _Filling(home, connection, found).fill()
    return found


def _replace(home: Path) -> Rebuilt:
    scratch = scratch_path(home)
    database = Database(database_url(scratch, None).replace(f"{scratch}/", f"{scratch}."), home)
    path = Path(f"{scratch}.hamr.db")
    try:
        found = build(home, database)
        database.engine.dispose()
        if not found.runs + found.datasets + found.decisions:
            raise StoreError(f"Nothing can be restored from {home}: {' '.join(found.problems)}")
        found.aside = _set_aside(home)
        os.replace(path, home / "hamr.db")
        sync_folder(home)
    finally:
        database.engine.dispose()
        for ending in ("", "-journal"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
    return found


def _set_aside(home: Path) -> Path | None:
    """Rename the database, and a journal that SQLite left."""
    path, aside = home / "hamr.db", home / f"hamr.db.{strftime('%Y%m%d-%H%M%S')}"
    for ending in ("-journal", "-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{aside}{ending}")
    return aside if aside.exists() and aside.stat().st_size else None


def _into_server(home: Path, url: str) -> Rebuilt:
    database = Database(url, home)
    migrate(database)
    with database.errors(), database.engine.connect() as connection:
        filled = [n for n, t in copies.TABLES.items() if connection.execute(t.select()).first()]
    if filled:
        raise StoreError(
            f"The database at HAMR_DATABASE_URL is not empty (it has {', '.join(filled)}): "
            "restore into a new one"
        )
    found = Rebuilt()
    with database.errors(), database.writing.begin() as connection:
        filling = _Filling(home, connection, found)
        filling.fill()
        filling.advance()
    return found


class _Filling:
    """Fills one database."""

    def __init__(self, home: Path, connection: Connection, found: Rebuilt) -> None:
        self._home, self._connection, self._found = home, connection, found
        self._datasets: set[str] = set()
        self._names: dict[str, set[str]] = {"runs": set(), "sweeps": set()}
        self._sweeps: set[str] = set()
        self._last = 0

    def fill(self) -> None:
        """Add all that the folders hold."""
        runs = list(self._copies("runs", run_folders(self._home), copies.RUN))
        for _, content in self._copies("datasets", dataset_folders(self._home), copies.DATASET):
            self._add_datasets(content)
        for _, content in runs:  # in case a data set's own copy is damaged
            self._add_datasets(content)
        folders = sorted((self._home / "sweeps").glob("*"))
        for _, content in self._copies("sweeps", folders, copies.SWEEP):
            for row in content.get("sweeps", ()):
                self._sweeps.add(row["id"])
                self._insert("sweeps", [self._named("sweeps", row)])
                self._found.sweeps += 1
        for folder, content in runs:
            self._add_run(folder, content)
        own = sorted((self._home / "preferences").glob("*"))
        for _, content in self._copies("preferences", own, copies.PREFERENCE):
            self._insert("preferences", content["preferences"])
        self._add_decisions()

    def advance(self) -> None:
        """Make a server number new decisions after the last one."""
        if self._last:
            self._connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('decisions', 'id'), {self._last})"
            )

    def _copies(
        self, table: str, folders: list[Path], name: str
    ) -> Iterator[tuple[Path, copies.Content]]:
        for folder in folders:
            content = copies.read(folder / name)
            if content is not None and content.get(table):
                yield folder, content
            elif (folder / name).exists():
                self._found.problems.append(f"{folder / name} is damaged and left out.")
            elif table == "runs":
                self._found.problems.append(
                    f"{folder} has no {name} (an older version of HAMR made it, or it was "
                    "deleted). Its settings, name and classes are stored nowhere else, so this run "
                    "can't be restored; its files stay where they are."
                )

    def _add_datasets(self, content: copies.Content) -> None:
        for row in content.get("datasets", ()):
            if row["fingerprint"] not in self._datasets:
                self._datasets.add(row["fingerprint"])
                self._insert("datasets", [row])
                self._found.datasets += 1

    def _add_run(self, folder: Path, content: copies.Content) -> None:
        (run,) = content["runs"][:1]
        if run["id"] != folder.name:
            self._found.problems.append(f"{folder} holds the copy of another run, {run['id']}.")
            return
        if run["fingerprint"] not in self._datasets and run["fingerprint"] is not None:
            self._found.problems.append(f'The rows of run "{run["name"]}" were not found.')
            run = {**run, "fingerprint": None}
        self._insert("runs", [self._named("runs", run)])
        self._insert("epochs", content.get("epochs", []))
        self._insert("files", content.get("files", []))
        places = content.get("sweep_runs", [])
        self._insert("sweep_runs", [row for row in places if row["sweep_id"] in self._sweeps])
        self._found.runs += 1
        self._found.epochs += len(content.get("epochs", []))

    def _add_decisions(self) -> None:
        """Add all journals in the order of versions; each event names the one before it."""
        events: list[Values] = []
        for path in journals(self._home):
            own, damaged = read_lines(path)
            events += own
            if damaged:
                self._found.problems.append(f"{path} has {damaged} damaged lines, left out.")
        known: set[Any] = set()
        last: dict[str, int] = {}
        rows = []
        for event in sorted(events, key=lambda event: event["id"]):
            if known & {event["id"], event["client_id"]}:
                continue
            known |= {event["id"], event["client_id"]}
            row = copies.typed("decisions", event)
            seal(row, event["id"], last.get(event["fingerprint"], 0))
            last[event["fingerprint"]] = self._last = event["id"]
            rows.append(row)
        self._insert("decisions", rows)
        self._found.decisions = len(rows)

    def _named(self, table: str, row: Values) -> Values:
        """The row with a name that is free, and its new checksum."""
        names, stem = self._names[table], row["name"][: LONGEST_NAME - 8]
        free = next(
            name
            for number in count(1)
            if (name := row["name"] if number == 1 else f"{stem} ({number})") not in names
        )
        names.add(free)
        values = {key: value for key, value in row.items() if key != CHECKSUM} | {"name": free}
        return {**values, CHECKSUM: digest(values)}

    def _insert(self, table: str, rows: list[Values]) -> None:
        if rows:
            self._connection.execute(insert(copies.TABLES[table]), rows)
