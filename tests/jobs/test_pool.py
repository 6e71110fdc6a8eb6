"""Unlabelled rows attached from files, and runs that train on those with a label."""

import csv
import io
import zipfile

import numpy as np
import pytest

from hamr.config import DataSettings
from hamr.errors import ColumnError, DataError
from hamr.exports.bundle import Download
from hamr.jobs.again import retrain
from hamr.jobs.pool import attach_file, attach_texts
from hamr.store.held import held_corrections
from hamr.store.pools import Pool
from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=2)


@pytest.fixture
def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def file_of(folder, *texts, name="new.csv"):
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["n", "text"], *([n, t] for n, t in enumerate(texts))])
    return str(path)


def test_rows_that_the_data_has_are_empty_or_come_twice_are_left_out_and_counted(
    store, run, tmp_path
):
    train, test = run.rows().texts([0])[0], run.rows("test").texts([0])[0]
    path = file_of(tmp_path, "one", "", "\u200b", f" {train.upper()} ", test, "two", "One", "three")
    found = attach_file(store, run.info, path, "ada")
    assert found.rows == 3
    assert found.left_out == {
        "without a text": 2, "whose text the data has": 2, "repeated in the file": 1
    }  # fmt: skip
    assert "3 unlabelled rows attached; 5 left out" in found.in_words()


def test_a_file_that_is_attached_twice_adds_nothing(store, run, decisions, tmp_path):
    path = file_of(tmp_path, "one", "two")
    attach_file(store, run.info, path, "ada")
    again = attach_file(store, run.info, path, "ada")
    assert (again.rows, again.left_out) == (0, {"attached before": 2})
    assert len(decisions.attachments) == 1


def test_a_file_without_the_column_names_those_it_has(store, run, tmp_path):
    path = file_of(tmp_path, "one")
    with pytest.raises(ColumnError, match="no column 'body': it has 'n' and 'text'") as error:
        attach_file(store, run.info, path, "ada", "body")
    assert error.value.field == "text_column"


@pytest.fixture
def run_on_body(store):
    return write_fake_run(store, rows=60, epochs=1, data=DataSettings(text_column="body"))


def test_without_the_column_of_the_run_that_called_text_is_read_and_named(
    store, run_on_body, tmp_path
):
    found = attach_file(store, run_on_body.info, file_of(tmp_path, "one"), "ada")
    assert (found.rows, found.column) == (1, "text")
    assert "column 'text' was read, because the file has no column 'body'" in found.in_words()


def test_the_column_of_the_run_comes_before_that_called_text(store, run_on_body, tmp_path):
    path = tmp_path / "both.csv"
    path.write_text("text,body\na title,the text\n")
    found = attach_file(store, run_on_body.info, str(path), "ada")
    decisions = store.decisions(run_on_body.info.fingerprint)
    assert Pool(decisions).texts([0]) == ["the text"] and "was read" not in found.in_words()


def test_two_columns_called_text_are_ambiguous(store, run_on_body, tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("text,text\na,b\n")
    with pytest.raises(ColumnError, match="2 columns called 'text'"):
        attach_file(store, run_on_body.info, str(path), "ada")


def test_a_file_with_none_of_the_usual_columns_names_those_it_has(store, run_on_body, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("n,title\n1,a\n")
    with pytest.raises(ColumnError, match="no column 'body': it has 'n' and 'title'"):
        attach_file(store, run_on_body.info, str(path), "ada")


def test_a_file_without_rows_is_refused(store, run, tmp_path):
    with pytest.raises(DataError, match="no rows"):
        attach_file(store, run.info, file_of(tmp_path), "ada")


def test_a_label_makes_a_training_row_of_the_next_run(store, run, decisions):
    attach_texts(store, run.info, ["typed text", "another"], "ada", "Try")
    row = Pool(decisions).row_id(0)
    decide(decisions, row, "brand new", new_class=True)
    new = retrain(store, run.id)[0]
    assert len(new.rows()) == 61
    assert new.rows().ids([60]) == [row] and new.rows().texts([60]) == ["typed text"]
    assert new.classes[new.rows().labels[60]] == "brand new"
    np.testing.assert_array_equal(new.rows().labels[:60], run.rows().labels)
    assert new.info.label_source == run.info.fingerprint
    held = held_corrections(store, new.info)
    assert str(held).startswith("0 labels corrected, 1 row added")


def test_a_run_with_added_sentences_says_how_many_it_holds(store):
    run = write_fake_token_run(store, rows=60, epochs=1)
    log = store.decisions(run.info.fingerprint)
    attach_texts(store, run.info, ["typed words here"], "ada", "Try")
    decide(log, Pool(log).row_id(0), [[0, 2, run.info.scored[0]]])
    new = retrain(store, run.id)[0]
    assert str(held_corrections(store, new.info)).startswith("0 labels corrected, 1 row added")


def test_decisions_on_an_added_row_count_in_later_runs(store, run, decisions):
    attach_texts(store, run.info, ["typed text"], "ada", "Try")
    row = Pool(decisions).row_id(0)
    decide(decisions, row, "class a")
    first = retrain(store, run.id)[0]
    decide(store.decisions(first.info.label_source), row, "class b", run=first.id)
    later = retrain(store, first.id)[0]
    assert later.classes[later.rows().labels[60]] == "class b"


def test_the_download_has_added_rows_with_where_they_come_from(store, run, decisions):
    attach_texts(store, run.info, ["typed text"], "ada", "Try")
    row = Pool(decisions).row_id(0)
    decide(decisions, row, "class a", run=run.id, evidence={"strategy": "uncertain"})
    with zipfile.ZipFile(io.BytesIO(Download.of(run).archive())) as archive:
        (own,) = csv.DictReader(io.StringIO(archive.read("added.csv").decode()))
        note = archive.read("README.txt").decode()
    assert own | {"time": ""} == {
        "id": row, "text": "typed text", "label": "class a", "source": "Try", "place": "1",
        "annotator": "ada", "time": "", "run": run.id, "strategy": "uncertain",
    }  # fmt: skip
    assert "Rows added: 1." in note and "Labels corrected: 0" in note


@pytest.fixture
def attached_sentences(store, tmp_path):
    """A run on sentences, with two attached ones, of which the first has a word with a blank."""
    run = write_fake_token_run(store, rows=40, epochs=1)
    path = tmp_path / "new.conll"
    path.write_text("I\nlove\nNew York\t\n.\n\nBob\nstays\n".replace("\t", "\tO"))
    attach_file(store, run.info, str(path), "ada")
    return run


def test_words_that_hold_a_blank_stay_one_word_when_they_are_labelled(store, attached_sentences):
    decisions = store.decisions(attached_sentences.info.fingerprint)
    pool = Pool(decisions)
    assert pool.words([1, 0]) == [["Bob", "stays"], ["I", "love", "New York", "."]]
    assert pool.texts([0]) == ["I love New York ."]
    assert decisions.rows.word_count(pool.row_id(0)) == 4


def test_the_next_run_trains_on_words_that_hold_a_blank(store, attached_sentences):
    decisions = store.decisions(attached_sentences.info.fingerprint)
    decide(decisions, Pool(decisions).row_id(0), ((2, 3, "person"),))
    rows = retrain(store, attached_sentences.id)[0].rows()
    row = len(rows) - 1
    assert rows.words(row) == ["I", "love", "New York", "."]
    assert rows.tags(row)[[1, 3]].tolist() == [0, 0] and rows.tags(row)[2] > 0
