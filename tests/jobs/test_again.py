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


def test_decisions_on_either_run_are_the_same_ones(store, run, decisions):
    row, other = run.rows().ids([0, 1])
    decide(decisions, row, "class e")
    new = retrain(store, run.id)
    assert (new.info.parent, new.info.label_source) == (run.id, run.info.fingerprint)
    decide(store.decisions(new.info.label_source), other, "class d", run=new.id)
    assert set(decisions.corrections().labels) == {row, other}


def test_a_run_on_corrected_rows_is_retrained_on_all_corrections_of_the_original_ones(
    store, run, decisions
):
    row, other = run.rows().ids([0, 1])
    own = run.rows().labels[0]
    first = decide(decisions, row, "class e" if own != 4 else "class d")
    again = retrain(store, run.id)
    decisions.undo(first.act_id, "ada", "turn")
    decide(decisions, other, "quite new", new_class=True)
    last = retrain(store, again.id)
    assert last.rows().labels[0] == own
    assert last.classes[last.rows().labels[1]] == "quite new"
    assert last.info.name == f"{run.info.name}, corrected at {decisions.version}"
    assert retrained(store, again.info).id == last.id
    assert retrained(store, run.info).id == again.id


def test_the_original_rows_stay_as_long_as_a_run_on_corrected_ones(store, run, decisions):
    decide(decisions, run.rows().ids([0])[0], "class e")
    origin, new = run.info.fingerprint, retrain(store, run.id)
    store.delete_run(run.id)
    assert decisions.rows.original(new.rows().ids([1])[0])
    new.set_status("stopped")
    store.delete_run(new.id)
    assert not (store.home / "datasets" / origin).exists()
