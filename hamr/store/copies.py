"""Copies of what the database has on each run, data set and sweep, in their own folders.

    runs/ID/run.json             the run, its epochs, its files, its data set, its place in a sweep
    datasets/ID/dataset.json     the data set
    sweeps/ID/sweep.json         the sweep
    preferences/ID/preference.json  what an annotator chose for themselves

Each is {"format": 1, "sum": CHECKSUM, "rows": {table: [rows]}}: rows as the database has them,
checksums included. It is written right after the commit, whole or not at all, from the database.
A process that dies in between leaves the copy one change behind; the next change, or
`python -m hamr check --repair`, brings it up to date. From these files and the journals of
decisions a lost database is made again (`rebuild`), and damaged rows are read from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from hamr.errors import StoreError
from hamr.store.checksums import CHECKSUM, digest, is_intact
from hamr.store.database import Database
from hamr.store.files import write_files
from hamr.store.locks import held
from hamr.store.tables import Base, UtcTime

RUN, DATASET, SWEEP, PREFERENCE = "run.json", "dataset.json", "sweep.json", "preference.json"
FORMAT = 1
LOCK = "copies.lock"
TABLES: dict[str, Table] = {table.name: table for table in Base.metadata.sorted_tables}

Values = dict[str, Any]
Content = dict[str, list[Values]]  # the rows by table


class Copies:
    """The copies in the folders of one home."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.home = database.home

    def write_run(self, run_id: str) -> None:
        """Write a run's copy from the database. If the disk is full, the copy stays as it is."""
        self._write(RUN, run_id)

    def write_dataset(self, fingerprint: str) -> None:
        """The same for a data set."""
        self._write(DATASET, fingerprint)

    def write_sweep(self, sweep_id: str) -> None:
        """The same for a sweep."""
        self._write(SWEEP, sweep_id)

    def write_preference(self, key: str) -> None:
        """The same for a preference, which may be the first thing in its folder."""
        with suppress(OSError):
            self.path(PREFERENCE, key).parent.mkdir(parents=True, exist_ok=True)
        self._write(PREFERENCE, key)

    def write_all(self) -> None:
        """Write the copies of everything in the database."""
        for name, table, column in KINDS:
            key = TABLES[table].c[column]
            with self._database.read() as session:
                keys = list(session.scalars(select(key).order_by(key)))
            for one in keys:
                self._write(name, str(one))

    def path(self, name: str, key: str) -> Path:
        """The path of a copy of that kind."""
        folder = {RUN: "runs", DATASET: "datasets", SWEEP: "sweeps", PREFERENCE: "preferences"}[
            name
        ]
        return self.home / folder / key / name

    def _write(self, name: str, key: str) -> None:
        path = self.path(name, key)
        busy = f"another process writes the copies in {self.home}"
        with suppress(OSError, StoreError), held(self.home / LOCK, busy, patience=10):
            with self._database.read() as session:
                content = rows_of(session, name, key)
            # Without a first row it was deleted meanwhile. Damage never replaces an intact copy.
            if content[next(iter(content))] and path.parent.is_dir() and whole(content):
                write_files(self.home, {path: [encode(content)]})


KINDS = (
    (DATASET, "datasets", "fingerprint"),
    (RUN, "runs", "id"),
    (SWEEP, "sweeps", "id"),
    (PREFERENCE, "preferences", "id"),
)


def rows_of(session: Session, name: str, key: str) -> Content:
    """The content of a copy of that kind, read from the database."""
    if name == RUN:
        return _run_rows(session, key)
    table, column = next((table, column) for kind, table, column in KINDS if kind == name)
    return {table: _rows(session, table, **{column: key})}


def same(content: Content, other: Content) -> bool:
    """Whether two copies have the same rows."""
    return _checksums(content) == _checksums(other)


def _checksums(content: Content) -> dict[str, list[str]]:
    return {name: [row[CHECKSUM] for row in rows] for name, rows in content.items() if rows}


def _run_rows(session: Session, run_id: str) -> Content:
    """All rows of the database that belong to a run."""
    runs = _rows(session, "runs", id=run_id)
    fingerprint = runs[0]["fingerprint"] if runs else None
    return {
        "runs": runs,
        "datasets": _rows(session, "datasets", fingerprint=fingerprint) if fingerprint else [],
        "epochs": _rows(session, "epochs", run_id=run_id),
        "files": _rows(session, "files", run_id=run_id),
        "sweep_runs": _rows(session, "sweep_runs", run_id=run_id),
    }


def whole(content: Content) -> bool:
    """Whether every row matches its checksum."""
    return all(is_intact(row) for rows in content.values() for row in rows)


def encode(content: Content) -> bytes:
    """A copy as the bytes of its file."""
    plain = json.loads(json.dumps(content, default=_moment))
    return json.dumps({"format": FORMAT, "sum": digest(plain), "rows": plain}).encode()


def read(path: Path) -> Content | None:
    """The rows of a copy, with times as datetime; None if it is missing, was altered, or was
    written by a newer version of the program.
    """
    try:
        found = json.loads(path.read_bytes())
        rows = found["rows"]
        if found["format"] != FORMAT or found["sum"] != digest(rows):
            return None
        return {name: [typed(name, row) for row in rows[name]] for name in rows if name in TABLES}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def first(path: Path, table: str) -> Values | None:
    """The row of a copy's main table; None as for `read`."""
    content = read(path)
    rows = content.get(table) if content else None
    return rows[0] if rows else None


def instance(kind: type[Base], values: Mapping[str, Any]) -> Any:
    """A row object with these values, for reading only; it belongs to no session."""
    known = {column.name for column in TABLES[kind.__tablename__].columns}
    return kind(**{name: value for name, value in values.items() if name in known})


def _rows(session: Session, name: str, **where: object) -> list[Values]:
    table = TABLES[name]
    query = select(table).order_by(*table.primary_key.columns)
    for column, value in where.items():
        query = query.where(table.c[column] == value)
    return [dict(row) for row in session.connection().execute(query).mappings()]


def typed(name: str, row: Values) -> Values:
    """The row with its times as datetime, which JSON has as text."""
    columns: Iterable[Any] = TABLES[name].columns
    moments = {column.name for column in columns if isinstance(column.type, UtcTime)}
    return {
        key: datetime.fromisoformat(value) if key in moments and value else value
        for key, value in row.items()
    }


def _moment(value: Any) -> Any:
    return value.isoformat()  # Unreadable has no isoformat, but `whole` has excluded it
