"""Which quotes of a delimited file enclose fields, and which are characters of a text.

A quote at the start of a field that is only a character could include the rows after it, up to the
next such quote, and each of these rows would be lost. So the rows of a file with quotes are counted
once before any is returned (`evidence`), and a field that spans several lines is decided by what
these lines would be without the quote (`Quotes.verdict`):

    rows    the lines are rows: the quotes are characters
    text    one text of several lines
    doubt   one text of several lines that could be rows: a notice says so
    error   there is no right way to read it

A line would be a row if it has the header's number of fields, each as the other rows have it
(empty or not, with or without a blank before it, quoted or not). The lines of a field are rows if
at least half of them, and the last one, would be such rows and contain, inside the quotes, a value
that other rows have too, such as a label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TextIO

from hamr.files.delimited.fields import BOM, Field, Fields, Lines, Whole

ROWS, CELLS = 20_000, 200_000  # that show what the columns hold
FEW = 3  # values show nothing about the others of their column
LONGEST_VALUE = 100  # characters of a value that is remembered
MOST_KEPT = 100  # doubtful records that are kept until all rows are counted
MOST_LINES = 200  # of one of them

Indexed = tuple[int, Field]
Verdict = Literal["rows", "text", "doubt", "error"]


@dataclass
class Column:
    """What the values of a column look like in rows that are beyond doubt."""

    count: int = 0
    filled: int = 0
    empty: bool = False  # some are
    blank: bool = False  # some begin with one
    bare: bool = False  # some have no quotes
    quoted: bool = False  # some have
    long: bool = False  # some are
    seen: set[str] = field(default_factory=set)

    def add(self, place: Field) -> None:
        """Count one more value."""
        value = place.value
        self.count += 1
        self.filled += value != ""
        self.empty |= not value
        self.blank |= value[:1].isspace()
        self.bare |= not place.quoted and value != ""
        self.quoted |= place.quoted and value != ""
        if len(value) <= LONGEST_VALUE:
            self.seen.add(value)
        else:
            self.long = True

    def could_hold(self, place: Field) -> bool:
        """Whether a value looks like those of this column."""
        value = place.value
        if self.filled < FEW:
            return True
        opened = place.quoted or value.lstrip(" ").startswith('"')
        if not value:
            return self.empty
        if value[0].isspace() and not (self.blank or opened):
            return False
        return opened or not self.all_quoted

    def has(self, value: str) -> bool:
        """Whether other rows have the value; a quote around it may be a stray one."""
        bare = value.strip('"')
        return bare != "" and (value in self.seen or bare in self.seen)

    @property
    def of_classes(self) -> bool:
        """Whether few values repeat in many rows, as labels do."""
        return not self.long and self.count > 3 and 2 * len(self.seen) <= self.count

    @property
    def all_quoted(self) -> bool:
        """Whether every value has quotes."""
        return self.quoted and not self.bare

    @property
    def by_a_quoter(self) -> bool:
        """Whether a program wrote its quotes: around all values, or around some of a class."""
        return self.quoted and (self.of_classes or (self.count > 1 and self.all_quoted))


class Quotes:
    """What a file's quotes mean, known once its rows are counted."""

    def __init__(self, fields: Fields, header: Sequence[Field]) -> None:
        self.fields, self.width = fields, len(header)
        self.columns = [Column() for _ in header]
        self.plain = False  # no quote of the file encloses a field
        self.line = 0  # the first whose quotes are characters

    def add(self, line: str) -> None:
        """Count a row of one line whose quotes are paired."""
        places = self.fields.places(line)
        if len(places) == self.width:
            for column, place in zip(self.columns, places, strict=True):
                column.add(place)

    def strays_into_class(self, line: str) -> bool:
        """Whether a quote that is never closed would turn a known class into a new one."""
        return any(
            column.of_classes and column.has(place.value)
            for column, place in zip(self.columns, self.fields.places(line), strict=False)
            if not place.quoted and place.value.lstrip(" ").startswith('"')
        )

    def verdict(self, record: Whole) -> Verdict:
        """What a record of several lines is, or one whose quotes are not paired."""
        if self.strays_into_class(record.lines[0]):
            return "error" if record.fault else "doubt"
        if record.fault:
            return "rows" if self._could_begin_plainly(record) else "error"
        rows = [self._as_row(line) for line in record.lines if line.strip()]
        inside = [*rows]
        inside[0] = rows[0][_opening(rows[0]) :]
        inside[-1] = rows[-1][: _closing(rows[-1]) + 1]
        own = _repeated(inside)
        known = [self._has_known(row, own) for row in inside]
        like = [self._is_like_others(row) for row in rows]
        sure = 2 * sum(k and alike for k, alike in zip(known, like, strict=True)) >= len(rows)
        sure &= bool(rows[-1])  # a line that only closes the quote is not a row
        if like[0] and (sure or (all(like) and self._by_tabs)):
            return "rows"
        return "doubt" if (like[0] and all(rows)) or any(known) else "text"

    def are_characters(self, record: Whole) -> bool:
        """Whether a record shows that quotes are characters, if its file can be read like that."""
        if record.fault and (self._by_tabs or len(record.lines) == 1):
            return True
        return self.verdict(record) == "rows"

    @property
    def _by_tabs(self) -> bool:
        return self.fields.delimiter == "\t"  # texts have none

    def _as_row(self, line: str) -> list[Indexed]:
        """The fields of a line, numbered; none if there are more or fewer than a row has."""
        places = self.fields.places(line)
        return [*enumerate(places)] if len(places) == self.width else []

    def _is_like_others(self, row: Sequence[Indexed]) -> bool:
        return bool(row) and all(self.columns[i].could_hold(place) for i, place in row)

    def _has_known(self, places: Sequence[Indexed], own: set[tuple[int, str]]) -> bool:
        """Whether one of the values occurs in other rows or in `own`."""
        return any(
            self.columns[i].has(place.value) or (i, place.value) in own for i, place in places
        )

    def _could_begin_plainly(self, record: Whole) -> bool:
        """Whether the first line of a record is a row if its unpaired quotes are characters."""
        first, *others = record.lines
        places = self.fields.places(first)
        if len(places) != self.width and any(p.value for p in places[self.width :]):
            return False
        strays = (place.value.strip(" ") for place in places if not place.quoted)
        if any(
            len(v) > 1 and v[0] == v[-1] == '"' for v in strays
        ):  # quotes in quotes, not doubled
            return False
        if len(places) < self.width or not others:
            return len(places) >= self.width
        row = self._as_row(first)
        if not self._is_like_others(row):
            return False
        more = (self._as_row(line) for line in others[:50] if line.strip())
        tabs = self._by_tabs and all(map(self._is_like_others, more))
        return tabs or self._has_known(row[_opening(row) :], set())


