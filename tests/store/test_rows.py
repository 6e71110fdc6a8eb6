import hashlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamr.config import RunSettings
from hamr.errors import DataError, StoreError
from hamr.records import Dataset, Rows
from tests.fake_run import fake_dataset, write_fake_run, write_fake_token_run

FIXTURE = HealthCheck.function_scoped_fixture


def dataset_of(texts, groups=None):
    labels = np.arange(len(texts), dtype=np.int32) % 2
    ids = tuple(f"row {i}" for i in range(len(texts)))
    rows = Rows(ids, tuple(texts), labels, groups)
    digest = hashlib.sha256(repr(texts).encode("utf-8", "replace")).hexdigest()
    return Dataset("texts", "sequence", ("no", "yes"), rows, rows, rows, digest)


def table_of(store, texts):
    dataset = dataset_of(texts)
    store.add_dataset(dataset)
    return store.rows(dataset.fingerprint, "train")


TEXTS = st.lists(st.text(max_size=30), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[FIXTURE])
@given(texts=TEXTS)
def test_any_text_comes_back_as_it_was(store, texts):
    dataset = dataset_of(texts, groups=tuple(texts))
    store.add_dataset(dataset)
    found = store.dataset(dataset.fingerprint)
    assert found.train.texts == dataset.train.texts
    assert found.train.groups == dataset.train.groups
    table, last = store.rows(dataset.fingerprint, "train"), len(texts) - 1
    both = table.ids_and_texts([last, 0])
    assert both == (table.ids([last, 0]), table.texts([last, 0]))
    np.testing.assert_array_equal(found.test.labels, dataset.test.labels)
    assert (found.name, found.classes) == (dataset.name, dataset.classes)


@settings(max_examples=25, deadline=None, suppress_health_check=[FIXTURE])
@given(texts=TEXTS, data=st.data())
def test_a_row_is_found_by_any_part_of_its_text(store, texts, data):
    index = data.draw(st.integers(0, len(texts) - 1))
    begin = data.draw(st.integers(0, len(texts[index])))
    end = data.draw(st.integers(begin, len(texts[index])))
    assert index in table_of(store, texts).search(texts[index][begin:end])


def test_search_ignores_case_and_looks_into_ids(store):
    table = table_of(store, ["Größe und Weite", "NA", "null"])
    assert table.search("GRÖSSE").tolist() == []
    assert table.search("größe UND").tolist() == [0]
    assert table.search("ROW 2").tolist() == [2]
    assert table.search("na").tolist() == [1]


def test_search_takes_its_query_literally(store):
    assert table_of(store, ["a.c", "abc", "100%"]).search("a.c").tolist() == [0]


def test_empty_search_finds_all_rows(store):
    assert table_of(store, ["a", "b"]).search("  ").tolist() == [0, 1]


def test_rows_are_found_by_id(store):
    table = table_of(store, ["a", "b"])
    assert (table.find("row 1"), table.find("row 9")) == (1, None)


def test_frame_holds_the_rows_asked_for_in_that_order(store):
    frame = table_of(store, ["a", "b", "c"]).frame([2, 0])
    assert frame.to_dict("list") == {
        "row": [2, 0],
        "id": ["row 2", "row 0"],
        "text": ["c", "a"],
        "label": ["no", "no"],
    }


def test_rows_are_stored_once_for_all_runs(store):
    first, second = (write_fake_run(store, rows=20, epochs=1) for _ in range(2))
    assert first.info.fingerprint == second.info.fingerprint
    assert len(list((store.home / "datasets").iterdir())) == 1


def test_run_knows_its_rows_and_classes_once_they_are_attached(store):
    run = store.create_run(RunSettings())
    assert (run.info.train_rows, run.classes) == (0, ())
    with pytest.raises(StoreError, match="no rows yet"):
        run.rows()
    run.attach_dataset(fake_dataset(40, classes=3))
    assert (run.info.train_rows, run.info.validation_rows, len(run.classes)) == (40, 8, 3)
    assert run.info.data_name == "made-up rows"


def test_half_surrogates_are_a_sentence(store):
    with pytest.raises(DataError, match="surrogate"):
        store.add_dataset(dataset_of(["fine", "bad \ud800"]))


def test_phrases_are_the_words_from_start_to_end_whatever_their_row(store):
    rows = write_fake_token_run(store, rows=8, epochs=0).rows()
    every = [word for row in range(8) for word in rows.words(row)]
    start, end = np.array([0, 3, 2]), np.array([2, 4, len(every)])
    found = rows.phrases(start, end)
    assert found == [" ".join(every[i:j]) for i, j in zip(start, end, strict=True)]
    assert rows.phrases(start[:0], end[:0]) == []
