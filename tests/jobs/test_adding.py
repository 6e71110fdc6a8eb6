"""A typed text with a label: a row of the data, and a training row of the next run."""

import csv
import json

import pytest

from hamr.errors import DecisionError
from hamr.exports.added import text as exported
from hamr.jobs.adding import add_text, take_back
from hamr.jobs.again import retrain
from hamr.store.pools import Pool, added_rows
from tests.fake_run import write_fake_run, write_fake_token_run

SHOWN = {"epoch": 2, "evidence": {"prediction": "class b", "probability": 0.7}}


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=2)


def add(run, text="typed text", label="class a", annotator="ada"):
    return add_text(run.store, run.info, text, label, annotator, **SHOWN)


def test_the_next_run_trains_on_the_text_with_its_label(store, run):
    added = add(run)
    new = retrain(store, run.id)[0]
    assert len(new.rows()) == 61
    assert new.rows().ids([60]) == [added.row_id]
    assert new.rows().texts([60]) == ["typed text"]
    assert new.classes[new.rows().labels[60]] == "class a"


def test_who_added_it_where_and_what_was_shown_is_stored(run):
    added = add(run)
    decisions = run.store.decisions(run.info.fingerprint)
    (row,) = added_rows(decisions, {added.row_id: "class a"})
    (event,) = [e for e in decisions.events() if e.row_id == added.row_id]
    assert (row.source, row.text) == ("Try", "typed text")
    assert (event.annotator, event.run, event.epoch) == ("ada", run.id, 2)
    assert event.evidence == SHOWN["evidence"]


def test_a_label_that_is_taken_back_is_not_trained_on_and_can_be_given_again(store, run):
    take_back(store, run.info, add(run), "ada")
    with pytest.raises(DecisionError, match="no decision changes a label"):
        retrain(store, run.id)
    added = add(run, label="class b")
    assert added.row_id == Pool(store.decisions(run.info.fingerprint)).row_id(0)
    assert len(retrain(store, run.id)[0].rows()) == 61


@pytest.mark.parametrize(
    ("text", "sentence"), [("  TYPED text ", "was added before, and has a label"), ("", "without")]
)
def test_a_text_that_was_added_or_is_empty_is_a_sentence(run, text, sentence):
    add(run)
    with pytest.raises(DecisionError, match=sentence):
        add(run, text)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_text_of_the_data_is_not_added_again(run, split):
    with pytest.raises(DecisionError, match="whose text the data has"):
        add(run, run.rows(split).texts([0])[0])


def test_a_class_that_the_data_lacks_is_a_sentence_and_attaches_nothing(run):
    with pytest.raises(DecisionError, match="no class 'class z'"):
        add(run, label="class z")
    assert not len(Pool(run.store.decisions(run.info.fingerprint)))


@pytest.fixture
def sentences(store):
    return write_fake_token_run(store, rows=30, epochs=1)


def test_the_next_run_trains_on_a_sentence_with_its_entities(store, sentences):
    kind = sentences.info.scored[0]
    added = add(sentences, "the  Russian Bear sleeps", ((1, 3, kind), (3, 4, "mood")))
    rows = retrain(store, sentences.id)[0].rows()
    (row,) = [at for at in range(len(rows)) if rows.ids([at]) == [added.row_id]]
    assert rows.words(row) == ["the", "Russian", "Bear", "sleeps"]
    mood = 1 + 2 * len(sentences.info.scored)
    assert rows.tags(row).tolist() == [0, 1, 2, mood]


def test_a_sentence_without_entities_is_a_training_row_too(store, sentences):
    add(sentences, "nothing here", ())
    assert retrain(store, sentences.id)[0].rows().tags(30).tolist() == [0, 0]


def test_sentences_leave_with_their_entities(store, sentences):
    kind = sentences.info.scored[0]
    add(sentences, "the Russian Bear", ((1, 3, kind),))
    decisions = store.decisions(sentences.info.label_source)
    (line,) = list(csv.DictReader(exported(decisions, decisions.corrections()).splitlines()))
    assert json.loads(line["label"]) == [[1, 3, kind]]
    assert (line["text"], line["source"]) == ("the Russian Bear", "Try")


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        (((1, 9, "place"),), "does not fit the sentence, which has 2 words"),
        ("place", "give a list of"),
        (((0, 2, "a b"),), "without blanks"),
        (((0, 2, "place"), (1, 2, "place")), "overlaps the one before"),
    ],
)
def test_entities_that_do_not_fit_are_a_sentence(sentences, label, sentence):
    with pytest.raises(DecisionError, match=sentence):
        add(sentences, "two words", label)
