"""How predictions of unlabelled rows move over the epochs."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hamr.jobs.pool_history import History, head_chances, vote_entropy, why_none
from hamr.training.heads import MOST_BYTES, evenly, kept_head
from hamr.views.base.pool_history import facts, in_words
from tests.fake_run import fake_epoch, write_fake_run

CLASSES = arrays(np.int16, st.tuples(st.integers(1, 6), st.integers(1, 5)),
                 elements=st.integers(0, 2))  # fmt: skip


def of(*classes):
    """The history of one row that is predicted these classes."""
    chances = np.full(len(classes), 0.5, np.float32)
    return History(tuple(range(1, len(classes) + 1)), np.array(classes, np.int16), chances)


@given(CLASSES)
def test_changes_and_the_last_one_are_those_that_counting_finds(classes):
    epochs = tuple(range(2, 2 * len(classes) + 1, 2))
    found = History(epochs, classes, np.zeros(classes.shape, np.float32))
    for row, own in enumerate(classes.T.tolist()):
        turns = [at for at in range(1, len(own)) if own[at] != own[at - 1]]
        assert found.changes[row] == len(turns)
        assert found.since[row] == epochs[turns[-1] if turns else 0]


@given(CLASSES)
def test_vote_entropy_is_that_of_the_shares_of_the_votes(classes):
    for own, found in zip(classes.T, vote_entropy(classes, 3), strict=True):
        shares = np.unique(own, return_counts=True)[1] / len(own)
        np.testing.assert_allclose(found, -(shares * np.log(shares)).sum(), atol=1e-6)


def test_it_is_said_in_a_sentence(store):
    run = write_fake_run(store, rows=30, epochs=1)
    assert in_words(run, of(0, 0, 0)) == "predicted class a at all of 3 epochs"
    assert in_words(run, of(1, 0, 1, 1)) == (
        "predicted class b since epoch 3; the prediction changed twice over 4 epochs"
    )
    assert "the only one whose model is kept" in in_words(run, of(1))


def test_of_a_single_epoch_the_map_says_nothing():
    assert facts(of(1)) == ()
    since, changes = facts(of(1, 0))
    assert (float(since.values), float(changes.values)) == (2, 1)


def test_a_run_without_heads_says_why_its_rows_have_no_history(store):
    run = write_fake_run(store, rows=30, epochs=2)
    assert "kept no models of its earlier epochs" in why_none(run)
    tuned = write_fake_run(store, rows=30, epochs=1, preset="full")
    assert "fine-tunes its encoder" in why_none(tuned)


def test_heads_are_kept_with_their_epoch_and_read_again(store):
    run = write_fake_run(store, rows=30, epochs=2)
    head = {"upper.bias": np.arange(3, dtype=np.float16)}
    run.write_epoch(replace(fake_epoch(run.dataset(), 3), head=head))
    assert [*run.heads()] == [3] and not why_none(run)
    np.testing.assert_array_equal(run.head(3)["upper.bias"], head["upper.bias"])
    before = run.heads()
    run.write_epoch(replace(fake_epoch(run.dataset(), 3), head={"upper.bias": np.ones(3)}))
    assert run.heads() != before  # so that what the cache has of the old one is not taken


def test_of_a_long_run_some_heads_are_kept_up_to_the_last_one():
    assert [*evenly(5, 9)] == [1, 2, 3, 4, 5]
    assert [*evenly(10, 4)] == [1, 4, 7, 10]
    assert [*evenly(7, 0)] == [7]
    large = {"lower.weight": np.zeros(MOST_BYTES // 4, np.float32)}  # two of them have room
    assert [epoch for epoch in range(1, 5) if kept_head(large, epoch, 4)] == [2, 4]


def test_a_head_computes_two_layers_and_a_softmax():
    random = np.random.default_rng(0)
    shapes = {"lower.weight": (5, 4), "lower.bias": 5, "upper.weight": (3, 5), "upper.bias": 3}
    head = {name: random.normal(size=shape) for name, shape in shapes.items()}
    x = random.normal(size=4)
    hidden = np.maximum(head["lower.weight"] @ x + head["lower.bias"], 0)
    powers = np.exp(head["upper.weight"] @ hidden + head["upper.bias"])
    np.testing.assert_allclose(head_chances(head, x[None])[0], powers / powers.sum(), atol=1e-5)