def _opening(row: Sequence[Indexed]) -> int:
    """The first field that a quote opens and none closes: a quoted field would begin there."""
    opens = (i for i, place in row if not place.quoted and place.value.lstrip(" ")[:1] == '"')
    return next(opens, len(row))


def _closing(row: Sequence[Indexed]) -> int:
    """The first field that a quote closes and none opens; -1 if there is none."""
    closes = (i for i, place in row if not place.quoted and place.value.rstrip(" ")[-1:] == '"')
    return next(closes, -1)


def _repeated(rows: Sequence[Sequence[Indexed]]) -> set[tuple[int, str]]:
    """Values that a column has several times in these rows."""
    counts = Counter(
        (i, place.value)
        for row in rows
        for i, place in row
        if place.value.strip('"') and len(place.value) <= LONGEST_VALUE
    )
    return {value for value, count in counts.items() if count > 1}


def evidence(file: TextIO, fields: Fields, header: Sequence[Field], behind: int) -> Quotes:
    """Count the rows of a file after its header, which ends with line `behind`."""
    found = Quotes(fields, header)
    could_be_plain = not any(place.quoted or '"' in place.value for place in header)
    doubtful: list[tuple[int, Whole]] = []
    rows, most = 0, min(ROWS, 1 + CELLS // found.width)
    lines = Lines(file)
    for first in lines:
        if lines.number <= behind or not first.strip(BOM + "\r\n"):
            continue
        if '"' not in first:
            record = Whole([first], [], "")
        else:
            record = fields.whole(first, lines)
            could_be_plain = could_be_plain and _fits_plainly(record, found)
        if record.fault or len(record.lines) > 1:
            line = lines.number - len(record.lines) + 1
            if could_be_plain and len(doubtful) < MOST_KEPT:
                doubtful.append((line, record._replace(lines=record.lines[:MOST_LINES])))
            if record.fault:
                lines.put_back(record.lines[1:])
        elif rows < most:
            rows += 1
            found.add(first)
        elif not could_be_plain:
            break
    if could_be_plain and not any(column.by_a_quoter for column in found.columns):
        sure = [line for line, one in doubtful if found.are_characters(one)]
        found.plain = bool(sure) and not any(
            found.strays_into_class(one.lines[0]) for _, one in doubtful
        )
        found.line = min(sure, default=0)
    return found


def _fits_plainly(record: Whole, quotes: Quotes) -> bool:
    """Whether lines with quotes are rows if no quote encloses a field and none is doubled."""
    lines = record.lines[:1] if record.fault else record.lines
    if any(line.count(quotes.fields.delimiter) + 1 != quotes.width for line in _filled(lines)):
        return False
    return not any(
        place.quoted and '""' in line[place.start + 1 : place.end - 1]
        for line in lines
        for place in quotes.fields.places(line)
    )


def _filled(lines: Sequence[str]) -> Iterator[str]:
    return (line for line in lines if line.strip())
