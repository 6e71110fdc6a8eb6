"""The layout of a delimited file: its delimiter, and a first line that only names it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, TextIO

from hamr.files.delimited.fields import BOM, Fields, Lines

DELIMITERS = ",;\t"
RARE = "|"  # the delimiter where the header has none of the others
SAMPLE = 100  # lines that decide where the header allows several delimiters
_HINT = re.compile(r"""\s*"?sep=([^\w\s"]|\t)"?\s*""", re.IGNORECASE)
_QUOTED = re.compile(r' *+"[^"]*+(?:""[^"]*+)*+" *+(?=[,;\t|\r\n]|\Z)')
_BARE = re.compile(r"[^,;\t|\r\n]*+")


class Layout(NamedTuple):
    """What is known of a file before its records are read."""

    delimiter: str
    hint: bool  # the first line names the delimiter, like Excel's "sep=;"


def layout_of(file: TextIO, *, tabs: bool) -> Layout | None:
    """The layout by the hint, the header and the lines after it; None for a file of blanks.

    `tabs` says that the file is named as one with tabs: they are used if the header has one.
    """
    lines = (line for line in file if not line.isspace())
    head = next(lines, "")
    hint = _HINT.fullmatch(head.lstrip(BOM))
    if hint:
        return Layout(hint[1], True)
    if not head:
        return None
    marks, header = _marks(head, lines)
    possible = [mark for mark in DELIMITERS if mark in marks]
    if tabs and (not possible or "\t" in possible):
        return Layout("\t", False)
    if not possible:
        return Layout(RARE if RARE in marks else DELIMITERS[0], False)
    if len(possible) > 1:
        sample = list(islice(lines, SAMPLE))
        possible.sort(key=lambda mark: (-_agreement(mark, header, sample), -marks.count(mark)))
    return Layout(possible[0], False)


def _marks(head: str, lines: Iterator[str]) -> tuple[str, str]:
    """The delimiters of the header outside of its quotes, in order; the header."""
    found, at = "", len(head) - len(head.lstrip(BOM))
    while at < len(head):
        if head.startswith('"', at) and not _QUOTED.match(head, at):
            head += "".join(islice(lines, 5))  # a name may contain a line end
        field = _QUOTED.match(head, at) or _BARE.match(head, at)
        at = field.end() if field else at
        if at >= len(head) or head[at] in "\r\n":
            break
        found += head[at]
        at += 1
    return found, head[: at + 1]


def _agreement(mark: str, header: str, sample: list[str]) -> float:
    """The share of records that have as many fields as the header with that delimiter."""
    fields, lines = Fields(mark), Lines(iter(sample))
    width, same, count = len(fields.places(header)), 0, 0
    for first in lines:
        whole = fields.whole(first, lines)
        if whole.fault:
            lines.put_back(whole.lines[1:])
        same += len(fields.split(first) if whole.fault else whole.values) == width
        count += 1
    return same / max(1, count)
