"""Per-class figures on three classes, against values worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from hamr.errors import StoreError
from hamr.views.per_class_f1 import panels
from hamr.views.per_class_f1 import scores as classes
from tests.views.small_run import SmallRun, metrics

CONFUSION = [[6, 2, 0], [1, 3, 0], [0, 5, 0]]


@pytest.fixture
def run() -> SmallRun:
    return SmallRun(
        labels=[0, 0, 0, 1, 1, 2],
        classes=("large", "<b>mid</b>", "rare"),
        tables={
            "f1": {1: [0.5, 0.4, 0.0], 2: [0.8, 0.3, 0.1]},
            "precision": {1: [0.5] * 3, 2: [0.9, 0.3, 0.1]},
            "recall": {1: [0.5] * 3, 2: [0.7, 0.3, 0.1]},
            "support": {1: [8, 4, 5], 2: [8, 4, 5]},
            "confusion": {1: np.zeros((3, 3), int), 2: CONFUSION},
        },
        scores=[
            {"epoch": 1, "macro_f1": 0.3, "boost_refreshed": False},
            {"epoch": 2, "macro_f1": 0.4, "boost_refreshed": True},
        ],
    )


def named(fig, name):
    return next(trace for trace in fig.data if trace.name == name)


def test_the_score_table_starts_with_the_rarest_class_and_shows_its_change(run):
    table = classes.score_table(run, 2)
    assert table["class"].tolist() == ["rare", "<b>mid</b>", "large"]
    assert table["training rows"].tolist() == [1, 2, 3]
    assert table["change"].tolist() == pytest.approx([0.1, -0.1, 0.3])
    assert table["support"].tolist() == [5, 4, 8]


def test_panels_stand_in_the_order_asked_for(run):
    fig = panels.class_panels(run, 2, [2, 0])
    lines = named(fig, "F1 of the class")
    assert lines.meta == {"panels": ["rare", "large"]}
    gap = np.nan
    expected = [[0, 1, 0.0], [0, 2, 0.1], [0, gap, gap], [1, 1, 0.5], [1, 2, 0.8], [1, gap, gap]]
    np.testing.assert_allclose(lines.customdata, expected)
    titles = next(t for t in fig.data if t.textposition == "top center")
    assert titles.text == ("rare · 5", "large · 8")


def test_panels_lie_side_by_side_in_one_pair_of_axes(run):
    lines = named(panels.class_panels(run, 2, [2, 0]), "F1 of the class")
    # Epochs 1 and 2 lie a quarter and three quarters across a panel that is 0.9 wide.
    np.testing.assert_allclose(lines.x, [0.225, 0.675, np.nan, 1.225, 1.675, np.nan])
    # F1 from -0.06 to 1.03 fills a height of 0.72: 0.1 lies at 0.72 * 0.16 / 1.09.
    np.testing.assert_allclose(lines.y[:2], [0.72 * 0.06 / 1.09, 0.72 * 0.16 / 1.09])


def test_a_fifth_panel_stands_below_the_first():
    cells = panels.Cells(5, 1, 2)
    assert cells.x(4, [1, 2]).tolist() == cells.x(0, [1, 2]).tolist()
    assert cells.y(0, 0.5) - cells.y(4, 0.5) == 1
    assert list(cells.lowest()) == [1, 2, 3, 4]


def test_class_names_over_the_panels_are_no_markup(run):
    lines = named(panels.class_panels(run, 2, [1]), "F1 of the class")
    assert set(lines.text) == {"&lt;b&gt;mid&lt;/b&gt;"}
    assert lines.meta == {"panels": ["<b>mid</b>"]}  # for the table of numbers


@pytest.mark.parametrize(
    ("first", "last", "ticks"), [(1, 3, [1, 2, 3]), (1, 12, [2, 4, 6, 8, 10, 12])]
)
def test_panels_have_few_whole_ticks(first, last, ticks):
    assert panels.whole_ticks(first, last) == ticks


def test_boost_refreshes_are_marked_at_their_epochs(run):
    marks = named(panels.class_panels(run, 2, [0]), "boost refreshed")
    assert marks.customdata[0, 1] == 2
    assert marks.x[0] == pytest.approx(0.675)


def test_a_run_that_never_boosts_has_no_marks(run):
    for score in run.scores:
        score["boost_refreshed"] = False
    names = {t.name for t in classes.all_classes(run, 2, [0]).data}
    assert "boost refreshed" not in names


def test_the_macro_mean_stands_beside_all_classes(run):
    fig = classes.all_classes(run, 2, [2])
    lines = {t.name: t for t in fig.data}
    assert list(lines["macro-F1"].y) == [0.3, 0.4]
    assert lines["rare (5)"].showlegend
    assert not lines["large (8)"].showlegend


def test_shares_are_of_the_labels_rows(run):
    heat, dark, light = classes.confusion(run, 2, normalise=True).data
    assert list(heat.y) == ["rare", "&lt;b&gt;mid&lt;/b&gt;", "large"]
    assert np.asarray(heat.z)[2, 1:].tolist() == [25.0, 75.0]
    assert np.isnan(heat.z[2][0])  # no row: a blank cell
    assert sorted(dark.text) == ["3", "5", "6"]  # over half of their label
    assert sorted(light.text) == ["1", "2"]


def test_counts_are_shown_as_they_are(run):
    heat = classes.confusion(run, 2, normalise=False).data[0]
    assert np.nan_to_num(heat.z)[::-1, ::-1].tolist() == CONFUSION
    assert heat.zmax == 6


def test_class_names_are_no_markup(run):
    heat = classes.confusion(run, 2, normalise=True).data[0]
    assert heat.x[1] == "&lt;b&gt;mid&lt;/b&gt;"


def test_the_most_frequent_mistakes_come_first(run):
    pairs = classes.confused_pairs(run, 2)
    assert pairs["rows"].tolist() == [5, 2, 1]
    assert pairs["label"].tolist() == ["rare", "large", "<b>mid</b>"]
    assert pairs["share"].tolist() == [100.0, 25.0, 25.0]


def test_test_scores_wait_for_the_end(run):
    with pytest.raises(StoreError, match="scored once"):
        classes.final_table(run, "test")


def test_test_scores_come_from_the_best_epoch(run):
    run.last = SimpleNamespace(
        best_epoch=2, test=metrics(CONFUSION), validation=metrics([[1, 0, 0]] * 3)
    )
    table = classes.final_table(run, "test")
    assert table["recall"].tolist() == pytest.approx([0.0, 0.75, 0.75])
    assert classes.confusion_counts(run, None, "test").tolist() == CONFUSION
