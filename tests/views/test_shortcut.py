"""Probes of the meta-gradient: read, summed up, drawn, and why there are none."""

import numpy as np
import pytest

from hamr.config import META_GRADIENT_TITLES, TrainingSettings
from hamr.errors import DamagedError
from hamr.store import Store
from hamr.views.base import probes
from hamr.views.base.probes import Probes
from hamr.views.weights import meta_gradient as shortcut
from tests.fake_run import write_fake_run
from tests.views.small_run import SmallRun


def small(first=(0.9, 1.0), second=(0.5, 0.8), **settings) -> SmallRun:
    return SmallRun(
        labels=[0, 1],
        settings={"preset": "full", "meta_gradient": "last_layer", **settings},
        tables={
            "probe_step": {1: [10, 20][: len(first)], 2: [30, 40][: len(second)]},
            "probe_cosine": {1: list(first), 2: list(second)},
        },
        step={1: 25, 2: 45},
    )


def test_probes_of_all_epochs_stand_in_the_order_of_their_steps():
    found = Probes.of(small())
    assert found.step.tolist() == [10, 20, 30, 40]
    assert found.epoch.tolist() == [1, 1, 2, 2]
    assert found.cosine.tolist() == [0.9, 1.0, 0.5, 0.8]


def test_mean_and_5th_percentile_are_those_of_all_probes():
    found = Probes.of(small())
    assert found.mean == pytest.approx(0.8)
    assert found.low == pytest.approx(0.5 + 0.15 * 0.3)  # a rank of 0.15 between 0.5 and 0.8


def test_each_epoch_has_its_own_figures():
    first, second = Probes.of(small()).by_epoch()
    assert (first["epoch"], first["probes"], first["lowest"]) == (1, 2, 0.9)
    assert second["mean"] == pytest.approx(0.65)


def test_a_probe_without_an_angle_is_counted_apart():
    found = Probes.of(small(first=(float("nan"), 1.0)))
    assert found.undefined == 1
    assert len(found) == 3
    assert np.isfinite(found.mean)


def test_rounding_does_not_carry_a_cosine_past_one():
    assert Probes.of(small(first=(1.0000002, 1.0))).cosine.max() == 1


def test_epochs_of_an_earlier_version_are_named_and_the_others_stand(tmp_path):
    run = write_fake_run(Store.open(tmp_path), rows=60, epochs=2, probes=None)
    assert Probes.of(run).unprobed == (1, 2)
    assert len(Probes.of(run)) == 0


def test_a_damaged_epoch_is_not_taken_for_one_of_an_earlier_version(tmp_path):
    run = write_fake_run(Store.open(tmp_path), rows=60, epochs=2, probes=3)
    next(run.folder.glob("**/000002/arrays.safetensors")).write_bytes(b"")
    with pytest.raises(DamagedError):
        Probes.of(run)


def test_points_median_and_percentile_are_drawn_from_the_lowest_to_one():
    fig = shortcut.cosine_over_steps(small(), 2)
    points, median, low = fig.data
    assert list(points.y) == [0.9, 1.0, 0.5, 0.8]
    assert median.name == "median of 5"
    assert list(low.y) == [pytest.approx(0.545)] * 2
    bottom, top = fig.layout.yaxis.range
    assert 0.45 < bottom < 0.5
    assert 1 < top < 1.05


def test_the_title_names_the_form_its_mean_and_its_5th_percentile():
    title = shortcut.cosine_over_steps(small(), 2).layout.title.text
    assert title == "Last layer against exact: mean 0.800, 5th percentile 0.545"


def test_the_chosen_epochs_steps_are_shaded():
    (shade,) = shortcut.cosine_over_steps(small(), 2).layout.shapes
    assert (shade.x0, shade.x1) == (25, 45)


def test_the_running_median_is_of_the_neighbours():
    values = np.array([1.0, 9.0, 2.0, 3.0, 8.0])
    assert shortcut.running_median(values, 3).tolist() == [5.0, 2.0, 3.0, 3.0, 5.5]


def test_thinning_keeps_the_extremes_and_the_bound():
    cosine = np.random.default_rng(0).uniform(size=9_999)
    drawn = shortcut.thinned(cosine, 200)
    assert len(drawn) <= 200
    assert {cosine.argmin(), cosine.argmax()} <= set(drawn.tolist())
    assert (np.diff(drawn) > 0).all()


def test_few_probes_are_all_drawn():
    assert shortcut.thinned(np.array([0.5, 0.6]), 2).tolist() == [0, 1]


def test_a_long_run_gives_a_figure_of_bounded_size_and_a_table_of_every_probe():
    run = small()
    steps = np.arange(1, 50_001)
    run.tables = {"probe_step": {1: steps}, "probe_cosine": {1: 1 / (1 + steps % 97)}}
    run.step = {1: 50_000}
    assert len(shortcut.cosine_over_steps(run, 1).to_json()) < 200_000
    assert len(shortcut.table(run)) == 50_000


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"method": "erm"}, "no meta step"),
        ({"method": "hamr-plus-no-meta-weights"}, "no meta step"),
        ({"preset": "quick"}, "exact, in closed form"),
        ({"meta_gradient": "exact"}, "no shortcut to check"),
        ({"probe_every": 0}, "probe_every is 0"),
    ],
)
def test_runs_without_probes_say_why(settings, word):
    training = {"preset": "full", "meta_gradient": "last_layer", **settings}
    assert word in probes.never_probed(TrainingSettings(**training))


@pytest.mark.parametrize("form", ["first_order", "upper", "last_layer"])
def test_every_shortcut_is_probed(form):
    assert probes.never_probed(TrainingSettings(preset="full", meta_gradient=form)) is None


def test_an_epoch_without_a_probe_yet_says_when_one_comes():
    run = small(first=(), second=(), probe_every=100)
    assert "one step in 100" in probes.none_yet(run, Probes.of(run))
    assert "45 steps" in probes.none_yet(run, Probes.of(run))


@pytest.mark.parametrize("form", META_GRADIENT_TITLES)
def test_every_form_is_named_in_words_and_sent_to_a_closer_one(form):
    title, _ = probes.form_in_words(form)
    assert title[0].isupper()
    assert form not in probes.closer_forms(form)
