"""Files that are no UTF-8 text are named by what they are."""

import gzip
import sqlite3
import zlib

import pytest

from hamr.errors import DataError
from hamr.files.textfile import open_text

CSV = "text,label\n" + "a text,b\n" * 9


def whole(path) -> str:
    with open_text(path) as file:
        return file.read()


def packed(tmp_path) -> dict[str, bytes]:
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("create table t (a)")
    database.close()
    return {
        "a gzip archive": gzip.compress(CSV.encode()),
        "a zip archive": b"PK\x03\x04\x14\x00" + zlib.compress(CSV.encode()),
        "an SQLite database": (tmp_path / "x.db").read_bytes(),
        "a PDF": b"%PDF-1.7\n%\xe2\xe3",
        "a PNG picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "a Parquet file": b"PAR1\x15\x04",
        "an old Office file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50),
        "a web page": b"\n<!DOCTYPE html><html><body>Sign in</body></html>",
        "UTF-16": CSV.encode("utf-16"),
        "UTF-32": CSV.encode("utf-32"),
    }


def test_files_of_other_kinds_are_named(tmp_path):
    for kind, content in packed(tmp_path).items():
        (tmp_path / "a.csv").write_bytes(content)
        with pytest.raises(DataError, match=f"a.csv looks like {kind}"):
            whole(tmp_path / "a.csv")


@pytest.mark.parametrize("text", [CSV, "текст,метка\n" * 9, "文本,标签\n正文,好\n" * 9, "a\n"])
@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("width", ["16", "32"])
def test_wide_characters_without_a_mark_are_named(tmp_path, text, order, width):
    (tmp_path / "a.csv").write_bytes(text.encode(f"utf-{width}-{order}"))
    with pytest.raises(DataError, match=f"UTF-{width} without a byte order mark"):
        whole(tmp_path / "a.csv")


@pytest.mark.parametrize("text", ["a\0b,c\n", "\0", "\0\0\0\0\0", "text\n" + "\0" * 5000, "é\0ü"])
def test_null_characters_alone_are_no_other_encoding(tmp_path, text):
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert whole(tmp_path / "a.csv") == text


def test_the_first_byte_that_is_no_utf8_is_named(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV.encode() + b"caf\xe9\n")
    with pytest.raises(DataError, match=r"line 11 holds the byte 0xE9 \(byte 95 of the file\)"):
        whole(tmp_path / "a.csv")
