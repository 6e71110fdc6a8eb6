"""What the text formats share: decoding, and errors that say exactly where it fails."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from hamr.errors import DataError

HEAD = 4096  # bytes that show what a file is
_REMEDY = 'save it as UTF-8 (in a spreadsheet: "CSV UTF-8")'
# How files of other kinds begin, whatever their name says. UTF-32 comes before UTF-16.
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
_BYTES = {chr(at) for at in range(1, 128)}  # most null bytes in a text of one byte per character
_PAGES = (b"<!doctype html", b"<html")


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open the file as UTF-8 with or without a byte order mark; line ends are unchanged.

    Raises DataError at once for a file of another kind, and inside the block for bytes that are
    not UTF-8.
    """
    _check_kind(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError:
        raise _not_utf8(path) from None


def _check_kind(path: Path) -> None:
    """Raise DataError for a file that is not UTF-8 text, as its first bytes show."""
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
    """The encoding of two or four bytes per character that a text without a mark seems to have.

    Its characters of ASCII, at least line ends, have null bytes at every second place (or at three
    of four), and at the others there are none.
    """
    head = head[: len(head) // 4 * 4]
    count = len(head) // 4
    first, second, third, fourth = (head[at::4].count(0) for at in range(4))
    if first + second + third + fourth < 2:
        return None
    little = fourth == count and 10 * third >= 9 * count and not first
    if little or (first == count and 10 * second >= 9 * count and not fourth):
        return "UTF-32 without a byte order mark"
    even, odd = first + third, second + fourth
    if min(even, odd):
        return None
    many = 10 * (even + odd) >= 6 * count  # 30 % of the bytes
    if many or _is_text(head, "utf-16-le" if odd else "utf-16-be"):
        return "UTF-16 without a byte order mark"
    return None


def _is_text(head: bytes, encoding: str) -> bool:
    """Whether the bytes are lines of text in that encoding, and not UTF-8."""
    wide = head.decode(encoding, "replace")[:-1]  # the last character may be cut
    if not {"\n", "\r"} & {*wide} or any(map(_is_control, wide)) or "\ufffd" in wide:
        return False
    narrow = head.decode("utf-8", "replace")[:-4]
    return any(mark == "\ufffd" or (mark in _BYTES and _is_control(mark)) for mark in narrow)


def _is_control(mark: str) -> bool:
    return mark not in "\t\r\n" and unicodedata.category(mark) in ("Cc", "Cn", "Co", "Cs")


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
