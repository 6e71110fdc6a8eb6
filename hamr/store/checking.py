"""Checks a home for damage: its database with every row, the copies in its folders, every file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hamr.errors import DamagedError, SettingError, StoreError
from hamr.store import copies, lost
from hamr.store.checksums import is_intact
from hamr.store.database import Database
from hamr.store.decision_rows import chained, is_whole
from hamr.store.journal import Journal, read_lines
from hamr.store.keeping import complete_journals
from hamr.store.opening import open_database
from hamr.store.pool_files import FOLDER as POOLS
from hamr.store.reading import Written, verify
from hamr.store.rebuild import restore_from_folders
from hamr.store.row_sets import RowSets, keys_in
from hamr.store.tables import WHOLE_RUN

MOMENT_SECONDS = 0.3  # after that, what was just being written is there
MOST_FAULTS = 5  # that SQLite reports; it may name thousands of entries of one page


@dataclass
class Findings:
    """What was checked, and a sentence on each fault."""

    database: list[str] = field(default_factory=list)  # faults that --repair may fix
    copies: list[str] = field(default_factory=list)  # as well
    files: list[str] = field(default_factory=list)  # faults that only a backup can fix
    repaired: list[str] = field(default_factory=list)
    counted: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("runs", "decisions", "rows", "files", "bytes"), 0)
    )

    @property
    def faults(self) -> list[str]:
        """All sentences."""
        return [*self.database, *self.copies, *self.files]


def check_home(home: Path, *, repair: bool = False) -> Findings:
    """Check everything in a home; with `repair`, fix the database and the copies.

    Nothing is changed without `repair`. Raises StoreError if there is no home, or if it is busy.
    """
    if not home.is_dir():
        raise StoreError(f"There is no folder {home}: name a store with --home", field="home")
    found = _check(home)
    if not repair or not (found.database or found.copies):
        return found
    done = _repair(home, found)
    found = _check(home)
    found.repaired = done
    return found


def _check(home: Path) -> Findings:
    found = Findings()
    try:
        database = open_database(home)
    except StoreError as error:
        found.database.append(str(error))
        return found
    own = home / "hamr.db"
    if database.path is not None and database.path != own:
        found.database.append(
            f"The database {own} is damaged. What its run folders hold is intact."
        )
    if database.path is not None and own.exists():
        found.database += _sqlite_faults(own)
    _Checking(home, database, found).check(compare=not database.closed)
    database.engine.dispose()
    return found


def _repair(home: Path, found: Findings) -> list[str]:
    """Write copies of what is intact; then, if the database is damaged, make it again from them."""
    done = []
    with suppress(StoreError):
        database = open_database(home)
        if not database.closed:
            copies.Copies(database).write_all()
            complete_journals(database)
            done.append("The copies in the folders and the journals match the database.")
        database.engine.dispose()
    if found.database:
        rebuilt = restore_from_folders(home)
        aside = f"; the damaged one is kept as {rebuilt.aside}" if rebuilt.aside else ""
        done += [f"The database was made again from the folders: {rebuilt}{aside}."]
        done += rebuilt.problems
    return done


def _sqlite_faults(path: Path) -> list[str]:
    """What SQLite itself finds: in its pages, its indexes, and between its tables."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as opened:
            opened.text_factory = lambda data: data.decode("utf-8", "replace")
            said = [row[0] for row in opened.execute(f"PRAGMA integrity_check({MOST_FAULTS})")]
            keys = opened.execute("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return [f"The database {path} is damaged: {error}."]
    lines = [line for words in said if words != "ok" for line in words.splitlines()]
    faults = [f"The database {path} is damaged: {line}." for line in lines if line[:3] != "***"]
    return faults + [
        f"The database {path} has a row in {table} that belongs to no row of {parent}."
        for table, _, parent, _ in keys
    ]


def _file_fault(path: Path, written: Written) -> str:
    """ "is missing", or "was altered"; "" if the file is what was written."""
    try:
        verify(path, written, DamagedError)
    except DamagedError as error:
        return str(error)
    return ""


class _Checking:
    def __init__(self, home: Path, database: Database, found: Findings) -> None:
        self._home, self._database, self._found = home, database, found
        self._names: dict[str, str] = {}

    def check(self, *, compare: bool) -> None:
        """Check every row and file; with `compare` also whether the copies match the database."""
        with self._database.read() as session:
            rows = {name: self._rows(session, name) for name in copies.TABLES}
        self._names = {row["id"]: row["name"] for row in rows["runs"]}
        for name, own in rows.items():
            self._check_rows(name, own)
        self._check_decisions(rows["decisions"], compare)
        if compare:
            self._check_copies(rows)
        self._check_files(rows)
        self._check_row_sets(rows["runs"])
        self._found.counted |= {"runs": len(rows["runs"]), "decisions": len(rows["decisions"])}

    def _rows(self, session: Session, name: str) -> list[dict[str, Any]]:
        query = select(copies.TABLES[name])
        return [dict(row) for row in session.connection().execute(query).mappings()]

    def _check_rows(self, table: str, rows: list[dict[str, Any]]) -> None:
        self._found.counted["rows"] += len(rows)
        for row in rows:
            if table != "decisions" and not is_intact(row):
                self._found.database.append(
                    f"The database's entry of {self._about(table, row)} does not match its "
                    "checksum."
                )

    def _about(self, table: str, row: dict[str, Any]) -> str:
        run = self._names.get(str(row.get("run_id")), row.get("run_id"))
        return {
            "runs": lambda: f'the run "{row["name"]}" ({row["id"]})',
            "datasets": lambda: f"the data set {row['fingerprint']}",
            "epochs": lambda: f'epoch {row["epoch"]} of the run "{run}"',
            "files": lambda: f'the file {row["name"]} of epoch {row["epoch"]} of the run "{run}"',
            "sweeps": lambda: f'the sweep "{row["name"]}"',
            "sweep_runs": lambda: f'the run "{run}" in its sweep',
            "preferences": lambda: f"{row['annotator'] or 'everybody'}'s choice of {row['name']}",
        }[table]()

    def _check_decisions(self, rows: list[dict[str, Any]], compare: bool) -> None:
        for fingerprint in dict.fromkeys(row["fingerprint"] for row in rows):
            own = sorted(
                (row for row in rows if row["fingerprint"] == fingerprint), key=lambda r: r["id"]
            )
            data = f"on the data set {str(fingerprint)[:12]}"
            for row in own:
                if not is_whole(row):
                    self._found.database.append(
                        f"Decision {row['id']} {data} ({row['annotator']}, row {row['row_id']}) "
                        "does not match its checksum."
                    )
            if all(map(is_whole, own)) and not chained(own, 0):
                self._found.database.append(f"A decision {data} is missing from the database.")
            if compare:
                self._compare_journal(fingerprint, data, own)

    def _compare_journal(self, fingerprint: str, data: str, rows: list[dict[str, Any]]) -> None:
        journal, known = Journal(self._home, str(fingerprint)), {row["id"] for row in rows}
        kept, damaged = read_lines(journal.path)
        if not damaged and not known <= {event["id"] for event in kept}:
            sleep(MOMENT_SECONDS)  # perhaps it was just written
            kept, damaged = read_lines(journal.path)
        if damaged:
            self._found.copies.append(f"The journal {journal.path} has {damaged} damaged lines.")
        missing = known - {event["id"] for event in kept}
        if missing:
            self._found.copies.append(
                f"The journal {journal.path} lacks {len(missing):,} decisions {data}."
            )
        column = copies.TABLES["decisions"].c
        newest = select(func.max(column.id)).where(column.fingerprint == fingerprint)
        with self._database.read() as session:  # somebody may have decided meanwhile
            last = session.scalar(newest) or 0
        later = [event for event in kept if event["id"] > last]
        if later:
            self._found.database.append(
                f"The database lacks {len(later):,} decisions {data} that its journal has: it is "
                "older than the journal."
            )

    def _check_copies(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        whole = {table: key for _, table, key in copies.KINDS}
        damaged = {
            str(row[key]) for table, key in whole.items() for row in rows[table]
            if not is_intact(row)
        }  # fmt: skip
        of_database = copies.Copies(self._database)
        for name, table, key in copies.KINDS:
            for row in rows[table]:
                path, one = of_database.path(name, str(row[key])), str(row[key])
                if one not in damaged and not self._is_copied(path, name, one):
                    self._found.copies.append(
                        f"{path} is missing, damaged, or older than the database."
                    )
        known = {str(row["id"]) for row in rows["runs"]}
        for folder in lost.run_folders(self._home):
            if folder.name not in known and (folder / copies.RUN).exists():
                self._found.copies.append(
                    f"The folder {folder} holds a run that the database does not list."
                )

    def _is_copied(self, path: Path, name: str, key: str) -> bool:
        if self._fits(path, name, key):
            return True
        sleep(MOMENT_SECONDS)  # it is written right after the commit
        return self._fits(path, name, key)

    def _fits(self, path: Path, name: str, key: str) -> bool:
        content = copies.read(path)
        with self._database.read() as session:
            now = copies.rows_of(session, name, key)
        if not copies.whole(now):
            return True  # the database is damaged, which is reported already: the copy must be kept
        return content is not None and copies.same(content, now)

    def _check_files(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        listed = [(path, written, about) for path, written, about in self._listed(rows)]
        for path, written, about in listed:
            self._found.counted["files"] += 1
            self._found.counted["bytes"] += max(written.bytes, 0)
            fault = _file_fault(path, written)
            if fault:
                sleep(MOMENT_SECONDS)  # a run under way replaces files, and drops old checkpoints
            if fault and self._is_listed(path, written) and (fault := _file_fault(path, written)):
                self._found.files.append(f"{about} {fault}: {path}.")

    def _check_row_sets(self, runs: list[dict[str, Any]]) -> None:
        """Every set of rows that is kept, and those that runs name."""
        kept = RowSets(self._home)
        by_run: dict[str, str] = {}
        for run in runs:
            by_run |= {key: run["name"] for key in keys_in(run["settings"])}
        for key in sorted(kept.keys() | by_run.keys()):
            self._found.counted["files"] += 1
            self._found.counted["bytes"] += kept.size(key)
            try:
                kept.get(key)
            except DamagedError as error:
                self._found.files.append(f"{error}.")
            except SettingError:
                used = f'that the run "{by_run[key]}" names' if key in by_run else "with this name"
                self._found.files.append(f"The set of rows {key} {used} is missing.")

    def _listed(self, rows: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[Path, Written, str]]:
        for row in rows["files"]:
            if is_intact(row):
                folder = self._home / "runs" / row["run_id"]
                if row["epoch"] != WHOLE_RUN:
                    folder = folder / "epochs" / f"{row['epoch']:06d}"
                run = self._names.get(row["run_id"], row["run_id"])
                written = Written(row["sha256"], row["bytes"])
                yield folder / row["name"], written, f'A file of the run "{run}"'
        for row in rows["datasets"]:
            for split, entry in row["splits"].items() if is_intact(row) else ():
                path = self._home / "datasets" / row["fingerprint"] / f"{split}.arrow"
                written = Written(entry["sha256"], entry["bytes"])
                yield path, written, f"The {split} rows of {row['name']}: the file"
        for row in rows["decisions"]:
            if row["kind"] == "attach" and is_whole(row):
                own = row["new"]
                path = self._home / POOLS / row["fingerprint"] / f"{own['pool']}.arrow"
                written = Written(own["sha256"], own["bytes"])
                yield path, written, f"The unlabelled rows of {own['name']}: the file"
        for path in sorted((self._home / "cache").glob("*/*.*.npy")):
            with suppress(OSError):
                sha256 = path.name.split(".")[1]
                yield path, Written(sha256, path.stat().st_size), "A file of the cache"

    def _is_listed(self, path: Path, written: Written) -> bool:
        """Whether the file is still listed; of the cache, whether it exists."""
        if "cache" in path.relative_to(self._home).parts[:1]:
            return path.exists()
        if "runs" not in path.relative_to(self._home).parts[:1]:
            return True
        table = copies.TABLES["files"]
        query = select(table.c.epoch).where(
            table.c.run_id == path.relative_to(self._home).parts[1],
            table.c.name == path.name,
            table.c.sha256 == written.sha256,
        )
        with self._database.read() as session:
            return session.scalar(query) is not None
