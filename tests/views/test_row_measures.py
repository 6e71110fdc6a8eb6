"""The measures of difficulty of a run, and how they are compared."""

import numpy as np
import pytest

from hamr.store import Store
from hamr.views.base import rowtable
from hamr.views.base.row_measures import correlations, lacking, percentile_of, row_measures
from hamr.views.base.rowtable import RowFilter
from hamr.views.hardness.measures import correlation_table, far_apart, rank_scatter
from hamr.views.neighbourhoods.row_values import row_values
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.views.small_run import SmallRun


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_run(Store.open(tmp_path_factory.mktemp("home")), rows=80)


def small(**signals) -> SmallRun:
    given = {
        "loss": {1: [1.0, 2, 3], 2: [3.0, 2, 5]},
        "label_probability": {1: [0.2, 0.5, 0.1], 2: [0.4, 0.5, 0.3]},
        "prediction": {1: [0, 0, 2], 2: [1, 0, 2]},
        "hardness": {1: [1.0] * 3, 2: [1.0, 2, 3]},
        "margin": {1: [1.0, -1, 0], 2: [3.0, -3, 0]},
    }
    return SmallRun(labels=[0, 0, 1], signals={**given, **signals})


def test_the_measures_are_over_the_epochs_up_to_the_one_shown():
    found = row_measures(small(), 2)
    assert found["mean_loss"].tolist() == [2, 2, 4]
    assert found["aum"].tolist() == [2, -2, 0]
    assert found["forgetting"].tolist() == [1, 0, 2]  # the last was right in no epoch
    assert found["confidence"] == pytest.approx([0.3, 0.5, 0.2])
    assert found["variability"] == pytest.approx([0.1, 0, 0.1])
    assert row_measures(small(), 1)["mean_loss"].tolist() == [1, 2, 3]


def test_hardness_that_is_equal_for_all_is_left_out():
    assert "hardness" not in row_measures(small(), 1)


def test_after_one_epoch_the_page_says_that_nothing_varies_yet():
    assert lacking(row_measures(small(), 1), 1) == [
        "After one epoch no row varies, and none is forgotten."
    ]
    assert lacking(row_measures(small(), 2), 2) == []


def test_the_hardest_row_has_the_highest_percentile_by_every_measure():
    found = row_measures(small(), 2)
    assert (
        percentile_of(found, "hardness").argmax()
        == percentile_of(found, "confidence").argmax()
        == 2
    )
    assert percentile_of(found, "aum").argmax() == 1


def test_a_measure_correlates_fully_with_itself_and_alike_both_ways(run):
    table = correlations(row_measures(run, 3))
    np.testing.assert_allclose(np.diag(table), 1)
    np.testing.assert_allclose(table, table.T)
    assert [*correlation_table(run, 3)["measure"]] == [*correlation_table(run, 3).columns[1:]]


def test_rows_far_apart_have_the_widest_gap_first(run):
    table = far_apart(run, 3, "hardness", "aum")
    gap = table["AUM percentile"] - table["hardness percentile"]
    assert table["difference"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(gap, table["difference"], atol=0.11)


def test_few_rows_are_points_and_many_are_counted_in_cells(run, monkeypatch):
    points = rank_scatter(run, 3, "hardness", "mean_loss").data[0]
    assert len(points.x) == 80
    monkeypatch.setattr("hamr.views.hardness.measures.MOST_POINTS", 79)
    cells = rank_scatter(run, 3, "hardness", "mean_loss").data[0]
    assert cells.customdata.sum() == 80


def test_the_table_sorts_by_every_measure_and_has_it_in_a_column(run):
    frame = rowtable.with_difficulty(run, 3)
    order = rowtable.matching(run, frame, RowFilter(), "lowest AUM first")
    aum = row_measures(run, 3)["aum"]
    assert order.tolist() == np.argsort(aum, kind="stable").tolist()
    table = rowtable.table(run, frame, order[:5])
    assert table["AUM"].tolist() == aum[order[:5]].tolist()
    assert {"mean loss", "forgetting", "confidence", "variability"} <= {*table.columns}
    assert "AUM" not in rowtable.table(run, rowtable.measures(run, 3), [0])


def test_a_run_of_an_older_version_has_no_aum_and_no_order_by_it(run, monkeypatch):
    monkeypatch.setattr("hamr.views.base.row_measures._margin", lambda run, epoch: None)
    found = row_measures(run, 2)  # another epoch than the tests that keep AUM in memory
    assert "aum" not in found
    assert "older version" in lacking(found, 2)[0]
    assert "lowest AUM first" not in rowtable.sorts(rowtable.with_difficulty(run, 2))
    assert np.isnan(row_values(run, 2, "AUM")).all()


def test_a_sentence_is_forgotten_where_an_entity_gets_wrong(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path), rows=40)
    right = np.stack([run.signal("errors", epoch) == 0 for epoch in (1, 2, 3)])
    forgotten = (right[:-1] & ~right[1:]).sum(0)
    wanted = np.where(right.any(0), forgotten, 3)
    assert row_measures(run, 3)["forgetting"].tolist() == wanted.tolist()
