"""The rows of one split, read from an Arrow file in blocks as they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.entities import word_places
from hamr.errors import DataError
from hamr.records import Rows
from hamr.store.files import Chunks
from hamr.store.reading import Complain, state_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Indices = Sequence[int] | np.ndarray
Check = Callable[[], Path]  # the path, once the file is whole; raises DamagedError

BLOCK_ROWS, BLOCK_BYTES = 4096, 1 << 20  # a block has no more of either, but at least one row
BLOCKS_KEPT = 64  # in memory, those that were asked for last


class RowTable:
    """The rows of a split in their fixed order; an index is a position in it.

    The file is read a block of rows at a time, and of a million rows only some blocks are in
    memory. A file that was altered, cut off or taken away since is a DamagedError; one that was
    put back whole is read on.
    """

    def __init__(self, check: Check, complain: Complain, classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._check, self._complain = check, complain
        self._turn = RLock()  # Arrow's reader is for one thread at a time
        self._blocks: OrderedDict[int, pa.RecordBatch] = OrderedDict()
        self._columns: dict[str, pa.ChunkedArray] = {}
        self._open()
        self._starts = self._find_starts()

    def __len__(self) -> int:
        return int(self._starts[-1])

    @cached_property
    def labels(self) -> np.ndarray:
        """The labels, [n] int32, read-only."""
        labels: np.ndarray = self._column("label").to_numpy()
        labels.setflags(write=False)
        return labels

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
        import pyarrow.compute as pc

        counts = [pc.list_value_length(self._block(n).column("words")) for n in self._numbers]
        lengths = [np.zeros(1, np.int64), *(count.to_numpy() for count in counts)]
        return np.cumsum(np.concatenate(lengths))

    @property
    def has_words(self) -> bool:
        """Whether the rows are tagged sentences."""
        return "words" in self._names

    def words(self, row: int) -> list[str]:
        """The words of one row of a token task."""
        return list(self._take("words", [row])[0])

    @property
    def all_words(self) -> list[str]:
        """The words of all rows of a token task, one row after the other; see `word_starts`."""
        return [word for n in self._numbers for word in self._flat("words", n).to_pylist()]

    def phrases(self, start: np.ndarray, end: np.ndarray) -> list[str]:
        """The words from each start to before its end, with blanks between.

        Of a token task; both count the words of all rows, as `hamr.entities.Spans` does.
        """
        places, firsts = word_places(start, end)
        starts = self.word_starts[self._starts]
        words = self._gather(starts, places, lambda n: self._flat("words", n))
        bounds = np.stack([firsts, firsts + end - start], axis=1).tolist()
        return [" ".join(words[i:j]) for i, j in bounds]

    def tags(self, row: int) -> np.ndarray:
        """The tag numbers of one row of a token task, [w] int16."""
        return np.array(self._take("tags", [row])[0], np.int16)

    @cached_property
    def all_tags(self) -> np.ndarray:
        """The tag numbers of the words of all rows, [W] int16; see `word_starts`."""
        parts = [self._flat("tags", n).to_numpy() for n in self._numbers]
        tags = np.concatenate([np.zeros(0, np.int16), *parts])
        tags.setflags(write=False)
        return tags

    def sources(self, indices: Indices) -> list[str] | None:
        """What stood in the file for each of the rows, where that was kept."""
        return self._take("source", indices) if "source" in self._names else None

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
            tuple(self._all(name)) if name in self._names else None for name in ("group", "source")
        )
        words = tags = None
        if self.has_words:
            words = tuple(tuple(row) for row in self._all("words"))
            tags = tuple(np.split(self.all_tags, self.word_starts[1:-1]))
        return Rows(
            ids=tuple(self._all("id")),
            texts=tuple(self._all("text")),
            labels=np.array(self.labels),
            groups=groups,
            words=words,
            tags=tags,
            sources=sources,
        )

    def _open(self) -> None:
        """Open the file, once it is found whole."""
        import pyarrow as pa

        path = self._check()
        self._state = state_of(path)
        self._path = path
        self._valid: set[int] = set()  # blocks of this very file that were looked through
        with self._errors():
            self._reader = pa.ipc.open_file(pa.OSFile(str(path)))
            self._names = self._reader.schema.names
            self._numbers = range(self._reader.num_record_batches)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what Arrow says of a file that is cut off or no Arrow file into its sentence."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            said = str(error).splitlines() or [type(error).__name__]
            raise self._complain(f"can't be read ({said[0][:200]})") from None

    def _find_starts(self) -> np.ndarray:
        """Block b has the rows starts[b] to starts[b + 1], [blocks + 1]."""
        if len(self._numbers) < 2:
            counts = [self._block(n).num_rows for n in self._numbers]
        else:  # all but the last are alike
            first, last = (self._block(n).num_rows for n in (0, self._numbers[-1]))
            counts = [first] * (len(self._numbers) - 1) + [last]
        return np.cumsum([0, *counts])

    def _block(self, number: int) -> pa.RecordBatch:
        """A block of rows, of the file as it was when it was found whole."""
        with self._turn:
            self._look()
            if number in self._blocks:
                self._blocks.move_to_end(number)
                return self._blocks[number]
            with self._errors():
                block = self._reader.get_batch(number)
                if number not in self._valid:
                    block.validate(full=True)  # before its offsets are followed
                    self._valid.add(number)
            self._look()  # what was read counts only if the file is still the same
            self._blocks[number] = block
            while len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
            return block

    def _look(self) -> None:
        """Raises DamagedError if the file is another one; not if it is whole again."""
        try:
            same = state_of(self._path) == self._state
        except OSError:
            same = False
        if not same:
            self._open()

    def _flat(self, name: str, number: int) -> pa.Array:
        """What the lists of a block hold, one after the other."""
        return self._block(number).column(name).flatten()

    def _all(self, name: str) -> list[Any]:
        return [v for n in self._numbers for v in self._block(n).column(name).to_pylist()]

    def _column(self, name: str) -> pa.ChunkedArray:
        """A whole column, which stays in memory: of ids and labels alone."""
        if name not in self._columns:
            import pyarrow as pa

            kind = self._reader.schema.field(name).type
            none = pa.array([], kind)
            # Copies: else they would keep the blocks with all their columns in memory.
            parts = [pa.concat_arrays([self._block(n).column(name), none]) for n in self._numbers]
            self._columns[name] = pa.chunked_array([pa.concat_arrays([*parts, none])], kind)
        return self._columns[name]

    def _lower(self, name: str) -> Any:
        # Lower-casing costs more than looking through the result: it is done once.
        if name not in self._lowered:
            import pyarrow as pa
            import pyarrow.compute as pc

            parts = [pc.utf8_lower(self._block(n).column(name)) for n in self._numbers]
            self._lowered[name] = pa.chunked_array(parts, pa.large_string())
        return self._lowered[name]

    @cached_property
    def _lowered(self) -> dict[str, Any]:
        return {}

    def _take(self, name: str, indices: Indices) -> list[Any]:
        where = np.asarray(indices, dtype=np.int64)
        return self._gather(self._starts, where, lambda n: self._block(n).column(name))

    def _gather(
        self, starts: np.ndarray, where: np.ndarray, part: Callable[[int], pa.Array]
    ) -> list[Any]:
        """The values at those places, of which each block has those from its start on."""
        import pyarrow as pa

        if np.any((where < 0) | (where >= starts[-1])):
            raise IndexError(f"rows are numbered from 0 to {starts[-1] - 1}")
        numbers = np.searchsorted(starts, where, "right") - 1
        found = np.empty(len(where), dtype=object)
        for number in np.unique(numbers):
            own = np.flatnonzero(numbers == number)
            values = part(int(number)).take(pa.array(where[own] - starts[number]))
            for place, value in zip(own.tolist(), values.to_pylist(), strict=True):
                found[place] = value
        return list(found)


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
        mean = table.nbytes // max(1, len(rows)) + 1
        writer.write_table(table, max_chunksize=max(1, min(BLOCK_ROWS, BLOCK_BYTES // mean)))
    return [sink.getvalue()]
