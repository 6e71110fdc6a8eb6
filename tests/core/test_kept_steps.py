"""The steps that a run keeps whole: recomputed by plain loops, and without effect on training."""

import math

import numpy as np
import pytest

from hamr.methods import table
from hamr.records import STEP_ARRAYS
from hamr.training import step_keeper, train
from hamr.training.step_keeper import kept_steps
from tests.core.small_data import (
    DictCache,
    epochs_of,
    full,
    quick,
    same_bits,
    small_cache,
    small_dataset,
    small_tagged,
)

METHODS = [name for name, method in table().items() if "sequence" in method.tasks]


def trained(settings, dataset=None, cache=None):
    dataset = dataset or small_dataset()
    cache = small_cache(dataset, settings) if cache is None else cache
    return epochs_of(train(dataset, settings, cache=cache))


def of_step(epoch, at):
    """The arrays of one step, those of its draws alone."""
    own = slice(epoch.steps["starts"][at], epoch.steps["starts"][at + 1])
    each = ("curve_before", "curve_after", "meta_rows", "meta_loss", "step")
    whole = ("starts", "curve_z")
    return {
        name: values if name in whole else values[at] if name in each else values[own]
        for name, values in epoch.steps.items()
    }


@pytest.fixture(scope="module")
def epochs():
    return trained(quick())


@pytest.fixture(scope="module", params=[(0, 0), (0, 1), (3, 0), (3, 1)], ids=str)
def case(request, epochs):
    """A kept step, with the epoch before it, its own epoch and the settings."""
    number, at = request.param
    before = epochs[number - 1] if number else None
    return before, epochs[number], of_step(epochs[number], at), quick()


def test_an_epoch_keeps_its_first_step_and_one_in_the_middle(epochs):
    epoch = epochs[0]
    assert epoch.steps["step"].tolist() == [1, 7]
    assert epoch.steps.keys() == STEP_ARRAYS.keys()
    assert epoch.steps["starts"].tolist() == [0, 8, 16]


def test_z_scores_are_those_of_the_losses(case):
    *_, step, _ = case
    losses = step["loss"].tolist()
    mean = sum(losses) / len(losses)
    deviation = math.sqrt(sum((loss - mean) ** 2 for loss in losses) / len(losses))
    np.testing.assert_allclose(step["z"], [(loss - mean) / deviation for loss in losses], atol=1e-5)


@pytest.mark.parametrize(("s", "weight"), [("s_before", "pre"), ("s_after", "post")])
def test_weights_are_those_of_the_curve(case, s, weight):
    *_, step, settings = case
    scores = step[s].tolist()
    mean = sum(scores) / len(scores)
    wanted = [min(max(one / mean, settings.weight_low), settings.weight_high) for one in scores]
    np.testing.assert_allclose(step[weight], wanted, rtol=1e-5)


@pytest.mark.parametrize("when", ["before", "after"])
def test_scores_lie_on_the_curve_of_their_time(case, when):
    *_, step, _ = case
    inside = (step["z"] > -3) & (step["z"] < 5)
    read = np.interp(step["z"], step["curve_z"], step[f"curve_{when}"])
    np.testing.assert_allclose(step[f"s_{when}"][inside], read[inside], atol=2e-3)


def test_the_meta_step_moves_the_curve(case):
    *_, step, _ = case
    assert not np.array_equal(step["curve_before"], step["curve_after"])
    assert np.isfinite(step["meta_loss"])


def test_probabilities_follow_the_hardness_and_boost_that_the_epoch_began_with(case):
    before, _, step, settings = case
    count = len(small_dataset().train)
    hardness = before.signals["hardness"] if before else np.ones(count)
    boost = before.signals["boost"] if before else np.zeros(count)
    mass = [
        (h + 1e-6) ** settings.tau * (1 + settings.effective_boost * b)
        for h, b in zip(hardness.astype(float), boost.astype(float), strict=True)
    ]
    for place, row in enumerate(step["rows"].tolist()):
        assert step["epoch_hardness"][place] == hardness[row]
        assert step["epoch_boost"][place] == boost[row]
        assert step["probability"][place] == pytest.approx(mass[row] / sum(mass), rel=1e-6)
        assert step["factor"][place] == 1


