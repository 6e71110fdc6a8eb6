"""How far texts lie from the training rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hamr.inference.distance import NEAREST, TrainingRows


def unit(count: int, seed: int, width: int = 16, near: np.ndarray | None = None) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, width)) + (0 if near is None else near)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_the_distance_is_that_to_the_fifth_nearest_row():
    training, asked = unit(60, 0), unit(7, 1)
    slow = np.sort(1 - asked @ training.T, axis=1)[:, NEAREST - 1]
    np.testing.assert_allclose(TrainingRows(training, unit(9, 2)).distances(asked).distance, slow,
                               atol=1e-5)  # fmt: skip


@given(st.integers(0, 1000), st.sampled_from([30, 99, 400]), st.sampled_from([0.01, 0.05, 0.2]))
def test_of_the_held_out_rows_themselves_no_larger_share_than_stated_is_flagged(seed, count, rate):
    held_out = unit(count, seed)
    rows = TrainingRows(unit(40, seed + 1), held_out, rate)
    assert rows.distances(held_out).unlike.mean() <= rows.false_alarm_rate


def test_new_rows_like_the_held_out_ones_are_flagged_as_often_as_stated():
    centre = np.full(16, 1.0)
    shares = []
    for seed in range(30):
        rows = TrainingRows(unit(200, 3 * seed, near=centre), unit(199, 3 * seed + 1, near=centre),
                            0.05)  # fmt: skip
        shares.append(rows.distances(unit(200, 3 * seed + 2, near=centre)).unlike.mean())
    assert 0.03 < np.mean(shares) < 0.07


def test_a_text_that_points_elsewhere_is_unlike_anything_seen():
    centre = np.zeros(16)
    centre[0] = 5
    rows = TrainingRows(unit(200, 0, near=centre), unit(150, 1, near=centre))
    found = rows.distances(np.concatenate([unit(3, 2, near=centre), unit(3, 3, near=-centre)]))
    assert found.unlike.tolist() == [False] * 3 + [True] * 3
    assert (found.rank[3:] == 1).all() and (found.distance[3:] > rows.threshold).all()


def test_few_held_out_rows_give_a_higher_rate_of_false_alarms():
    rows = TrainingRows(unit(50, 0), unit(19, 1))
    assert rows.false_alarm_rate == 0.05


def test_without_held_out_rows_nothing_is_flagged():
    found = TrainingRows(unit(3, 0), np.empty((0, 16), np.float32)).distances(unit(4, 1))
    assert not found.unlike.any() and (found.nearest[:, 3:] == -1).all()
