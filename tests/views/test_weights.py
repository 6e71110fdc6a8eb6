"""Weight and draw figures on a run of four rows, against values worked out by hand."""

import numpy as np
import pytest

from hamr.views.base.labels import Labels
from hamr.views.weights import curve as weights
from hamr.views.weights import draws
from tests.views.small_run import SmallRun

NAN = float("nan")


def small(**settings) -> SmallRun:
    grid = [-1.0, 0.0, 1.0]
    return SmallRun(
        labels=[0, 0, 0, 1],
        classes=("a", "<i>b</i>", "empty"),
        settings=settings,
        signals={
            "z": {1: [-1.0, 0.0, NAN, 1.0], 2: [-1.0, -1.0, 0.5, NAN]},
            "pre": {1: [1.0, 1.0, NAN, 2.0], 2: [0.5, 1.5, 1.0, NAN]},
            "post": {1: [1.5, 1.0, NAN, 1.0], 2: [0.7, 1.7, 1.0, NAN]},
            "draws": {1: [1, 3, 0, 4], 2: [2, 2, 2, 2]},
            "expected_draws": {1: [2.0, 2.0, 2.0, 2.0], 2: [2.0, 2.0, 2.0, 2.0]},
        },
        tables={
            "curve_z": {1: grid, 2: grid},
            "curve_weight": {1: [0.9, 1.0, 1.1], 2: [0.5, 1.0, 2.0]},
        },
        scores=[
            {"epoch": 1, "clipped_low": 0.0, "clipped_high": 0.25},
            {"epoch": 2, "clipped_low": 0.5, "clipped_high": 0.0},
        ],
    )


def test_only_methods_without_a_meta_step_say_why_there_is_no_curve():
    assert weights.without_meta_step(small()) is None
    assert weights.without_meta_step(small(method="hamr-plus-no-resampling")) is None
    assert "ERM" in weights.without_meta_step(small(method="erm"))
    assert "Train" in weights.without_meta_step(small(method="hamr-plus-no-meta-weights"))


def test_rarest_class_comes_first():
    assert Labels.of(small()).rarest_first().tolist() == [2, 1, 0]


def test_the_chosen_epochs_curve_is_the_strong_one():
    fig = weights.weight_curves(small(), 2)
    curves = {t.name: t for t in fig.data if t.name and t.name.startswith("epoch")}
    assert set(curves) == {"epoch 1", "epoch 2"}
    assert curves["epoch 2"].line.width > curves["epoch 1"].line.width
    assert list(curves["epoch 2"].y) == [0.5, 1.0, 2.0]


def test_dots_on_the_curve_are_the_mean_weight_of_the_rows_in_a_bin():
    fig = weights.weight_curves(small(), 2, bins=3)  # z from -1 to 0.5: bins of 0.5
    dots = next(t for t in fig.data if t.mode == "markers")
    assert list(dots.x) == pytest.approx([-0.75, 0.25])
    assert list(dots.y) == pytest.approx([1.2, 1.0])
    assert list(dots.customdata) == [2, 1]


def test_clipping_is_in_percent():
    high, low = weights.clipping(small(), 2).data
    assert list(high.y) == [25.0, 0.0]
    assert list(low.y) == [0.0, 50.0]
    assert (high.name, low.name) == ("at 2", "at 0.5")


def test_drift_is_the_class_mean_of_post_minus_pre():
    heat = weights.drift(small(), 1).data[0]
    table = dict(zip(heat.y, np.asarray(heat.z), strict=True))
    assert table["a (3)"] == pytest.approx([0.25, 0.4 / 3])
    assert table["&lt;i&gt;b&lt;/i&gt; (1)"][0] == pytest.approx(-1.0)
    assert np.isnan(table["&lt;i&gt;b&lt;/i&gt; (1)"][1])  # not drawn in epoch 2
    assert heat.zmin == -heat.zmax == pytest.approx(-1.0)


