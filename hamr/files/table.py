"""What every reader returns: named columns of texts, and each row's place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from hamr.errors import ColumnError, DataError, HamrError

# A file of a few hundred bytes can decode to gigabytes, so the decoded characters count too.
MAX_ROWS = 5_000_000
MAX_CHARACTERS = 2_000_000_000

Unit = Literal["line", "row"]


@dataclass(frozen=True)
class Table:
    """Columns of equal length; None where a row has no value. `places` count from 1."""

    name: str  # the file's name
    unit: Unit  # what `places` count: lines of a text file, or rows
    places: Sequence[int]
    columns: dict[str, list[str | None]]
    notices: tuple[str, ...] = ()  # what the reader had to repair

    def __len__(self) -> int:
        return len(self.places)

    def where(self, rows: Sequence[int], limit: int = 5) -> str:
        """The place of some rows in words: "reviews.csv, lines 4, 9 and 12"."""
        places = [f"{self.places[row]:,}" for row in rows[:limit]]
        more = len(rows) - len(places)
        unit = self.unit if len(rows) == 1 else f"{self.unit}s"
        return f"{self.name}, {unit} {in_words(places, more)}"


class Reader(Protocol):
    """One file, or one split of a hub's data set, that can be read in a single pass."""

    name: str
    unit: Unit
    notices: list[str]  # what had to be repaired, complete once the rows are read

    def columns(self) -> list[str]:
        """The names of the columns, in the file's order, read from its head alone."""
        ...

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The place of each row and its values in the order of `wanted`."""
        ...


def read_table(reader: Reader, needed: dict[str, str], optional: Sequence[str] = ()) -> Table:
    """Read the needed columns, and those optional ones that the file has, as texts.

    `needed` names for each column the control that an error in it belongs to. Raises
    ColumnError if a needed column is missing, occurs twice or holds lists or objects, and
    DataError if the file can't be read, has no rows or is too large.
    """
    there = reader.columns()
    if not there:
        raise _no_rows(reader)
    for column, control in needed.items():
        with blamed_on(control):
            check_column(column, there, reader.name)
    wanted = list(dict.fromkeys([*needed, *(c for c in optional if there.count(c) == 1)]))
    places: list[int] = []
    values: list[list[str | None]] = [[] for _ in wanted]
    characters = 0
    for place, row in reader.rows(wanted):
        places.append(place)
        for column, column_values, value in zip(wanted, values, row, strict=True):
            if type(value) is str:
                text: str | None = value
            else:
                with blamed_on(needed.get(column, "source")):
                    text = as_text(value, column, reader, place)
            column_values.append(text)
            characters += len(text) if text is not None else 0
        if len(places) > MAX_ROWS or characters > MAX_CHARACTERS:
            raise too_large(reader.name)
    if not places:
        raise _no_rows(reader)
    columns = dict(zip(wanted, values, strict=True))
    return Table(reader.name, reader.unit, places, columns, tuple(reader.notices))


def check_column(column: str, there: Sequence[str], name: str) -> None:
    """Raise ColumnError unless there is exactly one column of that name."""
    count = there.count(column)
    if count == 0:
        raise ColumnError(f"{name} has no column {column!r}: it has {quoted(there)}; choose one")
    if count > 1:
        raise ColumnError(
            f"{name} has {count} columns called {column!r}: rename all but one of them"
        )


def too_large(name: str) -> DataError:
    """The error for files that hold more than can be trained on."""
    return DataError(
        f"{name} holds more than {MAX_ROWS:,} rows or {MAX_CHARACTERS:,} characters of text, "
        "which is the limit: give a part of it"
    )


def _no_rows(reader: Reader) -> DataError:
    return DataError(f"{reader.name} has no rows: give a file with rows")


def as_text(value: Any, column: str, reader: Reader, place: int) -> str | None:
    """A cell as text: numbers as written, booleans as JSON writes them."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict | tuple | bytes):
        kind = {dict: "an object", bytes: "bytes"}.get(type(value), "a list")
        raise ColumnError(
            f"{reader.name}, {reader.unit} {place:,}: column {column!r} holds {kind}, where a "
            "text or a number should be; choose another column, or join its parts to one text"
        )
    return str(value)


@contextmanager
def blamed_on(field: str) -> Iterator[None]:
    """Names the control that an error inside belongs to, where the error names none."""
    try:
        yield
    except HamrError as error:
        error.field = error.field or field
        raise


def in_words(items: Sequence[str], more: int = 0, last: str = "and") -> str:
    """ "a, b and c", or "a, b and 7 more"."""
    if more:
        return f"{', '.join(items)} and {more:,} more"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def at_places(name: str, unit: Unit, places: Sequence[int | str], limit: int = 5) -> str:
    """Places in a file in words: "a.csv, lines 4, 9 to 12 and 3 more"."""
    shown = [place if isinstance(place, str) else f"{place:,}" for place in places[:limit]]
    one = len(places) == 1 and isinstance(places[0], int)
    return f"{name}, {unit}{'' if one else 's'} {in_words(shown, max(0, len(places) - limit))}"


def quoted(items: Iterable[str], limit: int = 20) -> str:
    """Names in quotation marks, in words; long names and long lists are cut."""
    names = [repr(name if len(name) <= 60 else f"{name[:57]}...") for name in items]
    return in_words(names[:limit], max(0, len(names) - limit))
