"""One record of a delimited file: where its fields lie in its characters, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

BOM = "\ufeff"  # where files were concatenated, it may begin any line
LONGEST_FIELD = 20_000_000  # characters; an open quote would include the rest


class Field(NamedTuple):
    """A field of a record: its value and its place, without blanks around its quotes."""

    start: int
    end: int
    value: str
    quoted: bool


class Whole(NamedTuple):
    """The lines of one record, its fields' values, and what is wrong with its quotes."""

    lines: list[str]
    values: list[str]
    fault: str  # "" where the quotes are paired


class Lines:
    """The lines of a file with their numbers; lines that were read ahead can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: list[str] = []
        self.number = 0  # of the line that was returned last

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self.number += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Return these lines again, next."""
        self._back += reversed(lines)
        self.number -= len(lines)


class Fields:
    """How characters are split into fields: at a delimiter, but not inside quotes.

    A field is quoted if a quote opens it and a quote closes it, with or without blanks around them.
    Any other quote is an ordinary character. With `plain` all of them are.
    """

    def __init__(self, delimiter: str, *, plain: bool = False) -> None:
        self.delimiter, self.plain = delimiter, plain
        mark = re.escape(delimiter)
        inside = '[^"]*+(?:""[^"]*+)*+'
        self._quoted = re.compile(rf' *+("({inside})") *+(?={mark}|\Z)')
        self._bare = re.compile(rf"[^{mark}]*+")
        self._opens = re.compile(' *+"')
        self._closes = re.compile(f'{inside}"')
        clean = rf' *+"{inside}" *+|[^"{mark}\r\n]*+'
        self._clean = re.compile(rf"(?:{clean})(?:{mark}(?:{clean}))*+[\r\n]*+")

    def is_clean(self, line: str) -> bool:
        """Whether a line is a record in which each quote encloses a field or is inside quotes."""
        return self._clean.fullmatch(line) is not None

    def split(self, line: str) -> list[str]:
        """The values of a record that has no line end in quotes."""
        if self.plain or '"' not in line:
            return line.lstrip(BOM).rstrip("\r\n").split(self.delimiter)
        return [place.value for place in self.places(line)]

    def places(self, record: str) -> list[Field]:
        """The fields of a record; one that begins with a quote but is not quoted is plain."""
        at, end = _body(record)
        found = []
        while True:
            quoted = None if self.plain else self._quoted.match(record, at, end)
            if quoted:
                start, at = quoted.span(1)
                found.append(Field(start, at, quoted[2].replace('""', '"'), True))
                at = quoted.end()
            else:
                start, at = at, self._bare_end(record, at, end)
                found.append(Field(start, at, record[start:at], False))
            if at >= end:
                return found
            at += 1

    def whole(self, first: str, rest: Lines) -> Whole:
        """The record that begins with that line, with as many more lines as its quotes include."""
        lines, record = [first], first
        values: list[str] = []
        at, end = _body(record)
        next_quote = -1
        while True:
            if next_quote < at:
                next_quote = record.find('"', at)
            if next_quote < 0:
                values += record[at:end].split(self.delimiter)
                return Whole(lines, values, "")
            quoted = self._quoted.match(record, at, end)
            if quoted:
                values.append(quoted[2].replace('""', '"'))
                at = quoted.end()
            elif opens := self._opens.match(record, at, end):
                if self._closes.match(record, opens.end(), end):
                    return Whole(lines, values, "a closing quote is followed by other characters")
                more, closed = self._until_closed(rest)
                lines += more
                if not closed:
                    return Whole(lines, values, "a quoted field is never closed")
                record = "".join(lines)
                _, end = _body(record)
                continue
            else:
                start, at = at, self._bare_end(record, at, end)
                values.append(record[start:at])
            if at >= end:
                return Whole(lines, values, "")
            at += 1

    def _bare_end(self, record: str, at: int, end: int) -> int:
        bare = self._bare.match(record, at, end)
        return bare.end() if bare else at  # it matches nothing, too

    def _until_closed(self, rest: Lines) -> tuple[list[str], bool]:
        """The lines up to one that closes a quoted field, and whether there is one."""
        found, size = [], 0
        for line in rest:
            found.append(line)
            size += len(line)
            if self._closes.match(line):
                return found, True
            if size > LONGEST_FIELD:
                break
        return found, False


def _body(record: str) -> tuple[int, int]:
    """Where a record begins and ends, without a byte order mark and the line end."""
    return len(record) - len(record.lstrip(BOM)), len(record.rstrip("\r\n"))
