"""Tagged sentences in JSONL, Parquet and on the hub: lists of words and of tags."""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value

from hamr.config import DataSettings
from hamr.data import hub, load, task_of
from hamr.errors import HamrError

ROWS = [{"tokens": ["in", "Rome"], "ner_tags": ["O", "B-place"]} for _ in range(20)]
NAMES = ["O", "B-place", "I-place"]


def jsonl(tmp_path, rows, name="a.jsonl"):
    path = tmp_path / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(path)


def test_parquet_of_lists_is_a_token_task(tmp_path):
    source = str(tmp_path / "a.parquet")
    pd.DataFrame(ROWS).to_parquet(source)
    dataset = load(DataSettings(source=source))
    assert dataset.task == "token"
    assert dataset.train.words[0] == ("in", "Rome")
    assert dataset.train.tags[0].tolist() == [0, 1]


def test_numbers_in_parquet_are_the_tags_that_datasets_noted(tmp_path):
    source = str(tmp_path / "a.parquet")
    numbered(20).to_parquet(source)
    assert load(DataSettings(source=source)).tags == tuple(NAMES)


def test_numbers_without_names_are_told(tmp_path):
    source = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"tokens": [["in", "Rome"]] * 9, "ner_tags": [[0, 1]] * 9}), source)
    with pytest.raises(HamrError, match=r"a\.parquet, row 1 .*number"):
        load(DataSettings(source=source))


def numbered(count):
    features = Features(
        {"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=NAMES))}
    )
    rows = {"tokens": [["in", "Rome"]] * count, "ner_tags": [[0, 1]] * count}
    return Dataset.from_dict(rows, features=features)


def test_a_set_of_the_hub_is_read_split_by_split(monkeypatch):
    splits = DatasetDict(train=numbered(12), validation=numbered(3), test=numbered(4))
    monkeypatch.setattr(hub, "_fetch", lambda *_: splits)
    settings = DataSettings(source="hub:owner/tagged")
    assert task_of(settings) == "token"
    dataset = load(settings)
    assert [len(dataset.split(s)) for s in ("train", "validation", "test")] == [12, 3, 4]
    assert dataset.tags == tuple(NAMES)


def test_a_column_of_ids_names_the_rows(tmp_path):
    rows = [{**row, "id": f"s{n}"} for n, row in enumerate(ROWS)]
    dataset = load(DataSettings(source=jsonl(tmp_path, rows)))
    assert {*dataset.train.ids, *dataset.validation.ids, *dataset.test.ids} == {
        f"s{n}" for n in range(20)
    }


def test_ids_that_repeat_are_told_and_not_used(tmp_path):
    rows = [{**row, "id": "same"} for row in ROWS]
    dataset = load(DataSettings(source=jsonl(tmp_path, rows)))
    assert any("repeats 'same'" in notice for notice in dataset.notices)
    assert dataset.train.ids[0].startswith("a.jsonl:")


def test_sentences_of_one_group_stay_on_one_side(tmp_path):
    rows = [{**row, "paper": n // 4} for n, row in enumerate(ROWS)]
    dataset = load(DataSettings(source=jsonl(tmp_path, rows), group_column="paper"))
    sides = [{*part.groups} for part in (dataset.train, dataset.validation, dataset.test)]
    assert sum(map(len, sides)) == len(set().union(*sides)) == 5


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"tokens": ["a"], "ner_tags": ["O", "O"]}, "line 21 has 1 words and 2 tags"),
        ({"tokens": ["a"], "ner_tags": None}, "line 21 has no list of tags"),
        ({"tokens": ["a"], "ner_tags": [3]}, "line 21 has '3' where a tag must be"),
        ({"tokens": [""], "ner_tags": ["O"]}, "line 21 has the word ''"),
        ({"tokens": [], "ner_tags": []}, "line 21 has no words"),
        ({"tokens": ["a"], "ner_tags": ["I-place"]}, "line 21: I-place breaks the scheme BIO"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path, row, said):
    with pytest.raises(HamrError, match=r"a\.jsonl") as caught:
        load(DataSettings(source=jsonl(tmp_path, [*ROWS, row])))
    assert said in str(caught.value)


def test_rows_without_words_are_left_out_on_request_and_listed(tmp_path):
    source = jsonl(tmp_path, [*ROWS, {"tokens": [], "ner_tags": []}])
    dataset = load(DataSettings(source=source, repair=True))
    assert sum(len(dataset.split(s)) for s in ("train", "validation", "test")) == 20
    assert any("a.jsonl, line 21 (no words)" in notice for notice in dataset.notices)


def test_a_column_that_is_not_there_is_told_at_its_control(tmp_path):
    with pytest.raises(HamrError, match="no column 'labels'") as caught:
        load(DataSettings(source=jsonl(tmp_path, ROWS), task="token", label_column="labels"))
    assert caught.value.field == "label_column"


@pytest.mark.parametrize(
    "row",
    [
        {"tokens": ["a"], "ner_tags": ["x" * 1_000_000]},
        {"tokens": ["a", "b"], "ner_tags": ["B-place", "I-" + "x" * 1_000_000]},
        {"tokens": ["a"], "ner_tags": [["x"] * 100_000]},
    ],
)
def test_a_tag_of_megabytes_leaves_a_message_short(tmp_path, row):
    with pytest.raises(HamrError) as caught:
        load(DataSettings(source=jsonl(tmp_path, [*ROWS, row])))
    assert len(str(caught.value)) < 600


def test_a_type_of_megabytes_that_only_the_test_has_leaves_a_message_short(tmp_path):
    test = jsonl(tmp_path, [{"tokens": ["a"], "ner_tags": ["B-" + "x" * 1_000_000]}], "t.jsonl")
    with pytest.raises(HamrError, match=r"t\.jsonl, line 1") as caught:
        load(DataSettings(source=jsonl(tmp_path, ROWS), test=test))
    assert len(str(caught.value)) < 600


def test_ids_that_a_prefix_would_make_are_left_to_their_sentences(tmp_path):
    own = ["1", "test/1", *(f"s{n}" for n in range(18))]
    train = [{**row, "id": own[n]} for n, row in enumerate(ROWS)]
    test = jsonl(tmp_path, [{**row, "id": str(n)} for n, row in enumerate(ROWS)], "t.jsonl")
    dataset = load(DataSettings(source=jsonl(tmp_path, train), test=test))
    every = [i for s in ("train", "validation", "test") for i in dataset.split(s).ids]
    assert len(every) == len({*every})
    assert dataset.test.ids[1] == "test-2/1"
