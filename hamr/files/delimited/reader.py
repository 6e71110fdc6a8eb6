"""CSV and TSV files, read line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from hamr.errors import DataError
from hamr.files.delimited.fields import BOM, Fields, Lines, Whole
from hamr.files.delimited.layout import layout_of
from hamr.files.delimited.quotes import Quotes, evidence
from hamr.files.table import Unit, at_places
from hamr.files.textfile import open_text

_MOST_JOINED = 100  # lines of one record by line ends of another kind


class Part(NamedTuple):
    """Some whole lines of the file; `values` is None where they are not a record."""

    line: int  # the first of them
    raw: str
    values: list[str] | None


class DelimitedFile:
    """A CSV or TSV file with a header line.

    A .csv file may be delimited by semicolons, tabs or bars too, as its header and first lines
    show or a first line "sep=;" says. Paired quotes enclose a field. Where they are not paired, or
    enclose what must be rows, they are characters: in the whole file if its lines then fit the
    header and no quote need enclose a field, otherwise only in those lines (see `quotes`).
    `notices` lists what was not read exactly as it is written.
    """

    unit: Unit = "line"

    def __init__(self, path: Path, ending: str | None = None) -> None:
        """Read the head of the file; `ending` is that of its name unless given."""
        self.path, self.name = path, path.name
        self.notices: list[str] = []
        tabs = (ending or path.suffix).lower() == ".tsv"
        with open_text(path) as file:
            layout = layout_of(file, tabs=tabs)
        if layout is None:
            raise DataError(f"{self.name} is empty: give a file with a header line and rows")
        self.delimiter, self._hint = layout
        self._doubts = _Doubts(self.name)
        self._end = "\n"  # after the header, and so after each record

    def columns(self) -> list[str]:
        """The header's names."""
        with open_text(self.path) as file:
            return self._header(Lines(file), [])

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The line on which each row begins and its values; None for a field that it lacks."""
        parts = self.parts()
        there = _names(next(part.values for part in parts if part.values is not None))
        width, index = len(there), {name: i for i, name in reversed([*enumerate(there)])}
        at = [index[column] for column in wanted]
        for line, _, values in parts:
            if values is None:
                continue
            if len(values) == width:
                yield line, [values[i] for i in at]
            else:
                _check_length(self.name, line, values, width)
                yield line, [values[i] if i < len(values) else None for i in at]
        self.notices = self._doubts.notices()

    def parts(self) -> Iterator[Part]:
        """The whole file: a part for each record, the header first, and for other lines."""
        fields, quotes = self.fields, self._quotes
        self._doubts = doubts = _Doubts(self.name)
        with open_text(self.path) as file:
            lines = Lines(file)
            before: list[Part] = []
            names = self._header(lines, before)
            yield from before
            self._end = _line_end(before[-1].raw)
            for first in lines:
                line, raw = lines.number, first
                if '"' not in first or fields.plain:
                    values = fields.split(first)
                    if len(values) < len(names) and _line_end(first) != self._end:
                        raw, values = self._rejoined(first, lines, len(names))
                else:
                    raw, values = self._judged(quotes, fields.whole(first, lines), lines)
                if values == [""] and not raw.strip(BOM + "\r\n"):
                    yield Part(line, raw, None)
                elif values[0].strip() == names[0] and _repeats(values, names):
                    doubts.headers.append(line)
                    yield Part(line, raw, None)
                elif (
                    self._hint and line > 1 and raw.strip(BOM + '"\r\n') == f"sep={self.delimiter}"
                ):
                    yield Part(line, raw, None)
                else:
                    if raw.startswith(BOM):
                        doubts.marks.append(line)
                    yield Part(line, raw, values)
            doubts.whole_file = quotes.line if quotes.plain else 0

    @cached_property
    def fields(self) -> Fields:
        """How records are split into fields, once the quotes of the whole file are known."""
        return Fields(self.delimiter, plain=self._quotes.plain)

    @cached_property
    def _quotes(self) -> Quotes:
        fields = Fields(self.delimiter)
        with open_text(self.path) as file:
            lines = Lines(file)
            before: list[Part] = []
            self._header(lines, before)
            header, behind = fields.places(before[-1].raw), lines.number
        if self._is_clean(fields, behind):
            return Quotes(fields, header)
        with open_text(self.path) as file:
            return evidence(file, fields, header, behind)

    def _is_clean(self, fields: Fields, behind: int) -> bool:
        """Whether no quote after the header is in doubt: then nothing needs to be counted."""
        with open_text(self.path) as file:
            rows = islice(file, behind, None)
            return all('"' not in line or fields.is_clean(line) for line in rows)

    def _header(self, lines: Lines, before: list[Part]) -> list[str]:
        """The header's names; the parts read to find them go to `before`, the header last."""
        fields, hint = Fields(self.delimiter), self._hint
        for first in lines:
            line = lines.number
            blank = not first.strip(BOM + " \t\r\n")
            if blank or hint:
                hint = hint and blank
                before.append(Part(line, first, None))
                continue
            whole = fields.whole(first, lines)
            if whole.fault:
                lines.put_back(whole.lines[1:])
                whole = Whole([first], fields.split(first), "")
            before.append(Part(line, "".join(whole.lines), whole.values))
            return _names(whole.values)
        raise DataError(f"{self.name} is empty: give a file with a header line and rows")

    def _judged(self, quotes: Quotes, whole: Whole, lines: Lines) -> tuple[str, list[str]]:
        """The record after a verdict on its quotes, if they need one: its text and values."""
        if not whole.fault and len(whole.lines) == 1:
            return whole.lines[0], whole.values
        line = lines.number - len(whole.lines) + 1
        verdict = quotes.verdict(whole)
        if verdict == "error":
            raise DataError(
                f"{self.name}, line {line:,}: the quotes are not paired ({whole.fault}); write a "
                'quote inside a quoted field twice ("")'
            )
        if verdict == "rows":
            lines.put_back(whole.lines[1:])
            self._doubts.plain.append(line)
            return whole.lines[0], quotes.fields.split(whole.lines[0])
        if verdict == "doubt":
            self._doubts.texts.append((line, lines.number))
        return "".join(whole.lines), whole.values

    def _rejoined(self, first: str, lines: Lines, width: int) -> tuple[str, list[str]]:
        """Note a record whose text contains a line end of another kind than those after records."""
        own, count = [first], first.count(self.delimiter) + 1
        while (
            count < width and len(own) < _MOST_JOINED and _line_end(own[-1]) not in ("", self._end)
        ):
            more = next(lines, "")
            if not more:
                break
            own.append(more)
            count += more.count(self.delimiter)
        if len(own) > 1 and count == width and not any('"' in line for line in own):
            self._doubts.joined.append(lines.number - len(own) + 1)
            first = "".join(own)
        else:
            lines.put_back(own[1:])
        return first, self.fields.split(first)


