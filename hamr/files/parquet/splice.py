"""One column of a Parquet file replaced, every other byte of its data as it was.

Nothing else is decoded, so no value, type or page of another column can change. The new data take
the place of the old ones; what follows them moves, and the footer is updated. The indexes of pages,
which contain positions too, are written again before the footer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import BinaryIO

from hamr.files.parquet.footer import (
    BLOOM_AT,
    BLOOM_LENGTH,
    BOUNDS_AT,
    BOUNDS_LENGTH,
    CHUNK_OFFSET,
    COMPRESSED,
    DATA_AT,
    GROUP_BYTES,
    GROUP_COMPRESSED,
    GROUP_OFFSET,
    INDEX_AT,
    KEY_VALUES,
    MARK,
    META,
    PAGES_AT,
    PATH,
    SORTING,
    STATISTICS,
    TOTAL,
    TYPE,
    Footer,
    columns,
    extent,
    move,
    moved_pages,
    put_place,
    read_footer,
)
from hamr.files.parquet.thrift import Struct, get, put, written

_BLOCK = 1 << 22  # bytes


@dataclass(frozen=True)
class _New:
    """The data of a chunk that replace those from `start` to `end`."""

    start: int
    end: int
    part: Footer  # a file of only that column and row group
    chunk: Struct  # its metadata there
    data: memoryview


def _new(old: Struct, part: Footer) -> _New:
    chunk = columns(part.groups[0])[0]
    return _New(*extent(old), part, chunk, memoryview(part.data)[slice(*extent(chunk))])


def splice(source: Footer, leaf: int, parts: Mapping[int, bytes], target: BinaryIO) -> None:
    """Write the file with other data for a column, given by row group as files of their own.

    Changes the metadata of `source`. Raises ValueError where the data of columns overlap.
    """
    new = {
        number: _new(columns(source.groups[number])[leaf], read_footer(part))
        for number, part in parts.items()
    }
    _check_apart(source, list(new.values()))
    in_order = sorted(new.values(), key=lambda one: one.start)
    at = 0
    for one in in_order:
        _copy(source.data, at, one.start, target)
        target.write(one.data)
        at = one.end
    _copy(source.data, at, source.start, target)

    ends = [one.end for one in in_order]
    moved = [0, *accumulate(len(one.data) - one.end + one.start for one in in_order)]

    def by(place: int) -> int:
        """How far the byte at that place of the source moves."""
        return moved[bisect_right(ends, place)]

    _move_all(source, leaf, new, by, target)
    meta = written(source.meta)
    target.write(meta + len(meta).to_bytes(4, "little") + MARK)


def _copy(data: bytes, start: int, end: int, target: BinaryIO) -> None:
    view = memoryview(data)
    for at in range(start, end, _BLOCK):
        target.write(view[at : min(at + _BLOCK, end)])


def _check_apart(source: Footer, new: list[_New]) -> None:
    """Raises ValueError where the old data are not a piece of the file of their own."""
    extents = sorted(extent(chunk) for chunk in source.chunks())
    for (_, end), (start, _) in pairwise(extents):
        if start < end:
            raise ValueError("the data of its columns overlap")
    if any(one.start < len(MARK) or one.end > source.start for one in new):
        raise ValueError("the data of a column are outside of the file")


def _move_all(
    source: Footer,
    leaf: int,
    new: Mapping[int, _New],
    by: Callable[[int], int],
    target: BinaryIO,
) -> None:
    """The metadata of all chunks as the new file needs them, and the indexes of their pages."""
    for number, group in enumerate(source.groups):
        if get(group, GROUP_OFFSET):
            put(group, GROUP_OFFSET, get(group, GROUP_OFFSET) + by(get(group, GROUP_OFFSET)))
        for at, chunk in enumerate(columns(group)):
            if at == leaf and number in new:
                _replace(group, chunk, new[number], by, target)
            else:
                _move(source.data, chunk, by, target)
        if number in new and SORTING in group:
            _forget_order(group, leaf)


def _move(data: bytes, chunk: Struct, by: Callable[[int], int], target: BinaryIO) -> None:
    if get(chunk, PAGES_AT):
        pages = moved_pages(data, chunk, by)
        put_place(chunk, PAGES_AT, target.tell(), len(pages))
        target.write(pages)
    if get(chunk, BOUNDS_AT):
        put(chunk, BOUNDS_AT, get(chunk, BOUNDS_AT) + by(get(chunk, BOUNDS_AT)))
    move(chunk, by)


def _replace(
    group: Struct, chunk: Struct, new: _New, by: Callable[[int], int], target: BinaryIO
) -> None:
    """The metadata of the new data, under the name and the physical type of the old ones."""
    start = new.start + by(new.start)
    away = start - extent(new.chunk)[0]
    old, meta = get(chunk, META), get(new.chunk, META)
    for field, total in ((GROUP_BYTES, TOTAL), (GROUP_COMPRESSED, COMPRESSED)):
        if field in group:
            put(group, field, get(group, field) + get(meta, total) - get(old, total))
    if get(chunk, PAGES_AT) and get(new.chunk, PAGES_AT):
        pages = moved_pages(new.part.data, new.chunk, lambda _: away)
        first = get(new.chunk, BOUNDS_AT)
        bounds = new.part.data[first : first + get(new.chunk, BOUNDS_LENGTH)] if first else b""
        put_place(chunk, PAGES_AT, target.tell(), len(pages))
        target.write(pages)
        put_place(chunk, BOUNDS_AT, target.tell(), len(bounds))
        target.write(bounds)
    if not get(chunk, PAGES_AT) or not get(chunk, BOUNDS_LENGTH):
        for field in (BOUNDS_AT, BOUNDS_LENGTH):
            chunk.pop(field, None)
    move(new.chunk, lambda _: away)
    for field in (TYPE, PATH, KEY_VALUES):
        if field in old:
            meta[field] = old[field]
    for field in (INDEX_AT, BLOOM_AT, BLOOM_LENGTH):
        meta.pop(field, None)
    if STATISTICS not in old:
        meta.pop(STATISTICS, None)
    put(chunk, META, meta)
    put(chunk, CHUNK_OFFSET, get(meta, DATA_AT) if get(chunk, CHUNK_OFFSET) else 0)


def _forget_order(group: Struct, leaf: int) -> None:
    """Keep only the sort columns before this one: its values have changed."""
    kind, by = get(group, SORTING)
    numbers = [get(one, 1) for one in by]
    if leaf in numbers:
        put(group, SORTING, (kind, by[: numbers.index(leaf)]))
        if not by[: numbers.index(leaf)]:
            group.pop(SORTING)
