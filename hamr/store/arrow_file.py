"""An Arrow file of rows, read a block at a time and checked whenever it has changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.columns import Column
from hamr.errors import DataError
from hamr.records import Rows
from hamr.store.files import Chunks
from hamr.store.reading import Complain, state_of

if TYPE_CHECKING:
    import pyarrow as pa

Indices = Sequence[int] | np.ndarray
Check = Callable[[], Path]  # the path of the checked file; raises DamagedError

BLOCK_ROWS, BLOCK_BYTES = 4096, 1 << 20  # the most of each in a block of more than one row
METADATA = "metadata:"  # before the name of a column of metadata
BLOCKS_KEPT = 64  # in memory: the most recently used ones


class ArrowFile:
    """The columns of an Arrow file. Raises DamagedError if it was altered since it was checked."""

    def __init__(self, check: Check, complain: Complain) -> None:
        self._check, self._complain = check, complain
        self._turn = RLock()  # Arrow's reader is for one thread at a time
        self._blocks: OrderedDict[int, pa.RecordBatch] = OrderedDict()
        self._columns: dict[str, pa.ChunkedArray] = {}
        self._lowered: dict[str, Any] = {}
        self._open()
        self.starts = self._find_starts()

    def block(self, number: int) -> pa.RecordBatch:
        """A block of rows of the file that was checked."""
        with self._turn:
            self._look()
            if number in self._blocks:
                self._blocks.move_to_end(number)
                return self._blocks[number]
            with self._errors():
                block = self._reader.get_batch(number)
                if number not in self._valid:
                    block.validate(full=True)  # its offsets may be damaged
                    self._valid.add(number)
            self._look()  # the block counts only if the file is still the same
            self._blocks[number] = block
            while len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
            return block

    def _look(self) -> None:
        """Check the file again if it has changed. Raises DamagedError."""
        try:
            same = state_of(self._path) == self._state
        except OSError:
            same = False
        if not same:
            self._open()

    def flat(self, name: str, number: int) -> pa.Array:
        """The items of all lists of a block's column, one after the other."""
        return self.block(number).column(name).flatten()

    def values(self, name: str) -> list[Any]:
        """A whole column as a list."""
        return [v for n in self.numbers for v in self.block(n).column(name).to_pylist()]

    def column(self, name: str) -> pa.ChunkedArray:
        """A whole column, kept in memory: only ids and labels are."""
        if name not in self._columns:
            import pyarrow as pa

            kind = self._reader.schema.field(name).type
            none = pa.array([], kind)
            # Copied, as slices would keep the blocks with all their columns in memory.
            parts = [pa.concat_arrays([self.block(n).column(name), none]) for n in self.numbers]
            self._columns[name] = pa.chunked_array([pa.concat_arrays([*parts, none])], kind)
        return self._columns[name]

    def encoded(self, name: str) -> tuple[list[str], np.ndarray]:
        """A whole column of which the file holds each value once: the values, and [n] int32 which
        of them each row has; -1 for none.
        """
        # Concatenated by its numbers: Arrow would compare the values of all blocks, which are the
        # same ones, and take seconds for 200,000 different ones.
        with self._turn:
            columns = [self.block(n).column(name) for n in self.numbers]
            codes = [c.indices.fill_null(-1).to_numpy(zero_copy_only=False) for c in columns]
            values = columns[0].dictionary.to_pylist() if columns else []
        return values, np.concatenate([np.empty(0, np.int32), *codes])

    def lower(self, name: str) -> Any:
        """A whole text column in lower case, kept in memory."""
        # Lower-casing costs more than searching the result, so it is done once.
        if name not in self._lowered:
            import pyarrow as pa
            import pyarrow.compute as pc

            parts = [pc.utf8_lower(self.block(n).column(name)) for n in self.numbers]
            self._lowered[name] = pa.chunked_array(parts, pa.large_string())
        return self._lowered[name]

    def take(self, name: str, indices: Indices) -> list[Any]:
        """The values of a column at those rows."""
        where = np.asarray(indices, dtype=np.int64)
        return self.gather(self.starts, where, lambda n: self.block(n).column(name))

    def take_several(self, names: Sequence[str], indices: Indices) -> list[list[Any]]:
        """`take` of several columns, with one look at each block."""
        import pyarrow as pa

        where = np.asarray(indices, dtype=np.int64)

        def part(number: int) -> pa.Array:
            block = self.block(number)
            return pa.StructArray.from_arrays([block.column(name) for name in names], list(names))

        rows = self.gather(self.starts, where, part)
        return [[row[name] for row in rows] for name in names]

    def gather(
        self, starts: np.ndarray, where: np.ndarray, part: Callable[[int], pa.Array]
    ) -> list[Any]:
        """The values at those indices; block b has those from starts[b] on."""
        import pyarrow as pa

        if np.any((where < 0) | (where >= starts[-1])):
            raise IndexError(f"rows have the numbers 0 to {starts[-1] - 1}")
        numbers = np.searchsorted(starts, where, "right") - 1
        found = np.empty(len(where), dtype=object)
        for number in np.unique(numbers):
            own = np.flatnonzero(numbers == number)
            values = part(int(number)).take(pa.array(where[own] - starts[number]))
            for place, value in zip(own.tolist(), values.to_pylist(), strict=True):
                found[place] = value
        return list(found)

    def _open(self) -> None:
        """Check and open the file."""
        import pyarrow as pa

        path = self._check()
        self._state = state_of(path)
        self._path = path
        self._valid: set[int] = set()  # blocks of this file that were validated
        with self._errors():
            self._reader = pa.ipc.open_file(pa.OSFile(str(path)))
            self.names = self._reader.schema.names
            self.numbers = range(self._reader.num_record_batches)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn Arrow's errors about a truncated or foreign file into a sentence."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            said = str(error).splitlines() or [type(error).__name__]
            raise self._complain(f"can't be read ({said[0][:200]})") from None

    def _find_starts(self) -> np.ndarray:
        """[blocks + 1]: block b has the rows starts[b] to starts[b + 1] - 1."""
        if len(self.numbers) < 2:
            counts = [self.block(n).num_rows for n in self.numbers]
        else:  # all but the last have the same size
            first, last = (self.block(n).num_rows for n in (0, self.numbers[-1]))
            counts = [first] * (len(self.numbers) - 1) + [last]
        return np.cumsum([0, *counts])


def _column(column: Column) -> pa.Array:
    """A column of metadata, each different value once."""
    import pyarrow as pa

    codes = pa.array(column.codes, mask=column.codes < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.values, pa.large_string()))


def arrow_file(rows: Rows) -> Chunks:
    """The rows as the chunk of an Arrow IPC file. Raises DataError if a text can't be stored."""
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
        columns |= {f"{METADATA}{name}": _column(own) for name, own in rows.metadata.items()}
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
