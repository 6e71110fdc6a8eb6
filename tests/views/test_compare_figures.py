"""The charts of scores: dots with intervals, and the heat table."""

import numpy as np
import pytest

from hamr.views.compare import figures as compare_figures
from hamr.views.compare.scores import Scores


@pytest.fixture
def scores() -> Scores:
    """Two configurations, the second with one seed; the rare class has a wide interval."""
    mean = np.array([[0.6, 0.2, 1.0], [0.5, 0.3, 0.7]])
    return Scores(
        "test", "class", "rows", ("<b>rare</b>", "large"), (3, 90), 40, ("HAMR", "ERM"),
        ((1, 2), (1,)), mean, mean - 0.25, mean + 0.25,
    )  # fmt: skip


def test_intervals_stay_within_the_scores_there_are(scores):
    over_seeds, over_rows = compare_figures.dots(scores, 2).data
    assert over_seeds.customdata.tolist() == [[0.75, 1.0]]
    assert over_rows.error_x.array.tolist() == pytest.approx([0.25])


def test_configurations_with_one_seed_have_another_mark(scores):
    marks = [trace.marker.symbol for trace in compare_figures.dots(scores).data]
    assert marks == ["circle", "diamond"]


def test_the_best_of_each_class_is_bold_and_names_are_no_markup(scores):
    fig = compare_figures.heat(scores)
    written = [text for trace in fig.data[1:] for text in trace.text]
    assert sorted(written) == ["0.200", "0.700", "<b>0.300</b>", "<b>1.000</b>"]
    assert "<b>" not in "".join(fig.data[0].y)
