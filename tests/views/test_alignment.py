"""Alignment figures on a run of five rows, against values worked out by hand."""

import numpy as np

from hamr.views.base import alignment
from tests.views.small_run import SmallRun


def small() -> SmallRun:
    return SmallRun(
        labels=[0, 0, 1, 1, 1],
        settings={"hard_share": 0.4},
        signals={
            "hardness": {1: [1.0] * 5, 2: [0.8, 0.9, 1.0, 1.1, 1.2]},
            "alignment": {1: [0.0] * 5, 2: [0.1, 0.3, 0.0, 0.5, -0.4]},
        },
    )


def test_hard_rows_are_counted_by_whether_they_help():
    assert alignment.hard_rows(small(), 2) == (1, 1)


def test_every_row_is_in_the_density_over_hardness_and_alignment():
    fig = alignment.against_hardness(small(), 2, bins=4)
    assert int(np.sum(fig.data[0].customdata)) == 5
    assert "rank correlation" in fig.layout.title.text


def test_without_an_order_no_correlation_is_told():
    assert "correlation" not in alignment.against_hardness(small(), 1).layout.title.text


def test_lines_are_the_means_of_the_classes():
    fig = alignment.by_class(small(), 2, [1])
    lines = {trace.name: list(trace.y) for trace in fig.data}
    assert np.allclose(lines["a"], [0.0, 0.2])
    assert np.allclose(lines["b"], [0.0, 0.0333], atol=1e-3)