class _Doubts:
    """Lines that were not read exactly as they are written, and the notices on them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.whole_file = 0  # the first line that shows that no quote of the file encloses a field
        self.plain: list[int] = []
        self.texts: list[tuple[int, int]] = []
        self.headers: list[int] = []
        self.marks: list[int] = []
        self.joined: list[int] = []

    def notices(self) -> list[str]:
        """A sentence for each kind."""
        found = []
        if self.whole_file:
            found.append(
                f"quotes in {self._name} are not paired (line {self.whole_file:,}), so all of "
                "them are kept as characters"
            )
        spans = [f"{first:,} to {last:,}" for first, last in self.texts]
        kinds: list[tuple[str, Sequence[int | str], str]] = [
            ("quotes that are not paired are kept as characters", self.plain, ""),
            (
                "lines inside one quoted field could be rows, but are read as one text",
                spans,
                "; correct the quotes if they are rows",
            ),
            ("the header is repeated, and is not read as a row", self.headers, ""),
            (
                "line ends of another kind than after the rows are kept inside the text",
                self.joined,
                "",
            ),
            (
                "a byte order mark before a row (were files concatenated?) is left out",
                self.marks,
                "",
            ),
        ]
        for what, lines, remedy in kinds:
            if lines:
                found.append(f"{what}: {at_places(self._name, 'line', lines)}{remedy}")
        return found


def _names(values: Sequence[str]) -> list[str]:
    return [value.strip().strip(BOM) for value in values]


def _repeats(values: Sequence[str], names: Sequence[str]) -> bool:
    return len(names) > 1 and _names(values) == names


def _line_end(line: str) -> str:
    """How a line ends; "" for the last one of a file."""
    return line[len(line.rstrip("\r\n")) :]


def _check_length(name: str, line: int, record: list[str], width: int) -> None:
    """Raise DataError if a row has more fields than the header; empty extra ones are harmless."""
    if any(record[width:]):
        raise DataError(
            f"{name}, line {line:,}: {len(record)} fields, but the header has {width}; put "
            "quotes around a field that contains the delimiter"
        )
