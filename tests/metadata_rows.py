"""Made-up rows with columns of metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from hamr.columns import Column
from hamr.records import SPLITS, Dataset, Rows
from tests.fake_run import fake_dataset

Cell = Callable[[int], str | None]


def with_metadata(dataset: Dataset | None = None, **cells: Cell) -> Dataset:
    """The data set with these columns; each function gives the cell of a row by its position."""
    dataset = dataset or fake_dataset()

    def own(rows: Rows) -> Rows:
        found = {name: Column.of(map(cell, range(len(rows)))) for name, cell in cells.items()}
        return replace(rows, metadata=found)

    print_ = hashlib.sha256((dataset.fingerprint + ",".join(cells)).encode()).hexdigest()
    parts = {split: own(dataset.split(split)) for split in SPLITS}
    return replace(dataset, fingerprint=print_, **parts)


def annotator(row: int) -> str | None:
    """Three annotators in turn, and none for every tenth row."""
    return None if row % 10 == 9 else f"ann {row % 3}"
