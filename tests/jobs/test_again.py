"""A short run on corrected rows: its rows, its settings, and what is refused."""

import numpy as np
import pytest

from hamr.errors import DecisionError, SettingError
from hamr.jobs.again import retrain, retrained
from tests.decided import decide
from tests.fake_run import write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=6)


@pytest.fixture
def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def test_it_trains_on_the_corrected_rows_and_is_scored_on_the_same_ones(store, run, decisions):
    row = int(np.flatnonzero(run.rows().labels == 0)[0])
    decide(decisions, run.rows().ids([row])[0], "class e")
    new = retrain(store, run.id)
    assert (new.info.status, new.info.epochs) == ("queued", 4)
    assert new.rows().labels[row] == 4
    assert (np.delete(new.rows().labels, row) == np.delete(run.rows().labels, row)).all()
    np.testing.assert_array_equal(new.rows("validation").labels, run.rows("validation").labels)
    assert retrained(store, run.info).id == new.id


def test_validation_rows_keep_their_labels_whatever_was_decided(store, run, decisions):
    validation = run.rows("validation")
    own = run.classes[validation.labels[0]]
    other = next(name for name in run.classes if name != own)
    decide(decisions, validation.ids([0])[0], other)
    decide(decisions, run.rows().ids([0])[0], "quite new", new_class=True)
    new = retrain(store, run.id)
    assert (new.rows("validation").labels == validation.labels).all()
    assert new.classes == (*run.classes, "quite new")


def test_without_a_changed_label_there_is_nothing_to_train_on(store, run, decisions):
    label = run.classes[run.rows().labels[0]]
    decide(decisions, run.rows().ids([0])[0], label)
    with pytest.raises(DecisionError, match="no decision changes a label"):
        retrain(store, run.id)
    assert retrained(store, run.info) is None


def test_the_same_decisions_are_trained_on_once(store, run, decisions):
    decide(decisions, run.rows().ids([0])[0], "class e")
    retrain(store, run.id)
    with pytest.raises(SettingError, match="exists"):
        retrain(store, run.id)
