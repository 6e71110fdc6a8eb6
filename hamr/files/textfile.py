"""What the text formats share: decoding, and saying exactly where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from hamr.errors import DataError

_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a zip archive"}


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """The file as UTF-8 with or without byte order mark, line ends left alone.

    Bytes that are not UTF-8 raise DataError, wherever in the block they are met.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError:
        raise _not_utf8(path) from None


def _not_utf8(path: Path) -> DataError:
    """The error for a file that is not UTF-8, with the line and byte of the first fault."""
    remedy = 'save it as UTF-8 (in a spreadsheet: "CSV UTF-8")'
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1 and line[:2] in _OTHER_ENCODINGS:
                kind = _OTHER_ENCODINGS[line[:2]]
                return DataError(f"{path.name} looks like {kind}, not UTF-8 text: {remedy}")
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return DataError(
                    f"{path.name} is not UTF-8: line {number:,} holds the byte "
                    f"0x{line[error.start]:02X} (byte {offset + error.start:,} of the file); "
                    f"{remedy}"
                )
            offset += len(line)
    return DataError(f"{path.name} is not UTF-8: {remedy}")
