"""What the command line prints: names, texts and errors of anybody, made safe, and tables.

A terminal obeys control characters: a class name could clear the screen, retitle the window or
overwrite the line before it, and marks of direction turn a sentence round. All of them are
shown escaped, as Python writes them, and long texts are cut. JSON needs none of this.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

NAME = 60  # characters of a name in a line or a table
MESSAGE = 2000  # of a sentence
UNBROKEN = 10_000  # columns of a table that is written to a file or a pipe
# Between letters that are not ASCII these two shape writing and emoji; elsewhere they hide.
_JOINERS = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")


def shown(text: object, most: int = NAME) -> str:
    """A text on one line, cut where it is long, with what can't be seen escaped: "spam\\u200b"."""
    line = str(text)
    if len(line) > most:
        line = f"{line[: most - 3]}..."
    if line.isprintable():
        return line
    kept = {found.start() for found in _JOINERS.finditer(line)}
    return "".join(
        mark if at in kept or not _hidden(mark) else ascii(mark)[1:-1]
        for at, mark in enumerate(line)
    )


def message(text: object) -> str:
    """A sentence on one line, as `shown`."""
    return shown(" ".join(str(text)[: 2 * MESSAGE].splitlines()), MESSAGE)


def say(text: object, file: TextIO | None = None) -> None:
    """Print a sentence on one line, to standard error by default."""
    print(message(text), file=file or sys.stderr, flush=True)


def print_table(
    head: Sequence[str], rows: Iterable[Sequence[object]], left: Collection[str] = ()
) -> None:
    """Print a table to standard output; the columns in `left` hold words, the others numbers."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in head:
        table.add_column(
            Text(shown(title)), justify="left" if title in left else "right", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    console(sys.stdout).print(table)


def console(file: TextIO) -> Console:
    """Rich's console on that stream: without colours or line breaks of its own on no terminal.

    It takes no text for markup: names in brackets and colons stay as they are.
    """
    from rich.console import Console

    width = None if file.isatty() else UNBROKEN
    return Console(file=file, width=width, markup=False, highlight=False, emoji=False)


def survive_any_text() -> None:
    """Have characters that the terminal's encoding lacks printed as escapes, not raised."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _hidden(mark: str) -> bool:
    """Whether nothing is seen of a character, or a terminal obeys it."""
    # Letters newer than this Python's tables, and private ones, may well be seen.
    return not mark.isprintable() and unicodedata.category(mark) not in ("Cn", "Co")
