"""What a review has left, from the decisions of people, and what a random sample says."""

import numpy as np
import pytest

from hamr.decisions import Decision, new_id, text_hash
from hamr.store import Store
from hamr.views.base.all_rows import AllRows
from hamr.views.relabel.enough import SAMPLE_ROWS, Review, Sample, enough
from tests.fake_run import write_fake_run


@pytest.fixture
def run(tmp_path):
    return write_fake_run(Store.open(tmp_path))


def decide(run, rows, label=None, kind="label"):
    """Give rows one by one another label, by default their own."""
    decisions, known = run.store.decisions(run.info.fingerprint), AllRows.of(run)
    for row in rows:
        split, _ = known.place(int(row))
        own = run.classes[known.labels[row]]
        decisions.record([
            Decision(known.ids[row], split, text_hash(known.texts([row])[0]), kind, "ada",
                     new=(label or own) if kind == "label" else None, act_id=new_id())
        ])  # fmt: skip
    return decisions, known


def review_of(run, decisions, known) -> Review:
    return Review.of(decisions, known, decisions.states())


def wrong_label(run, known, row) -> str:
    return next(name for name in run.classes if name != run.classes[known.labels[row]])


def test_rows_are_reviewed_in_the_order_of_their_first_label(run):
    known = AllRows.of(run)
    decide(run, [7, 3])
    decisions, _ = decide(run, [5], wrong_label(run, known, 5))
    found = review_of(run, decisions, known)
    assert found.rows.tolist() == [7, 3, 5]
    assert found.was_wrong.tolist() == [False, False, True]


def test_a_skipped_or_unsure_row_still_waits(run):
    decide(run, [1], kind="skip")
    decisions, known = decide(run, [2], kind="unsure")
    assert len(review_of(run, decisions, known).rows) == 0


def test_errors_of_all_splits_are_left_and_found(run):
    known = AllRows.of(run)
    last = len(known) - 1
    decisions, _ = decide(run, [last], wrong_label(run, known, last))
    found = enough(run, np.full(len(known), 0.1), review_of(run, decisions, known))
    assert (found.found, found.reviewed, found.row_count) == (1, 1, len(known))
    assert found.left.low <= found.left.expected <= found.left.high < len(known)
    assert not found.may_stop


def test_when_every_row_is_reviewed_one_may_stop(run):
    known = AllRows.of(run)
    every = Review(np.arange(len(known)), np.arange(len(known)) < 3, np.arange(len(known)) + 1)
    found = enough(run, np.full(len(known), 0.5), every)
    assert found.left.high == 0
    assert found.may_stop


def test_a_sample_is_the_same_for_everybody_and_holds_no_reviewed_row(run):
    decisions, known = decide(run, range(10))
    states, version = decisions.states(), decisions.version
    one, other = (Sample.of(known, states, version) for _ in range(2))
    assert one.rows.tolist() == other.rows.tolist()
    assert len(one.rows) == SAMPLE_ROWS
    assert not np.isin(one.rows, np.arange(10)).any()


def test_a_sample_counts_only_up_to_its_first_unreviewed_row(run):
    known = AllRows.of(run)
    sample = Sample(np.array([4, 9, 2]), np.arange(len(known)))
    picked = Review(np.array([4, 2]), np.array([True, True]), np.array([1, 2]))
    count, errors, low, high = sample.errors_left(picked)
    assert (count, errors) == (1, 1)
    assert low <= high <= len(known) - 2
    assert sample.errors_left(Review(np.array([9]), np.array([True]), np.array([1]))) is None


def test_a_sample_holds_the_truth_nineteen_times_in_twenty(run):
    random, held, rows, runs = np.random.default_rng(0), 0, 1000, 300
    for _ in range(runs):
        wrong = random.random(rows) < 0.08
        drawn = random.permutation(rows)[:50]
        review = Review(drawn, wrong[drawn], np.arange(50) + 1)
        _, _, low, high = Sample(drawn, np.arange(rows)).errors_left(review)
        held += low <= wrong.sum() - wrong[drawn].sum() <= high
    assert held / runs >= 0.95
