"""Data sets: stored once per fingerprint, one Arrow file per split, read by block."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy.orm import Session

from hamr.errors import DamagedError, StoreError
from hamr.records import SPLITS, Dataset, Split, Task
from hamr.store.arrow_file import arrow_file
from hamr.store.checksums import digest
from hamr.store.copies import DATASET as COPY
from hamr.store.copies import TABLES, Copies, first, instance
from hamr.store.database import Database
from hamr.store.files import write_files
from hamr.store.labelled_rows import LabelledRows
from hamr.store.reading import PUT_BACK, Written, verify
from hamr.store.rows import RowTable
from hamr.store.tables import DatasetRow, values_of


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
        if known is None or known.damaged or not self._is_whole(known):
            splits = self._write(dataset)
            with self._database.write() as session:
                row = _row(dataset, splits)
                if session.get(DatasetRow, dataset.fingerprint) is None:
                    session.add(row)
                else:  # damaged, itself or its files
                    session.execute(_replace(row))
        Copies(self._database).write_dataset(dataset.fingerprint)

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
            self._tables[fingerprint, split] = RowTable(
                # Asked for again when the file is another one: the rows may have been stored again.
                lambda: self._check(self._row(fingerprint), split),
                self._complaint(row, split),
                tuple(row.classes),
            )
        return self._tables[fingerprint, split]

    def labelled(
        self, fingerprint: str, attached: Callable[[str], tuple[RowTable, int] | None]
    ) -> LabelledRows:
        """The rows of a data set as decisions are checked against them, and those attached."""
        row = self._row(fingerprint)
        task = cast(Task, row.task)
        return LabelledRows(
            row.name, task, row.classes, lambda split: self.table(fingerprint, split), attached
        )

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
        if not row.damaged:
            return row
        path = self._path(fingerprint, "train").with_name(COPY)
        values = first(path, "datasets")
        if values is None:
            raise DamagedError(
                f"The database's entry of the data set {fingerprint[:12]} does not match its "
                f"checksum, and {path} has no intact copy of it: restore a backup, or start a run "
                "on the same data, which stores the rows again"
            )
        copy: DatasetRow = instance(DatasetRow, values)
        return copy

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
        expected = Written(entry["sha256"], entry["bytes"])
        return verify(path, expected, self._complaint(row, split))

    def _complaint(self, row: DatasetRow, split: Split) -> Callable[[str], DamagedError]:
        path = self._path(row.fingerprint, split)

        def damaged(what: str) -> DamagedError:
            return DamagedError(
                f"The {split} rows of {row.name} can't be shown: {path} {what}. {PUT_BACK}, or "
                "start a run on the same data, which stores the rows again"
            )

        return damaged

    def _path(self, fingerprint: str, split: Split) -> Path:
        return self._home / "datasets" / fingerprint / f"{split}.arrow"


def _replace(row: DatasetRow) -> Any:
    """The query that puts a data set's row in the place of a damaged one."""
    table = TABLES["datasets"]
    values = {name: value for name, value in values_of(row).items() if value is not None}
    query = table.update().where(table.c.fingerprint == row.fingerprint)
    return query.values(**values, checksum=digest(values))


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
