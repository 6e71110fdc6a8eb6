"""What the text formats share: decoding, and errors that say exactly where it fails.

A file is never silently read in another encoding than its own: one that is not UTF-8 is
refused until the user asks for Windows-1252, and one that is UTF-8 is refused then, because its
letters would turn into pairs of signs ("Ã©" for "é").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TextIO

from hamr.errors import DataError, EncodingError
from hamr.files.encoding import CP1252, UTF8, chosen, in_python

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
_NOT_CP1252 = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_PAGES = (b"<!doctype html", b"<html")


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open the file in the encoding that is `chosen`; line ends are unchanged.

    UTF-8 may begin with a byte order mark. Raises DataError at once for a file of another kind,
    or of UTF-8 where Windows-1252 is chosen; and inside the block for bytes that the encoding does
    not have: EncodingError where they are all characters in Windows-1252.
    """
    _check_kind(path)
    encoding = chosen()
    if encoding == CP1252:
        _check_not_utf8(path)
    try:
        with path.open(encoding=in_python(encoding), newline="") as file:
            yield file
    except UnicodeDecodeError:
        raise _undecodable(path, encoding) from None


def preview(path: Path, lines: int = 3, width: int = 200) -> list[tuple[int, str]]:
    """The first lines with other signs than ASCII, read as Windows-1252, by their numbers.

    Each is cut to `width` characters around its first such sign.
    """
    found: list[tuple[int, str]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            text = line.rstrip(b"\r\n").decode(CP1252, "replace")
            at = next((at for at, mark in enumerate(text) if not mark.isascii()), None)
            if at is not None:
                start = max(0, min(at - width // 2, len(text) - width))
                found.append((number, text[start : start + width]))
            if len(found) == lines:
                break
    return found


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


def _check_not_utf8(path: Path) -> None:
    """Raise DataError for a file that must not be read as Windows-1252, because it is UTF-8."""
    found = _signs(path)
    if not found.is_utf8:
        return
    where = "it begins with UTF-8's mark"
    if found.character:
        where = f"line {found.line:,} holds {found.character!r}"
    wrong = (found.character or "\ufeff").encode().decode(CP1252, "replace")
    raise DataError(
        f"{path.name} is UTF-8 ({where}), and would be read wrongly as Windows-1252, as "
        f"{wrong!r}: choose UTF-8 as the encoding (leave out --encoding), and save files of the "
        "same data that are Windows-1252 as UTF-8",
        field="encoding",
    )


def notices(path: Path) -> list[str]:
    """A notice on lines that look like UTF-8 in a file that is read as Windows-1252."""
    if chosen() != CP1252:
        return []
    found = _signs(path)
    if not found.lines:
        return []
    wrong = found.character.encode().decode(CP1252, "replace")
    what = "1 line looks" if found.lines == 1 else f"{found.lines:,} lines look"
    return [
        f"{path.name} is read as Windows-1252, but {what} like UTF-8: line {found.line:,} then has "
        f"{wrong!r} for {found.character!r}"
    ]


class _Signs(NamedTuple):
    """What shows whether a file with other signs than ASCII is UTF-8."""

    is_utf8: bool  # it has a byte order mark, or most of the lines with such signs are UTF-8
    line: int = 0  # the first line with such a sign that is UTF-8
    character: str = ""  # that sign; "" for the mark
    lines: int = 0  # how many such lines there are


def _signs(path: Path) -> _Signs:
    kind = path.stat()
    return _signs_of(path, kind.st_mtime_ns, kind.st_size)


@lru_cache(maxsize=8)
def _signs_of(path: Path, *_version: int) -> _Signs:
    """See `_Signs`. In other encodings, bytes that are UTF-8 by chance are very rare."""
    first, lines, others = (0, ""), 0, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1 and line.startswith(b"\xef\xbb\xbf"):
                return _Signs(True, 1)
            if line.isascii():
                continue
            try:
                text = line.decode(UTF8)
            except UnicodeDecodeError:
                others += 1
                continue
            lines += 1
            if lines == 1:
                first = (number, next(mark for mark in text if not mark.isascii()))
    return _Signs(lines > 0 and lines >= others, *first, lines)


def _undecodable(path: Path, encoding: str) -> DataError:
    """The error for bytes that an encoding does not have, with the line and byte of the first."""
    number, byte, offset = _first_fault(path, encoding)
    where = f"line {number:,} holds the byte 0x{byte:02X} (byte {offset:,} of the file)"
    if encoding == CP1252:
        return DataError(
            f"{path.name} is not Windows-1252: {where}, which stands for no character there; "
            f"{_REMEDY}",
            field="encoding",
        )
    if not _signs(path).is_utf8 and _is_cp1252(path):
        return EncodingError(
            f"{path.name} is not UTF-8: {where}. If it is from Excel, read it as Windows-1252 "
            f"(--encoding cp1252); otherwise {_REMEDY}"
        )
    return DataError(f"{path.name} is not UTF-8: {where}; {_REMEDY}")


def _first_fault(path: Path, encoding: str) -> tuple[int, int, int]:
    """The line, from 1, of the first byte that can't be decoded; the byte, and its place."""
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                return number, line[error.start], offset + error.start
            offset += len(line)
    raise AssertionError(f"{path.name} was decoded before")  # it is being written to


def _is_cp1252(path: Path) -> bool:
    """Whether every byte is a character in Windows-1252, and none is a control character."""
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(1 << 20), b"")
        return not any(_NOT_CP1252.search(chunk) for chunk in chunks)
