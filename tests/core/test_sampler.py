"""Draw probabilities and draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hamr.sampler import by_length, draw, draw_systematically, meta_stream, probabilities, shuffled

hardness = arrays(np.float32, 8, elements=st.floats(0, 8, width=32))
boosts = arrays(np.float32, 8, elements=st.floats(0, 1, width=32))


@given(hardness, boosts, st.floats(0, 3), st.floats(0, 5))
def test_probabilities_are_a_distribution(h, b, tau, strength):
    p = probabilities(h, b, tau=tau, boost_strength=strength)
    assert p.sum() == pytest.approx(1)
    assert (p > 0).all()


@given(hardness, boosts)
def test_a_harder_row_with_no_less_boost_is_no_less_likely(h, b):
    p = probabilities(h, b, tau=0.7, boost_strength=0.7)
    for i in range(8):
        for j in range(8):
            if h[i] >= h[j] and b[i] >= b[j]:
                assert p[i] >= p[j] * (1 - 1e-9)


def test_probabilities_follow_the_formula():
    h, b = np.array([1.0, 4.0], np.float32), np.array([1.0, 0.0], np.float32)
    p = probabilities(h, b, tau=0.5, boost_strength=0.7)
    mass = np.array([(1 + 1e-6) ** 0.5 * 1.7, (4 + 1e-6) ** 0.5])
    assert np.allclose(p, mass / mass.sum())


def test_tau_zero_and_no_boost_is_uniform():
    p = probabilities(np.array([0.0, 9.0], np.float32), np.zeros(2, np.float32),
                      tau=0.0, boost_strength=0.0)  # fmt: skip
    assert p.tolist() == [0.5, 0.5]


def test_rows_that_are_not_drawable_are_never_drawn():
    drawable = np.array([True, False, True])
    p = probabilities(np.ones(3, np.float32), np.zeros(3, np.float32), tau=1.0,
                      boost_strength=0.0, drawable=drawable)  # fmt: skip
    assert 1 not in draw(np.random.default_rng(0), p, 1000)


def test_draws_match_their_expectation():
    p = np.array([0.5, 0.3, 0.2])
    counts = np.bincount(draw(np.random.default_rng(1), p, 30_000), minlength=3)
    deviation = np.abs(counts - 30_000 * p) / np.sqrt(30_000 * p * (1 - p))
    assert (deviation < 4).all()  # standard errors


def test_a_shuffled_epoch_holds_each_drawable_row_once():
    rows = shuffled(np.random.default_rng(0), np.array([0, 2, 3]))
    assert sorted(rows.tolist()) == [0, 2, 3]


@given(st.integers(1, 9), st.integers(0, 40))
def test_the_meta_stream_visits_the_meta_set_evenly(count, length):
    stream = meta_stream(np.random.default_rng(0), count, max(1, length))
    seen = np.bincount(stream, minlength=count)
    assert len(stream) == max(1, length)
    assert seen.max() - seen.min() <= 1


drawn = st.lists(st.integers(0, 30), max_size=120).map(lambda rows: np.array(rows, np.int64))
lengths = arrays(np.int64, 31, elements=st.integers(1, 50))
sizes = st.integers(1, 9)


def ordered(rows, lengths, batch_size, window):
    generator = np.random.default_rng(0)
    return by_length(generator, rows, lengths, batch_size=batch_size, window=window)


@given(drawn, lengths, sizes, sizes)
def test_order_by_length_draws_the_same_rows_as_often(rows, lengths, batch_size, window):
    found = ordered(rows, lengths, batch_size, window)
    assert sorted(found.tolist()) == sorted(rows.tolist())


@given(drawn, lengths, sizes, sizes)
def test_order_by_length_keeps_every_row_within_its_window(rows, lengths, batch_size, window):
    found = ordered(rows, lengths, batch_size, window)
    span = batch_size * window
    for start in range(0, len(rows), span):
        part = slice(start, start + span)
        assert sorted(found[part].tolist()) == sorted(rows[part].tolist())


def padded(rows, lengths, size):
    batches = [lengths[rows[start : start + size]] for start in range(0, len(rows), size)]
    return sum(len(batch) * batch.max() for batch in batches)


@given(drawn, lengths, sizes, sizes)
def test_full_windows_never_pad_more_by_length(rows, lengths, batch_size, window):
    whole = rows[: len(rows) // (batch_size * window) * batch_size * window]
    found = ordered(whole, lengths, batch_size, window)
    assert padded(found, lengths, batch_size) <= padded(whole, lengths, batch_size)


@given(drawn, lengths, sizes)
def test_a_window_of_one_batch_leaves_the_order_as_drawn(rows, lengths, batch_size):
    assert np.array_equal(ordered(rows, lengths, batch_size, 1), rows)


def test_batches_of_a_window_come_in_random_order():
    rows, lengths = np.arange(60), np.arange(60)
    found = ordered(rows, lengths, 2, 30)
    assert not np.array_equal(found, rows)
    assert (found.reshape(-1, 2) @ [-1, 1] == 1).all()  # neighbours in length share a batch


def test_the_shorter_batch_is_not_always_of_the_longest_rows():
    rows, lengths = np.arange(11), np.arange(11)
    last = {
        int(by_length(np.random.default_rng(seed), rows, lengths, batch_size=4, window=3)[-1])
        for seed in range(30)
    }
    assert last == {2, 6, 10}


@given(st.integers(0, 99), st.integers(1, 200), st.integers(1, 30))
def test_systematic_draws_are_the_expected_ones_rounded_up_or_down(seed, count, rows):
    generator = np.random.default_rng(seed)
    p = generator.random(rows) * (generator.random(rows) < 0.7) + 1e-3 * (np.arange(rows) == 0)
    p /= p.sum()
    drawn = draw_systematically(generator, p, count)
    counts = np.bincount(drawn, minlength=rows)
    assert len(drawn) == count
    assert (counts >= np.floor(count * p - 1e-6)).all()
    assert (counts <= np.ceil(count * p + 1e-6)).all()


def test_systematic_draws_have_the_expectation_of_independent_ones():
    p = np.array([0.55, 0.3, 0.15])
    generator = np.random.default_rng(0)
    total = sum(np.bincount(draw_systematically(generator, p, 7), minlength=3) for _ in range(3000))
    assert np.allclose(total / 3000, 7 * p, atol=0.04)


def test_systematic_draws_come_in_random_order():
    drawn = draw_systematically(np.random.default_rng(0), np.full(50, 0.02), 50)
    assert sorted(drawn.tolist()) == list(range(50))
    assert drawn.tolist() != sorted(drawn.tolist())
