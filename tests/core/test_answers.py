"""Imported answers: what a cell means, in every format and spelling."""

import json
from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hamr.cli.merge import answers_in
from hamr.store import Store
from tests.fake_run import write_fake_run, write_fake_token_run


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HAMR_DATABASE_URL", raising=False)
        yield Store.open(tmp_path_factory.mktemp("answers") / "home")


@pytest.fixture(scope="module")
def known(store):
    """The decisions on rows with those classes."""

    @lru_cache
    def make(*classes):
        run = write_fake_run(store, rows=40, epochs=1, class_names=classes, classes=len(classes))
        return store.decisions(run.info.fingerprint)

    return make


@pytest.fixture(scope="module")
def sentences(store):
    run = write_fake_token_run(store, rows=40, epochs=1)
    return store.decisions(run.info.fingerprint)


def labels(path, known, *, new_classes=False):
    """The labels in a file, and its faults."""
    answers, faults = answers_in(path, known, new_classes=new_classes)
    return [answer.label for answer in answers], faults


def of_json(folder, value):
    path = folder / "answers.jsonl"
    path.write_text(json.dumps({"id": "train:1", "label": value}))
    return path


def of_csv(folder, cell):
    path = folder / "answers.csv"
    quoted = cell.replace('"', '""')
    path.write_text(f'id,label\ntrain:1,"{quoted}"\n', newline="")
    return path


def of_parquet(folder, value, kind=None, features=None, row="train:1"):
    path = folder / "answers.parquet"
    table = pa.table({"id": [row], "label": pa.array([value], kind)})
    if features:
        noted = json.dumps({"info": {"features": {"label": features}}})
        table = table.replace_schema_metadata({"huggingface": noted})
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("value", [False, "false", "False", "FALSE", " false ", 0, 0.0, "0", "0.0"])
def test_a_truth_in_any_spelling_is_the_class(known, tmp_path, value):
    assert labels(of_json(tmp_path, value), known("false", "true")) == (["false"], [])


@pytest.mark.parametrize("value", [True, "True", 1, 1.0, "1", "1.0", "01"])
def test_a_number_in_any_spelling_is_the_class(known, tmp_path, value):
    assert labels(of_json(tmp_path, value), known("0", "1")) == (["1"], [])


def test_truths_are_not_numbers_of_other_classes(known, tmp_path):
    found, faults = labels(of_json(tmp_path, True), known("0", "1", "2"))
    assert found == [] and "'true', for row 'train:1', is no class" in faults[0]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("SPAM", "spam"), ("caf\u0065\u0301", "caf\u00e9"), ("spam\u200b", "spam"),
        ("tis", "'tis"), ("'tis", "'tis"), ("'spam", "spam"), ("=1+1", "=1+1"),
        ("'=1+1", "=1+1"), ("'quoted", "'quoted"), ("-1", "-1"), ("two\nlines", "two\nlines"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("write", [of_csv, of_json])
def test_a_name_in_another_spelling_is_the_class_that_is_there(known, tmp_path, write, given, name):
    decisions = known("spam", "café", "'tis", "=1+1", "'quoted", "-1", "two\nlines")
    assert labels(write(tmp_path, given), decisions) == ([name], [])


@pytest.mark.parametrize("given", ["SPAM", "1.0", "False", "tis", "sp am"])
def test_a_new_class_that_looks_like_a_known_one_is_refused(known, tmp_path, given):
    decisions = known("spam", "1", "false", "'tis", "other")
    found, faults = labels(of_json(tmp_path, given), decisions, new_classes=True)
    assert found == [] and "looks like the class" in faults[0] and "differs more" in faults[0]


def test_new_classes_that_look_alike_are_refused_but_the_first(known, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,label\ntrain:1,brand\ntrain:2,Brand\ntrain:3,brand\n")
    found, faults = labels(path, known("a", "b"), new_classes=True)
    assert found == ["brand", "brand"] and "line 3: 'Brand' looks like" in faults[0]


def test_a_spelling_that_can_mean_two_classes_is_refused(known, tmp_path):
    decisions = known("Spam", "spam", "ham")
    assert labels(of_json(tmp_path, "spam"), decisions) == (["spam"], [])
    _, faults = labels(of_json(tmp_path, "SPAM"), decisions)
    assert "did you mean 'Spam' or 'spam'" in faults[0]


def test_a_cell_that_means_two_classes_is_refused(known, tmp_path):
    _, faults = labels(of_csv(tmp_path, "'=a"), known("=a", "'=a"))
    assert "can mean more than one class" in faults[0]
    assert labels(of_json(tmp_path, "'=a"), known("=a", "'=a")) == (["'=a"], [])


@pytest.mark.parametrize(
    ("value", "kind", "name"),
    [
        (False, pa.bool_(), "false"), (1, pa.int8(), "1"), (1.0, pa.float32(), "1"),
        (18_628, pa.date32(), "2021-01-01"), (1_500, pa.duration("ms"), "PT1.5S"),
        (b"spam", pa.binary(4), "spam"), ("spam", pa.large_string(), "spam"),
    ],
)  # fmt: skip
def test_parquet_answers_are_read_as_parquet_data_are(known, tmp_path, value, kind, name):
    decisions = known("false", "1", "2021-01-01", "PT1.5S", "spam")
    assert labels(of_parquet(tmp_path, value, kind), decisions) == ([name], [])


def test_numbers_of_classes_are_the_names_that_the_answers_note(known, tmp_path):
    path = of_parquet(tmp_path, 1, pa.int64(), {"names": ["ham", "spam"], "_type": "ClassLabel"})
    assert labels(path, known("spam", "ham")) == (["spam"], [])


@pytest.mark.parametrize("value", [["spam"], {"a": 1}])
def test_an_answer_that_is_no_class_is_named_by_its_line(known, tmp_path, value):
    found, faults = labels(of_json(tmp_path, value), known("spam", "ham"))
    assert found == [] and faults[0].startswith("answers.jsonl, line 1: column 'label' holds")


@pytest.mark.parametrize(("write", "name"), [(of_json, "x\ud83d"), (of_csv, "x\ufffd")])
def test_half_a_character_is_no_class_and_makes_none(known, tmp_path, write, name):
    path = write(tmp_path, name)
    assert "no class" in labels(path, known("a", "b"))[1][0]
    assert "has half a character" in labels(path, known("a", "b"), new_classes=True)[1][0]


SPANS = [
    [[0, 1, "place"]], [["0", "1", "place"]], [[0.0, 1.0, "place"]], [[0, 1, "PLACE"]],
    [{"start": 0, "end": 1, "type": "place"}], [{"label": "place", "start": 0, "end": 1}],
    '[[0, 1, "place"]]', '[{"start": 0, "end": 1, "type": "place"}]',
]  # fmt: skip


@pytest.mark.parametrize("value", SPANS, ids=str)
def test_entities_are_read_in_all_their_forms(sentences, tmp_path, value):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "train.conll:1", "label": value}))
    assert labels(path, sentences) == ([((0, 1, "place"),)], [])


