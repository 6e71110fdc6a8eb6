"""Soft targets that are made again after each epoch, and heads that do not begin at random."""

import numpy as np
import pytest
import torch

from hamr.models import FineTuned, Tokens, load_encoder
from hamr.ranks import ALONE
from hamr.training import soft_targets, train
from hamr.training.altered import left_out
from hamr.training.head_start import start_head
from hamr.training.row_vectors import RowVectors
from hamr.training.soft_targets import NAME, SoftTargets
from hamr.triage.ridge import ridge_classifier, ridge_log_p
from tests.core.small_data import DictCache, epochs_of, full, small_cache, small_dataset


class Held:
    """As much of the examples as soft targets touch."""

    def __init__(self, soft):
        self.soft = soft


def made(settings, memory, kept=None):
    dataset = small_dataset()
    first = torch.full((len(dataset.train), 3), 1 / 3)
    settings = settings.model_copy(update={"soft_target_memory": memory})
    held = Held(first)
    return SoftTargets(dataset, settings, held, ALONE, kept), held


def vectors():
    rows = len(small_dataset().train)
    found = RowVectors(rows, 8, None)
    found.sums = torch.from_numpy(np.random.default_rng(0).normal(size=(rows, 8)).astype("float32"))
    return found


def test_they_move_towards_the_encoder_as_it_is_by_one_minus_the_memory(tiny_encoder):
    soft, held = made(full(tiny_encoder), 0.25)
    soft.renew(1, vectors())
    labels = small_dataset().train.labels.astype(np.int64)
    found = left_out(vectors().unit(), labels, 3)
    assert np.allclose(held.soft.numpy(), 0.25 / 3 + 0.75 * found, atol=1e-6)
    assert np.allclose(held.soft.sum(1), 1, atol=1e-5)


def test_they_are_made_again_after_every_epoch_but_the_last(tiny_encoder):
    soft, _ = made(full(tiny_encoder, epochs=3), 0.5)
    assert [soft.due(epoch, 8) for epoch in (1, 2, 3)] == [True, True, False]
    never, _ = made(full(tiny_encoder, epochs=3), 1.0)
    assert not never.due(1, 8)
    assert never.save() == {}


def test_too_many_rows_keep_their_first_ones(tiny_encoder, monkeypatch):
    monkeypatch.setattr(soft_targets, "MOST_BYTES", 86 * 8 * 4 - 1)
    soft, _ = made(full(tiny_encoder), 0.5)
    assert not soft.due(1, 8)


def test_a_resumed_run_has_those_of_its_checkpoint(tiny_encoder):
    soft, held = made(full(tiny_encoder), 0.5)
    soft.renew(1, vectors())
    again, other = made(full(tiny_encoder), 0.5)
    again.restore(soft.save())
    assert torch.equal(other.soft, held.soft)


def test_a_run_that_makes_them_again_goes_on_as_if_never_stopped(tiny_encoder):
    soft = {"soft_target_weight": 0.6, "soft_target_memory": 0.5}
    settings = full(
        tiny_encoder, epochs=3, batch_size=32, frozen_layers=1, head_start="ridge", **soft
    )
    cache, dataset = DictCache(), small_dataset()
    whole = list(train(dataset, settings, cache=cache))
    first = epochs_of(whole)[0].checkpoint
    assert NAME in first
    rest = list(train(dataset, settings, cache=cache, resume=(1, first)))
    for name, array in epochs_of(whole)[-1].checkpoint.items():
        assert np.array_equal(array, epochs_of(rest)[-1].checkpoint[name]), name


@pytest.mark.parametrize("patience", [1, 2])
def test_training_ends_once_the_best_epoch_is_long_ago(tiny_encoder, patience):
    settings = full(tiny_encoder, epochs=6, batch_size=64, learning_rate=1e-9, patience=patience)
    dataset = small_dataset()
    cache = small_cache(dataset, settings)
    found = list(train(dataset, settings, cache=cache))
    assert len(epochs_of(found)) == 1 + patience  # nothing is learned, so the first is the best
    assert found[-1].best_epoch == 1
    last = (1 + patience, epochs_of(found)[-1].checkpoint)
    rest = list(train(dataset, settings, cache=cache, resume=last))
    assert not epochs_of(rest)
    assert np.array_equal(rest[-1].test_prediction, found[-1].test_prediction)


def test_a_ridge_classifier_says_what_the_regression_says_of_new_rows():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(3), 40)
    x = (rng.normal(size=(3, 6))[labels] + rng.normal(size=(120, 6))).astype(np.float32)
    weight, bias = ridge_classifier(x[:-1], labels[:-1], 3)
    logits = weight @ x[-1] + bias
    wanted = ridge_log_p(x, labels, 3)[-1]  # of the last row, without it
    assert np.allclose(logits - logits.mean(), wanted - wanted.mean(), atol=0.1)


def test_a_head_begins_with_what_the_embeddings_say(tiny_encoder):
    encoder = load_encoder(tiny_encoder, 16)
    torch.manual_seed(0)
    model, texts = FineTuned(encoder, 2), ["text of train : 1 2 3", "test 9"] * 10
    inputs, rows = Tokens(encoder, texts), np.arange(20)
    with torch.no_grad():
        vectors = model.eval().vectors(inputs.batch(rows))
    unit, labels = torch.nn.functional.normalize(vectors, dim=1).numpy(), rows % 2
    start_head(model, unit, labels, inputs.batch, None)
    with torch.no_grad():
        found = model(inputs.batch(rows)).argmax(1).numpy()
    assert np.array_equal(found, labels)
