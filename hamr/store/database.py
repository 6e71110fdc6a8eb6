"""The database behind a store: how it is opened, and how its errors become sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, TimeoutError
from sqlalchemy.orm import Session

from hamr.errors import ReadOnlyError, StoreError
from hamr.store import lost
from hamr.store.memory import Memory
from hamr.store.reading import state_of
from hamr.store.reasons import sentence

BUSY_SECONDS = 30  # how long a busy database is waited for
PERSON_SECONDS = 4  # the same, while a person waits for the answer
# Of SQLite. A rollback journal, since WAL has a corruption bug before 3.51.3.
PRAGMAS = ("journal_mode=DELETE", "synchronous=FULL", "foreign_keys=ON")

_patience: ContextVar[float] = ContextVar("patience", default=BUSY_SECONDS)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Inside the block, this thread waits that long for a busy database and then gives up."""
    token = _patience.set(max(seconds, 0.0))
    try:
        yield
    finally:
        _patience.reset(token)


def patient_for() -> float:
    """How long this thread waits for a busy database, in seconds."""
    return _patience.get()


class Database:
    """Sessions on the store's database: `read` to query, `write` for one transaction.

    `closed` is a sentence on why nothing can be written; "" if it can.
    """

    def __init__(self, url: str, home: Path, *, closed: str = "") -> None:
        self.home, self.closed = home, closed
        try:
            self.engine = create_engine(make_url(url), **_pool(url))
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
            raise StoreError(
                f"HAMR_DATABASE_URL can't be used ({error}): give an address such as "
                "postgresql+psycopg://user@host/hamr, with its driver installed, or leave it out",
                field="home",
            ) from None
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)
        self.memory = Memory(self.engine.url, self._look)
        local = self.engine.dialect.name == "sqlite" and self.engine.url.database
        self.path = Path(local) if local else None
        self._file: tuple[int, int] | None = None  # the open file, once it is watched
        # The damaged file that this database replaces, and that file's state then.
        self.rescued: tuple[Path, tuple[int, int, int]] | None = None
        # Shares the pool; only how transactions begin differs.
        self.writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database."""
        self._look()
        with self.errors(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together at the end of the block, or not at all."""
        self.check_writable()
        self._look()
        with self.errors(), Session(self.writing) as session, session.begin():
            yield session

    def check_writable(self) -> None:
        """Raises ReadOnlyError if the store was opened for reading only."""
        if self.closed:
            raise ReadOnlyError(self.closed)

    def watch(self) -> None:
        """From now on notice if the file is gone, emptied or replaced."""
        if self.path is not None:
            stat = os.stat(self.path)
            self._file = (stat.st_dev, stat.st_ino)

    def is_outdated(self) -> bool:
        """Whether the reason why nothing can be written may be gone."""
        if self.rescued is None:
            places = (self.home, self.home / "tmp", self.path or self.home)
            return all(os.access(place, os.W_OK) for place in places if place.exists())
        path, state = self.rescued
        try:
            return state_of(path) != state
        except OSError:
            return True

    def _look(self) -> None:
        # SQLite continues with a file that was deleted or replaced, and with its cached pages.
        if self._file is None or self.path is None:
            return
        lost.check_file(self.home, self.path)
        stat = os.stat(self.path)
        if (stat.st_dev, stat.st_ino) != self._file:
            self._file = (stat.st_dev, stat.st_ino)
            self.engine.dispose()
            self.memory.forget()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the database's errors into sentences."""
        try:
            yield
        except DBAPIError as error:
            said = str(error.orig)
            if "no such table" in said and self.path is not None:
                lost.check_empty(self.home, "it has no tables")
            raise sentence(said, self.home) from error
        except UnicodeDecodeError as error:  # SQLite's own sentence quotes what is damaged
            raise sentence("malformed database schema", self.home) from error
        except TimeoutError as error:  # SQLAlchemy's own: no connection became free
            raise sentence("locked", self.home) from error


def database_url(home: Path, url: str | None) -> str:
    """`url` if it is given, else the SQLite file in the store's folder."""
    return url or f"sqlite:///{home / 'hamr.db'}"


def _pool(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    return {"pool_pre_ping": True}


def _prepare_sqlite(engine: Engine) -> None:
    """Rollback journal, full syncs, explicit BEGINs."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # A flipped bit may break UTF-8: that row fails its checksum, and the others are read.
        connection.text_factory = _text
        connection.isolation_level = None  # else sqlite3 begins transactions late, on its own
        _wait(connection)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        _wait(connection.connection.dbapi_connection)  # this thread may wait another time
        # A writer takes its lock at once: two that first read and then write would block each
        # other, and one of them would fail without waiting.
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _wait(connection: Any) -> None:
    """Make SQLite wait as long as this thread may."""
    connection.execute(f"PRAGMA busy_timeout={round(1000 * patient_for())}").close()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
