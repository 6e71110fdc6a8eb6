"""The store: a folder and a database with all runs and sweeps."""

from __future__ import annotations

import os
from pathlib import Path

from hamr.store.database import Database
from hamr.store.opening import open_database
from hamr.store.runs import RunStore
from hamr.store.sweeps import Sweeps


class Store(RunStore):
    """All runs and sweeps of one home. Safe for several threads and several processes at once."""

    def __init__(self, home: Path, database: Database) -> None:
        super().__init__(home, database)
        self.sweeps = Sweeps(self)

    @classmethod
    def open(cls, home: str | Path | None = None) -> Store:
        """The store in `home`, else in $HAMR_HOME, else in .hamr; it is created if need be.

        Raises StoreError if the folder can't be used, or if a newer version of the program has
        changed the database; LostError if the database is gone while folders of runs are there. A
        home that can't be written, or whose database is damaged, opens for reading: see `notice`.
        """
        folder = home_folder(home)
        return cls(folder, open_database(folder))


def home_folder(home: str | Path | None = None) -> Path:
    """The folder of a store: `home`, else $HAMR_HOME, else .hamr here."""
    return Path(home or os.environ.get("HAMR_HOME") or ".hamr").expanduser().absolute()
