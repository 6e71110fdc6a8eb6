"""The loop: what it yields, that it can be stopped and resumed, and that records add up."""

import numpy as np
import pytest
import torch

from hamr.hardness import boost, hard_seeds
from hamr.methods import table
from hamr.records import (
    EPOCH_ARRAYS,
    EPOCH_SCALARS,
    ROW_SIGNALS,
    FinalRecord,
    Progress,
    StepRecord,
)
from hamr.sampler import probabilities
from hamr.training import train
from hamr.training.learner import Learner
from tests.core.small_data import (
    CLASSES,
    epochs_of,
    quick,
    same_bits,
    small_cache,
    small_dataset,
)


def records(settings, **options):
    dataset = small_dataset()
    return list(train(dataset, settings, cache=small_cache(dataset, settings), **options))


@pytest.mark.parametrize("method", [n for n, m in table().items() if "sequence" in m.tasks])
def test_every_method_records_everything_for_every_row_and_epoch(method):
    found = records(quick(method=method, epochs=2))
    for record in epochs_of(found):
        assert record.signals.keys() == ROW_SIGNALS.keys()
        assert record.arrays.keys() == EPOCH_ARRAYS.keys()
        assert record.scalars.keys() == EPOCH_SCALARS.keys()
        for name, signal in ROW_SIGNALS.items():
            assert record.signals[name].shape == (86,)
            assert record.signals[name].dtype == signal.dtype
    assert isinstance(found[-1], FinalRecord)
    assert any(isinstance(record, StepRecord) for record in found)
    assert any(isinstance(record, Progress) for record in found)


def test_a_run_learns_its_classes():
    final = records(quick(epochs=12, learning_rate=1e-2))[-1]
    assert final.test.macro_f1 > 0.6


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not():
    one, other, third = (epochs_of(records(quick(seed=seed))) for seed in (3, 3, 4))
    same_bits(one[-1], other[-1])
    assert not np.array_equal(one[-1].signals["loss"], third[-1].signals["loss"])


def test_draws_visits_and_last_steps_add_up():
    found = epochs_of(records(quick()))
    for number, record in enumerate(found):
        signals = record.signals
        assert signals["draws"].sum() == record.scalars["draw_count"] == round(1.2 * 86)
        assert signals["expected_draws"].sum() == pytest.approx(round(1.2 * 86), rel=1e-4)
        total = sum(earlier.signals["draws"] for earlier in found[: number + 1])
        assert np.array_equal(signals["visits"], total)
        drawn_now = signals["draws"] > 0
        assert np.array_equal(np.isnan(signals["post"]), ~drawn_now)
        assert np.array_equal(signals["last_step"] < 0, total == 0)
        before = found[number - 1].step if number else 0
        assert (signals["last_step"][drawn_now] >= before).all()


def test_draws_follow_the_hardness_and_boost_of_the_epoch_before():
    settings = quick()
    first, second = epochs_of(records(settings))[:2]
    p = probabilities(
        first.signals["hardness"],
        first.signals["boost"],
        tau=settings.tau,
        boost_strength=settings.boost_strength,
    )
    assert np.allclose(second.signals["expected_draws"], p * round(1.2 * 86), rtol=1e-5)
    assert np.allclose(first.signals["expected_draws"], round(1.2 * 86) / 86)


def test_boost_and_seeds_come_from_the_hardness_they_are_recorded_with():
    record = epochs_of(records(quick()))[1]
    seeds = hard_seeds(record.signals["hardness"], 0.2)
    assert np.array_equal(record.arrays["seeds"], seeds)
    assert np.allclose(record.signals["boost"], boost(record.arrays["neighbours"], 86))


def test_boost_is_refreshed_every_f_epochs_only():
    found = epochs_of(records(quick(refresh_every=2)))
    assert [record.scalars["boost_refreshed"] for record in found] == [False, True, False, True]
    assert not found[0].signals["boost"].any()
    assert np.array_equal(found[1].signals["boost"], found[2].signals["boost"])


def test_erm_draws_each_row_once_and_weighs_all_alike():
    record = epochs_of(records(quick(method="erm")))[0]
    assert (record.signals["draws"] == 1).all()
    assert (record.signals["post"] == 1).all()
    assert (record.signals["hardness"] == 1).all()
    assert record.scalars["meta_loss"] is None


def test_without_meta_weights_all_rows_weigh_alike_but_draws_follow_the_loss():
    record = epochs_of(records(quick(method="hamr-plus-no-meta-weights")))[-1]
    drawn = record.signals["draws"] > 0
    assert (record.signals["post"][drawn] == 1).all()
    assert record.signals["hardness"].std() > 0.01


def test_rows_moved_into_the_meta_set_are_never_drawn():
    copied = epochs_of(records(quick(supplementary="copy", epochs=8)))[-1].signals["visits"]
    moved = epochs_of(records(quick(supplementary="move", epochs=8)))[-1].signals["visits"]
    # The validation median is 6 rows; "rarest" has 4 there, so 2 are filled up and moved.
    assert (moved == 0).sum() >= 2
    assert (moved[-6:] == 0).sum() == 2
    assert (copied[-6:] == 0).sum() < 2


def test_alignment_is_the_negated_meta_gradient_over_its_spread_in_the_batch():
    settings = quick(batch_size=200, epochs=1)  # one step: one batch, one update of the EMA
    record = epochs_of(records(settings))[0]
    drawn_once = record.signals["draws"] == 1
    alignment = record.signals["alignment"][drawn_once] / 0.1
    assert 0.2 < alignment.std() < 5
    assert not record.signals["alignment"][record.signals["draws"] == 0].any()


def test_between_two_meta_steps_weights_stand_and_tell_no_alignment():
    seen = []
    original = Learner.step

    def watched(self, *places, **how):
        seen.append((how["meta"], original(self, *places, **how)))
        return seen[-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "step", watched)
        record = epochs_of(records(quick(epochs=1, meta_every=4)))[0]
    assert [meta for meta, _ in seen] == [i % 4 == 0 for i in range(len(seen))]
    for meta, outcome in seen:
        assert torch.equal(outcome.pre, outcome.post) is not meta
        assert (outcome.weight_gradient is not None) is meta
    aligned = (record.signals["alignment"] != 0).sum()
    assert 0 < aligned <= 8 * sum(meta for meta, _ in seen)


def test_the_best_epoch_is_the_one_with_the_best_validation_score():
    found = records(quick(epochs=6))
    scores = [record.scalars["macro_f1"] for record in epochs_of(found)]
    assert found[-1].best_epoch == 1 + int(np.argmax(scores))
    assert found[-1].validation.macro_f1 == pytest.approx(max(scores))


def test_per_class_scores_have_one_place_per_class():
    record = epochs_of(records(quick(epochs=1)))[0]
    assert record.arrays["confusion"].shape == (3, 3)
    assert record.arrays["confusion"].sum() == 22
    assert record.arrays["support"].tolist() == [12, 6, 4]
    assert len(CLASSES) == len(record.arrays["f1"])
