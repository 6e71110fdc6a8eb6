"""Aggregates against values worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.views.base.binning import (
    class_means,
    class_quantiles,
    density,
    edges,
    spread,
    whole_edges,
)

NAN = float("nan")


@given(st.integers(1, 1500), st.data())
def test_spread_keeps_first_last_and_the_chosen_epoch(count, data):
    epochs = list(range(1, count + 1))
    keep = data.draw(st.sampled_from(epochs))
    chosen = spread(epochs, keep, limit=20)
    assert {1, count, keep} <= set(chosen)
    assert len(chosen) <= 20
    assert chosen == sorted(set(chosen))


def test_few_epochs_are_all_kept():
    assert spread([1, 2, 5], 2) == [1, 2, 5]


def test_class_means_leave_out_rows_that_were_not_drawn():
    values, labels = np.array([1.0, 3.0, NAN, 4.0, NAN]), np.array([0, 0, 0, 1, 2])
    assert class_means(values, labels, 4).tolist()[:2] == [2.0, 4.0]
    assert np.isnan(class_means(values, labels, 4)[2:]).all()


def test_class_quantiles_are_those_of_each_class_alone():
    values, labels = np.array([0.0, 10.0, 20.0, 7.0, NAN]), np.array([0, 0, 0, 1, 1])
    table = class_quantiles(values, labels, 3, (0.0, 0.5, 1.0))
    assert table[:, 0].tolist() == [0.0, 10.0, 20.0]
    assert table[:, 1].tolist() == [7.0, 7.0, 7.0]
    assert np.isnan(table[:, 2]).all()


def test_density_counts_each_point_in_its_cell():
    x, y = np.array([0.5, 0.5, 1.5]), np.array([0.5, 0.5, 2.5])
    heat = density(x, y, np.array([0, 1, 2]), np.array([0, 1, 2, 3]))
    assert heat.customdata.tolist() == [[2, 0], [0, 0], [0, 1]]
    assert heat.z[0][0] == pytest.approx(np.log10(2), abs=1e-3)
    assert np.isnan(heat.z[1][1])


def test_the_colour_bar_of_a_density_names_its_strongest_colour():
    points = np.zeros(25)
    cells = edges(points, 4)
    ticks = density(points, points, cells, cells).colorbar.ticktext
    assert ticks == ("1", "10", "25")


def test_edges_of_a_constant_have_width():
    assert np.diff(edges(np.array([2.0, 2.0]), 4)).min() > 0


@given(st.lists(st.integers(0, 500), min_size=1), st.integers(1, 60))
def test_whole_edges_hold_every_count_and_put_none_on_an_edge(values, bins):
    bounds = whole_edges(np.array(values), bins)
    assert bounds[0] < 0
    assert bounds[-1] > max(values)
    assert (bounds % 1 == 0.5).all()
