"""Which encoding text files are read with: UTF-8, or Windows-1252 where the user asks for it.

The choice is part of the settings of the data. Code that reads files for such settings runs inside
`reading_as`; a reader notes the encoding when it is made and sends it to its decoding process,
so that neither every function on the way nor every line of a file has to carry it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from hamr.errors import DataError

UTF8, CP1252 = "utf-8", "cp1252"
NAMES = {UTF8: "UTF-8", CP1252: "Windows-1252"}
_chosen: ContextVar[str] = ContextVar("encoding", default=UTF8)


def chosen() -> str:
    """The encoding that files are read with here: one of NAMES."""
    return _chosen.get()


@contextmanager
def reading_as(encoding: str) -> Iterator[None]:
    """Inside the block, text files are read with this encoding."""
    token = _chosen.set(encoding)
    try:
        yield
    finally:
        _chosen.reset(token)


def in_python(encoding: str) -> str:
    """The encoding as `open` takes it: a byte order mark is no part of a text in UTF-8."""
    return "utf-8-sig" if encoding == UTF8 else encoding


def encoded(text: str, name: str, encoding: str) -> bytes:
    """The text of a file that is written back, as bytes of the encoding that it was read with.

    Raises DataError where it holds a character, in a new label, that the encoding does not have.
    """
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise DataError(
            f"{name} is written in {NAMES[encoding]}, as it was read, which has no "
            f"{error.object[error.start]!r}, and a new label contains it: rename the class, or "
            "start a run on the file saved as UTF-8"
        ) from None