def test_entities_are_read_from_lists_of_parquet(sentences, tmp_path):
    kind = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int64()), ("type", pa.string())]))
    value = [{"start": 0, "end": 1, "type": "place"}]
    path = of_parquet(tmp_path, value, kind, row="train.conll:1")
    assert labels(path, sentences) == ([((0, 1, "place"),)], [])
    path = of_parquet(tmp_path, [["0", "1", "place"]], row="train.conll:1")
    assert labels(path, sentences) == ([((0, 1, "place"),)], [])


def tags(sentences, *first):
    words = sentences.rows.word_count("train.conll:1")
    return [*first, *["O"] * (words - len(first))]


@pytest.mark.parametrize("as_text", [False, True])
def test_a_tag_for_each_word_is_an_answer_too(sentences, tmp_path, as_text):
    value = tags(sentences, "B-place")
    path = tmp_path / "a.jsonl"
    row = {"id": "train.conll:1", "label": json.dumps(value) if as_text else value}
    path.write_text(json.dumps(row))
    assert labels(path, sentences) == ([((0, 1, "place"),)], [])


def test_numbers_of_tags_are_the_names_that_the_answers_note(sentences, tmp_path):
    numbers = [int(tag != "O") for tag in tags(sentences, "B-place")]
    names = {"feature": {"names": ["O", "B-place"], "_type": "ClassLabel"}, "_type": "List"}
    path = of_parquet(tmp_path, numbers, features=names, row="train.conll:1")
    assert labels(path, sentences) == ([((0, 1, "place"),)], [])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["O"] * 999, "999 tags"), ("place", "not a list of"), (7, "not a list of"),
        ([["0", "x", "place"]], "not a list of"), ([[0, 1]], "not a list of"),
        ([[0, True, "place"]], "not a list of"), (["0", "1", "place"], "not a list"),
        ("[" * 5000, "not a list of"), (None, "is empty"), ([[0, 1.5, "place"]], "not a list"),
        ([[0, 1, "pl\ud83d"]], "no entity type"), ([[0, 99999, "place"]], "leaves the sentence"),
        ([{"start": 0, "end": 1, "type": "place", "more": 1}], "not a list of"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_a_label_that_is_not_a_list_of_entities_is_named(sentences, tmp_path, value, words):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "train.conll:1", "label": value}))
    found, faults = labels(path, sentences)
    assert found == [] and words in faults[0] and "a.jsonl, line 1: " in faults[0]
