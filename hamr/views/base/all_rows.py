"""The rows of all splits under one index: training rows, then validation rows, then test rows.

So a training row has the index that it has everywhere else, and a link or a filter can name any
row of the data set by one number.

Axes: N training rows, A rows of all splits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hamr.records import SPLITS, Split
from hamr.store import RowTable, Run, Store

if TYPE_CHECKING:
    import pandas as pd

SPLIT_NAMES: dict[Split, str] = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class AllRows:
    """The rows of a data set, read as they are asked for."""

    tables: tuple[RowTable, ...]  # one for each of SPLITS

    @classmethod
    def of(cls, run: Run) -> AllRows:
        """Those of a run. Raises StoreError until its data is loaded."""
        return cls(tuple(run.rows(split) for split in SPLITS))

    @classmethod
    def of_data(cls, store: Store, fingerprint: str) -> AllRows:
        """Those of a data set of a store."""
        return cls(tuple(store.rows(fingerprint, split) for split in SPLITS))

    @cached_property
    def bounds(self) -> np.ndarray:
        """Where each split begins, and A: [4]."""
        return np.cumsum([0, *map(len, self.tables)])

    def __len__(self) -> int:
        return int(self.bounds[-1])

    @property
    def trained(self) -> int:
        """How many training rows there are: the indices below are theirs."""
        return int(self.bounds[1])

    def place(self, index: int) -> tuple[Split, int]:
        """The split of a row and its position there. Raises IndexError where there is no row."""
        if not 0 <= index < len(self):
            raise IndexError(f"rows are numbered 0 to {len(self) - 1}, got {index}")
        number = int(np.searchsorted(self.bounds, index, side="right")) - 1
        return SPLITS[number], index - int(self.bounds[number])

    def split(self, index: int) -> Split:
        """The split that a row is in."""
        return self.place(index)[0]

    def index(self, split: Split, position: int) -> int:
        """The index of a row of a split."""
        return int(self.bounds[SPLITS.index(split)]) + position

    def of_split(self, split: Split) -> slice:
        """The indices of a split's rows."""
        number = SPLITS.index(split)
        return slice(int(self.bounds[number]), int(self.bounds[number + 1]))

    @cached_property
    def splits(self) -> np.ndarray:
        """The split of each row as an index of SPLITS, [A] int8."""
        return np.repeat(np.arange(len(SPLITS), dtype=np.int8), np.diff(self.bounds))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The id of each row, [A]."""
        return tuple(row for table in self.tables for row in table.ids(np.arange(len(table))))

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The index of each row by its id. Where splits share an id, which data sets avoid, the
        training row has it, as in `hamr.store.LabelledRows`.
        """
        return {row_id: len(self) - 1 - n for n, row_id in enumerate(reversed(self.ids))}

    @cached_property
    def labels(self) -> np.ndarray:
        """The class of each row, [A] int32."""
        return np.concatenate([table.labels for table in self.tables])

    def texts(self, indices: Sequence[int] | np.ndarray) -> list[str]:
        """The texts of the rows at those indices."""
        where = np.asarray(indices, np.int64)
        numbers, found = self.splits[where], np.empty(len(where), object)
        for number, table in enumerate(self.tables):
            own = np.flatnonzero(numbers == number)
            if len(own):
                found[own] = table.texts(where[own] - self.bounds[number])
        return list(found)

    def words(self, index: int) -> list[str]:
        """The words of a tagged sentence."""
        split, row = self.place(index)
        return self.tables[SPLITS.index(split)].words(row)

    def frame(self, indices: Sequence[int] | np.ndarray) -> pd.DataFrame:
        """A table of the rows at those indices: row (the index), split, id, text, label by name."""
        import pandas as pd

        where = np.asarray(indices, np.int64)
        classes = self.tables[0].classes
        return pd.DataFrame(
            {
                "row": where,
                "split": [SPLIT_NAMES[SPLITS[number]] for number in self.splits[where]],
                "id": [self.ids[row] for row in where.tolist()],
                "text": self.texts(where),
                "label": [classes[label] for label in self.labels[where]],
            }
        )

    def search(self, query: str) -> np.ndarray:
        """The indices of the rows whose text or id contains the query, ignoring case."""
        found = zip(self.tables, self.bounds[:-1], strict=True)
        return np.concatenate([table.search(query) + first for table, first in found])


def place_of(run: Run, index: int) -> tuple[Split, int]:
    """`AllRows.place`, which opens no other rows for a training row."""
    if 0 <= index < len(run.rows()):
        return "train", index
    return AllRows.of(run).place(index)
