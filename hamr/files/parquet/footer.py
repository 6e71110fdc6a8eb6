"""The footer of a Parquet file: where each column's data are in it, and moving them.

The numbers of the fields are those of
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hamr.files.parquet.thrift import I32, I64, Struct, get, put, read_struct, written

MARK, ENCRYPTED = b"PAR1", b"PARE"
SCHEMA, ROW_GROUPS, ENCRYPTION = 2, 4, 8  # of the file
NAME, CHILDREN = 4, 5  # of an element of the schema
# Of a row group:
COLUMNS, GROUP_BYTES, ROWS, SORTING, GROUP_OFFSET, GROUP_COMPRESSED = range(1, 7)
FILE_PATH, CHUNK_OFFSET, META = 1, 2, 3  # of a chunk: one column in one row group
PAGES_AT, PAGES_LENGTH, BOUNDS_AT, BOUNDS_LENGTH, CRYPTO = 4, 5, 6, 7, 8  # its page index
TYPE, PATH, CODEC, TOTAL, COMPRESSED, KEY_VALUES = 1, 3, 4, 6, 7, 8  # of a chunk's metadata
DATA_AT, INDEX_AT, DICTIONARY_AT, STATISTICS, BLOOM_AT, BLOOM_LENGTH = 9, 10, 11, 12, 14, 15
LOCATIONS, LOCATION_OFFSET = 1, 1  # of the index of pages; of a page in it


@dataclass(frozen=True)
class Footer:
    """A file's bytes, its metadata, and where the metadata begin."""

    data: bytes
    meta: Struct
    start: int

    @property
    def groups(self) -> list[Struct]:
        """The row groups."""
        found: list[Struct] = get(self.meta, ROW_GROUPS)[1]
        return found

    def chunks(self) -> Iterator[Struct]:
        """Every column of every row group."""
        for group in self.groups:
            yield from columns(group)

    def leaf_of(self, column: int) -> int:
        """The number of the one column of data that a column of the schema has, both from 0.

        Raises ValueError if it has more than one.
        """
        schema: list[Struct] = get(self.meta, SCHEMA)[1]
        at, leaves = 1, 0
        for _ in range(column):
            at, inside = _under(schema, at)
            leaves += inside
        if _under(schema, at)[1] != 1:
            raise ValueError("the column has several parts")
        return leaves


def read_footer(data: bytes) -> Footer:
    """The footer of a whole file; raises ValueError or IndexError if the file has none."""
    if data[-4:] == ENCRYPTED:
        raise ValueError("it is encrypted")
    if len(data) < 12 or data[:4] != MARK or data[-4:] != MARK:
        raise ValueError("the marks at its start or end are missing")
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    if start < 4:
        raise ValueError("its footer is longer than the file")
    meta, _ = read_struct(data[start:-8])
    footer = Footer(data, meta, start)
    if ENCRYPTION in meta or any(CRYPTO in chunk for chunk in footer.chunks()):
        raise ValueError("it is encrypted")
    if any(FILE_PATH in chunk for chunk in footer.chunks()):
        raise ValueError("some of its data are in other files")
    return footer


def columns(group: Struct) -> list[Struct]:
    """The columns of a row group."""
    found: list[Struct] = get(group, COLUMNS)[1]
    return found


def extent(chunk: Struct) -> tuple[int, int]:
    """Where the data of a chunk begin and end."""
    meta = get(chunk, META)
    first = min(at for at in (get(meta, DATA_AT), get(meta, DICTIONARY_AT, 0)) if at)
    return first, first + get(meta, COMPRESSED)


def move(chunk: Struct, by: Any) -> None:
    """Add to each place in a chunk's metadata what `by` gives for it; not to its page index."""
    meta = get(chunk, META)
    for struct, numbers in (
        (chunk, (CHUNK_OFFSET,)),
        (meta, (DATA_AT, INDEX_AT, DICTIONARY_AT, BLOOM_AT)),
    ):
        for number in numbers:
            if get(struct, number):
                put(struct, number, get(struct, number) + by(get(struct, number)))


def moved_pages(data: bytes, chunk: Struct, by: Any) -> bytes:
    """The index of a chunk's pages with their new places."""
    start = get(chunk, PAGES_AT)
    index, _ = read_struct(data[start : start + get(chunk, PAGES_LENGTH)])
    for page in get(index, LOCATIONS)[1]:
        put(page, LOCATION_OFFSET, get(page, LOCATION_OFFSET) + by(get(page, LOCATION_OFFSET)))
    return written(index)


def put_place(chunk: Struct, number: int, at: int, length: int) -> None:
    """Where an index of a chunk lies."""
    chunk[number], chunk[number + 1] = (I64, at), (I32, length)


def _under(schema: list[Struct], at: int) -> tuple[int, int]:
    """The element after this one and all below it, and how many columns of data these are."""
    children = get(schema[at], CHILDREN, 0)
    if not children:
        return at + 1, 1
    following, leaves = at + 1, 0
    for _ in range(children):
        following, inside = _under(schema, following)
        leaves += inside
    return following, leaves
