"""Opening a store: checks on its folder and database, and what can be shown if they fail."""

from __future__ import annotations

import atexit
import errno
import logging
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from sqlalchemy import inspect, select

from hamr.errors import DamagedError, NoSpaceError, StoreError
from hamr.store import health, lost
from hamr.store.copies import Copies
from hamr.store.database import Database, database_url
from hamr.store.files import disk_error, scratch_path, sweep
from hamr.store.keeping import complete_journals
from hamr.store.migrate import migrate
from hamr.store.reading import state_of
from hamr.store.reasons import sentence
from hamr.store.rebuild import build
from hamr.store.tables import RunRow

READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)

_log = logging.getLogger("hamr")


def open_database(home: Path) -> Database:
    """The database of the home, with the tables of this version.

    Raises StoreError if it can't be opened; LostError if it is gone while run folders exist. If the
    folder is read-only, or the database damaged, it opens for reading only.
    """
    database = Database(database_url(home, os.environ.get("HAMR_DATABASE_URL")), home)
    database.closed = _prepare(home, database.path)
    if database.path is not None:
        if fault := _fault(home, database.path):
            return _rescue(home, database.path, fault)
    elif not _has_tables(database):
        lost.check_empty(home, "the database at HAMR_DATABASE_URL has no tables")
    if migrate(database) and not database.closed:
        Copies(database).write_all()
        complete_journals(database)
    _check_filled(database)
    database.watch()
    if not database.closed:
        sweep(home)
    return database


def _prepare(home: Path, database: Path | None) -> str:
    """Create the folder; why nothing can be written there, or ""."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = scratch_path(home)
        probe.touch()  # proves that the folder can be written
        probe.unlink()
    except (OSError, StoreError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        there = home.is_dir() if database is None else database.exists()
        if there and isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return ""  # it can be read, and things can be deleted; writing raises
        if not isinstance(cause, OSError) or cause.errno not in READ_ONLY or not there:
            raise disk_error(cause, home) if isinstance(cause, OSError) else error from error
        return (
            f"The home {home} can't be written ({cause.strerror}), so it is open for reading "
            "only. To train, decide, rename or delete, make it writable, or copy it to a folder "
            "that you may write."
        )
    return ""


def _fault(home: Path, path: Path) -> str:
    """What is wrong with the database file. Raises LostError if it is gone or empty."""
    if not path.exists() or not path.stat().st_size:
        lost.check_empty(
            home,
            f"its file {path.name} is "
            + ("empty, 0 bytes" if path.exists() else "missing (deleted, or moved?)"),
        )
        return ""
    try:
        found = health.fault(path)
    except sqlite3.OperationalError as error:
        raise sentence(str(error), home) from error
    if not found and health.is_empty(path):
        lost.check_empty(home, f"its file {path.name} has no tables")
    return found


def _has_tables(database: Database) -> bool:
    with database.errors(), database.engine.connect() as connection:
        return inspect(connection).has_table("alembic_version")


def _check_filled(database: Database) -> None:
    """Raises LostError if there are run folders and no runs."""
    with database.read() as session:
        if session.scalar(select(RunRow.id).limit(1)) is None and lost.run_folders(database.home):
            lost.check_empty(database.home, "it has no runs")


def _rescue(home: Path, path: Path, fault: str) -> Database:
    """A database for reading, made from the run folders, instead of a damaged one."""
    damaged = f"The database {path} is damaged ({fault})."
    folder = Path(tempfile.mkdtemp(prefix="hamr-rescue-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        database = Database(f"sqlite:///{folder / 'hamr.db'}", home)
        found = build(home, database)
    except NoSpaceError:
        raise
    except StoreError as error:
        raise DamagedError(f"{damaged} {error}", field="home") from error
    if not found.runs + found.decisions:
        raise DamagedError(
            f"{damaged} Its run folders hold no copy to make another one from: restore a backup, "
            "put back a copy of the file, or choose another folder with --home",
            field="home",
        )
    database.closed = (
        f"{damaged} You see what the folders of its runs hold ({found}), and nothing can be "
        f"changed. {lost.command(home)} makes a new database of that and keeps the damaged file "
        "under another name."
    )
    database.rescued = (path, state_of(path))
    _log.warning(database.closed)
    return database
