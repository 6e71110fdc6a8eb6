"""One record of a delimited file: where its fields lie in its characters, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

BOM = "\ufeff"  # between files that were put together it may begin any line
LONGEST_FIELD = 20_000_000  # characters: a quote that is never closed takes in the rest of a file


class Place(NamedTuple):
    """A field of a record: its value, and where it lies. Blanks around its quotes are not of it."""

    start: int
    end: int
    value: str
    quoted: bool


class Whole(NamedTuple):
    """The lines of one record, what its fields say, and what is wrong with its quotes."""

    lines: list[str]
    values: list[str]
    fault: str  # "" where the quotes pair up


class Lines:
    """The lines of a file with their numbers; lines that were read too far can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: list[str] = []
        self.number = 0  # of the line that was given last

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self.number += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """These come next, once more."""
        self._back += reversed(lines)
        self.number -= len(lines)


class Fields:
    """How characters part into fields: at a delimiter, but not inside quotes.

    A field is quoted if a quote opens it and a quote closes it: blanks may stand outside of both.
    Any other quote is a character like others. With `plain` all are.
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
        """Whether a line is a record in which each quote is quoting or within quotes."""
        return self._clean.fullmatch(line) is not None

    def split(self, line: str) -> list[str]:
        """The values of a record that has no line end in quotes."""
        if self.plain or '"' not in line:
            return line.lstrip(BOM).rstrip("\r\n").split(self.delimiter)
        return [place.value for place in self.places(line)]

    def places(self, record: str) -> list[Place]:
        """The fields of a record; what begins with a quote and is not quoted is plain."""
        at, end = _body(record)
        found = []
        while True:
            quoted = None if self.plain else self._quoted.match(record, at, end)
            if quoted:
                start, at = quoted.span(1)
                found.append(Place(start, at, quoted[2].replace('""', '"'), True))
                at = quoted.end()
            else:
                start, at = at, self._bare_end(record, at, end)
                found.append(Place(start, at, record[start:at], False))
            if at >= end:
                return found
            at += 1

    def whole(self, first: str, rest: Lines) -> Whole:
        """The record that begins with that line; takes as many of the others as quotes ask for."""
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
    """Where a record begins and ends, without a mark before it and the line end behind it."""
    return len(record) - len(record.lstrip(BOM)), len(record.rstrip("\r\n"))
