"""The meta step against the double-backward oracle and against finite differences."""

import copy
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.losses import Targets, of_labels, reweighted
from hamr.models import Head, Words, per_sample_loss
from hamr.weighting import FrozenHeadStep, MetaStep, WeightNetwork, normalise
from tests.core.oracle import double_backward, weights_by_formula

WIDTH, HIDDEN, CLASSES = 12, 7, 4


def batch(seed, rows=9):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, WIDTH, generator=generator)
    return x, Targets(torch.randint(0, CLASSES, (rows,), generator=generator))


def network(seed=0, low=0.1, high=8.0, spread=3.0):
    torch.manual_seed(seed)
    made = WeightNetwork(20, low, high)
    with torch.no_grad():  # a curve steep enough that clips are reached
        made.upper.weight.mul_(spread)
    return made


def learner(kind, alpha=0.1, meta_objective=None, **of_network):
    torch.manual_seed(1)
    model, net = Head(WIDTH, HIDDEN, CLASSES), network(**of_network)
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
    adam = torch.optim.Adam(net.parameters(), lr=1e-2)
    step = kind(model, adamw, net, adam, alpha=alpha, meta_objective=meta_objective)
    return step, model, net


def test_z_is_the_batch_z_score():
    z = normalise(torch.tensor([1.0, 2.0, 3.0, 6.0]))
    assert torch.allclose(z, torch.tensor([-2.0, -1.0, 0.0, 3.0]) / 3.5**0.5)


@pytest.mark.parametrize("losses", [[0.7], [0.7, 0.7, 0.7]])
def test_equal_losses_have_z_zero(losses):
    assert torch.equal(normalise(torch.tensor(losses)), torch.zeros(len(losses)))


def test_weights_follow_the_formula():
    net, z = network(), torch.linspace(-2, 4, 30)
    assert torch.allclose(net.weights(net(z)), weights_by_formula(net, z), atol=1e-6)