def test_only_chosen_classes_are_in_colour():
    lines = {t.name: t for t in weights.weight_by_class(small(), 1, [0]).data}
    assert lines["a"].showlegend
    assert list(lines["a"].y) == pytest.approx([1.25, 3.4 / 3], abs=1e-4)
    assert not lines["empty"].showlegend


@pytest.mark.parametrize(("change", "line"), [(False, (1.0, 2.0)), (True, (0, 0))])
def test_the_reference_line_is_no_change(change, line):
    heat, reference = weights.before_and_after(small(), 1, change=change).data
    assert heat.customdata.sum() == 3  # one row was not drawn
    assert tuple(reference.y) == line


def test_points_are_the_drawn_rows_with_both_weights():
    rows, xy = weights.points(small(), 1)
    assert rows.tolist() == [0, 1, 3]
    assert xy.tolist() == [[1.0, 1.5], [1.0, 1.0], [2.0, 1.0]]
    assert weights.points(small(), 1, change=True)[1][:, 1].tolist() == [0.5, 0.0, -1.0]


def test_an_epoch_in_which_no_weight_is_known_still_has_a_figure():
    run = small()
    for name in ("z", "pre", "post"):
        run.signals[name][1] = [NAN] * 4
    assert weights.before_and_after(run, 1).data == ()
    assert not [t for t in weights.weight_curves(run, 1).data if t.mode == "markers"]


def test_the_standard_error_is_the_multinomial_one():
    assert draws.standard_error(np.array([2.0]), 8) == pytest.approx(np.sqrt(8 * 0.25 * 0.75))


def test_draw_statistics_of_four_rows():
    facts = draws.statistics(small(), 1)  # off by -1, +1, -2, +2; variance 1.5 each
    assert facts.drawn == 8
    assert facts.dispersion == pytest.approx((1 + 1 + 4 + 4) / 4 / 1.5)
    assert facts.never == 1
    assert facts.never_expected == pytest.approx(4 * 0.75**8)
    assert np.isnan(facts.correlation)  # all rows are expected alike


def test_faithful_draws_have_a_dispersion_of_one_and_reach_the_ceiling():
    generator = np.random.default_rng(0)
    p = generator.gamma(2.0, size=4000)
    p /= p.sum()
    facts = draws.measure(6000 * p, generator.multinomial(6000, p).astype(float))
    assert facts.dispersion == pytest.approx(1, abs=0.08)
    assert facts.correlation == pytest.approx(facts.ceiling, abs=0.03)
    assert facts.never == pytest.approx(facts.never_expected, rel=0.05)


def test_draws_that_favour_rows_are_found_out():
    generator = np.random.default_rng(0)
    actual = generator.multinomial(6000, np.r_[np.full(2000, 1.5), np.full(2000, 0.5)] / 4000)
    assert draws.measure(np.full(4000, 1.5), actual.astype(float)).dispersion > 1.2


def test_bars_add_up_expected_and_actual_draws_of_a_class():
    fig = draws.by_class(small(), 1)
    bars, actual = fig.data
    place = list(bars.y).index("a (3)")
    assert (bars.x[place], actual.x[place]) == (pytest.approx(6 / 3), pytest.approx(4 / 3))
    assert (bars.customdata[place][0], actual.customdata[place]) == (6, 4)
    assert bars.error_x.array[place] == pytest.approx(2 * np.sqrt(8 * 0.75 * 0.25) / 3)
    assert fig.layout.shapes[0].x0 == 8 / 4  # every row alike


def test_one_shuffled_pass_leaves_nothing_to_chance():
    bars = draws.by_class(small(method="erm"), 1).data[0]
    assert not np.any(bars.error_x.array)
    assert len(draws.by_row(small(method="erm"), 1).data) == 2  # no band


def test_every_row_is_in_the_map_of_draws():
    heat = draws.by_row(small(), 1).data[0]
    assert heat.customdata.sum() == 4
