"""A cache of what was read from the database, valid until anybody changes it.

A page asks for the same few rows ten to twenty times in one script run. SQLite tells in
about 15 microseconds whether any connection, of any process, has committed since it was last
asked (`PRAGMA data_version`); a read takes 50 to 150 times as long. So nothing is ever out of
date: the cache has what a read would find.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import URL

MOST_ANSWERS = 1000  # beyond that all are dropped; a page asks for about ten

T = TypeVar("T")


class Memory:
    """Answers of one database. Only SQLite's are cached."""

    def __init__(self, url: URL, look: Callable[[], None] = lambda: None) -> None:
        """`look` is called before each answer: it raises if the database is lost, say."""
        self._look = look
        self._path = url.database if url.get_backend_name() == "sqlite" else None
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()
        self._answers: dict[Hashable, Any] = {}
        self._version: int | None = None  # of the database that the answers come from

    def recall(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer to `ask` under that key, read again unless it is certain to be the same.

        All callers share it and must not change it.
        """
        self._look()
        with self._lock:
            version = self._ask_version()
            if version is None or version != self._version or len(self._answers) > MOST_ANSWERS:
                self._answers.clear()
            self._version = version
            if key in self._answers:
                known: T = self._answers[key]
                return known
        answer = ask()
        with self._lock:
            # Not if another thread has noticed a change: this answer may be older.
            if version is not None and version == self._version:
                self._answers[key] = answer
        return answer

    def forget(self) -> None:
        """Drop all answers and reopen the file, which was replaced by another one."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._version = None, None
            self._answers.clear()

    def _ask_version(self) -> int | None:
        """A number that every commit changes; None while one is under way, or if unknown."""
        if self._path is None:
            return None
        with suppress(
            sqlite3.Error, UnicodeDecodeError
        ):  # busy or gone: the read waits, or says what is wrong
            if self._connection is None:
                # It must never write: its own commits would not change the version.
                self._connection = sqlite3.connect(
                    self._path, timeout=0, isolation_level=None, check_same_thread=False
                )
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            return int(version)
        return None
