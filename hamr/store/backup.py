"""Consistent copies of a home in use, and homes made from them.

A backup is a folder, or a .tar file of one, laid out as a home: hamr.db, runs/, datasets/,
decisions/, preferences/, cache/, uploads/, rowsets/, pools/, and backup.json, which lists every
file with its SHA-256. The database is copied first, in one consistent state (SQLite's backup API;
a server's tables are written into a SQLite file). Then the files that it lists are copied, each
compared with its checksum meanwhile. If a running run has replaced a file since, the database is
copied again, with what is new. Copies in folders and journals of decisions are written from the
copied database, so that they match it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

from sqlalchemy import insert, select

from hamr.errors import DamagedError, StoreError
from hamr.store import copies
from hamr.store.archive import CONTENTS, Archive, FolderArchive, TarArchive
from hamr.store.checksums import digest
from hamr.store.database import Database
from hamr.store.decision_rows import COLUMNS, read_rows
from hamr.store.files import disk_errors
from hamr.store.journal import FOLDER, Journal
from hamr.store.migrate import migrate
from hamr.store.opening import open_database
from hamr.store.reading import Written
from hamr.store.tables import WHOLE_RUN

FORMAT = 1
TRIES = 40  # copies of the database, until none of its files has been replaced
PAUSE_SECONDS = 0.2  # between two copies
SAME = 6  # copies with the same wrong file: then it is damaged, and not just being replaced
BUSY_SECONDS = 30


@dataclass
class BackedUp:
    """What a backup contains, and a sentence on each file that it lacks."""

    path: Path
    files: int = 0
    bytes: int = 0
    runs: int = 0
    decisions: int = 0
    missing: list[str] = field(default_factory=list)


def backup(home: Path, target: Path, *, with_cache: bool = True) -> BackedUp:
    """Write a backup of the home to a folder, or to a file if its name ends in .tar.

    Raises StoreError if the target exists already or can't be written.
    """
    if target.exists():
        raise StoreError(f"{target} exists already: name a new file or folder", field="to")
    if not target.parent.is_dir():
        raise StoreError(f"There is no folder {target.parent}: create it first", field="to")
    database = open_database(home)
    kind = TarArchive if target.suffix.lower() == ".tar" else FolderArchive
    try:
        with disk_errors(target.parent), kind(target) as archive:
            return _Backup(home, database, archive).write(with_cache)
    finally:
        database.engine.dispose()


class _Backup:
    def __init__(self, home: Path, database: Database, archive: Archive) -> None:
        self._home, self._database, self._archive = home, database, archive
        self._done = BackedUp(archive.target)

    def write(self, with_cache: bool) -> BackedUp:
        with TemporaryDirectory(prefix="hamr-backup-", dir=self._archive.target.parent) as folder:
            path = Path(folder) / "hamr.db"
            seen: Counter[tuple[str, Written]] = Counter()
            for number in range(TRIES):
                path.unlink(missing_ok=True)
                _snapshot(self._database, path)
                copy = Database(f"sqlite:///{path}", self._home)
                faults = self._copy_listed(copy)
                seen.update(faults.keys())
                if number == TRIES - 1 or all(seen[file] >= SAME for file in faults):
                    break
                copy.engine.dispose()
                sleep(PAUSE_SECONDS)
            self._done.missing = list(faults.values())
            self._write_copies(copy)
            copy.engine.dispose()
            self._archive.add("hamr.db", path)
        self._copy_others(with_cache)
        self._close()
        return self._done

    def _copy_listed(self, copy: Database) -> dict[tuple[str, Written], str]:
        """Copy the files that the copied database lists; what is wrong with some of them."""
        faults = {}
        wanted = dict(_listed(copy))
        self._archive.keep_only(wanted)
        for name, written in wanted.items():
            if self._archive.has(name, written):
                continue
            try:
                self._archive.add(name, self._home / name, written)
            except DamagedError as error:
                faults[name, written] = f"{self._home / name} {error}."
        return faults

    def _write_copies(self, copy: Database) -> None:
        """Copies and journals, from the copied database."""
        with copy.read() as session:
            for name, table, column in copies.KINDS:
                for key in session.scalars(select(copies.TABLES[table].c[column])).all():
                    self._done.runs += name == copies.RUN
                    path = copies.Copies(copy).path(name, str(key)).relative_to(self._home)
                    content = copies.rows_of(session, name, str(key))
                    if copies.whole(content):
                        self._archive.put(path.as_posix(), copies.encode(content))
                    elif (self._home / path).exists():  # it may be intact
                        self._archive.add(path.as_posix(), self._home / path)
            for fingerprint in session.scalars(select(COLUMNS.fingerprint).distinct()).all():
                rows = read_rows(session, fingerprint, 0)
                name = f"{FOLDER}/{Journal(self._home, fingerprint).path.name}"
                self._archive.put(name, Journal.encode(rows))
                self._done.decisions += len(rows)

    def _copy_others(self, with_cache: bool) -> None:
        """What no database lists: logs, uploaded files, and the cache."""
        patterns = [
            "runs/*/events.jsonl",
            "sweeps/*/events.jsonl",
            "uploads/**/*",
            "rowsets/*.json",
            "pools/*/*.arrow",
            *(["cache/*/*.npy"] if with_cache else []),
        ]
        for pattern in patterns:
            for path in sorted(self._home.glob(pattern)):
                if path.is_file() and not path.is_symlink():
                    self._archive.add_as_it_is(path.relative_to(self._home).as_posix(), path)

    def _close(self) -> None:
        files = {name: (w.sha256, w.bytes) for name, w in self._archive.files.items()}
        self._done.files = len(files)
        self._done.bytes = sum(written.bytes for written in self._archive.files.values())
        listing = {
            "format": FORMAT,
            "made": datetime.now(UTC).isoformat(),
            "missing": self._done.missing,
            "files": files,
        }
        plain = json.dumps({"sum": digest(listing), "backup": listing}, indent=1)
        self._archive.put(CONTENTS, plain.encode())


def _listed(copy: Database) -> Iterator[tuple[str, Written]]:
    """The files that a database lists, by their names within a home."""
    files, datasets = copies.TABLES["files"], copies.TABLES["datasets"]
    with copy.read() as session:
        listed = session.connection().execute(select(files)).mappings().all()
        rows = session.connection().execute(select(datasets)).mappings().all()
    for row in listed:
        epoch = "" if row["epoch"] == WHOLE_RUN else f"epochs/{row['epoch']:06d}/"
        name = f"runs/{row['run_id']}/{epoch}{row['name']}"
        yield name, Written(row["sha256"], row["bytes"])
    for row in rows:
        for split, entry in row["splits"].items():
            name = f"datasets/{row['fingerprint']}/{split}.arrow"
            yield name, Written(entry["sha256"], entry["bytes"])


def _snapshot(database: Database, target: Path) -> None:
    """A consistent copy of the database, as a SQLite file."""
    if database.path is None:
        _export(database, target)
        return
    try:
        with (
            closing(sqlite3.connect(database.path, timeout=BUSY_SECONDS)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise StoreError(f"The database {database.path} can't be copied: {error}") from error


def _export(database: Database, target: Path) -> None:
    """The tables of a server, as they were at one moment, in a SQLite file."""
    copy = Database(f"sqlite:///{target}", target.parent)
    migrate(copy)
    moment = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with database.errors(), moment.connect() as source, copy.writing.begin() as into:
        for table in copies.TABLES.values():
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                into.execute(insert(table), rows)
    copy.engine.dispose()
