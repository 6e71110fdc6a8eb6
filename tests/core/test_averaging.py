"""The moving average of the model's weights."""

import numpy as np
import torch

from hamr.training import train
from hamr.training.averaging import WeightAverage
from tests.core.small_data import epochs_of, quick, small_cache, small_dataset


def test_the_average_follows_its_equation():
    model = torch.nn.Linear(3, 2)
    average, expected = WeightAverage(model, 0.6), model.weight.detach().clone()
    for step in range(1, 30):
        with torch.no_grad():
            model.weight.add_(torch.randn(2, 3))
        average.update()
        decay = min(0.6, step / (step + 10))
        expected = decay * expected + (1 - decay) * model.weight.detach()
    torch.testing.assert_close(average.averaged["weight"], expected)


def test_the_model_has_the_average_only_within():
    model = torch.nn.Linear(3, 2)
    average = WeightAverage(model, 0.9)
    with torch.no_grad():
        model.weight.add_(1.0)
    average.update()
    own, averaged = model.weight.detach().clone(), average.averaged["weight"].clone()
    with average.in_place():
        assert torch.equal(model.weight, averaged)
    assert torch.equal(model.weight, own)
    assert torch.equal(average.averaged["weight"], averaged)


def test_frozen_parameters_are_not_averaged():
    model = torch.nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    assert set(WeightAverage(model, 0.9).averaged) == {"weight"}


def records(**changes):
    settings = quick(method="erm", **changes)
    dataset = small_dataset()
    return list(train(dataset, settings, cache=small_cache(dataset, settings)))


def test_averaging_changes_what_is_scored_and_not_what_is_stepped():
    plain, averaged = records(), records(average_decay=0.9)
    for one, other in zip(epochs_of(plain), epochs_of(averaged), strict=True):
        assert np.array_equal(one.signals["visit_loss"], other.signals["visit_loss"])
        assert not np.array_equal(one.signals["loss"], other.signals["loss"])
    assert not np.array_equal(plain[-1].model["lower.weight"], averaged[-1].model["lower.weight"])
