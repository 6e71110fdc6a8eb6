"""F1 on held-out rows with their labels as given and as reviewed."""

from dataclasses import replace

import numpy as np
import pytest

from hamr.jobs.again import retrain
from hamr.store import Store
from hamr.store.team import Team
from hamr.views.base.reviewed import held_out, predictions
from hamr.views.base.significance import f1_of
from tests.decided import decide
from tests.fake_run import fake_final, write_fake_run, write_fake_token_run


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path)


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=1)


def f1(tally):
    return f1_of(tally.hits.sum(0), tally.sizes.sum(0))[1]


def held(run, *others):
    decisions = run.store.decisions(run.info.label_source)
    return held_out(run.store.dataset(run.info.label_source), decisions, "test", [run, *others])


def test_without_reviews_both_are_the_scores_of_the_run(run):
    found = held(run)
    given, reviewed = (found.tally(run, "test", labels) for labels in ("given", "reviewed"))
    assert found.changed == 0
    np.testing.assert_array_equal(given.sizes, reviewed.sizes)
    assert f1(given) == pytest.approx(run.final().test.macro_f1)


def test_a_reviewed_label_that_the_model_predicts_makes_it_better(run):
    decisions = run.store.decisions(run.info.fingerprint)
    wrong = np.flatnonzero(run.final().test_prediction != run.rows("test").labels)
    for row in wrong.tolist():
        guess = run.classes[run.final().test_prediction[row]]
        decide(decisions, run.rows("test").ids([row])[0], guess)
    found = held(run)
    assert found.changed == len(wrong) > 0
    assert f1(found.tally(run, "test", "reviewed")) == 1
    assert f1(found.tally(run, "test", "given")) == pytest.approx(run.final().test.macro_f1)


def test_a_run_with_a_new_class_is_scored_on_the_same_names(run):
    decisions = run.store.decisions(run.info.fingerprint)
    decide(decisions, run.rows().ids([0])[0], "a new one", new_class=True)
    after = retrain(run.store, run.id)[0]
    after.write_final(fake_final(after.dataset(), best_epoch=1))
    found = held(run, after)
    assert found.names == (*run.classes, "a new one")
    expected = after.final().test.f1[:-1].mean()  # the new class occurs nowhere
    assert f1(found.tally(after, "test", "given")) == pytest.approx(expected)


def test_sentences_are_scored_by_entities(store):
    run = write_fake_token_run(store, rows=60, epochs=1)
    decisions = run.store.decisions(run.info.fingerprint)
    before = held(run).tally(run, "test", "given")
    assert f1(before) == pytest.approx(run.final().test.macro_f1)
    decide(decisions, run.rows("test").ids([0])[0], ((0, 1, run.classes[0]),))
    assert held(run).changed == 1


def test_runs_of_older_versions_have_no_predictions_of_validation_texts(run):
    assert predictions(run, "validation") is not None
    older = replace(fake_final(run.dataset(), best_epoch=1), held_out={})
    run.write_final(older)
    assert predictions(run, "validation") is None
    np.testing.assert_array_equal(predictions(run, "test"), older.test_prediction)


def test_a_renamed_class_makes_no_run_better_or_worse(run):
    decisions = run.store.decisions(run.info.fingerprint)
    Team(decisions).act("rename", run.classes[0], "ada", to="quite another")
    after = retrain(run.store, run.id)[0]
    after.write_final(fake_final(after.dataset(), best_epoch=1))
    found = held(run, after)
    assert found.names[0] == "quite another" and found.changed == 0
    for labels in ("given", "reviewed"):
        for one in (run, after):
            assert f1(found.tally(one, "test", labels)) == pytest.approx(run.final().test.macro_f1)
