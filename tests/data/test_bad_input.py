"""Bad input gives one sentence that names the value, the place and the remedy."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hamr.config import DataSettings
from hamr.data import guess_columns, load, read_columns
from hamr.errors import ColumnError, DataError, HamrError
from hamr.files import table
from hamr.files.formats import ENDINGS
from tests.data.conftest import CSV, ROWS

OBJECTS = [{"text": text, "label": label} for text, label in ROWS]
DEEP = "[" * 200_000 + "]" * 200_000

# file name, content, the control it belongs to, words the sentence must hold
BAD_FILES = {
    "only a header": ("h.csv", "text,label\n", "source", ["h.csv", "no rows"]),
    "empty": ("e.csv", "", "source", ["e.csv is empty"]),
    "blank": ("e.csv", "\n \n", "source", ["e.csv is empty"]),
    "Latin-1": ("l.csv", CSV.encode() + b"caf\xe9,a\n", "source", ["line 14", "0xE9", "UTF-8"]),
    "UTF-16": ("u.csv", CSV.encode("utf-16"), "source", ["UTF-16", "save it as UTF-8"]),
    "a spreadsheet": ("x.csv", b"PK\x03\x04\xff", "source", ["zip archive"]),
    "too many fields": ("m.csv", CSV + "a,b,c\n", "source", ["line 14", "3 fields", "has 2"]),
    "an open quote": ("q.csv", CSV + '"abc\nx, b\n', "source", ["line 14", "quotes"]),
    "doubled column": ("d.csv", "text,text,label\na,b,c\n", "text_column", ["2 columns", "rename"]),
    "no such column": ("c.csv", "tweet,label\na,b\n", "text_column", ["'text'", "'tweet'"]),
    "no text at all": ("t.csv", "text,label\n,a\n ,b\n", "text_column", ["every row"]),
    "no label at all": ("t.csv", "text,label\na,\nb,\n", "label_column", ["every row"]),
    "one class": ("o.csv", "text,label\na,x\nb,x\n", "label_column", ["only one class", "'x'"]),
    "a class of one row": ("s.csv", CSV + "z,c\n", "label_column", ["'c'", "line 14", "at least"]),
    "too few rows": (
        "f.csv", "text,label\na,x\nb,x\nc,y\nd,y\n", "source", ["4 rows", "at least 3"],
    ),
    "a JSON object": ("o.json", json.dumps({"data": OBJECTS}), "source", ["one JSON object"]),
    "a JSON number": ("n.json", "3", "source", ["starts with '3'"]),
    "an empty array": ("n.json", "[]", "source", ["no rows"]),
    "an array of texts": ("n.json", '["a"]', "source", ["row 1", "not an object"]),
    "a cut array": ("t.json", json.dumps(OBJECTS)[:-1], "source", ["row 12", "cut off"]),
    "a cut object": ("t.json", json.dumps(OBJECTS)[:-8], "source", ["row 12", "not complete JSON"]),
    "a missing comma": ("t.json", '[{"text": "a"} {"text": "b"}]', "source", ["row 1", "comma"]),
    "a broken line": ("b.jsonl", '{"text": "a"}\n{"text"\n', "source", ["line 2", "not complete"]),
    "two on a line": ("b.jsonl", '{"a": 1} {"a": 2}\n', "source", ["line 1", "one object per"]),
    "a line of Latin-1": ("b.jsonl", b'{"a": 1}\n{"a": "\xe9"}', "source", ["line 2", "0xE9"]),
    "deep JSON": ("d.json", f'[{{"text": {DEEP}}}]', "source", ["row 1", "too deeply"]),
    "deep JSONL": ("d.jsonl", f'{{"text": {DEEP}}}', "source", ["line 1", "too deeply"]),
    "a doubled key": ("k.json", '[{"text": "a", "text": "b"}]', "source", ["'text' twice"]),
    "a list for a text": (
        "l.json", '[{"text": ["a"], "label": 1}]', "text_column", ["row 1", "holds a list"],
    ),
    "an object for a label": (
        "l.json", '[{"text": "a", "label": {}}]', "label_column", ["row 1", "holds an object"],
    ),
    "no Parquet": ("p.parquet", b"text,label", "source", ["not a complete Parquet file"]),
    "unknown ending": ("x.xlsx", "a", "source", [".xlsx", ".parquet"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_told_in_a_sentence(write, refused, case):
    name, content, field, words = BAD_FILES[case]
    error = refused(write(name, content))
    assert error.field == field
    assert "\n" not in str(error)
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize("case", BAD_FILES)
def test_looking_at_a_bad_file_raises_nothing_but_sentences(write, case):
    name, content, *_ = BAD_FILES[case]
    source = write(name, content)
    for look in (read_columns, guess_columns):
        try:
            look(source)
        except HamrError as error:
            assert error.field == "source"


def test_a_file_that_is_not_there(refused, tmp_path):
    assert "no file" in str(refused(str(tmp_path / "none.csv")))


def test_a_folder(refused, tmp_path):
    assert "is a folder" in str(refused(str(tmp_path)))


def test_a_name_no_file_system_takes(refused):
    error = refused("a" * 5000 + ".csv")
    assert len(str(error)) < 500


def test_text_and_label_from_one_column(write, refused):
    error = refused(write("rows.csv", CSV), label_column="text")
    assert isinstance(error, ColumnError)
    assert error.field == "label_column"


def test_a_missing_group_column(write, refused):
    assert refused(write("rows.csv", CSV), group_column="user").field == "group_column"


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_label_that_training_lacks(write, refused, split):
    own = write("own.csv", "text,label\nx,a\ny,c\n")
    error = refused(write("rows.csv", CSV), **{split: own})
    assert error.field == split
    for word in ("'c'", split, "own.csv, line 3", "'a' and 'b'"):
        assert word in str(error)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_column_missing_in_a_file_of_ones_own(write, refused, split):
    error = refused(write("rows.csv", CSV), **{split: write("own.csv", "tweet,label\nx,a\n")})
    assert error.field == split
    assert "own.csv" in str(error)


def test_one_file_for_training_and_test(write, refused):
    source = write("rows.csv", CSV)
    assert refused(source, test=source).field == "test"


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_groups(write, refused, count):
    lines = "".join(f"{text},{label},{i % count}\n" for i, (text, label) in enumerate(ROWS))
    error = refused(write("g.csv", "text,label,user\n" + lines), group_column="user")
    assert error.field == "group_column"
    assert f"{count} group" in str(error)


def parquet(tmp_path, **columns) -> str:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table(columns), path, compression="zstd")
    return str(path)


def test_a_truncated_parquet_file(tmp_path, refused):
    source = parquet(tmp_path, text=[t for t, _ in ROWS], label=[x for _, x in ROWS])
    data = (tmp_path / "rows.parquet").read_bytes()
    (tmp_path / "rows.parquet").write_bytes(data[: len(data) // 2])
    assert "cut off" in str(refused(source))


def test_a_parquet_file_with_a_broken_page(tmp_path, refused):
    source = parquet(tmp_path, text=[t * 99 for t, _ in ROWS], label=[x for _, x in ROWS])
    data = bytearray((tmp_path / "rows.parquet").read_bytes())
    data[30:60] = b"\xff" * 30
    (tmp_path / "rows.parquet").write_bytes(bytes(data))
    assert "not a complete Parquet file" in str(refused(source))


def test_lists_in_a_parquet_column(tmp_path, refused):
    error = refused(parquet(tmp_path, text=[["a"], ["b"]], label=["x", "y"]))
    assert error.field == "text_column"


def test_a_parquet_bomb_is_refused_by_what_it_decodes_to(tmp_path, refused):
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 4000, pa.int32()), ["y" * 1_000_000])
    source = parquet(tmp_path, text=long, label=["a", "b"] * 2000)
    assert (tmp_path / "rows.parquet").stat().st_size < 10_000
    assert "which no file of texts does" in str(refused(source))


def test_too_many_rows_are_refused(write, refused, monkeypatch):
    monkeypatch.setattr(table, "MAX_ROWS", 5)
    assert "more than 5 rows" in str(refused(write("rows.csv", CSV)))


def test_rows_without_text_or_label_are_left_out_with_a_notice(write):
    dataset = load(DataSettings(source=write("gaps.csv", CSV + ",a\n  ,b\nx,\n")))
    assert dict(dataset.left_out) == {
        "gaps.csv:14": "no text",
        "gaps.csv:15": "no text",
        "gaps.csv:16": "no label",
    }
    assert any("2 rows" in n and "lines 14 and 15" in n for n in dataset.notices)
    assert any("1 row has no label" in n and "line 16" in n for n in dataset.notices)


def test_ids_that_repeat_are_not_used_and_a_notice_says_so(write):
    lines = "".join(f"{i % 5},{text},{label}\n" for i, (text, label) in enumerate(ROWS))
    dataset = load(DataSettings(source=write("ids.csv", "id,text,label\n" + lines)))
    assert all(row_id.startswith("ids.csv:") for row_id in dataset.train.ids)
    assert any("repeats '0'" in notice and "lines 2 and 7" in notice for notice in dataset.notices)


def test_a_class_too_small_for_every_split_is_noticed(write):
    dataset = load(DataSettings(source=write("two.csv", CSV + "y,c\nz,c\n")))
    assert any("'c'" in notice for notice in dataset.notices)


def test_an_unreadable_file_is_told(write, monkeypatch):
    def forbidden(self, *arguments, **options):
        raise PermissionError(13, "Permission denied")

    source = write("rows.csv", CSV)
    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(DataError, match="Permission denied"):
        read_columns(source)


@pytest.mark.parametrize("field", ["source", "validation", "test"])
def test_an_unknown_ending_lists_all_that_are_read(write, refused, field):
    settings = {"source": write("rows.csv", CSV), field: write("rows.xlsx", "a")}
    error = refused(**settings)
    assert error.field == field
    for ending in ENDINGS:
        assert ending in str(error)


@pytest.mark.parametrize("field", ["source", "validation", "test"])
def test_a_file_of_sentences_is_not_read_as_texts(write, refused, field):
    settings = {"source": write("rows.csv", CSV), field: write("rows.conll", "a O\n")}
    error = refused(**settings, task="sequence")
    assert error.field == field
    assert "holds tagged sentences" in str(error)


@pytest.mark.parametrize("name", ["./rows.csv", "../{folder}/rows.csv", "link.csv"])
def test_one_file_under_two_names_is_still_one(write, refused, tmp_path, monkeypatch, name):
    source = write("rows.csv", CSV)
    (tmp_path / "link.csv").symlink_to(source)
    monkeypatch.chdir(tmp_path)
    error = refused(source, test=name.format(folder=tmp_path.name))
    assert "is the training file too" in str(error)
