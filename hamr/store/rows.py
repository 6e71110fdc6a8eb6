"""The rows of one split, read from a memory-mapped Arrow file as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.entities import word_places
from hamr.errors import DataError
from hamr.records import Rows
from hamr.store.files import Chunks

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Indices = Sequence[int] | np.ndarray


class RowTable:
    """The rows of a split in their fixed order; an index is a position in it."""

    def __init__(self, path: Path, classes: tuple[str, ...]) -> None:
        import pyarrow as pa

        self.classes = classes
        self._table: pa.Table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @cached_property
    def labels(self) -> np.ndarray:
        """The labels, [n] int32, read-only."""
        return self._column("label").to_numpy()

    def ids(self, indices: Indices) -> list[str]:
        """The ids of the rows at those indices."""
        return self._take("id", indices)

    def texts(self, indices: Indices) -> list[str]:
        """The texts of the rows at those indices."""
        return self._take("text", indices)

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
        """Of a token task: row i has the words starts[i] to starts[i + 1] of all, [n + 1]."""
        column = self._column("words")
        return np.asarray(column.offsets.to_numpy()) - column.offsets[0].as_py()

    @property
    def has_words(self) -> bool:
        """Whether the rows are tagged sentences."""
        return "words" in self._table.column_names

    def words(self, row: int) -> list[str]:
        """The words of one row of a token task."""
        return list(self._column("words")[row].as_py())

    @property
    def all_words(self) -> list[str]:
        """The words of all rows of a token task, one row after the other; see `word_starts`."""
        return list(self._column("words").flatten().to_pylist())

    def phrases(self, start: np.ndarray, end: np.ndarray) -> list[str]:
        """The words from each start to before its end, with blanks between.

        Of a token task; both count the words of all rows, as `hamr.entities.Spans` does.
        """
        import pyarrow as pa

        places, firsts = word_places(start, end)
        words = self._column("words").flatten().take(pa.array(places)).to_pylist()
        bounds = np.stack([firsts, firsts + end - start], axis=1).tolist()
        return [" ".join(words[i:j]) for i, j in bounds]

    def tags(self, row: int) -> np.ndarray:
        """The tag numbers of one row of a token task, [w] int16."""
        return np.array(self._column("tags")[row].as_py(), np.int16)

    @cached_property
    def all_tags(self) -> np.ndarray:
        """The tag numbers of the words of all rows, [W] int16; see `word_starts`."""
        return self._column("tags").flatten().to_numpy()

    def sources(self, indices: Indices) -> list[str] | None:
        """What stood in the file for each of the rows, where that was kept."""
        return self._take("source", indices) if "source" in self._table.column_names else None

    def search(self, query: str) -> np.ndarray:
        """The indices of the rows whose text or id holds the query, whatever the case."""
        import pyarrow as pa
        import pyarrow.compute as pc

        query = query.strip().encode("utf-8", "replace").decode()
        if not query:
            return np.arange(len(self))
        # Python's lower() differs from Arrow's for a few letters (the dotted I).
        wanted = pc.utf8_lower(pa.scalar(query)).as_py()
        found = pc.or_(
            pc.match_substring(self._lower("text"), wanted),
            pc.match_substring(self._lower("id"), wanted),
        )
        return np.flatnonzero(found.to_numpy(zero_copy_only=False))

    def find(self, row_id: str) -> int | None:
        """The index of the row of that id; None if there is none."""
        import pyarrow.compute as pc

        index = pc.index(self._column("id"), row_id).as_py()
        return None if index < 0 else int(index)

    def rows(self) -> Rows:
        """All rows, in memory, as training wants them."""
        groups, sources = (
            tuple(self._table.column(name).to_pylist())
            if name in self._table.column_names
            else None
            for name in ("group", "source")
        )
        words = tags = None
        if self.has_words:
            words = tuple(tuple(row) for row in self._column("words").to_pylist())
            tags = tuple(np.split(self.all_tags, self.word_starts[1:-1]))
        return Rows(
            ids=tuple(self._column("id").to_pylist()),
            texts=tuple(self._column("text").to_pylist()),
            labels=np.array(self.labels),
            groups=groups,
            words=words,
            tags=tags,
            sources=sources,
        )

    def _column(self, name: str) -> pa.Array:
        column = self._table.column(name)
        return column.chunk(0) if column.num_chunks else column.combine_chunks()

    def _lower(self, name: str) -> Any:
        # Lower-casing costs more than looking through the result: it is done once.
        if name not in self._lowered:
            import pyarrow.compute as pc

            self._lowered[name] = pc.utf8_lower(self._column(name))
        return self._lowered[name]

    @cached_property
    def _lowered(self) -> dict[str, Any]:
        return {}

    def _take(self, name: str, indices: Indices) -> list[str]:
        import pyarrow as pa

        values = self._column(name).take(pa.array(np.asarray(indices, dtype=np.int64)))
        return list(values.to_pylist())


def arrow_file(rows: Rows) -> Chunks:
    """The rows as the chunk of an Arrow IPC file. Raises DataError for texts that no file holds."""
    import pyarrow as pa

    try:
        columns: dict[str, Any] = {
            "id": pa.array(rows.ids, pa.large_string()),
            "text": pa.array(rows.texts, pa.large_string()),
            "label": pa.array(np.asarray(rows.labels, dtype=np.int32)),
        }
        if rows.groups is not None:
            columns["group"] = pa.array(rows.groups, pa.large_string())
        if rows.words is not None and rows.tags is not None:
            columns["words"] = pa.array(rows.words, pa.large_list(pa.large_string()))
            columns["tags"] = pa.array(rows.tags, pa.large_list(pa.int16()))
        if rows.sources is not None:
            columns["source"] = pa.array(rows.sources, pa.large_string())
    except UnicodeEncodeError as error:
        raise DataError(
            f"A text can't be stored: {error.reason} at {error.object[error.start]!r}; "
            "remove half surrogate pairs from the file",
            field="source",
        ) from None
    sink = pa.BufferOutputStream()
    table = pa.table(columns)
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, len(rows)))
    return [sink.getvalue()]