def test_hardness_moves_by_one_visit_after_the_other(case):
    *_, step, settings = case
    rows, gamma = step["rows"].tolist(), settings.gamma
    moved = dict(zip(rows, step["hardness_before"].tolist(), strict=True))
    for row, weight in zip(rows, step["observed"].tolist(), strict=True):
        moved[row] = gamma * moved[row] + (1 - gamma) * weight
    np.testing.assert_allclose(step["hardness_after"], [moved[row] for row in rows], rtol=1e-5)
    if step["step"] == 1:
        np.testing.assert_array_equal(step["hardness_before"], step["epoch_hardness"])


def test_alignment_is_the_gradient_turned_and_in_standard_deviations(case):
    *_, step, _ = case
    gradient = step["gradient"].tolist()
    mean = sum(gradient) / len(gradient)
    deviation = math.sqrt(sum((one - mean) ** 2 for one in gradient) / len(gradient))
    wanted = [-one / deviation for one in gradient]
    np.testing.assert_allclose(step["alignment"], wanted, rtol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_keeping_steps_changes_nothing_that_is_learned(method, monkeypatch):
    settings = quick(method=method, epochs=2)
    with_steps = trained(settings)
    monkeypatch.setattr(step_keeper, "STEPS_KEPT", 0)
    for one, other in zip(with_steps, trained(settings), strict=True):
        assert one.steps and not other.steps
        same_bits(one, other, steps=False)


@pytest.mark.parametrize("form", ["exact", "last_layer"])
def test_nor_does_it_where_the_encoder_is_trained(form, tiny_encoder, monkeypatch):
    settings = full(tiny_encoder, meta_gradient=form)
    with_steps = trained(settings, cache=DictCache())
    monkeypatch.setattr(step_keeper, "STEPS_KEPT", 0)
    for one, other in zip(with_steps, trained(settings, cache=DictCache()), strict=True):
        assert np.isfinite(one.steps["meta_loss"]).all() and one.steps["gradient"].any()
        same_bits(one, other, steps=False)


def test_steps_of_sentences_are_kept_by_sentence(tiny_encoder):
    (epoch,) = trained(full(tiny_encoder, epochs=1), small_tagged(), DictCache())
    assert epoch.steps["rows"].max() < len(small_tagged().train)
    assert epoch.steps["loss"].shape == epoch.steps["rows"].shape


@pytest.mark.parametrize("method", ["erm", "focal", "smote"])
def test_without_learned_weights_there_is_no_curve_and_no_meta_loss(method):
    epoch = trained(quick(method=method, epochs=1))[0]
    assert np.isnan(epoch.steps["curve_before"]).all()
    assert np.isnan(epoch.steps["meta_loss"]).all()
    assert not epoch.steps["gradient"].any()


def test_rows_that_smote_made_up_have_no_hardness():
    epoch = trained(quick(method="smote", epochs=1))[0]
    made = epoch.steps["rows"] >= len(small_dataset().train)
    assert made.any()
    assert np.isnan(epoch.steps["hardness_after"][made]).all()
    assert np.isfinite(epoch.steps["hardness_after"][~made]).all()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_kept_steps_are_meta_steps_where_only_some_are(number):
    settings = quick(meta_every=4)
    found = kept_steps(settings, number, 13)
    assert len(found) == 2 and all((13 * (number - 1) + step) % 4 == 0 for step in found)


@pytest.mark.parametrize(("steps", "kept"), [(1, {0}), (2, {0, 1}), (3, {0, 1})])
def test_a_short_epoch_keeps_what_it_has(steps, kept):
    assert kept_steps(quick(), 1, steps) == kept
