"""Hardness figures, the support of hard rows, and the row table, on a run of six rows."""

import numpy as np
import pytest

from hamr.views.base import hard_rows, recency, rowtable
from hamr.views.base.recency import FEW_VISITS, JUST_DRAWN, NOT_HARD, SUPPORTED
from hamr.views.base.rowtable import RowFilter
from hamr.views.hardness import distribution as hardness
from hamr.views.hardness import recency as figures
from hamr.views.hardness.trajectories import trajectories
from tests.views.small_run import SmallRun

NAN = float("nan")


@pytest.fixture
def run() -> SmallRun:
    signals = {
        "hardness": {1: [1.0] * 6, 2: [2.0, 0.5, 1.0, 3.0, 1.0, 0.2]},
        "loss": {1: [1.0] * 6, 2: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]},
        "post": {1: [NAN] * 6, 2: [3.0, NAN, 1.0, 4.0, NAN, NAN]},
        "post_last": {1: [NAN] * 6, 2: [3.0, NAN, 1.0, 4.0, NAN, NAN]},
        "label_probability": {1: [0.5] * 6, 2: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]},
        "alignment": {1: [0.0] * 6, 2: [0.1, -0.1, 0, 0, 0, 0]},
        "prediction": {1: [0] * 6, 2: [0, 0, 1, 0, 2, 2]},
        "boost": {1: [0.0] * 6, 2: [0.0] * 6},
        "visits": {1: [0] * 6, 2: [9, 3, 8, 20, 0, 0]},
        "draws": {1: [0] * 6, 2: [1, 0, 1, 1, 0, 0]},
        "last_step": {1: [-1] * 6, 2: [40, 10, 39, 40, -1, -1]},
    }
    return SmallRun(
        labels=[0, 0, 1, 1, 1, 2],
        signals=signals,
        step={1: 20, 2: 40},
        settings={"hard_share": 0.34, "gamma": 0.9},
        texts=["red fox", "red hen", "fox den", "<b>bold</b>", "owl", "crow"],
    )


def test_hard_rows_are_the_top_share_and_ties_go_to_earlier_rows():
    values = np.array([1.0, 2.0, 1.0, 1.0])
    assert hard_rows.hard_rows(values, 0.5).tolist() == [True, True, False, False]


@pytest.mark.parametrize("count", [1, 3, 40, 99, 100, 200])
@pytest.mark.parametrize("missing", [0, 5])
def test_the_highest_are_the_first_of_all_in_order(count, missing):
    values = np.random.default_rng(count).integers(0, 9, 100).astype(np.float32)  # many ties
    values[:missing] = np.nan
    wanted = np.argsort(-values, kind="stable")[:count]
    assert hard_rows.highest(values, count).tolist() == wanted.tolist()


def test_summary_names_the_class_with_the_highest_median(run):
    facts = hardness.summary(run, 2)
    assert facts["hardest_class"] == "a"  # medians 1.25, 1.0, 0.2
    assert facts["hardest_median"] == pytest.approx(1.25)
    assert facts["threshold"] == 2.0
    assert facts["never_drawn"] == 2


def test_equal_hardness_is_flat(run):
    assert hard_rows.is_flat(run, 1)
    assert not hard_rows.is_flat(run, 2)


def test_the_median_line_runs_through_the_medians(run):
    median = hardness.over_epochs(run, 2).data[-1]
    assert list(median.x) == [1, 2]
    assert list(median.y) == [1.0, 1.0]


def test_the_histogram_counts_every_row_once(run):
    bars, outline = hardness.histogram(run, 2).data
    assert sum(bars.y) == 6
    assert sum(outline.y) == 6


def test_boxes_stand_with_the_hardest_class_on_top(run):
    boxes = hardness.by_class(run, 2).data[0]
    assert list(boxes.y) == ["c (1)", "b (3)", "a (2)"]  # the last is drawn on top
    assert list(boxes.median) == [0.2, 1.0, 1.25]


def test_a_path_has_a_gap_where_the_row_was_not_drawn(run):
    fig = trajectories(run, [0, 1], 2)
    weights = [t for t in fig.data if t.xaxis == "x3"]
    assert np.isnan(weights[0].y[0])
    assert weights[0].y[1] == 3.0
    assert np.isnan(weights[1].y).all()


def test_at_most_eight_paths_are_drawn(run):
    fig = trajectories(run, [0] * 12, 2)
    assert sum(t.showlegend is True for t in fig.data) == 8


def test_row_texts_are_no_markup(run):
    fig = trajectories(run, [3], 2)
    assert fig.data[0].text[0] == "&lt;b&gt;bold&lt;/b&gt;"


def test_steps_since_counts_from_the_end_of_the_epoch(run):
    assert recency.steps_since(run, 2)[:4].tolist() == [0, 30, 1, 0]
    assert np.isnan(recency.steps_since(run, 2)[4:]).all()


