"""Error messages of SQLite and PostgreSQL, as sentences for people."""

from __future__ import annotations

from pathlib import Path

from hamr.errors import BusyError, DamagedError, GoneError, NoSpaceError, ReadOnlyError, StoreError
from hamr.store.files import no_space, out_of_inodes

KEPT = "nothing that was acknowledged is lost"
# Parts of a message (SQLite's first), the error, and the sentence; the first match counts.
REASONS: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (
        ("No space left on device",),
        NoSpaceError,
        "The disk of the database of the store in {home} is full ({said}): free some space there, "
        f"then try again; {KEPT}",
    ),
    (
        ("locked", "lock timeout", "too many clients"),
        BusyError,
        "The store in {home} has been busy for a while ({said}): another process holds it; try "
        "again, or end the process that hangs",
    ),
    (
        ("malformed", "not a database"),
        DamagedError,
        "The database {home}/hamr.db is damaged ({said}): put back a copy, or choose another "
        "folder with --home",
    ),
    (
        ("readonly database", "read-only transaction", "permission denied"),
        ReadOnlyError,
        "The database of the store in {home} can't be written ({said}): it is read-only or was "
        "moved; give it back its rights or its place, or choose another folder with --home",
    ),
    (
        (
            "unable to open database file", "no such table", "disk I/O error", "connection",
            "server closed", "terminating", "shutting down", "starting up", "does not exist",
        ),
        GoneError,
        "The database of the store in {home} can't be reached ({said}): bring it back, then try "
        f"again; {KEPT}",
    ),
    (
        ("",),
        StoreError,
        "The database of the store in {home} can't be used ({said}): see that it may be read and "
        "written, or choose another folder with --home",
    ),
)  # fmt: skip


def sentence(reason: str, home: Path) -> StoreError:
    """The error to raise for what the database said."""
    # SQLite: the store's own disk is full, or its journal, one more file, can't be created.
    if "disk is full" in reason or ("unable to open" in reason and out_of_inodes(home)):
        return no_space(home)
    _, kind, words = next(row for row in REASONS if any(part in reason for part in row[0]))
    return kind(words.format(home=home, said=" ".join(reason.split())), field=_field(kind))


def _field(kind: type[StoreError]) -> str | None:
    """The setting that helps: another home, unless the database only has to come back."""
    return "home" if kind in (StoreError, ReadOnlyError) else None
