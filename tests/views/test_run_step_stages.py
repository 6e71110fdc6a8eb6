"""The stages of a run's step as text: each number follows from what the run has stored."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from hamr.config import DataSettings, RunSettings
from hamr.store import Store
from hamr.tasks import TaskWords
from hamr.training import train
from hamr.views.learn import step_figures
from hamr.views.learn.run_step import MADE_UP, meta_table, run_step
from tests.core.small_data import epochs_of, quick, small_cache, small_dataset
from tests.fake_run import write_fake_token_run


def numbers_in(text):
    """All numbers of a sentence, without those of 10⁻⁶."""
    text = text.replace("10⁻⁶", "").replace("−", "-").replace(",", "")
    return [float(found) for found in re.findall(r"-?\d+\.?\d*", text)]


def trained(home, **changes):
    """A run of a second, stored."""
    settings, dataset = quick(**{"epochs": 3, **changes}), small_dataset()
    run = Store.open(home).create_run(RunSettings(data=DataSettings(), training=settings))
    run.attach_dataset(dataset)
    for record in epochs_of(train(dataset, settings, cache=small_cache(dataset, settings))):
        run.write_epoch(record)
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("home"), method="hamr")


@pytest.fixture(scope="module", params=[(1, 0), (3, 0), (3, 1)], ids=str)
def shown(request, run):
    epoch, index = request.param
    found = run_step(run, epoch, index)
    return run, found, {stage.key: stage.numbers for stage in found.stages}


def test_the_rows_of_the_batch_are_listed_once_the_hardest_first(shown):
    _, found, _ = shown
    assert sorted(found.rows.tolist()) == sorted(set(found.step.rows.tolist()))
    assert found.draws.sum() == len(found.step.rows)
    assert (np.diff(found.values("loss")) <= 0).all()


def test_the_probability_follows_from_hardness_and_boost_of_the_epoch_before(shown):
    run, found, said = shown
    settings, epoch = run.info.settings.training, found.step.epoch
    hardness, boost = np.ones(86), np.zeros(86)
    if epoch > 1:
        hardness, boost = run.signal("hardness", epoch - 1), run.signal("boost", epoch - 1)
    mass = [
        (float(h) + 1e-6) ** settings.tau * (1 + settings.effective_boost * float(b))
        for h, b in zip(hardness, boost, strict=True)
    ]
    for place, row in enumerate(found.rows.tolist()):
        *_, total, chance, times_average = numbers_in(said["draw"][place].split(" In this")[0])
        assert chance == pytest.approx(mass[row] / sum(mass), rel=0.01)
        assert total == pytest.approx(sum(mass), rel=0.01)
        assert times_average == pytest.approx(86 * mass[row] / sum(mass), abs=0.01)


def test_the_z_score_follows_from_the_stored_losses(shown):
    _, found, said = shown
    losses = found.step.loss.tolist()
    mean = sum(losses) / len(losses)
    deviation = math.sqrt(sum((loss - mean) ** 2 for loss in losses) / len(losses))
    for place, at in enumerate(found.at.tolist()):
        *_, own, the_mean, the_deviation, z = numbers_in(said["loss"][place].replace("− ", ""))
        assert own == pytest.approx(losses[at], rel=0.01)
        assert (the_mean, the_deviation) == pytest.approx((mean, deviation), rel=0.01)
        assert z == pytest.approx((losses[at] - mean) / deviation, abs=0.006)


@pytest.mark.parametrize(("stage", "s"), [("pre", "s_before"), ("post", "s_after")])
def test_the_weight_follows_from_the_stored_curve(shown, stage, s):
    run, found, said = shown
    settings, scores = run.info.settings.training, getattr(found.step, s).tolist()
    mean = sum(scores) / len(scores)
    for place, at in enumerate(found.at.tolist()):
        weight = numbers_in(said[stage][place].split("Before")[0])[-1]
        wanted = min(max(scores[at] / mean, settings.weight_low), settings.weight_high)
        assert weight == pytest.approx(wanted, rel=0.01)


def test_the_products_are_the_gradients_without_their_scale(shown):
    run, found, said = shown
    alpha, size = run.info.settings.training.virtual_rate, len(found.step.rows)
    for place, at in enumerate(found.at.tolist()):
        product = float(found.values("gradient_products")[place])
        assert -alpha / size * product == pytest.approx(float(found.step.gradient[at]), rel=1e-5)
        _alpha, _size, _product, result, *_ = numbers_in(
            said["gradient"][place].removeprefix("dL_meta/dw = −").split(" (align")[0]
        )
        assert (_alpha, _size) == (alpha, size)
        assert _product == pytest.approx(product, rel=0.01)
        assert math.copysign(1, result) == -math.copysign(1, product)
        assert ("lower" if product > 0 else "raise") in said["gradient"][place]


def test_hardness_moves_from_the_value_before_by_each_visit(shown):
    run, found, said = shown
    gamma = run.info.settings.training.gamma
    moved = dict(zip(found.rows.tolist(), found.values("hardness_before").tolist(), strict=True))
    for row, weight in zip(found.step.rows.tolist(), found.step.post.tolist(), strict=True):
        moved[row] = gamma * moved[row] + (1 - gamma) * weight
    for place, row in enumerate(found.rows.tolist()):
        assert numbers_in(said["update"][place])[-1] == pytest.approx(moved[row], rel=0.01)


def test_seeds_and_boost_are_those_at_the_end_of_the_epoch(shown):
    run, found, said = shown
    near = run.array("neighbours", found.step.epoch)
    seeds = set(run.array("seeds", found.step.epoch).tolist())
    for place, row in enumerate(found.rows.tolist()):
        text = said["next"][place]
        assert text.startswith("A seed. ") == (row in seeds)
        count = int((near == row).sum())
        assert f"neighbours of {count} seed{'' if count == 1 else 's'}" in text


def test_the_next_chance_follows_from_hardness_and_boost_at_the_end_of_the_epoch(shown):
    run, found, _ = shown
    settings, epoch = run.info.settings.training, found.step.epoch
    mass = [
        (float(h) + 1e-6) ** settings.tau * (1 + settings.effective_boost * float(b))
        for h, b in zip(run.signal("hardness", epoch), run.signal("boost", epoch), strict=True)
    ]
    wanted = [mass[row] / sum(mass) for row in found.rows.tolist()]
    np.testing.assert_allclose(found.next_chance, wanted, rtol=1e-5)


def test_the_table_has_a_line_for_each_row(shown):
    run, found, _ = shown
    table = found.table(TaskWords.of(run.info.task))
    assert table["row"].tolist() == found.rows.tolist()
    assert table["text"].tolist() == run.rows().texts(found.rows.tolist())
    assert {"loss", "z", "before", "after", "product", "hardness"} <= set(table.columns)


def test_the_meta_batch_is_listed_with_the_splits_of_its_rows(shown):
    run, found, _ = shown
    table = meta_table(run, found)
    assert set(table["row"]) == set(found.step.meta_rows.tolist())
    assert set(table["split"]) <= {"training", "validation"}
    for row, split, text in zip(table["row"], table["split"], table["text"], strict=True):
        own = run.rows("train") if split == "training" else run.rows("validation")
        assert text == own.texts([row if split == "training" else row - 86])[0]


@pytest.mark.parametrize(
    "key", ["draw", "loss", "pre", "virtual", "gradient", "post", "update", "next"]
)
def test_every_stage_has_a_picture_with_a_mark_for_each_row(shown, key):
    _, found, _ = shown
    fig = step_figures.rows_of_batch(found, key, 0)
    assert len(fig.data[0].y) == len(found.rows)
    assert fig.layout.title.text and fig.layout.xaxis.title.text and fig.layout.yaxis.title.text


def test_signs_of_products_have_two_colours(shown):
    _, found, _ = shown
    fig = step_figures.rows_of_batch(found, "gradient", 0)
    colours = {
        colour for colour, y in zip(fig.data[0].marker.color, fig.data[0].y, strict=True) if y < 0
    }
    assert colours <= {step_figures.SIGNED[0]}


def test_rows_that_smote_made_up_are_named_as_such(tmp_path):
    run = trained(tmp_path, method="smote", epochs=1)
    found = run_step(run, 1, 0)
    made = found.rows >= run.info.train_rows
    assert made.any()
    texts = np.array(found.texts)
    assert (texts[made] == MADE_UP).all() and (texts[~made] != MADE_UP).all()
    assert [stage.key for stage in found.stages] == ["draw", "loss", "update"]


def test_hardness_without_learned_weights_averages_those_of_the_fixed_curve(tmp_path):
    run = trained(tmp_path, method="hamr-no-meta-weights", epochs=1)
    found = run_step(run, 1, 0)
    update = next(stage for stage in found.stages if stage.key == "update")
    for place in np.flatnonzero(found.draws == 1).tolist():
        *_, new = numbers_in(update.numbers[place])
        weight = found.values("observed")[place]
        assert new == pytest.approx(0.9 + 0.1 * weight, rel=0.01)


def test_the_loss_of_a_sentence_is_that_of_its_words(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path))
    loss = run_step(run, 1, 0).stages[1]
    assert "of word" in loss.equation
    assert not any("log" in text for text in loss.numbers.values())
