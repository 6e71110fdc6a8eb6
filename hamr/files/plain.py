"""A file of plain text, a sentence on each line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hamr.errors import DataError
from hamr.files.conll.lines import BLANKS
from hamr.files.conll.reader import looks_tagged
from hamr.files.textfile import open_text

LONGEST = 1_000_000  # characters of a line
LOOKED_AT = 1_000  # lines that show whether each holds a word only


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The number of each line, from 1, and its text without the line end.

    Raises DataError for a line that is too long or holds a null character.
    """
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if len(line) > LONGEST:
                raise DataError(
                    f"{path.name}, line {number:,} has more than {LONGEST:,} characters: write "
                    "each sentence on a line of its own"
                )
            if "\0" in line:
                raise DataError(
                    f"{path.name}, line {number:,} contains a null character: remove it, or save "
                    "the file as UTF-8 if it is in another encoding"
                )
            yield number, line.rstrip("\r\n")


def holds_words(path: Path) -> bool:
    """Whether the first lines hold a word each, with its tag or alone, and blank lines part the
    sentences; otherwise a line is a sentence.
    """
    if looks_tagged(path):
        return True
    lines = [line.strip(BLANKS) for _, line in islice(lines_of(path), LOOKED_AT)]
    while lines and not lines[-1]:
        lines.pop()
    return "" in lines and all(len(line.split()) <= 1 for line in lines)
