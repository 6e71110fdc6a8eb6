"""What people choose for themselves or for a data set, such as the keys on the page Relabel.

A preference belongs to an annotator, to a data set, to both, or to neither, and has a name and a
JSON value. It is in the database, so it follows its annotator to another machine. The folder of
each holds a copy, from which a lost database is made again.

    keys = store.preferences
    keys.put("keys.of_classes", {"billing": "1"}, fingerprint=fingerprint)
    keys.get("keys.of_classes", fingerprint=fingerprint)
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from hamr.errors import DamagedError
from hamr.store.copies import PREFERENCE as COPY
from hamr.store.copies import Copies, first, instance
from hamr.store.database import Database
from hamr.store.tables import PreferenceRow, is_damaged


class Preferences:
    """The preferences of one home. Safe for threads and for many processes."""

    def __init__(self, database: Database, copies: Copies) -> None:
        self._database, self._copies = database, copies

    def get(
        self, name: str, *, annotator: str | None = None, fingerprint: str | None = None
    ) -> Any | None:
        """The value under that name; None if nothing was chosen.

        Callers share it and must not change it. Raises StoreError, and DamagedError if neither
        the database nor the copy has it intact.
        """
        key = preference_id(name, annotator, fingerprint)
        return self._database.memory.recall(("preference", key), lambda: self._read(key))

    def put(
        self,
        name: str,
        value: Any,
        *,
        annotator: str | None = None,
        fingerprint: str | None = None,
        only_new: bool = False,
    ) -> Any:
        """Store a value in the place of an older one; the value stored.

        With `only_new` a value that is there already stays, so that of two who choose at the same
        moment both get the first one's choice. Raises StoreError.
        """
        key = preference_id(name, annotator, fingerprint)
        with self._database.write() as session:
            row = session.get(PreferenceRow, key, with_for_update=True)
            if row is not None and only_new and not is_damaged(row):
                return row.value
            if row is not None and is_damaged(row):
                session.delete(row)
                session.flush()
                session.expunge_all()
                row = None
            if row is None:
                row = PreferenceRow(id=key, annotator=annotator, fingerprint=fingerprint, name=name)
                session.add(row)
            row.value, row.changed = value, datetime.now(UTC)
        self._copies.write_preference(key)
        return value

    def _read(self, key: str) -> Any | None:
        with self._database.read() as session:
            row = session.get(PreferenceRow, key)
        if row is not None and is_damaged(row):
            values = first(self._copies.path(COPY, key), PreferenceRow.__tablename__)
            if values is None:
                raise DamagedError(
                    "A preference in the database does not match its checksum, and its copy is "
                    "missing: choose it again, or restore a backup"
                )
            row = instance(PreferenceRow, values)
        return row.value if row is not None else None


def preference_id(name: str, annotator: str | None, fingerprint: str | None) -> str:
    """The primary key: one preference of a name for each annotator and data set.

    NULLs differ from each other in a unique constraint, so the key is made of the three values.
    """
    plain = json.dumps([name, annotator, fingerprint])
    return blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