def test_the_rule_parts_hard_rows_in_three():
    # gamma 0.5, hard from 2.0 on. Row 0: before its last visit 2 * 2.0 - 3.5 = 0.5, so it is
    # lifted by it. Row 1: 2 * 3.0 - 3.0 = 3.0 stays hard. Row 2 has the start value only.
    found = recency.classify(
        hardness=np.array([2.0, 3.0, 2.5, 1.0]),
        last_weight=np.array([3.5, 3.0, NAN, 9.0]),
        visits=np.array([5, 5, 0, 5]),
        gamma=0.5,
        hard_share=0.75,
    )
    assert found.tolist() == [JUST_DRAWN, SUPPORTED, FEW_VISITS, NOT_HARD]


def test_a_hard_row_that_was_not_drawn_lately_is_supported():
    found = recency.classify(np.array([3.0, 1.0]), np.array([NAN, NAN]), np.array([9, 9]), 0.9, 0.5)
    assert found.tolist() == [SUPPORTED, NOT_HARD]


def test_a_visit_of_an_earlier_epoch_is_not_just_drawn(run):
    run.signals["visits"][2] = [20] * 6
    run.signals["post_last"][2] = [9.0] * 6  # kept from the last visit, whenever it was
    run.signals["draws"][2] = [1, 0, 0, 0, 0, 0]
    assert recency.support(run, 2).tolist() == [JUST_DRAWN, 0, 0, SUPPORTED, 0, 0]


def test_without_learned_weights_the_fixed_curve_stands_in(run):
    run.settings["method"] = "hamr-plus-no-meta-weights"
    run.signals["visits"][2] = [20] * 6
    run.signals["z_last"] = {2: [5.0, 0, 0, -5.0, 0, 0]}  # weights 2 * sigmoid(z): 1.99, 0.01
    run.signals["hardness"][2] = [1.5, 0.5, 1.0, 1.6, 1.0, 0.2]
    # before the last visit: (1.5 - 0.199) / 0.9 = 1.45 < 1.5, and (1.6 - 0.001) / 0.9 = 1.78
    found = recency.support(run, 2)
    assert (found[0], found[3]) == (JUST_DRAWN, SUPPORTED)


def test_no_row_is_hard_where_all_are_alike(run):
    run.signals["z_last"] = {1: [0.0] * 6}
    assert not recency.support(run, 1).any()


def test_without_memory_hardness_is_the_last_visit():
    found = recency.classify(np.array([3.0, 1.0]), np.array([3.0, 1.0]), np.array([9, 9]), 0.0, 0.5)
    assert found.tolist() == [JUST_DRAWN, NOT_HARD]


def test_visits_needed_is_where_half_of_the_start_is_gone():
    needed = recency.visits_needed(0.9)
    assert 0.9**needed <= 0.5 < 0.9 ** (needed - 1)


def test_the_kinds_of_support_add_up_to_the_rows(run):
    counts = figures.support_counts(run, 2)
    assert sum(counts.values()) == 6
    assert counts["not hard"] == 4
    bars = figures.support_by_class(run, 2).data
    assert sum(sum(bar.x) for bar in bars) == 2


def test_the_recency_maps_hold_every_row_they_can(run):
    since, visits = figures.recency_density(run, 2).data
    assert since.customdata.sum() == 4  # two rows were never drawn
    assert visits.customdata.sum() == 6


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (RowFilter(), [3, 0, 2, 4, 1, 5]),
        (RowFilter(query="fox"), [0, 2]),
        (RowFilter(classes=(1,)), [3, 2, 4]),
        (RowFilter(mistakes=True), [3, 4]),
        (RowFilter(min_visits=8), [3, 0, 2]),
        (RowFilter(query="fox", min_visits=9), [0]),
        (RowFilter(query="nothing has this"), []),
    ],
)
def test_filters_leave_the_rows_that_pass_hardest_first(run, wanted, rows):
    frame = rowtable.measures(run, 2)
    assert rowtable.matching(run, frame, wanted, "hardest first").tolist() == rows


def test_rows_never_seen_come_last_when_sorted_by_time_unseen(run):
    frame = rowtable.measures(run, 2)
    found = rowtable.matching(run, frame, RowFilter(), "longest unseen first")
    assert found.tolist() == [1, 2, 0, 3, 4, 5]


def test_the_filter_by_support_gives_the_rows_counted_there(run):
    frame = rowtable.measures(run, 2)
    for kind, name in enumerate(recency.SUPPORT_NAMES):
        found = rowtable.matching(run, frame, RowFilter(support=kind), "hardest first")
        assert len(found) == figures.support_counts(run, 2)[name]


def test_the_table_names_classes_and_keeps_texts_as_they_are(run):
    table = rowtable.table(run, rowtable.measures(run, 2), [3, 0])
    assert table["text"].tolist() == ["<b>bold</b>", "red fox"]
    assert table["label"].tolist() == ["b", "a"]
    assert table["prediction"].tolist() == ["a", "a"]
    assert table["hardness"].tolist() == [3.0, 2.0]
