"""Scores by the number of labels given to unlabelled rows, and the rule that says when to stop."""

import pytest

from hamr.jobs.again import retrain
from hamr.jobs.pool import attach_texts
from hamr.store import Store
from hamr.store.pools import Pool
from hamr.views.relabel.learning import Point, agreement, curve, points, when_to_stop
from tests.decided import decide
from tests.fake_run import write_fake_run


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path / "home")


def point(labels, predictions):
    return Point(f"run {labels}", labels, labels / 1000, 0.1, tuple(predictions))


def test_a_run_is_a_point_with_as_many_labels_as_rows_it_added(store):
    run = write_fake_run(store, rows=60, epochs=2)
    decisions = store.decisions(run.info.fingerprint)
    attach_texts(store, run.info, ["one", "two"], "ada", "Try")
    decide(decisions, Pool(decisions).row_id(0), "class a")
    again = retrain(store, run.id)[0]
    (own,) = points(store, run)  # the other one has not ended
    assert (own.labels, own.name) == (0, run.info.name)
    assert again.info.train_rows == 61


def test_the_figure_has_a_mark_for_each_number_of_labels(store):
    fig = curve([point(0, "ab"), point(100, "ab"), point(100, "bb")])
    assert [*fig.data[0].x] == [0, 100]
    assert fig.data[0].y[1] == pytest.approx(10.0)


def test_models_that_agree_three_times_in_a_row_say_stop():
    found = [point(labels, "abab") for labels in (0, 100, 200, 300)]
    assert agreement(found) == [1.0, 1.0, 1.0]
    assert when_to_stop(found).startswith("You can stop")
    assert when_to_stop(found[:3]).startswith("Go on")


def test_models_that_differ_say_go_on():
    found = [point(0, "abab"), point(100, "abab"), point(200, "abab"), point(300, "abba")]
    assert when_to_stop(found).startswith("Go on")


def test_one_run_says_how_the_curve_begins():
    assert "begins with the next run" in when_to_stop([point(0, "ab")])
