"""Data sets: stored once per fingerprint, one Arrow file per split, memory-mapped when read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy.orm import Session

from hamr.errors import DamagedError, StoreError
from hamr.records import SPLITS, Dataset, Split, Task
from hamr.store.database import Database
from hamr.store.files import Written, verify, write_files
from hamr.store.judged_rows import JudgedRows
from hamr.store.rows import RowTable, arrow_file
from hamr.store.tables import DatasetRow


class Datasets:
    """The data sets of a store."""

    def __init__(self, home: Path, database: Database) -> None:
        self._home = home
        self._database = database
        self._tables: dict[tuple[str, str], RowTable] = {}

    def add(self, dataset: Dataset) -> None:
        """Store the rows, unless a data set of that fingerprint is there and whole."""
        with self._database.read() as session:
            known = session.get(DatasetRow, dataset.fingerprint)
        if known is None or not self._is_whole(known):
            splits = self._write(dataset)
            with self._database.write() as session:
                session.merge(_row(dataset, splits))

    def get(self, fingerprint: str) -> Dataset:
        """The data set of that fingerprint, in memory. Raises StoreError or DamagedError."""
        row = self._row(fingerprint)
        splits: dict[str, Any] = {split: self.table(fingerprint, split).rows() for split in SPLITS}
        return Dataset(
            name=row.name,
            task=cast(Task, row.task),
            classes=tuple(row.classes),
            fingerprint=fingerprint,
            notices=tuple(row.notices),
            **splits,
        )

    def table(self, fingerprint: str, split: Split) -> RowTable:
        """The rows of a split, read as they are asked for."""
        if (fingerprint, split) not in self._tables:
            row = self._row(fingerprint)
            path = self._check(row, split)
            self._tables[fingerprint, split] = RowTable(path, tuple(row.classes))
        return self._tables[fingerprint, split]

    def judged(self, fingerprint: str) -> JudgedRows:
        """The rows of a data set as decisions are checked against them."""
        row = self._row(fingerprint)
        task = cast(Task, row.task)
        return JudgedRows(row.name, task, row.classes, lambda split: self.table(fingerprint, split))

    def remove(self, session: Session, fingerprint: str) -> Path:
        """Take the data set off the list; the folder that may be removed after the commit."""
        session.delete(session.get_one(DatasetRow, fingerprint))
        for split in SPLITS:
            self._tables.pop((fingerprint, split), None)
        return self._path(fingerprint, "train").parent

    def _row(self, fingerprint: str) -> DatasetRow:
        with self._database.read() as session:
            row = session.get(DatasetRow, fingerprint)
        if row is None:
            raise StoreError(f"The store in {self._home} holds no data set {fingerprint[:12]}")
        return row

    def _write(self, dataset: Dataset) -> dict[str, dict[str, Any]]:
        if not dataset.fingerprint.isalnum():
            raise ValueError(f"a fingerprint is a hexadecimal number, got {dataset.fingerprint!r}")
        paths = {split: self._path(dataset.fingerprint, split) for split in SPLITS}
        files = {paths[split]: arrow_file(dataset.split(split)) for split in SPLITS}
        written = write_files(self._home, files)
        return {
            split: {"rows": len(dataset.split(split)), **vars(written[paths[split]])}
            for split in SPLITS
        }

    def _is_whole(self, row: DatasetRow) -> bool:
        try:
            return all(self._check(row, split) for split in SPLITS)
        except DamagedError:
            return False

    def _check(self, row: DatasetRow, split: Split) -> Path:
        path, entry = self._path(row.fingerprint, split), row.splits[split]

        def damaged(what: str) -> DamagedError:
            return DamagedError(
                f"The {split} rows of {row.name} can't be shown: {path} {what}. Put the file "
                "back, or start a run on the same data, which stores the rows anew"
            )

        return verify(path, Written(entry["sha256"], entry["bytes"]), damaged)

    def _path(self, fingerprint: str, split: Split) -> Path:
        return self._home / "datasets" / fingerprint / f"{split}.arrow"


def _row(dataset: Dataset, splits: dict[str, dict[str, Any]]) -> DatasetRow:
    return DatasetRow(
        fingerprint=dataset.fingerprint,
        name=dataset.name,
        task=dataset.task,
        classes=list(dataset.classes),
        notices=list(dataset.notices),
        splits=splits,
        created=datetime.now(UTC),
    )
