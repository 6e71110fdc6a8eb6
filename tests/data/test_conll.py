"""Data sets of CoNLL files: splits, types, schemes and columns, and what is refused."""

import json

import numpy as np
import pytest

from hamr.config import DataSettings
from hamr.data import load, meta_rows, task_of
from hamr.errors import HamrError, SettingError
from hamr.files.reading import tag_columns

GOOD = "a B-x\nb I-x\n\nc O\n\nd B-x\n\n" * 4


def file(tmp_path, text, name="a.conll"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a O\n\nb O\n", "no entity"),
        (GOOD + "e O\nf I-x\n", "line 30: I-x breaks the scheme BIO"),
        (GOOD + "e O\n# a comment\nf I-x\n", "line 31: I-x breaks the scheme BIO"),
        (GOOD + "e S-x\nf B-x\n", "breaks the scheme BIOES"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path, text, said):
    with pytest.raises(HamrError, match=r"a\.conll") as caught:
        load(DataSettings(source=file(tmp_path, text)))
    assert said in str(caught.value)


def test_broken_tags_are_repaired_on_request_and_listed(tmp_path):
    source = file(tmp_path, GOOD + "e O\nf I-x\n")
    dataset = load(DataSettings(source=source, repair=True))
    assert any("a.conll, line 30 (I-x)" in notice for notice in dataset.notices)


def test_words_and_tags_of_different_length_are_named(tmp_path):
    source = file(tmp_path, json.dumps({"tokens": ["a", "b"], "ner_tags": ["O"]}), "a.jsonl")
    with pytest.raises(HamrError, match=r"a\.jsonl, line 1 has 2 words and 1 tags"):
        load(DataSettings(source=source))


def test_jsonl_of_words_and_tags_is_a_token_task(tmp_path):
    rows = [{"tokens": ["a", "b"], "ner_tags": ["B-x", "O"]}, {"tokens": ["c"], "ner_tags": ["O"]}]
    source = file(tmp_path, "\n".join(map(json.dumps, rows * 5)), "a.jsonl")
    dataset = load(DataSettings(source=source))
    assert dataset.task == "token"
    assert dataset.tags == ("O", "B-x", "I-x")


def test_types_that_only_the_test_has_are_read_as_none_on_request(tmp_path):
    source, test = file(tmp_path, GOOD), file(tmp_path, "a B-y\nb B-x\n", "t.conll")
    dataset = load(DataSettings(source=source, test=test, repair=True))
    assert dataset.test.tags[0].tolist() == [0, 1]
    assert any("t.conll, line 1 (y)" in notice for notice in dataset.notices)


def test_two_files_of_one_name_have_ids_of_their_own(tmp_path):
    (tmp_path / "other").mkdir()
    source, test = file(tmp_path, GOOD), file(tmp_path / "other", GOOD)
    dataset = load(DataSettings(source=source, test=test))
    assert not {*dataset.train.ids, *dataset.validation.ids} & {*dataset.test.ids}


def test_a_word_that_nobody_sees_is_named_with_its_line(tmp_path):
    dataset = load(DataSettings(source=file(tmp_path, GOOD + "a O\n\u200b O\n\U0001f98a O\n")))
    assert any(r"a.conll, line 30 (\u200b)" in notice for notice in dataset.notices)


def test_the_meta_set_is_balanced_by_entity_type(tmp_path):
    text = "a B-x\n\n" * 40 + "b B-y\n\n" * 12 + "c B-x\nd B-z\n\n" * 12
    dataset = load(DataSettings(source=file(tmp_path, text)))
    count = len(dataset.classes)
    added = meta_rows(dataset.train, dataset.validation, count, seed=0)
    before = dataset.validation.members(count)[:, :-1].sum(0)
    after = before + dataset.train.members(count)[added][:, :-1].sum(0)
    assert (after >= min(int(np.median(before)), 3)).all()


def test_the_splits_of_a_file_hold_all_of_it(tmp_path):
    text = "\ufeff# a\n" + "".join(f"w{i} B-x\r\nb O \r\n\t\r\n" for i in range(20)) + "\n# end"
    dataset = load(DataSettings(source=file(tmp_path, text)))
    parts = [dataset.split(name) for name in ("train", "validation", "test")]
    rows = [pair for p in parts for pair in zip(p.ids, p.sources, strict=True)]
    rows.sort(key=lambda row: int(row[0].rpartition(":")[2]))
    assert "".join(source for _, source in rows) == text


def test_a_type_that_only_the_test_has_is_named_with_its_line(tmp_path):
    source, test = file(tmp_path, GOOD), file(tmp_path, "# t\na O\nb B-X\n", "t.conll")
    with pytest.raises(HamrError) as caught:
        load(DataSettings(source=source, test=test))
    assert "t.conll, line 3: the type 'X' occurs only in the test rows" in str(caught.value)
    assert "'X' and 'x' look alike" in str(caught.value)


def test_types_that_look_alike_are_said(tmp_path):
    dataset = load(DataSettings(source=file(tmp_path, GOOD + "e B-X\n")))
    assert any("types look alike" in notice for notice in dataset.notices)


def test_blanks_after_a_tag_make_no_type(tmp_path):
    text = GOOD + "e B-x\u00a0\n\nf B-x\u200b \n"
    assert load(DataSettings(source=file(tmp_path, text))).classes[:-1] == ("x",)


NESTED = "1\tAda\tB-x\tO\n2\tof\tI-x\tB-y\n\n1\tc\tO\tO\n\n" * 4


@pytest.mark.parametrize(("column", "types"), [(None, ("y",)), (3, ("x",)), (4, ("y",))])
def test_the_column_of_the_tags_can_be_chosen(tmp_path, column, types):
    dataset = load(DataSettings(source=file(tmp_path, NESTED), tag_column=column))
    assert dataset.classes[:-1] == types
    assert {word for row in dataset.train.words for word in row} <= {"Ada", "of", "c"}
    assert any("columns 3 (B-x, I-x) and 4 (B-y) hold tags" in said for said in dataset.notices)


def test_validation_and_test_have_their_tags_where_training_has_them(tmp_path):
    source = file(tmp_path, "a\tB-x\tO\nb\tO\tO\n\n" * 9)
    test = file(tmp_path, "a\tB-x\tB-z\n\n", "t.conll")
    dataset = load(DataSettings(source=source, test=test))
    assert dataset.test.tags[0].tolist() == [1]


@pytest.mark.parametrize("column", [0, -1, "x", 1.5])
def test_a_column_out_of_range_is_refused(column):
    with pytest.raises(SettingError, match="tag_column"):
        DataSettings(tag_column=column)


def test_a_column_without_tags_is_refused_beside_its_control(tmp_path):
    with pytest.raises(HamrError, match=r"a\.conll, line 1 has in column 2 'Ada'") as caught:
        load(DataSettings(source=file(tmp_path, NESTED), tag_column=2))
    assert caught.value.field == "tag_column"


def test_a_table_has_no_tag_column(tmp_path):
    row = json.dumps({"tokens": ["a"], "ner_tags": ["B-x"]})
    with pytest.raises(HamrError, match="names its columns") as caught:
        load(DataSettings(source=file(tmp_path, f"{row}\n" * 9, "a.jsonl"), tag_column=2))
    assert caught.value.field == "tag_column"


def test_the_columns_to_choose_from_are_known(tmp_path):
    found = tag_columns(file(tmp_path, NESTED))
    assert found.tagged == {3: ("B-x", "I-x"), 4: ("B-y",)}
    assert found.used == 4


@pytest.mark.parametrize("ending", ["conllu", "conllx", "tab", "tsv", "bio", "txt"])
def test_words_and_tags_are_sentences_whatever_the_ending(tmp_path, ending):
    source = file(tmp_path, NESTED, f"a.{ending}")
    assert task_of(DataSettings(source=source)) == "token"
    assert load(DataSettings(source=source)).classes[:-1] == ("y",)


def test_a_tsv_of_texts_stays_a_table(tmp_path):
    source = file(tmp_path, "text\tlabel\n" + "Ada ran\tO\nBo ran\tB-x\n" * 9, "a.tsv")
    assert load(DataSettings(source=source)).task == "sequence"


def test_a_tsv_can_be_read_as_sentences_on_request(tmp_path):
    source = file(tmp_path, "word\ttag\nAda\tB-x\n", "a.tsv")
    with pytest.raises(HamrError, match="remove the line if it names the columns"):
        load(DataSettings(source=source, task="token"))
