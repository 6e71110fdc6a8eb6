"""The lines of a CoNLL file and the columns in them.

A line ends with a line feed, a carriage return or both, and text characters such as U+2028 or
U+0085 do not end one. Columns are separated by tabs, or by blanks in a line without tabs. Blanks of
all kinds and zero-width characters after the last column belong to no column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from hamr.errors import DataError
from hamr.files.schemes import is_tag

DOCUMENT = "-DOCSTART-"
LONGEST_LINE = 1_000_000  # characters
MOST_COLUMNS = 1_000
# What str.strip removes, and what is invisible: zero-width blanks and joiners, marks of
# direction, the soft hyphen and the byte order mark.
BLANKS = (
    " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\xad\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060"
    "\u3000\ufeff"
)
_MOST_HELD = 1_000  # blank lines
_SAID = re.compile(r"#\s*([\w.:-]{1,100}(?: [\w.:-]{1,100}){0,3})\s*=\s*(\S.*)")
_DOCUMENT = re.compile(rf"{DOCUMENT}(?=\s|$)")


def lines_of(file: TextIO, name: str) -> Iterator[str]:
    """The lines of a file that was opened with newline="", each with its line end.

    Carriage returns before a line feed are part of that line's end. One between the columns of
    a word is a blank. Raises DataError for a line that is too long or holds a null character.
    """
    for number, line in enumerate(_joined(file, name), 1):
        if "\0" in line:
            raise DataError(
                f"{name}, line {number:,} contains a null character: remove it, or save the file "
                "as UTF-8 if it is in another encoding"
            )
        yield line


def _joined(file: TextIO, name: str) -> Iterator[str]:
    """The lines; a piece that ends with a carriage return may be only part of a line."""
    held, blank = "", list[str]()  # such a piece, and blank ones after it
    whole, number = "", 0  # the last line that shows how many columns there are
    while piece := file.readline(LONGEST_LINE + 1):
        number += 1
        if not held and piece[-1] == "\n":
            yield piece
            whole = piece
            continue
        if len(piece) > LONGEST_LINE:
            raise DataError(
                f"{name}, line {number:,} has more than {LONGEST_LINE:,} characters: write each "
                "word and its tag on a line of their own"
            )
        if held and not piece.strip(BLANKS) and len(blank) < _MOST_HELD:
            blank.append(piece)
            if piece[-1] == "\n":  # it ends what is held
                yield held + "".join(blank)
                held, blank = "", []
            continue
        if held and not blank and _continues(held, piece, whole):
            piece = held + piece
        elif held:
            yield held
            yield from blank
            whole = _whole(held) or whole
        held, blank = (piece, []) if piece[-1] == "\r" else ("", [])
        if not held:
            yield piece
            whole = _whole(piece) or whole
    if held:
        yield held
        yield from blank


def _whole(line: str) -> str:
    return line if len(line) > 2 and line[0] != "#" else ""


def _continues(held: str, piece: str, whole: str) -> bool:
    """Whether a line continues after the carriage return that `held` ends with."""
    have, more = fields_of(held), fields_of(piece)
    if have is None or more is None or held[0] == "#":
        return False
    columns = len(fields_of(_whole(whole)) or ())
    if columns:
        return len(have) + len(more) == columns
    return len(more) == 1 and is_tag(more[0]) and not any(map(is_tag, have[1:]))


def fields_of(line: str) -> list[str] | None:
    """The columns of a line; None where it is blank or begins a document."""
    bare = line.rstrip(BLANKS).removeprefix("\ufeff")
    if not bare or (bare[0] == "-" and _DOCUMENT.match(bare)):
        return None
    if "\t" in bare:
        return bare.split("\t")
    fields = bare.replace("\r", " ").split(" ")
    return [field for field in fields if field] if "" in fields else fields


def said_in(line: str) -> tuple[str, str] | None:
    """Key and value of a comment "# key = value", as in CoNLL-U; None for any other line."""
    found = _SAID.fullmatch(line.strip(BLANKS)) if line.lstrip("\ufeff")[:1] == "#" else None
    return (found[1], found[2]) if found else None


def tag_in(line: str, column: int) -> tuple[int, int]:
    """Where the tag is in a line: its first character, and the first one after it.

    `column` counts from 0, or from the end where it is negative.
    """
    fields = fields_of(line) or []
    place, gap = int(line.startswith("\ufeff")), "\t" in line.rstrip(BLANKS)
    for field in fields[: column % len(fields)]:
        place = line.index(field, place) + len(field) + gap
    own = fields[column]
    place = line.index(own, place)
    return place + len(own) - len(own.lstrip(BLANKS)), place + len(own.rstrip(BLANKS))


def cut(text: str) -> str:
    """A text in quotation marks, short enough for a message."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def one_column(line: str) -> str:
    """What is wrong with a line that has a single column, as the end of a sentence."""
    bare = line.strip(BLANKS)
    odd = next((mark for mark in bare if mark in BLANKS), "")
    why = f" (U+{ord(odd):04X}, which looks like a blank, does not separate columns)" if odd else ""
    return (
        f"has one column, {cut(bare)}: a word and its tag are needed, with a tab or blanks "
        f"between{why}"
    )
