"""The first rows of a source, and the kind of values in a column, without loading the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from hamr.data import builtin
from hamr.errors import DataError
from hamr.files.reading import Head, TableFile, open_file

BUILTIN = ("demo", "builtin")
HUB = "hub:"
HEAD_ROWS = 50
LOOKED_AT = 20_000  # rows that are searched for a column's first value

Kind = Literal["texts", "lists", "others", "nothing"]


def is_file(source: str) -> bool:
    """Whether a source is a file: neither built in nor of the hub."""
    return source not in BUILTIN and not source.startswith(HUB)


def head(source: str) -> Head:
    """The columns and first rows of a source; the rows end before one that can't be read.

    Raises DataError if there is no head: no such file, say, or no connection to the hub.
    """
    if source in BUILTIN:
        rows = tuple(tuple(row) for row in builtin.procedures()[:HEAD_ROWS])
        return Head("row", builtin.COLUMNS, builtin.COLUMNS, rows)
    return _of_hub(source) if source.startswith(HUB) else open_file(source).head


def first_fault(source: str) -> str:
    """Why not even the first row of a source can be read; "" where it can."""
    return head(source).fault


def first_values(source: str, wanted: Sequence[str]) -> dict[str, list[Any]]:
    """The first values of some columns, by name, without gaps and empty texts.

    A file whose first rows lack all values of a column is read on until some turn up. A column
    that is missing, or occurs twice, is left out.
    """
    seen, asked = head(source), {*wanted}
    found = {
        name: [row[at] for row in seen.rows if not is_gap(row[at])]
        for at, name in enumerate(seen.single)
        if name in asked
    }
    late = tuple(name for name, values in found.items() if not values)
    if late and len(seen.rows) == HEAD_ROWS and is_file(source):
        found |= _further_on(open_file(source), late)
    return found


def is_constant(source: str, column: str) -> bool:
    """Whether the first rows have one value in a column, or none.

    A file that is sorted by its labels has one in its first rows, so more rows of it are read.
    """
    if len({str(value) for value in first_values(source, (column,))[column]}) > 1:
        return False
    if len(head(source).rows) < HEAD_ROWS or not is_file(source):
        return True
    file = open_file(source)
    kind = file.path.stat()
    return _stays_constant(file.path, column, kind.st_ino, kind.st_mtime_ns, kind.st_size)


def kind_of(values: Iterable[Any]) -> Kind:
    """What most of the values are. Lists hold words, numbers or tags, and no lists or objects."""
    counts = Counter(map(_kind, values))
    order: tuple[Kind, ...] = ("texts", "lists", "others")
    return max(order, key=lambda kind: counts[kind]) if counts else "nothing"


def is_gap(value: Any) -> bool:
    """Whether a cell is empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def _kind(value: Any) -> Kind:
    if isinstance(value, list | tuple):
        plain = all(one is None or isinstance(one, str | int | float) for one in value)
        return "lists" if plain else "others"
    return "others" if isinstance(value, dict | bytes) else "texts"


@lru_cache(maxsize=32)
def _of_hub(source: str) -> Head:
    from hamr.data.hub import open_hub  # needs the library `datasets`, which is slow to load

    reader = open_hub(source, streaming=True)["train"]
    columns = reader.columns()
    rows: list[tuple[Any, ...]] = []
    try:
        for _, values in islice(reader.rows(columns), HEAD_ROWS):
            rows.append(tuple(values))
    except DataError:
        if not rows:  # a lost connection must not be remembered as a set without rows
            raise
    return Head("row", tuple(columns), tuple(columns), tuple(rows))


def _further_on(file: TableFile, columns: tuple[str, ...]) -> Mapping[str, list[Any]]:
    kind = file.path.stat()
    return _late_values(file.path, columns, kind.st_ino, kind.st_mtime_ns, kind.st_size)


@lru_cache(maxsize=64)
def _stays_constant(path: Path, column: str, *_version: int) -> bool:
    seen: set[str] = set()
    with suppress(DataError):
        for _, (value,) in islice(TableFile(path).rows((column,)), LOOKED_AT):
            if not is_gap(value):
                seen.add(str(value))
            if len(seen) > 1:
                return False
    return True


@lru_cache(maxsize=64)
def _late_values(path: Path, columns: tuple[str, ...], *_version: int) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in columns}
    with suppress(DataError):  # reading all rows will raise it again
        for _, row in islice(TableFile(path).rows(columns), LOOKED_AT):
            for name, value in zip(columns, row, strict=True):
                if not is_gap(value) and len(found[name]) < HEAD_ROWS:
                    found[name].append(value)
            if all(len(values) == HEAD_ROWS for values in found.values()):
                break
    return found
