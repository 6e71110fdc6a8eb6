"""What the text formats share: decoding, and saying exactly where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from hamr.errors import DataError

HEAD = 4096  # bytes that show what a file is
_REMEDY = 'save it as UTF-8 (in a spreadsheet: "CSV UTF-8")'
# How files begin that are no text of ours, whatever their name says. UTF-32 before UTF-16.
_KINDS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a zip archive (a spreadsheet such as .xlsx is one)",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh91AY&SY": "a bzip2 archive",
    b"\xfd7zXZ\0": "an xz archive",
    b"7z\xbc\xaf'\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Office file such as .xls",
    b"SQLite format 3\0": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"ARROW1\0\0": "an Arrow file",
    b"%PDF-": "a PDF",
    b"{\\rtf": "a rich text document",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF87a": "a GIF picture",
    b"GIF89a": "a GIF picture",
    b"\x7fELF": "a program",
    b"\x93NUMPY": "a NumPy file",
}
_PAGES = (b"<!doctype html", b"<html")


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """The file as UTF-8 with or without byte order mark, line ends left alone.

    Raises DataError for a file of another kind at once, and for bytes that are not UTF-8
    wherever in the block they are met.
    """
    _check_kind(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError:
        raise _not_utf8(path) from None


def _check_kind(path: Path) -> None:
    """Raises DataError for a file that is no UTF-8 text, as its first bytes show."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    kind = next((kind for start, kind in _KINDS.items() if head.startswith(start)), None)
    if kind is None and head.lstrip()[:14].lower().startswith(_PAGES):
        kind = "a web page"
    if kind is None:
        kind = _wide(head)
    if kind is None:
        return
    if kind.startswith("UTF"):
        raise DataError(f"{path.name} looks like {kind}, not UTF-8 text: {_REMEDY}")
    raise DataError(
        f"{path.name} looks like {kind}, not UTF-8 text: unpack or export it as text, and {_REMEDY}"
    )


def _wide(head: bytes) -> str | None:
    """The encoding of two or four bytes a character that a text without a mark seems to have.

    Its letters of ASCII, at least delimiters and line ends, leave null bytes at every second
    place (or three of four), and at the other places there are none.
    """
    nulls = [head[at::4].count(0) for at in range(4)]
    quarter = len(head) // 4
    if quarter < 2 or not any(nulls):
        return None
    if max(nulls[2], nulls[3]) == quarter and not nulls[0] and nulls[3] >= quarter // 2:
        return "UTF-32 without a byte order mark"
    if nulls[0] >= quarter and not nulls[3] and nulls[1] >= quarter // 2:
        return "UTF-32 without a byte order mark"
    even, odd = nulls[0] + nulls[2], nulls[1] + nulls[3]
    if min(even, odd):
        return None
    encoding = "utf-16-le" if odd else "utf-16-be"
    many = 10 * (even + odd) >= 6 * quarter  # 30 % of the places
    return "UTF-16 without a byte order mark" if many or _only_as(encoding, head) else None


def _only_as(encoding: str, head: bytes) -> bool:
    """Whether the bytes are text in that encoding, and no UTF-8."""
    if head.count(0) < 2:
        return False
    try:
        head[: len(head) // 4 * 4 - 2].decode(encoding)
    except UnicodeDecodeError:
        return False
    try:
        head[: HEAD - 4].decode()
    except UnicodeDecodeError:
        return True
    return False


def _not_utf8(path: Path) -> DataError:
    """The error for a file that is not UTF-8, with the line and byte of the first fault."""
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return DataError(
                    f"{path.name} is not UTF-8: line {number:,} holds the byte "
                    f"0x{line[error.start]:02X} (byte {offset + error.start:,} of the file); "
                    f"{_REMEDY}"
                )
            offset += len(line)
    return DataError(f"{path.name} is not UTF-8: {_REMEDY}")
