"""Files in Windows-1252: refused, read after asking, and written back to the byte."""

import pytest

from hamr.config import DataSettings, RunSettings
from hamr.data import load
from hamr.errors import DataError, EncodingError
from hamr.files.encoding import encoded, reading_as
from hamr.files.reading import as_cp1252, open_file, write_rewritten
from hamr.store import Store
from tests.core.test_export_data import stored

TEXT = 'text,label\r\nplain,a\r\n“Café” – 5€,a\r\n"übel, Œ",café\r\n'


def written(path, text, encoding="cp1252"):
    path.write_bytes(text.encode(encoding))
    return path


def rows(path, encoding):
    with reading_as(encoding):
        return list(open_file(str(path)).rows(["text", "label"]))


def test_such_a_file_is_refused_with_place_and_remedy(tmp_path):
    with pytest.raises(EncodingError, match=r"line 3 holds the byte 0x93.*--encoding cp1252"):
        open_file(str(written(tmp_path / "a.csv", TEXT)))


def test_it_is_read_after_asking(tmp_path):
    found = rows(written(tmp_path / "a.csv", TEXT), "cp1252")
    assert found[1:] == [(3, ("“Café” – 5€", "a")), (4, ("übel, Œ", "café"))]


def test_the_preview_shows_the_lines_with_special_characters(tmp_path):
    found = as_cp1252(str(written(tmp_path / "a.csv", TEXT)))
    assert [line for line, _ in found] == [3, 4]
    assert "Café" in found[0][1]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_is_never_read_as_cp1252(tmp_path, mark):
    (tmp_path / "a.csv").write_bytes(mark + TEXT.encode())
    with pytest.raises(DataError, match=r"is UTF-8 .*choose UTF-8") as caught:
        rows(tmp_path / "a.csv", "cp1252")
    assert caught.value.field == "encoding"
    assert len(rows(tmp_path / "a.csv", "utf-8")) == 3


def test_a_broken_utf8_file_is_not_offered_as_cp1252(tmp_path):
    (tmp_path / "a.csv").write_bytes(TEXT.encode() + b"\xe9,a\n")
    for encoding in ("utf-8", "cp1252"):
        with pytest.raises(DataError) as caught:
            rows(tmp_path / "a.csv", encoding)
        assert not isinstance(caught.value, EncodingError)


def test_ascii_is_the_same_in_both(tmp_path):
    path = written(tmp_path / "a.csv", "text,label\na,b\n")
    assert rows(path, "cp1252") == rows(path, "utf-8")


def test_a_byte_that_windows_1252_lacks_is_named(tmp_path):
    (tmp_path / "a.csv").write_bytes(TEXT.encode("cp1252") + b"\x81,a\r\n")
    with pytest.raises(DataError, match=r"is not Windows-1252: line 5 holds the byte 0x81"):
        rows(tmp_path / "a.csv", "cp1252")


def test_utf16_is_named_with_what_to_do(tmp_path):
    for encoding in ("utf-8", "cp1252"):
        with pytest.raises(DataError, match=r"looks like UTF-16.*CSV UTF-8"):
            rows(written(tmp_path / "a.csv", TEXT, "utf-16"), encoding)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
def test_it_is_written_back_to_the_byte_but_for_the_labels(tmp_path, name):
    text = TEXT.replace(",", "\t") if name == "a.tsv" else TEXT
    if name == "a.jsonl":
        text = '{"text": "“é”", "label": "a"}\r\n{"text": "x",  "label": "a"}\r\n'
    path = written(tmp_path / name, text)
    write_rewritten(path, "label", {}, tmp_path / f"same-{name}", "cp1252")
    assert (tmp_path / f"same-{name}").read_bytes() == path.read_bytes()
    write_rewritten(path, "label", {2: "übel"}, tmp_path / f"new-{name}", "cp1252")
    old, new = ((tmp_path / n).read_bytes().split(b"\r\n") for n in (name, f"new-{name}"))
    assert [i for i in range(len(old)) if old[i] != new[i]] == [1]
    assert "übel".encode("cp1252") in new[1]


def test_a_label_that_windows_1252_lacks_is_refused(tmp_path):
    path = written(tmp_path / "a.csv", TEXT)
    with pytest.raises(DataError, match=r"Windows-1252.*'日'"):
        write_rewritten(path, "label", {2: "日本"}, tmp_path / "b.csv", "cp1252")
    assert encoded("é", "a.csv", "cp1252") == b"\xe9"


def test_a_run_is_exported_in_the_encoding_of_its_file(tmp_path):
    lines = "".join(f"é {i},{'ab'[i % 2]}\n" for i in range(20))
    path = written(tmp_path / "a.csv", f"text,label\n{lines}")
    stored(tmp_path / "home", "r", source=path, encoding="cp1252")
    from hamr.cli import main

    out = ["--to", str(tmp_path / "out.csv"), "--home", str(tmp_path / "home")]
    assert main(["export", "r", "--what", "data", *out]) == 0
    assert (tmp_path / "out.csv").read_bytes() == path.read_bytes()


def test_sentences_of_a_conll_file_are_exported_in_its_encoding(tmp_path):
    path = written(tmp_path / "a.conll", "".join(f"Zoë{i} B-p\nx O\n\n" for i in range(20)))
    stored(tmp_path / "home", "r", source=path, encoding="cp1252")
    from hamr.cli import main

    out = ["--to", str(tmp_path / "out.conll"), "--home", str(tmp_path / "home")]
    assert main(["export", "r", "--what", "data", *out]) == 0
    assert (tmp_path / "out.conll").read_bytes() == path.read_bytes()


def test_settings_of_older_runs_are_read_as_utf8():
    old = RunSettings().model_dump(mode="json")
    for name in ("encoding", "metadata", "id_column", "remove_leaks", "keep_duplicates_together"):
        del old["data"][name]
    assert RunSettings.stored(old).data == DataSettings()


def test_the_notice_says_how_the_files_are_read(tmp_path):
    lines = "".join(f"é {i},{'ab'[i % 2]}\n" for i in range(20))
    path = written(tmp_path / "a.csv", f"text,label\n{lines}")
    rows = load(DataSettings(source=str(path), encoding="cp1252"))
    assert any("Windows-1252" in notice for notice in rows.notices)
    Store.open(tmp_path / "home").add_dataset(rows)


def test_single_lines_that_look_like_utf8_are_read_with_a_notice(tmp_path):
    (tmp_path / "a.csv").write_bytes(TEXT.encode("cp1252") + "é,a\r\n".encode())
    with reading_as("cp1252"):
        reader = open_file(str(tmp_path / "a.csv"))
        assert list(reader.rows(["text"]))[-1] == (5, ("Ã©",))
    assert any("1 line looks like UTF-8" in notice for notice in reader.notices)
