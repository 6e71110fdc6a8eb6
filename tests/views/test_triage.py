"""A run's records, as label-error detection reads them."""

from dataclasses import replace

import numpy as np
import pytest

from hamr.errors import DamagedError, StoreError
from hamr.records import SPLITS
from hamr.store import Store
from hamr.triage import (
    evidence_sentences,
    find_issues,
    find_sentence_issues,
    neighbour_evidence,
)
from hamr.views.base.all_rows import AllRows
from hamr.views.base.issue_signals import run_signals, tag_statistics, word_signals
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run, write_fake_token_run

ROWS = 60


@pytest.fixture
def run(tmp_path):
    return write_fake_run(Store.open(tmp_path), rows=ROWS, epochs=3)


def without(record, *names):
    """The epoch as an older version wrote it."""
    signals, arrays = (
        {name: values for name, values in of.items() if name not in names}
        for of in (record.signals, record.arrays)
    )
    return replace(record, signals=signals, arrays=arrays)


def around(run, labels):
    random = np.random.default_rng(0)
    near = np.stack([random.permutation(ROWS)[:8] for _ in range(ROWS)]).astype(np.int32)
    similar = -np.sort(-random.uniform(0.2, 0.9, near.shape), axis=1).astype(np.float32)
    vectors = random.normal(size=(ROWS, 5)).astype(np.float32)
    return neighbour_evidence(vectors, np.asarray(labels), near, similar, len(run.classes))


def test_all_epochs_up_to_the_one_asked_for_are_read(run):
    found = run_signals(run, 2)
    assert found.loss.shape == found.hardness.shape == (2, ROWS)
    np.testing.assert_array_equal(found.loss[1], run.signal("loss", 2))
    np.testing.assert_array_equal(found.margin[1], run.signal("margin", 2))
    np.testing.assert_array_equal(found.top_classes, run.array("top_classes", 2))


def test_a_run_after_its_first_epoch_is_judged(run):
    judged = find_issues(around(run, run.rows().labels), run_signals(run, 1))
    assert sum(judged.counts.values()) == ROWS


def test_an_older_run_is_judged_by_its_predictions(run):
    older = fake_epoch(fake_dataset(ROWS), 1)
    run.write_epoch(without(older, "margin", "top_classes", "top_probabilities"))
    found = run_signals(run, 1)
    assert found.margin is None
    np.testing.assert_array_equal(found.top_classes[:, 0], run.signal("prediction", 1))
    assert ((found.top_probabilities >= 0) & (found.top_probabilities <= 1)).all()
    judged = find_issues(around(run, run.rows().labels), found)
    assert not [one for one in evidence_sentences(judged, 0, run.classes) if "margin" in one]


def test_a_damaged_signal_is_not_taken_for_one_that_was_never_there(run):
    path = run.folder / "epochs" / "000002" / "margin.npy"
    path.write_bytes(path.read_bytes()[:-4] + b"bad!")
    with pytest.raises(DamagedError):
        run_signals(run, 2)


def test_an_epoch_that_is_not_there_is_said(run):
    with pytest.raises(StoreError, match="no epoch 9"):
        run_signals(run, 9)


def test_tagged_sentences_are_refused_in_one_sentence(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path), epochs=1)
    with pytest.raises(StoreError, match="texts with a class"):
        run_signals(run, 1)


@pytest.fixture
def token_run(tmp_path):
    return write_fake_token_run(Store.open(tmp_path / "token"), rows=ROWS, epochs=3)


def test_words_are_read_over_all_epochs_up_to_the_one_asked_for(token_run):
    found = word_signals(token_run, 2)
    words = int(token_run.rows().word_starts[-1])
    assert found.loss.shape == found.prediction.shape == found.probability.shape == (2, words)
    np.testing.assert_array_equal(found.prediction[1], token_run.signal("word_prediction", 2))
    assert found.hardness.shape == found.row_loss.shape == (2, ROWS)


def test_words_of_every_split_are_judged_and_those_of_test_are_not_asked(token_run):
    found = tag_statistics(token_run)
    train, validation, test = (token_run.rows(split) for split in SPLITS)
    assert found.trained_words == train.word_starts[-1]
    assert found.giving == train.word_starts[-1] + validation.word_starts[-1]
    tags = np.concatenate([table.all_tags for table in (train, validation, test)])
    np.testing.assert_array_equal(found.own, tags)
    assert len(found.log_p) == len(tags)


def test_sentences_are_judged_after_their_first_epoch(token_run):
    judged = find_sentence_issues(tag_statistics(token_run), word_signals(token_run, 1))
    assert sum(judged.counts.values()) == len(AllRows.of(token_run))


def test_texts_are_refused_where_sentences_are_judged(run):
    for ask in (tag_statistics, lambda run: word_signals(run, 1)):
        with pytest.raises(StoreError, match="tagged sentences"):
            ask(run)


def test_an_epoch_of_words_that_is_not_there_is_said(token_run):
    with pytest.raises(StoreError, match="no epoch 9"):
        word_signals(token_run, 9)
