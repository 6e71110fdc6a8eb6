"""The rows of one split, read from an Arrow file in blocks when they are asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hamr.columns import Column
from hamr.entities import word_places
from hamr.records import Rows
from hamr.store.arrow_file import METADATA, ArrowFile, Check, Indices
from hamr.store.reading import Complain

if TYPE_CHECKING:
    import pandas as pd


class RowTable:
    """The rows of a split in their fixed order; an index is a position in it.

    The file is read a block of rows at a time, and of a million rows only some blocks are in
    memory. If the file was altered, truncated or removed since, reading raises DamagedError, until
    an intact one is put back.
    """

    def __init__(self, check: Check, complain: Complain, classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._file = ArrowFile(check, complain)

    def __len__(self) -> int:
        return int(self._file.starts[-1])

    @cached_property
    def labels(self) -> np.ndarray:
        """The labels, [n] int32, read-only."""
        labels: np.ndarray = self._file.column("label").to_numpy()
        labels.setflags(write=False)
        return labels

    def ids(self, indices: Indices) -> list[str]:
        """The ids of the rows at those indices."""
        return self._file.take("id", indices)

    def ids_and_texts(self, indices: Indices) -> tuple[list[str], list[str]]:
        """Both, with one look at each block."""
        ids, texts = self._file.take_several(("id", "text"), indices)
        return ids, texts

    def texts(self, indices: Indices) -> list[str]:
        """The texts of the rows at those indices."""
        return self._file.take("text", indices)

    def places(self, indices: Indices) -> list[int]:
        """The places of attached rows in the file that they came from, counted from 1."""
        return self._file.take("place", indices)

    def frame(self, indices: Indices) -> pd.DataFrame:
        """A table of the rows at those indices: row (the index), id, text, label (the name)."""
        import pandas as pd

        where = np.asarray(indices, dtype=np.int64)
        labels = [self.classes[label] for label in self.labels[where]]
        return pd.DataFrame(
            {"row": where, "id": self.ids(where), "text": self.texts(where), "label": labels}
        )

    @cached_property
    def word_starts(self) -> np.ndarray:
        """Of a token task, [n + 1]: row i has the words starts[i] to starts[i + 1] - 1 of all."""
        import pyarrow.compute as pc

        counts = [
            pc.list_value_length(self._file.block(n).column("words")) for n in self._file.numbers
        ]
        lengths = [np.zeros(1, np.int64), *(count.to_numpy() for count in counts)]
        return np.cumsum(np.concatenate(lengths))

    @property
    def has_words(self) -> bool:
        """Whether the rows are tagged sentences."""
        return "words" in self._file.names

    def words(self, row: int) -> list[str]:
        """The words of one row of a token task."""
        return list(self._file.take("words", [row])[0])

    @property
    def all_words(self) -> list[str]:
        """The words of all rows of a token task, one row after the other; see `word_starts`."""
        return [
            word for n in self._file.numbers for word in self._file.flat("words", n).to_pylist()
        ]

    def phrases(self, start: np.ndarray, end: np.ndarray) -> list[str]:
        """The words from each start to before its end, joined by blanks.

        Of a token task; both count the words of all rows, as `hamr.entities.Spans` does.
        """
        places, firsts = word_places(start, end)
        starts = self.word_starts[self._file.starts]
        words = self._file.gather(starts, places, lambda n: self._file.flat("words", n))
        bounds = np.stack([firsts, firsts + end - start], axis=1).tolist()
        return [" ".join(words[i:j]) for i, j in bounds]

    def tags(self, row: int) -> np.ndarray:
        """The tag numbers of one row of a token task, [w] int16."""
        return np.array(self._file.take("tags", [row])[0], np.int16)

    @cached_property
    def all_tags(self) -> np.ndarray:
        """The tag numbers of the words of all rows, [W] int16; see `word_starts`."""
        parts = [self._file.flat("tags", n).to_numpy() for n in self._file.numbers]
        tags = np.concatenate([np.zeros(0, np.int16), *parts])
        tags.setflags(write=False)
        return tags

    def sources(self, indices: Indices) -> list[str] | None:
        """The record of each row in its source file, if it was kept."""
        return self._file.take("source", indices) if "source" in self._file.names else None

    @cached_property
    def metadata_names(self) -> tuple[str, ...]:
        """The names of the columns of metadata, in the order in which they were chosen."""
        names = (name for name in self._file.names if name.startswith(METADATA))
        return tuple(name.removeprefix(METADATA) for name in names)

    def metadata(self, name: str) -> Column:
        """The values of all rows in a column of metadata, kept in memory. Raises KeyError."""
        if name not in self.metadata_names:
            raise KeyError(name)
        if name not in self._metadata:
            values, codes = self._file.encoded(f"{METADATA}{name}")
            self._metadata[name] = Column(tuple(values), codes)
        return self._metadata[name]

    @cached_property
    def _metadata(self) -> dict[str, Column]:
        return {}

    def about(self, row: int) -> dict[str, str]:
        """What the columns of metadata say of one row, by their names, without those that say
        nothing.
        """
        found = {name: self._file.take(f"{METADATA}{name}", [row])[0]
                 for name in self.metadata_names}  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}

    def search(self, query: str) -> np.ndarray:
        """The indices of the rows whose text, id or metadata contain the query, ignoring case."""
        import pyarrow as pa
        import pyarrow.compute as pc

        query = query.strip().encode("utf-8", "replace").decode()
        if not query:
            return np.arange(len(self))
        # Python's lower() differs from Arrow's for a few letters (the dotted I).
        wanted = pc.utf8_lower(pa.scalar(query)).as_py()
        found = pc.or_(
            pc.match_substring(self._file.lower("text"), wanted),
            pc.match_substring(self._file.lower("id"), wanted),
        )
        hits = found.to_numpy(zero_copy_only=False)
        for column in map(self.metadata, self.metadata_names):
            values = pc.utf8_lower(pa.array(column.values, pa.large_string()))
            has = pc.match_substring(values, wanted).to_numpy(zero_copy_only=False)
            hits = hits | np.append(has, False)[column.codes]
        return np.flatnonzero(hits)

    def find(self, row_id: str) -> int | None:
        """The index of the row of that id; None if there is none."""
        import pyarrow.compute as pc

        index = pc.index(self._file.column("id"), row_id).as_py()
        return None if index < 0 else int(index)

    def rows(self) -> Rows:
        """All rows, in memory, as training needs them."""
        groups, sources = (
            tuple(self._file.values(name)) if name in self._file.names else None
            for name in ("group", "source")
        )
        words = tags = None
        if self.has_words:
            words = tuple(tuple(row) for row in self._file.values("words"))
            tags = tuple(np.split(self.all_tags, self.word_starts[1:-1]))
        return Rows(
            ids=tuple(self._file.values("id")),
            texts=tuple(self._file.values("text")),
            labels=np.array(self.labels),
            groups=groups,
            words=words,
            tags=tags,
            sources=sources,
            metadata={name: self.metadata(name) for name in self.metadata_names},
        )