@given(st.lists(st.floats(-6, 6, width=32), min_size=1, max_size=40), st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_weights_stay_between_the_clips(values, seed):
    net = network(seed, low=0.4, high=1.5, spread=20)
    weights = net.weights(net(torch.tensor(values)))
    assert bool(((weights >= 0.4) & (weights <= 1.5)).all())


@pytest.mark.parametrize("clips", [(0.0001, 900.0), (0.8, 1.2)], ids=["free", "clipped"])
@pytest.mark.parametrize("kind", [FrozenHeadStep, MetaStep])
def test_meta_gradient_equals_double_backward(kind, clips):
    low, high = clips
    step, model, net = learner(kind, low=low, high=high)
    twin_model, twin_net = copy.deepcopy(model), copy.deepcopy(net)
    of_theta, of_weights, meta_loss = double_backward(twin_model, twin_net, batch(3), batch(4), 0.1)
    outcome = step(*batch(3), *batch(4))
    assert torch.allclose(outcome.weight_gradient, of_weights, rtol=1e-4, atol=1e-8)
    assert torch.allclose(outcome.meta_loss, meta_loss, rtol=1e-5)
    for parameter, wanted in zip(net.parameters(), of_theta, strict=True):
        assert torch.allclose(parameter.grad, wanted, rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("kind", [FrozenHeadStep, MetaStep])
def test_a_balanced_meta_loss_weighs_the_meta_rows_by_class(kind):
    weights = torch.tensor([0.3, 1.0, 2.0, 0.7])
    step, model, net = learner(kind, meta_objective=of_labels(partial(reweighted, weights=weights)))
    twins = copy.deepcopy(model), copy.deepcopy(net)
    _, of_weights, meta_loss = double_backward(
        *twins, batch(3), batch(4), 0.1, class_weights=weights
    )
    outcome = step(*batch(3), *batch(4))
    assert torch.allclose(outcome.weight_gradient, of_weights, rtol=1e-4, atol=1e-8)
    assert torch.allclose(outcome.meta_loss, meta_loss, rtol=1e-5)


def test_meta_gradient_equals_finite_differences():
    step, model, net = learner(MetaStep)
    model.double()
    net.double()
    (x, y), (meta_x, meta_y) = batch(5), batch(6)
    x, meta_x = x.double(), meta_x.double()
    model_before = copy.deepcopy(model)
    outcome = step(x, y, meta_x, meta_y)

    def gradient(of):
        losses = per_sample_loss(model_before(x), y)
        found = torch.autograd.grad((of * losses).mean(), list(model_before.parameters()))
        names = [name for name, _ in model_before.named_parameters()]
        return dict(zip(names, found, strict=True))

    def meta_loss(of):
        by_name = gradient(of)
        moved = {n: p - 0.1 * by_name[n] for n, p in model_before.named_parameters()}
        logits = torch.func.functional_call(model_before, moved, (meta_x,))
        return per_sample_loss(logits, meta_y).mean()

    for row in range(len(y)):
        nudge = torch.zeros_like(outcome.pre)
        nudge[row] = 1e-5
        slope = (meta_loss(outcome.pre + nudge) - meta_loss(outcome.pre - nudge)) / 2e-5
        assert outcome.weight_gradient[row].item() == pytest.approx(
            slope.item(), rel=1e-5, abs=1e-10
        )


def test_closed_form_and_general_step_go_the_same_way_for_many_steps():
    fast, fast_model, fast_net = learner(FrozenHeadStep)
    slow, slow_model, slow_net = learner(MetaStep)
    for number in range(20):
        fast(*batch(number), *batch(100 + number))
        slow(*batch(number), *batch(100 + number))
    for one, other in ((fast_model, slow_model), (fast_net, slow_net)):
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.allclose(a, b, atol=2e-5)


@pytest.mark.parametrize("kind", [FrozenHeadStep, MetaStep])
def test_outer_update_is_adamw_on_the_post_weighted_mean(kind):
    step, model, _ = learner(kind)
    twin = copy.deepcopy(model)
    adamw = torch.optim.AdamW(twin.parameters(), lr=1e-2, weight_decay=0.1)
    outcome = step(*batch(7), *batch(8))
    x, y = batch(7)
    (outcome.post * per_sample_loss(twin(x), y)).mean().backward()
    adamw.step()
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_post_weights_use_the_network_after_its_step_and_the_same_z():
    step, _, net = learner(FrozenHeadStep)
    outcome = step(*batch(7), *batch(8))
    assert torch.allclose(outcome.post, weights_by_formula(net, outcome.z), atol=1e-6)
    assert not torch.allclose(outcome.pre, outcome.post, atol=1e-6)


@pytest.mark.parametrize("kind", [FrozenHeadStep, MetaStep])
def test_without_a_network_the_step_is_plain_training(kind):
    torch.manual_seed(1)
    model = Head(WIDTH, HIDDEN, CLASSES)
    twin = copy.deepcopy(model)
    step = kind(model, torch.optim.SGD(model.parameters(), lr=0.1), None, None, alpha=0.1)
    x, y = batch(9)
    outcome = step(x, y, *batch(10))
    torch.nn.functional.cross_entropy(twin(x), y.labels).backward()
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(a, b - 0.1 * b.grad, atol=1e-6)
    assert outcome.meta_loss is None
    assert torch.equal(outcome.post, torch.ones(len(y)))


@pytest.mark.parametrize("balanced", [False, True])
def test_large_batches_have_the_meta_gradient_of_small_ones(monkeypatch, balanced):
    own = of_labels(partial(reweighted, weights=torch.rand(CLASSES) + 0.5)) if balanced else None
    found = []
    for large in (1000, 1):
        monkeypatch.setattr("hamr.weighting.frozen_head.LARGE", large)
        step, _, _ = learner(FrozenHeadStep, meta_objective=own)
        found.append(step(*batch(1), *batch(2)))
    small, virtual = found
    assert torch.allclose(small.weight_gradient, virtual.weight_gradient, rtol=1e-4, atol=1e-8)
    assert torch.allclose(small.meta_loss, virtual.meta_loss)


def test_large_batches_of_sentences_have_the_meta_gradient_of_small_ones(monkeypatch):
    x, targets = batch(3, 12)
    words = Words(x, torch.tensor([0, 2, 3, 7, 9, 12]))
    found = []
    for large in (1000, 1):
        monkeypatch.setattr("hamr.weighting.frozen_head.LARGE", large)
        step, _, _ = learner(FrozenHeadStep)
        found.append(step(words, targets, words, targets))
    small, virtual = found
    assert torch.allclose(small.weight_gradient, virtual.weight_gradient, rtol=1e-4, atol=1e-8)
