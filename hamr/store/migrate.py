"""Bring a database to the tables of this version; quick when it is there already."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from hamr.errors import ReadOnlyError, StoreError
from hamr.store.database import Database
from hamr.store.locks import held

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE_SECONDS = 60  # for another process that sets the store up
SERVER_LOCK = 0x68616D72_6D696772  # "hamrmigr": PostgreSQL's advisory locks have numbers


def known_revisions() -> list[str]:
    """The revisions of this version, oldest first: versions/0001_first.py is "0001"."""
    files = (MIGRATIONS / "versions").glob("[0-9]*.py")
    return sorted(path.name.split("_")[0] for path in files)


def migrate(database: Database) -> bool:
    """Run the migrations that the database has not seen; whether there were any.

    Raises StoreError if a newer version of the program has changed the database, ReadOnlyError if
    it can't be written.
    """
    if _is_current(database):
        return False
    if database.closed:
        raise ReadOnlyError(
            f"{database.closed} It was made by an older version of HAMR, whose tables this version "
            "has to change first"
        )
    busy = f"The store in {database.home} is being set up by another process: try again"
    with held(database.home / "migrate.lock", busy, patience=PATIENCE_SECONDS):
        if not _is_current(database):
            _upgrade(database)
            return True
    return False


def _is_current(database: Database) -> bool:
    known, present = known_revisions(), _revision(database)
    if present is not None and present not in known:
        raise StoreError(
            f"The store in {database.home} was made by a newer version of HAMR (its tables are "
            f"at {present}, this version knows them up to {known[-1]}): update HAMR, or choose "
            "another folder with --home",
            field="home",
        )
    return present == known[-1]


def _revision(database: Database) -> str | None:
    with database.errors(), database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with database.errors(), database.writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            _wait_for_machines(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")  # what another machine has done meanwhile it leaves out
        if connection.dialect.name == "sqlite":
            # Once more, where `health` compares them: a flipped digit is no newer version.
            connection.execute(text(f"PRAGMA user_version = {int(known_revisions()[-1])}"))


def _wait_for_machines(connection: Connection) -> None:
    """Let one machine at a time migrate, until the transaction ends.

    The lock file keeps processes of one folder apart; machines may share a server and no folder.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SERVER_LOCK})
