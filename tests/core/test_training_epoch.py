"""What an epoch is decided by, and what the full preset's settings do in it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hamr.config import TrainingSettings
from hamr.records import FinalRecord
from hamr.training import train
from hamr.training.devices import DeviceSetup, choose
from hamr.training.embedded import Embedded
from hamr.training.epoch import plan, steps_per_epoch
from hamr.training.learner import Learner
from hamr.training.row_partition import RowPartition
from hamr.training.schedule import rate
from tests.core.small_data import DictCache, epochs_of, full, quick, small_dataset

TRAIN = 86
LENGTHS = np.random.default_rng(0).integers(3, 60, TRAIN + 44)


def planned(lengths=LENGTHS, number=1, **changes):
    settings = quick(**changes)
    uniform = np.full(TRAIN, 1 / TRAIN)
    return plan(settings, RowPartition.of(small_dataset(), settings), lengths, uniform, number)


def records(settings):
    return list(train(small_dataset(), settings, cache=DictCache()))


def learner_of(settings, place=None):
    dataset = small_dataset()
    embeddings = np.zeros((len(dataset.train) + 44, 8), np.float32)
    return Learner(dataset, settings, Embedded(embeddings), place or choose(settings))


@pytest.mark.parametrize("method", ["hamr", "erm"])
def test_batches_by_length_hold_the_same_draws(method):
    ordered, plain = planned(method=method), planned(lengths=None, method=method)
    assert sorted(ordered.visits.rows) == sorted(plain.visits.rows)
    assert sorted(ordered.meta.reshape(-1)) == sorted(plain.meta.reshape(-1))
    assert not np.array_equal(ordered.visits.rows, plain.visits.rows)


def test_batches_by_length_pad_less_in_both_streams():
    def padded(epoch):
        batches = np.split(epoch.visits.rows, epoch.visits.starts[1:-1])
        return sum(len(rows) * LENGTHS[rows].max() for rows in [*batches, *epoch.meta])

    assert padded(planned()) < 0.85 * padded(planned(length_window=1))


def test_an_epoch_is_planned_alike_each_time_and_unlike_the_next():
    one, again, later = planned(), planned(), planned(number=2)
    for name in ("meta", "keys"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
        assert not np.array_equal(getattr(one, name), getattr(later, name))


def test_every_draw_has_a_key_of_its_own():
    epoch = planned()
    assert len(set(epoch.keys.tolist())) == len(epoch.visits.rows)


def test_every_epoch_has_as_many_steps():
    settings = quick(epochs=2)
    epoch = planned(number=3)
    assert (
        epoch.steps == steps_per_epoch(settings, RowPartition.of(small_dataset(), settings)) == 13
    )
    assert epoch.step == 26


def test_frozen_layers_stay_to_the_bit_and_the_rest_learns(tiny_encoder):
    settings = full(tiny_encoder, epochs=1, frozen_layers=1)
    before = {n: p.detach().clone() for n, p in learner_of(settings).model.named_parameters()}
    after = records(settings)[-1].model
    moved = {name for name, p in before.items() if not np.array_equal(p.numpy(), after[name])}
    assert not any("embeddings" in name or "layer.0." in name for name in moved)
    assert any("layer.1." in name for name in moved)
    assert "classifier.weight" in moved


def test_every_step_learns_at_its_rate_of_the_schedule(tiny_encoder, monkeypatch):
    original, seen = torch.optim.AdamW.step, []

    def noted(self, *arguments, **options):
        seen.append(self.param_groups[0]["lr"])
        return original(self, *arguments, **options)

    monkeypatch.setattr(torch.optim.AdamW, "step", noted)
    schedule = {"warmup_share": 0.25, "decay": "cosine"}
    settings = full(tiny_encoder, method="erm", learning_rate=1e-3, **schedule)
    records(settings)
    assert len(seen) == 22  # 11 batches of 86 rows, twice
    assert seen == [1e-3 * rate(step, 22, **schedule) for step in range(22)]


def test_the_meta_gradient_is_probed_every_so_many_steps(tiny_encoder):
    settings = full(tiny_encoder, meta_gradient="last_layer", meta_every=1, probe_every=5)
    found = epochs_of(records(settings))
    steps = [record.arrays["probe_step"].tolist() for record in found]
    assert steps == [[0, 5, 10], [15, 20, 25]]
    cosines = np.concatenate([record.arrays["probe_cosine"] for record in found])
    assert cosines.dtype == np.float32
    assert (np.abs(cosines) <= 1 + 1e-6).all()


@pytest.mark.parametrize(
    "changes", [{"meta_gradient": "exact"}, {"probe_every": 0}, {"method": "erm"}]
)
def test_nothing_is_probed_where_there_is_no_shortcut(tiny_encoder, changes):
    settings = {"epochs": 1, "meta_gradient": "last_layer", "probe_every": 1, **changes}
    record = epochs_of(records(full(tiny_encoder, **settings)))[0]
    assert record.arrays["probe_step"].size == record.arrays["probe_cosine"].size == 0


def test_probing_steers_nothing(tiny_encoder):
    base = {"epochs": 1, "meta_gradient": "last_layer"}
    one, other = (
        epochs_of(records(full(tiny_encoder, **base, probe_every=every)))[0] for every in (0, 3)
    )
    for name, signal in one.signals.items():
        assert np.allclose(signal, other.signals[name], rtol=1e-3, atol=1e-5, equal_nan=True)


def test_neighbours_are_those_of_the_encoder_as_it_is_now(tiny_encoder):
    settings = full(
        tiny_encoder, epochs=1, neighbours_from="current", learning_rate=1e-2, average_decay=0
    )
    record = epochs_of(records(settings))[0]
    learner = learner_of(settings)
    learner.state.restore(record.checkpoint)
    *_, vectors = learner.evaluator.embed(np.arange(TRAIN))
    similar = np.take_along_axis(
        vectors[record.arrays["seeds"]] @ vectors.T, record.arrays["neighbours"], axis=1
    )
    assert np.allclose(similar, record.arrays["similarities"], atol=1e-5)
    frozen = epochs_of(records(settings.model_copy(update={"neighbours_from": "frozen"})))[0]
    assert not np.allclose(frozen.arrays["similarities"], record.arrays["similarities"], atol=1e-5)


def test_the_quick_preset_has_no_use_for_current_neighbours():
    frozen = TrainingSettings(neighbours_from="frozen")
    assert choose(frozen) == choose(TrainingSettings(neighbours_from="current"))


def test_bf16_gives_float32_scores_near_those_of_float32(tiny_encoder):
    settings = full(tiny_encoder, meta_gradient="last_layer")
    plain = learner_of(settings)
    half = learner_of(settings, DeviceSetup(torch.device("cpu"), torch.bfloat16, "bf16"))
    places = np.arange(20)
    *_, one = plain.evaluator.evaluate(places)
    *_, other = half.evaluator.evaluate(places)
    assert other.loss.dtype == np.float32
    assert 0 < np.abs(one.loss - other.loss).max() < 0.05
    outcome = half.step(places, places + TRAIN, keys=places)
    assert outcome.loss.dtype == outcome.weight_gradient.dtype == torch.float32
    assert half.model.classifier.weight.dtype == torch.float32


def test_texts_of_one_class_in_two_lengths_are_evaluated_at_their_own_places(tiny_encoder):
    dataset = small_dataset()
    texts = tuple(text * (1 + place % 3) for place, text in enumerate(dataset.train.texts))
    dataset = replace(dataset, train=replace(dataset.train, texts=texts))
    settings = full(tiny_encoder)
    embedded = Embedded(np.random.default_rng(0).normal(size=(TRAIN + 44, 8)).astype(np.float32))
    learner = Learner(dataset, settings, embedded, choose(settings))
    *_, whole = learner.evaluator.evaluate(np.arange(TRAIN))
    *_, part = learner.evaluator.evaluate(np.arange(40, 50))
    assert np.allclose(whole.loss[40:50], part.loss, atol=1e-5)


def test_a_run_in_micro_batches_of_unlike_sizes_ends_with_a_score(tiny_encoder):
    cut = {"meta_gradient": "upper", "accumulation": 3, "batch_size": 40}
    found = records(full(tiny_encoder, epochs=1, **cut))
    assert isinstance(found[-1], FinalRecord)
