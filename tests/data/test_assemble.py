"""Splits with and without files of one's own, ids, groups, and the fingerprint."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.config import DataSettings
from hamr.data import load
from hamr.data.fingerprint import fingerprint
from hamr.data.ids import prefixes
from hamr.records import SPLITS, Rows
from tests.data.conftest import CSV

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
LINES = "".join(f"t{i},{'abc'[i % 3]},u{i // 4}\n" for i in range(120))


def ids_of(dataset) -> Counter:
    return Counter(row_id for split in SPLITS for row_id in dataset.split(split).ids)


def test_every_row_is_in_exactly_one_split(write):
    dataset = load(DataSettings(source=write("rows.csv", "text,label,user\n" + LINES)))
    assert ids_of(dataset) == Counter(f"rows.csv:{line}" for line in range(2, 122))


def test_groups_stay_on_one_side(write):
    source = write("rows.csv", "text,label,user\n" + LINES)
    dataset = load(DataSettings(source=source, group_column="user"))
    sides = [set(dataset.split(split).groups) for split in SPLITS]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 30


def test_rows_without_a_group_belong_to_no_other(write):
    lines = "".join(f"t{i},{'ab'[i % 2]},\n" for i in range(40))
    source = write("rows.csv", "text,label,user\n" + lines)
    dataset = load(DataSettings(source=source, group_column="user"))
    assert len(dataset.validation) and len(dataset.test)


def test_own_validation_and_test_are_used_as_they_are(write):
    own = [write(f"{name}.csv", "text,label\nx,a\ny,b\nz,a\n") for name in ("v", "t")]
    dataset = load(DataSettings(source=write("rows.csv", CSV), validation=own[0], test=own[1]))
    assert [len(dataset.split(split)) for split in SPLITS] == [12, 3, 3]


@pytest.mark.parametrize(
    ("given_split", "taken_off"), [("test", "validation"), ("validation", "test")]
)
def test_the_split_that_is_not_given_is_taken_off_training(write, given_split, taken_off):
    own = write("own.csv", "text,label\nx,a\ny,b\nz,a\n")
    dataset = load(DataSettings(source=write("rows.csv", CSV), **{given_split: own}))
    assert dataset.split(given_split).texts == ("x", "y", "z")
    assert len(dataset.train) + len(dataset.split(taken_off)) == 12


def test_shares_are_those_of_the_settings(write):
    source = write("rows.csv", "text,label,user\n" + LINES)
    dataset = load(DataSettings(source=source, validation_share=0.3, test_share=0.2))
    assert [len(dataset.split(split)) for split in SPLITS] == [60, 36, 24]


def test_a_column_of_unique_ids_names_the_rows(write):
    lines = "".join(f"row-{i},t{i},{'ab'[i % 2]}\n" for i in range(12))
    dataset = load(DataSettings(source=write("rows.csv", "id,text,label\n" + lines)))
    assert set(ids_of(dataset)) == {f"row-{i}" for i in range(12)}


def test_ids_shared_by_two_files_are_told_apart(write):
    content = "id,text,label\n" + "".join(f"{i},t{i},{'ab'[i % 2]}\n" for i in range(12))
    test = write("test.csv", content)
    dataset = load(DataSettings(source=write("rows.csv", content), test=test))
    assert max(ids_of(dataset).values()) == 1
    assert dataset.test.ids[0] == "test/0"


def test_groups_shared_by_given_files_are_noticed(write):
    source = write("rows.csv", "text,label,user\n" + LINES)
    test = write("test.csv", "text,label,user\nx,a,u1\n")
    dataset = load(DataSettings(source=source, test=test, group_column="user"))
    assert any("'u1'" in notice for notice in dataset.notices)


def test_labels_lose_surrounding_blanks(write):
    dataset = load(DataSettings(source=write("rows.csv", CSV + "x, a \ny,b \n")))
    assert dataset.classes == ("a", "b")


def test_the_fingerprint_follows_the_seed_of_the_split(write):
    source = write("rows.csv", CSV)
    first, again, other = (
        load(DataSettings(source=source, split_seed=seed)).fingerprint for seed in (0, 0, 1)
    )
    assert first == again != other


rows = st.lists(st.tuples(st.text(), st.text(), st.integers(0, 3)), max_size=6)


def made(parts: list[tuple[str, str, int]]) -> Rows:
    ids, texts, labels = zip(*parts, strict=True) if parts else ((), (), ())
    return Rows(ids, texts, np.array(labels, dtype=np.int32))


@given(rows, rows)
def test_only_equal_rows_have_equal_fingerprints(first, second):
    one, two = (fingerprint(("a", "b"), [("train", made(part))]) for part in (first, second))
    assert (one == two) == (first == second)


def test_the_fingerprint_knows_classes_and_where_strings_end():
    row = made([("ab", "c", 0)])
    base = fingerprint(("x",), [("train", row)])
    moved = replace(row, ids=("a",), texts=("bc",))
    assert base != fingerprint(("x",), [("train", moved)])
    assert base != fingerprint(("y",), [("train", row)])
    assert base != fingerprint(("x",), [("test", row)])


@pytest.mark.parametrize(
    ("folder", "classes", "sizes"),
    [("sst5", 5, (8544, 1101, 2210)), ("hurricane_irma_2017", 9, (6579, 958, 1862))],
)
def test_the_paper_s_sets_load_with_their_own_splits(folder, classes, sizes):
    if not SHARED.is_dir():
        pytest.skip("the paper's sets are not beside this checkout (../shared/data)")
    train, dev, test = (str(SHARED / folder / f"{name}.json") for name in ("train", "dev", "test"))
    dataset = load(DataSettings(source=train, validation=dev, test=test, label_column="label_text"))
    assert len(dataset.classes) == classes
    assert tuple(len(dataset.split(split)) for split in SPLITS) == sizes


def test_an_id_that_a_prefix_would_make_is_left_to_the_row_that_has_it(write):
    head, letters = "id,text,label\n", "ab"
    train = head + "".join(f"{i},t{i},{letters[i % 2]}\n" for i in range(10)) + "test/1,x,a\n"
    test = write("test.csv", head + "".join(f"{i},u{i},{letters[i % 2]}\n" for i in range(10)))
    source = write("rows.csv", train + "test-2/1,y,b\n")
    dataset = load(DataSettings(source=source, test=test))
    assert max(ids_of(dataset).values()) == 1
    assert dataset.test.ids[1] == "test-3/1"


def test_an_id_given_to_a_row_is_not_made_of_file_and_line_of_another(write):
    lines = "".join(f"v.csv:{i},t{i},{'ab'[i % 2]}\n" for i in range(2, 14))
    validation = write("v.csv", CSV)
    source = write("rows.csv", "id,text,label\n" + lines)
    dataset = load(DataSettings(source=source, validation=validation))
    assert max(ids_of(dataset).values()) == 1
    assert dataset.validation.ids[0] == "validation/v.csv:2"


@given(st.dictionaries(st.sampled_from(SPLITS), st.sets(st.sampled_from(
    ["1", "test/1", "test-2/1", "validation/1", "test/validation/1", "validation/test/1"]
))))  # fmt: skip
def test_no_two_splits_share_an_id(given_ids):
    found = prefixes(given_ids)
    every = [found[split] + row_id for split, ids in given_ids.items() for row_id in ids]
    assert len(every) == len({*every})


@pytest.mark.parametrize("other", ["a ", "A", "a\u0301", "\uff41"])
def test_ids_that_look_alike_are_different_ids(write, other):
    lines = f"a,x,a\n{other},y,b\n" + "".join(f"{i},t{i},{'ab'[i % 2]}\n" for i in range(12))
    dataset = load(DataSettings(source=write("rows.csv", "id,text,label\n" + lines)))
    assert {"a", other} <= ids_of(dataset).keys()


def test_a_row_without_a_group_joins_no_group_that_is_called_after_it(write):
    lines = "".join(f"t{i},{'ab'[i % 2]},\n" for i in range(10))
    lines += "".join(f"u{i},{'ab'[i % 2]},row rows.csv:2\n" for i in range(10))
    source = write("rows.csv", "text,label,user\n" + lines)
    dataset = load(DataSettings(source=source, group_column="user"))
    named = [g for split in SPLITS for g in dataset.split(split).groups]
    assert Counter(named)["row rows.csv:2"] == 10


def test_rows_without_a_group_are_not_said_to_be_shared_by_files(write):
    content = "id,text,label,user\n" + "".join(f"{i},t{i},{'ab'[i % 2]},\n" for i in range(12))
    settings = DataSettings(
        source=write("rows.csv", content), test=write("test.csv", content), group_column="user"
    )
    assert not any("share groups" in notice for notice in load(settings).notices)


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff\u200d", "\xad", "\u3164", "\u00a0\u2060"])
def test_a_text_of_invisible_characters_is_no_text(write, blank):
    dataset = load(DataSettings(source=write("rows.csv", CSV + f"{blank},a\nx,{blank}\n")))
    assert dict(dataset.left_out) == {"rows.csv:14": "no text", "rows.csv:15": "no label"}
    assert any("line 14" in n and "invisible" in n for n in dataset.notices)


@pytest.mark.parametrize("twin", ["A", "a\u200b", "\uff41"])
def test_classes_that_look_alike_are_noticed(write, twin):
    dataset = load(DataSettings(source=write("rows.csv", CSV + f"x,{twin}\ny,{twin}\n")))
    assert any("classes look alike" in notice for notice in dataset.notices)


def test_a_label_of_the_test_rows_that_looks_like_a_training_label_is_named_with_it(write, refused):
    test = write("t.csv", "text,label\nx,a\u200b\ny,b\n")
    error = refused(write("rows.csv", CSV), test=test)
    assert "'a\\u200b' occurs only in the test rows (t.csv, line 2)" in str(error)
    assert "'a' looks like it" in str(error)


@pytest.mark.parametrize("lines", ["x,{}\ny,{}\n", "x,{}\n"])
def test_a_label_of_megabytes_leaves_a_message_short(write, refused, lines):
    long = "long" * 1_000_000
    own = "text,label\n" + lines.format(long, long)
    assert len(str(refused(write("one.csv", own)))) < 1000
    assert len(str(refused(write("rows.csv", CSV), test=write("t.csv", own)))) < 1000
