"""The files of a data set's attached rows: written once, row by row, and read a block at a time.

    pools/FINGERPRINT/KEY.arrow     id, text, and the place of each row in the file that it was in;
                                    of sentences also words, where one of them holds a blank

A file counts once the event that attaches it is stored, with the file's checksum. One that a killed
process left without its event is never read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from hamr.decisions.pools import Attachment, PoolRow, place_in_pool
from hamr.errors import DamagedError, DataError
from hamr.store.files import write_files
from hamr.store.reading import PUT_BACK, Written, verify
from hamr.store.rows import RowTable

FOLDER = "pools"
BLOCK_ROWS = 1024  # all blocks but the last have as many


class PoolFiles:
    """The attached rows of one data set; `known` gives its attachments by key."""

    def __init__(
        self, home: Path, fingerprint: str, known: Callable[[], Mapping[str, Attachment]]
    ) -> None:
        self._home, self._known = home, known
        self._folder = home / FOLDER / fingerprint
        self._tables: dict[str, RowTable] = {}

    def write(self, key: str, rows: Iterable[PoolRow], *, sentences: bool) -> tuple[int, Written]:
        """Write rows as they come: how many there were, and the checksum of their file.

        Raises NoSpaceError or StoreError, DataError for a text that can't be stored, and whatever
        `rows` raises; then there is no file.
        """
        counted = [0]
        path = self._path(key)
        chunks = _chunks(key, rows, counted, sentences)
        written = write_files(self._home, {path: chunks})  # type: ignore[dict-item]
        return counted[0], written[path]

    def drop(self, key: str) -> None:
        """Delete a file that no event names."""
        self._path(key).unlink(missing_ok=True)

    def table(self, key: str) -> RowTable:
        """The rows of an attachment. Raises KeyError if there is none, DamagedError."""
        if key not in self._tables:
            own = self._known()[key]
            path, complain = self._path(key), _complaint(own, self._path(key))
            expected = Written(own.sha256, own.bytes)
            self._tables[key] = RowTable(lambda: verify(path, expected, complain), complain, ())
        return self._tables[key]

    def find(self, row_id: str) -> tuple[RowTable, int] | None:
        """The table and the index of an attached row; None if there is none of that id."""
        place = place_in_pool(row_id)
        if place is None or (place[0] not in self._tables and place[0] not in self._known()):
            return None
        table = self.table(place[0])
        return (table, place[1]) if 0 <= place[1] < len(table) else None

    def place(self, row_id: str) -> int:
        """The place of an attached row in the file that it came from, counted from 1."""
        found = self.find(row_id)
        if found is None:
            raise KeyError(row_id)
        return int(found[0].places([found[1]])[0])

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.arrow"


def _complaint(own: Attachment, path: Path) -> Callable[[str], DamagedError]:
    def damaged(what: str) -> DamagedError:
        return DamagedError(
            f"The unlabelled rows of {own.name} can't be shown: {path} {what}. {PUT_BACK}, or "
            "attach the file again"
        )

    return damaged


def _chunks(
    key: str, rows: Iterable[PoolRow], counted: list[int], sentences: bool
) -> Iterator[bytes]:
    """The bytes of an Arrow file, block by block; never more than one of them in memory."""
    import pyarrow as pa

    kinds = [("id", pa.large_string()), ("text", pa.large_string()), ("place", pa.int64())]
    if sentences:
        kinds.append(("words", pa.large_list(pa.large_string())))
    schema, sink, left = pa.schema(kinds), io.BytesIO(), iter(rows)
    with pa.ipc.new_file(_Kept(sink), schema) as writer:
        while block := list(islice(left, BLOCK_ROWS)):
            first = counted[0] + 1
            ids = [f"pool-{key}-{first + at}" for at in range(len(block))]
            writer.write_batch(_batch(ids, block, schema))
            counted[0] += len(block)
            yield _drained(sink)
    yield _drained(sink)


def _batch(ids: list[str], block: list[PoolRow], schema: Any) -> Any:
    import pyarrow as pa

    places, texts, words = zip(*block, strict=True)
    columns = {"id": ids, "text": texts, "place": places, "words": words}
    try:
        made = [pa.array(columns[own.name], own.type) for own in schema]
        return pa.record_batch(made, schema=schema)
    except UnicodeEncodeError as error:
        place = next(row.place for row in block if row.text == error.object)
        raise DataError(
            f"The text of row {place:,} can't be stored: {error.reason}; remove half surrogate "
            "pairs from the file",
            field="data",
        ) from None


def _drained(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


class _Kept(io.RawIOBase):
    """What Arrow writes goes to the sink, which is emptied meanwhile: so it counts the bytes."""

    def __init__(self, sink: io.BytesIO) -> None:
        self._sink, self._at = sink, 0

    def write(self, data: Any) -> int:
        """Keep these bytes."""
        count = self._sink.write(data)
        self._at += count
        return count

    def tell(self) -> int:
        """How many bytes were ever written."""
        return self._at

    def writable(self) -> bool:
        """Yes."""
        return True
