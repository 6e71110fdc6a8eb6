"""What the command line prints of names, texts and errors, which may come from anybody.

A terminal obeys control characters: a class name could clear the screen, retitle the window or
overwrite the line before it, and marks of direction turn a sentence round. All of them are
shown escaped, as Python writes them, and long texts are cut. JSON needs none of this.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import TextIO

NAME = 60  # characters of a name in a line or a table
MESSAGE = 2000  # of a sentence
# Between letters that are not ASCII these two shape writing and emoji; elsewhere they hide.
_JOINERS = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")


def shown(text: object, most: int = NAME) -> str:
    """A text on one line, cut where it is long, with what can't be seen escaped: "spam\\u200b"."""
    said = str(text)
    if len(said) > most:
        said = f"{said[: most - 3]}..."
    if said.isprintable():
        return said
    kept = {found.start() for found in _JOINERS.finditer(said)}
    return "".join(
        mark if at in kept or not _hidden(mark) else ascii(mark)[1:-1]
        for at, mark in enumerate(said)
    )


def message(text: object) -> str:
    """A sentence on one line, as `shown`."""
    return shown(" ".join(str(text)[: 2 * MESSAGE].splitlines()), MESSAGE)


def say(text: object, file: TextIO | None = None) -> None:
    """Print a sentence on one line, to standard error by default."""
    print(message(text), file=file or sys.stderr, flush=True)


def survive_any_text() -> None:
    """Have characters that the terminal's encoding lacks printed as escapes, not raised."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _hidden(mark: str) -> bool:
    """Whether nothing is seen of a character, or a terminal obeys it."""
    # Letters newer than this Python's tables, and private ones, may well be seen.
    return not mark.isprintable() and unicodedata.category(mark) not in ("Cn", "Co")
