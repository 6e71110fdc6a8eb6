"""The verified rows of a run: which they are, and that a resumed run has the same ones."""

import pytest

from hamr.config import RunSettings, TrainingSettings
from hamr.jobs import train_now
from hamr.jobs.again import retrain
from hamr.jobs.verified import REVIEWED, reviewed_ids
from hamr.jobs.worker import resume_now
from tests.decided import decide
from tests.fake_run import fake_dataset, write_fake_run

DATA = fake_dataset(60, 3)


@pytest.fixture
def known(store):
    """The decisions on the rows of DATA."""
    run = write_fake_run(store, dataset=DATA, epochs=1, name="before")
    return store.decisions(run.info.label_source)


def label(row):
    return DATA.classes[DATA.train.labels[row]]


def accept(known, *rows):
    for row in rows:
        decide(known, DATA.train.ids[row], label(row))


def begun(store, **training):
    """A run that was begun, and what training got."""
    got = []

    def train(dataset, settings, **options):
        got.append((settings, options))
        return iter(())

    own = TrainingSettings(epochs=1, meta_set="verified", **training)
    how = {"train": train, "load": lambda data: DATA, "stop": lambda: True}
    return train_now(store, RunSettings(training=own), **how), got, train


def test_accepted_rows_are_verified_and_those_with_another_label_are_not(store, known):
    accept(known, 0, 1)
    other = next(name for name in DATA.classes if name != label(2))
    decide(known, DATA.train.ids[2], other)
    run, got, _ = begun(store)
    assert got[0][1]["chosen"].verified.nonzero()[0].tolist() == [0, 1]
    said = [event["message"] for event in run.events()[0] if event.get("kind") == "log"]
    assert any("1 reviewed row is not in the meta set: another label" in line for line in said)
    assert any("needs 5 verified rows of each class" in line for line in said)


def test_rows_in_conflict_or_skipped_are_not_verified(store, known):
    accept(known, 0)
    other = next(name for name in DATA.classes if name != label(0))
    decide(known, DATA.train.ids[0], other, "bob", base=0)
    decide(known, DATA.train.ids[1], kind="skip")
    _, got, _ = begun(store)
    assert not got[0][1]["chosen"].verified.any()


def test_what_is_reviewed_later_does_not_change_a_resumed_run(store, known):
    accept(known, 0, 1)
    run, got, train = begun(store)
    accept(known, 2)
    key = run.info.settings.training.verified_rows
    assert store.row_sets.get(key).name == REVIEWED
    resume_now(store, run.id, train=train, stop=lambda: True)
    assert store.row_sets.get(run.info.settings.training.verified_rows).ids == tuple(
        sorted(DATA.train.ids[:2])
    )
    assert [one[1]["chosen"].verified.sum() for one in got] == [2] * len(got)


def test_a_run_on_current_labels_has_all_rows_reviewed_by_then(store, known):
    accept(known, 0, 1)
    run, _, _ = begun(store)
    other = next(name for name in DATA.classes if name != label(2))
    decide(known, DATA.train.ids[2], other)
    new = retrain(store, run.id)[0]
    accept(known, 3)
    assert new.info.settings.training.verified_rows == ""
    found, differ = reviewed_ids(new, new.dataset())
    assert (found, differ) == (list(DATA.train.ids[:3]), 0)


def test_ids_of_ones_own_are_used_as_they_are(store, known):
    key = store.row_sets.keep("gold", DATA.train.ids[5:9])
    _, got, _ = begun(store, verified_rows=key)
    assert got[0][1]["chosen"].verified.nonzero()[0].tolist() == [5, 6, 7, 8]
