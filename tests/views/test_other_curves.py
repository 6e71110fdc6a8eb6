"""Figures of methods whose weights are not one function of the z-score."""

import numpy as np

from hamr.views.weights import curve, other_curves
from tests.views.small_run import SmallRun


def small(method, **tables):
    empty = {"curve_of_class": np.zeros(0, np.int16), "weight_scalars": np.zeros(0, np.float32)}
    return SmallRun(
        labels=[0, 0, 0, 1, 2, 2],
        classes=("a", "<i>b</i>", "c"),
        settings={"method": method},
        signals={"pre": {1: [1.0] * 6}, "post": {1: [2.0] * 6}},
        tables={name: {1: np.array(values)} for name, values in {**empty, **tables}.items()},
        scores=[{"epoch": 1}],
    )


def by_class():
    return small(
        "cmw-net", curves_x=[0.0, 1.0], curves_weight=[[0.1, 0.4], [0.5, 0.6]],
        curve_of_class=[1, 0, 1],
    )  # fmt: skip


def by_probability():
    return small(
        "lilaw", curves_x=[0.0, 1.0], curves_weight=[[2.0, 1.0]], weight_scalars=[9.0, 2.5, 6.0]
    )


def test_each_group_of_classes_has_a_curve_and_says_which_classes_follow_it():
    first, second = other_curves.learned_curves(by_class(), 1).data
    assert list(second.y) == [0.5, 0.6]
    assert second.name == "c (2), a (3)"
    assert "<i>" not in first.name + first.hovertemplate.replace("<extra>", "")


def test_one_curve_for_all_rows_needs_no_legend():
    fig = other_curves.learned_curves(by_probability(), 1)
    assert len(fig.data) == 1
    assert fig.layout.showlegend is False


def test_the_three_numbers_are_lines_over_the_epochs():
    assert not other_curves.has_scalars(by_class(), 1)
    fig = other_curves.scalars(by_probability(), 1)
    assert [list(line.y) for line in fig.data] == [[9.0], [2.5], [6.0]]


def test_only_methods_without_one_curve_say_so():
    assert "CMW-Net" in other_curves.without_one_curve(by_class())
    assert curve.without_meta_step(by_class()) is None
    assert other_curves.without_one_curve(small("meta-weight-net")) is None
    assert other_curves.without_one_curve(small("erm")) is None


def test_weights_that_a_batch_does_not_scale_are_not_said_to_have_the_mean_one():
    for run, said in ((by_probability(), False), (by_class(), True)):
        fig = curve.before_and_after(run, 1)
        assert ("1 = mean" in fig.layout.yaxis.title.text) is said
