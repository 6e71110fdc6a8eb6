"""SQLite's own checks of the database file, made when a store is opened.

Measured: `integrity_check` takes 21 ms for 6 MB and 0.5 s for 115 MB; `quick_check`, which does not
compare indexes with their tables, 7 ms and 125 ms. So a small database is checked completely, a
larger one quickly, and a very large one only by `python -m hamr check`. Checksums cover the
content of rows.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hamr.store.migrate import known_revisions
from hamr.store.tables import Base

WHOLE_BYTES, QUICK_BYTES = 8 << 20, 64 << 20
BUSY_SECONDS = 30


def fault(path: Path) -> str:
    """What is wrong with the database in that file; "" if nothing is.

    An empty database is right. Raises sqlite3.OperationalError if it can't be read.
    """
    size = path.stat().st_size
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as opened:
            opened.text_factory = bytes
            return _revision(opened) or _check(opened, size) or _tables(opened)
    except sqlite3.OperationalError as error:
        # These messages mean that the file is damaged; others, that it is locked, say.
        if any(part in str(error) for part in ("no such", "malformed", "unsupported file format")):
            return str(error)
        raise
    except UnicodeDecodeError:  # SQLite's own sentence quotes what is damaged
        return "malformed database schema"
    except sqlite3.DatabaseError as error:
        return str(error)


def is_empty(path: Path) -> bool:
    """Whether the file is a database without any table. It is not checked for damage."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as opened:
            found = opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return bool(found == (0,))
    except (sqlite3.Error, UnicodeDecodeError):
        return False


def _check(opened: sqlite3.Connection, size: int) -> str:
    if size > QUICK_BYTES:
        return ""
    pragma = "integrity_check" if size <= WHOLE_BYTES else "quick_check"
    (first,) = opened.execute(f"PRAGMA {pragma}(1)").fetchone()
    return "" if first == b"ok" else first.decode("utf-8", "replace").strip()


def _revision(opened: sqlite3.Connection) -> str:
    """The revision is stored twice: if the two differ, a bit has flipped."""
    (number,) = opened.execute("PRAGMA user_version").fetchone()
    head = known_revisions()[-1]
    there = opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    if number != int(head) or there is None:
        return "" if number == 0 or there else "no such table: alembic_version"
    found = opened.execute("SELECT version_num FROM alembic_version").fetchall()
    if len(found) != 1 or not isinstance(found[0][0], bytes):
        return f"its tables are at {head}, and alembic_version does not say so"
    revision = found[0][0].decode("utf-8", "replace")
    another = len(revision) == len(head) and revision.isdigit() and _bits(revision, head) != 1
    if revision == head or another:
        return ""
    return f"its tables are at {head}, and alembic_version says {revision!r}"


def _bits(one: str, other: str) -> int:
    """The number of bits in which two revisions differ."""
    pairs = zip(one.encode(), other.encode(), strict=False)
    lengths = 8 * abs(len(one.encode()) - len(other.encode()))
    return sum((a ^ b).bit_count() for a, b in pairs) + lengths


def _tables(opened: sqlite3.Connection) -> str:
    """Raises sqlite3.OperationalError if a database of this version lacks a column."""
    (number,) = opened.execute("PRAGMA user_version").fetchone()
    if number == int(known_revisions()[-1]):
        for table in Base.metadata.sorted_tables:
            columns = ", ".join(f'"{table.name}"."{column.name}"' for column in table.columns)
            opened.execute(f'SELECT {columns} FROM "{table.name}" LIMIT 0')
    return ""
