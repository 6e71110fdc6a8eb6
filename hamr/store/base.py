"""A home and its database with the data sets in it: what runs and sweeps are built on."""

from __future__ import annotations

from pathlib import Path

from hamr.records import Dataset, Split
from hamr.store.cache import Cache
from hamr.store.copies import Copies
from hamr.store.database import Database
from hamr.store.datasets import Datasets
from hamr.store.decisions import Decisions
from hamr.store.pool_files import PoolFiles
from hamr.store.preferences import Preferences
from hamr.store.row_sets import RowSets
from hamr.store.rows import RowTable


class StoreBase:
    """The part of a store that knows neither runs nor sweeps."""

    def __init__(self, home: Path, database: Database) -> None:
        self.home = home
        self.database = database
        self.cache = Cache(home)
        self.row_sets = RowSets(home)
        self.copies = Copies(database)
        self.preferences = Preferences(database, self.copies)
        self._datasets = Datasets(home, database)
        self._decisions: dict[str, Decisions] = {}

    @property
    def notice(self) -> str:
        """Why nothing can be changed: the home is read-only or damaged; "" where it is neither."""
        return self.database.closed

    @property
    def is_rescued(self) -> bool:
        """Whether the database is damaged, and what is shown was read from the folders instead."""
        return self.database.rescued is not None

    def is_outdated(self) -> bool:
        """Whether the reason for `notice` may be gone, so that the store should be reopened."""
        return self.database.is_outdated()

    def add_dataset(self, dataset: Dataset) -> None:
        """Store a data set's rows, once per fingerprint."""
        self._datasets.add(dataset)

    def dataset(self, fingerprint: str) -> Dataset:
        """The data set of that fingerprint, in memory. Raises StoreError or DamagedError."""
        return self._datasets.get(fingerprint)

    def rows(self, fingerprint: str, split: Split) -> RowTable:
        """The rows of a split of a data set, read as they are asked for."""
        return self._datasets.table(fingerprint, split)

    def decisions(self, fingerprint: str) -> Decisions:
        """The decisions on the rows of a data set, whichever run they were made in."""
        if fingerprint not in self._decisions:
            pool = PoolFiles(self.home, fingerprint, lambda: known.attachments)
            known = Decisions(
                self.database,
                fingerprint,
                lambda: self._datasets.labelled(fingerprint, pool.find),
                pool,
            )
            self._decisions.setdefault(fingerprint, known)
        return self._decisions[fingerprint]
