"""Runs on corrected rows: its rows, its settings, and what is refused."""

import numpy as np
import pytest

from hamr.errors import DecisionError, SettingError, StoreError
from hamr.jobs.again import Retraining, retrain, retrained
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
    new = retrain(store, run.id)[0]
    assert (new.info.status, new.info.epochs) == ("queued", 6)
    assert new.rows().labels[row] == 4
    assert (np.delete(new.rows().labels, row) == np.delete(run.rows().labels, row)).all()
    np.testing.assert_array_equal(new.rows("validation").labels, run.rows("validation").labels)
    assert retrained(store, run.info)[0].info.id == new.id


def test_validation_rows_keep_their_labels_whatever_was_decided(store, run, decisions):
    validation = run.rows("validation")
    own = run.classes[validation.labels[0]]
    other = next(name for name in run.classes if name != own)
    decide(decisions, validation.ids([0])[0], other)
    decide(decisions, run.rows().ids([0])[0], "quite new", new_class=True)
    new = retrain(store, run.id)[0]
    assert (new.rows("validation").labels == validation.labels).all()
    assert new.classes == (*run.classes, "quite new")


def test_without_a_changed_label_there_is_nothing_to_train_on(store, run, decisions):
    label = run.classes[run.rows().labels[0]]
    decide(decisions, run.rows().ids([0])[0], label)
    with pytest.raises(DecisionError, match="no decision changes a label"):
        retrain(store, run.id)
    assert retrained(store, run.info) == []


def test_the_same_decisions_are_trained_on_once(store, run, decisions):
    decide(decisions, run.rows().ids([0])[0], "class e")
    retrain(store, run.id)
    with pytest.raises(SettingError, match="exists"):
        retrain(store, run.id)


def test_decisions_on_either_run_are_the_same_ones(store, run, decisions):
    row, other = run.rows().ids([0, 1])
    decide(decisions, row, "class e")
    new = retrain(store, run.id)[0]
    assert (new.info.parent, new.info.label_source) == (run.id, run.info.fingerprint)
    decide(store.decisions(new.info.label_source), other, "class d", run=new.id)
    assert set(decisions.corrections().labels) == {row, other}


def test_a_run_on_corrected_rows_is_retrained_on_all_corrections_of_the_original_ones(
    store, run, decisions
):
    row, other = run.rows().ids([0, 1])
    own = run.rows().labels[0]
    first = decide(decisions, row, "class e" if own != 4 else "class d")
    again = retrain(store, run.id)[0]
    decisions.undo(first.act_id, "ada", "turn")
    decide(decisions, other, "quite new", new_class=True)
    last = retrain(store, again.id)[0]
    assert last.rows().labels[0] == own
    assert last.classes[last.rows().labels[1]] == "quite new"
    assert last.info.name == f"{run.info.name}, corrected at {decisions.version}"
    assert retrained(store, again.info)[0].info.id == last.id
    assert retrained(store, run.info)[0].info.id == again.id


def test_the_original_rows_stay_as_long_as_a_run_on_corrected_ones(store, run, decisions):
    decide(decisions, run.rows().ids([0])[0], "class e")
    origin, new = run.info.fingerprint, retrain(store, run.id)[0]
    store.delete_run(run.id)
    assert decisions.rows.original(new.rows().ids([1])[0])
    new.set_status("stopped")
    store.delete_run(new.id)
    assert not (store.home / "datasets" / origin).exists()


def correct(run, decisions):
    """Gives the first training row another label."""
    row = run.rows().ids([0])[0]
    other = next(name for name in run.classes if name != decisions.rows.original(row))
    decide(decisions, row, other)


def test_all_settings_stay_and_so_do_the_epochs(store, run, decisions):
    correct(run, decisions)
    assert retrain(store, run.id)[0].info.settings == run.info.settings


def test_more_seeds_train_both_sides(store, run, decisions):
    correct(run, decisions)
    new = retrain(store, run.id, Retraining(seeds=3))
    assert [one.info.seed for one in new] == [0, 1, 2]
    pairs = retrained(store, run.info)[0].pairs
    assert [(pair.before.seed, pair.after.seed) for pair in pairs] == [(0, 0), (1, 1), (2, 2)]
    assert pairs[0].before.id == run.id
    assert pairs[1].before.fingerprint == run.info.fingerprint
    assert pairs[1].before.settings.training.epochs == run.info.epochs
    assert pairs[1].after.fingerprint == pairs[0].after.fingerprint != run.info.fingerprint
    assert len(store.queue()) == 5


def test_seeds_that_were_trained_before_are_not_trained_again(store, run, decisions):
    other = write_fake_run(store, rows=60, epochs=6, name="other", run_seed=1)
    correct(run, decisions)
    first = retrain(store, run.id)[0]
    new = retrain(store, run.id, Retraining(seeds=3))
    assert new[0].id == first.id and len(store.queue()) == 4
    assert retrained(store, run.info)[0].pairs[1].before.id == other.id


def test_a_quick_check_starts_from_the_weights_of_the_run_and_says_so(store, run, decisions):
    correct(run, decisions)
    info = retrain(store, run.id, Retraining(warm=True))[0].info
    assert (info.settings.start_from, info.epochs) == (run.id, 4)
    assert "quick check" in info.name
    assert retrain(store, run.id)[0].info.settings.start_from is None


def test_a_quick_check_waits_for_the_end_of_the_run(store, run, decisions):
    correct(run, decisions)
    run.set_status("stopped")
    with pytest.raises(StoreError, match="is stopped: wait for its end"):
        retrain(store, run.id, Retraining(warm=True))


def test_validation_rows_get_their_reviewed_labels_when_asked(store, run, decisions):
    correct(run, decisions)
    validation = run.rows("validation")
    other = next(name for name in run.classes if name != run.classes[validation.labels[0]])
    decide(decisions, validation.ids([0])[0], other)
    test = run.rows("test")
    kept = next(name for name in run.classes if name != run.classes[test.labels[0]])
    decide(decisions, test.ids([0])[0], kept)
    new = retrain(store, run.id, Retraining(reviewed_validation=True))[0]
    assert new.classes[new.rows("validation").labels[0]] == other
    assert new.info.settings.validation_labels == "reviewed"
    np.testing.assert_array_equal(new.rows("test").labels, test.labels)


def test_a_run_that_ended_early_is_resumed_instead_of_trained_again(store, run, decisions):
    correct(run, decisions)
    new = retrain(store, run.id)[0]
    new.set_status("stopped")
    assert retrain(store, run.id)[0].id == new.id
    assert new.info.status == "queued"


def test_the_longest_names_stay_names(store, decisions, run):
    store.rename_run(run.id, "n" * 90)
    correct(run, decisions)
    how = Retraining(seeds=3, reviewed_validation=True)
    assert all(len(one.info.name) <= 95 for one in retrain(store, run.id, how))
