"""Brings journals up to date with the database, as when an old home is first opened."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select

from hamr.store.database import Database
from hamr.store.decision_rows import COLUMNS, chained, is_whole, read_rows
from hamr.store.journal import Journal
from hamr.store.locks import held


def complete_journals(database: Database) -> None:
    """Rewrite each journal that lacks events of the database, or has other ones.

    Not if the database itself is damaged: then the journal may be right.
    """
    with database.read() as session:
        fingerprints = list(session.scalars(select(COLUMNS.fingerprint).distinct()))
    if not fingerprints:
        return
    busy = f"another process writes decisions in {database.home}"
    with held(database.home / "journals.lock", busy), held(database.home / "decisions.lock", busy):
        for fingerprint in fingerprints:
            with database.read() as session:
                rows = read_rows(session, fingerprint, 0)
            journal = Journal(database.home, fingerprint)
            kept, damaged = journal.read()
            checksums = [row["checksum"] for row in rows]
            same = not damaged and checksums == [event["checksum"] for event in kept]
            if not same and all(map(is_whole, rows)) and chained(rows, 0):
                with suppress(OSError):
                    if len(kept) > len(rows):
                        journal.set_aside()
                    journal.rewrite(rows)
