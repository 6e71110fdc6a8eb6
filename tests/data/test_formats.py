"""The same rows come out of every format, as they are written."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hamr.config import DataSettings
from hamr.data import load, read_columns
from hamr.records import SPLITS
from tests.data.conftest import CSV, ROWS

OBJECTS = [{"text": text, "label": label} for text, label in ROWS]


def everything(source: str, **settings) -> set[tuple[str, str]]:
    dataset = load(DataSettings(source=source, **settings))
    return {
        (text, dataset.classes[label])
        for split in SPLITS
        for text, label in zip(dataset.split(split).texts, dataset.split(split).labels, strict=True)
    }


FILES = {
    "rows.csv": CSV,
    "crlf.csv": CSV.replace("\n", "\r\n"),
    "semicolons.csv": CSV.replace(",", ";"),
    "mark.csv": b"\xef\xbb\xbf" + CSV.encode(),
    "blank lines.csv": "\n" + CSV.replace("\n", "\n\n"),
    "rows.tsv": CSV.replace(",", "\t"),
    "rows.CSV": CSV,
    "rows.json": json.dumps(OBJECTS),
    "pretty.json": json.dumps(OBJECTS, indent=2),
    "mark.json": b"\xef\xbb\xbf" + json.dumps(OBJECTS).encode(),
    "lines.json": "\n".join(map(json.dumps, OBJECTS)),
    "rows.jsonl": "\n\n".join(map(json.dumps, OBJECTS)) + "\n",
}


@pytest.mark.parametrize("name", FILES)
def test_text_formats_give_the_rows(write, name):
    source = write(name, FILES[name])
    assert everything(source) == set(ROWS)
    assert read_columns(source) == ["text", "label"]


@pytest.mark.parametrize("encoded", [False, True])
def test_parquet_gives_the_rows(tmp_path, encoded):
    labels = pa.array([label for _, label in ROWS])
    table = pa.table(
        {
            "text": [text for text, _ in ROWS],
            "label": labels.dictionary_encode() if encoded else labels,
        }
    )
    pq.write_table(table, tmp_path / "rows.parquet")
    assert everything(str(tmp_path / "rows.parquet")) == set(ROWS)


def test_class_numbers_of_a_local_parquet_file_are_its_class_names(tmp_path):
    """As those of the hub are; -1 is no label."""
    label = {"names": ["neg", "pos"], "_type": "ClassLabel"}
    table = pa.table({"text": [text for text, _ in ROWS], "label": [-1, *[0, 1] * 5, 1]})
    noted = json.dumps({"info": {"features": {"label": label}}})
    pq.write_table(table.replace_schema_metadata({"huggingface": noted}), tmp_path / "a.parquet")
    dataset = load(DataSettings(source=str(tmp_path / "a.parquet")))
    assert dataset.classes == ("neg", "pos")
    assert dataset.left_out == (("a.parquet:1", "no label"),)


def test_an_array_larger_than_the_reading_window_is_read_whole(write):
    objects = [{"text": f"{i} {'é' * 5000}", "label": str(i % 2)} for i in range(500)]
    source = write("large.json", json.dumps(objects, ensure_ascii=False))
    assert len(everything(source)) == 500


@pytest.mark.parametrize("word", ["NA", "null", "nan", "None", "NaN", "N/A", "-1.#IND"])
def test_words_that_look_like_missing_values_are_texts_and_labels(write, word):
    source = write("rows.csv", f"text,label\n{word},{word}\n" + CSV[11:] + f"x,{word}\n")
    assert (word, word) in everything(source)


def test_numbers_stay_as_they_are_written(write):
    objects = ", ".join(f'{{"text": {i}.50, "label": {10 + i % 2}}}' for i in range(8))
    found = everything(write("numbers.json", f"[{objects}]"))
    assert ("0.50", "10") in found


def test_whole_floats_of_pandas_are_whole_numbers_and_nan_is_missing(tmp_path):
    labels = [None, float("nan"), *[float(i % 2) for i in range(10)]]
    table = pa.table({"text": [text for text, _ in ROWS], "label": labels})
    pq.write_table(table, tmp_path / "rows.parquet")
    dataset = load(DataSettings(source=str(tmp_path / "rows.parquet")))
    assert dataset.classes == ("0", "1")
    assert len(dataset.left_out) == 2


def test_whole_number_labels_are_sorted_by_value(write):
    lines = "".join(f"t{i},{i % 12}\n" for i in range(60))
    dataset = load(DataSettings(source=write("n.csv", "text,label\n" + lines)))
    assert dataset.classes == tuple(str(i) for i in range(12))


def test_texts_of_100_000_characters_are_kept_whole(write):
    long = "x" * 100_000
    assert (long, "a") in everything(write("long.csv", CSV + f"{long},a\n"))


def test_quoted_fields_may_hold_line_ends_and_ids_name_the_line_they_begin_on(write):
    source = write("lines.csv", CSV + '"two\nlines",a\nafter,b\n')
    dataset = load(DataSettings(source=source))
    by_text = {
        text: row_id
        for split in SPLITS
        for text, row_id in zip(dataset.split(split).texts, dataset.split(split).ids, strict=True)
    }
    assert by_text["two\nlines"] == "lines.csv:14"
    assert by_text["after"] == "lines.csv:16"


def test_stray_quotes_of_an_unquoted_tsv_are_kept_with_a_notice(write):
    source = write("rows.tsv", CSV.replace(",", "\t") + '"so" he said\ta\n')
    dataset = load(DataSettings(source=source))
    assert any("quotes" in notice for notice in dataset.notices)
    assert ('"so" he said', "a") in everything(source)


def test_half_an_emoji_is_replaced_with_a_notice(write):
    source = write("cut.json", '[{"text": "cut \\ud83d", "label": "a"}, ' + FILES["rows.json"][1:])
    assert ("cut \ufffd", "a") in everything(source)
    assert any("row 1" in notice for notice in load(DataSettings(source=source)).notices)


def test_reading_builtin_columns_is_free_of_any_file():
    assert read_columns("demo") == ["id", "text", "label", "source"]


def test_labels_are_int32_indices_into_the_classes(write):
    dataset = load(DataSettings(source=write("rows.csv", CSV)))
    assert dataset.train.labels.dtype == np.int32
    assert dataset.train.labels.max() == len(dataset.classes) - 1
