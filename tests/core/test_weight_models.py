"""CMW-Net's and LiLAW's weights and gradients against slow autograd, in both kinds of step."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.config import TrainingSettings
from hamr.losses import Targets
from hamr.models import Head
from hamr.weighting import FrozenHeadStep, MetaStep, Rows, weight_model
from hamr.weighting.class_network import ClassWeightNetwork, grouped
from hamr.weighting.three_scalars import ThreeScalars

CLASSES, COUNTS = 5, torch.tensor([90, 12, 10, 3, 2])
BOTH = pytest.mark.parametrize("kind", [FrozenHeadStep, MetaStep])


def batch(seed, rows=11):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 6, generator=generator)
    return x, Targets(torch.randint(0, CLASSES, (rows,), generator=generator))


def learner(kind, network, **options):
    torch.manual_seed(1)
    model = Head(6, 8, CLASSES)
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-2)
    sgd = torch.optim.SGD(network.parameters(), lr=1.0)
    return kind(model, adamw, network, sgd, alpha=0.5, **options), model


def class_network():
    torch.manual_seed(3)
    return ClassWeightNetwork(7, grouped(COUNTS, 3))


def losses_of(model, seen):
    x, targets = seen
    return torch.nn.functional.cross_entropy(model(x), targets.labels, reduction="none")


def class_weights(network, loss, labels):
    """w as the paper's code writes it: a network of its own for each row's group."""
    hidden = torch.relu(network.lower(loss.detach().reshape(-1, 1)))
    every = torch.sigmoid(network.upper(hidden))
    s = every[torch.arange(len(loss)), network.group_of_class[labels]]
    return s / s.mean().detach()


def lilaw(network, model, seen):
    """w by the formula, of rows whose model is held fixed."""
    x, targets = seen
    p = model(x).softmax(1).detach()
    own, top = p[torch.arange(len(x)), targets.labels], p.max(1).values
    easy = torch.sigmoid(network.alpha * own - top)
    moderate = torch.exp(-((network.delta * own - top) ** 2) / 2)
    return easy + moderate + torch.sigmoid(-(network.beta * own - top))


@BOTH
def test_cmw_nets_gradient_equals_double_backward(kind):
    network = class_network()
    step, model = learner(kind, network)
    twin, net, seen = copy.deepcopy(model), copy.deepcopy(network), batch(3)
    loss = losses_of(twin, seen)
    weights = class_weights(net, loss, seen[1].labels)
    phi = dict(twin.named_parameters())
    inner = torch.autograd.grad((weights * loss).mean(), list(phi.values()), create_graph=True)
    moved = {n: p - 0.5 * g for (n, p), g in zip(phi.items(), inner, strict=True)}
    x, targets = batch(4)
    logits = torch.func.functional_call(twin, moved, (x,))
    meta_loss = torch.nn.functional.cross_entropy(logits, targets.labels)
    wanted = torch.autograd.grad(meta_loss, list(net.parameters()))
    outcome = step(*seen, *batch(4))
    assert torch.allclose(outcome.pre, weights, atol=1e-6)
    for parameter, by_hand in zip(network.parameters(), wanted, strict=True):
        assert torch.allclose(parameter.grad, by_hand, rtol=1e-3, atol=1e-8)


@BOTH
def test_lilaw_goes_down_the_weighted_loss_of_the_meta_rows(kind):
    network = ThreeScalars()
    step, model = learner(kind, network)
    net, meta = copy.deepcopy(network), batch(4)
    before = copy.deepcopy(model)
    weighted = (lilaw(net, before, meta) * losses_of(before, meta).detach()).mean()
    wanted = torch.autograd.grad(weighted, list(net.parameters()))
    outcome = step(*batch(3), *meta)
    assert torch.allclose(outcome.pre, lilaw(net, before, batch(3)), atol=1e-6)
    for parameter, by_hand in zip(network.parameters(), wanted, strict=True):
        assert torch.allclose(parameter.grad, by_hand, rtol=1e-4, atol=1e-9)


def test_lilaws_slopes_are_those_of_its_weights():
    network, seen = ThreeScalars(), torch.tensor([[0.2, 0.5], [0.9, 0.9], [0.02, 0.97]])
    given_ = torch.tensor([0.3, -1.0, 2.0])
    (network.weights(seen) @ given_).backward()
    found = network.gradient(seen, given_)
    for name, parameter in network.named_parameters():
        assert torch.allclose(found[name], parameter.grad, rtol=1e-5)


@pytest.mark.parametrize("make", [class_network, ThreeScalars])
def test_micro_batches_and_the_closed_form_go_the_same_way(make):
    steps = [learner(FrozenHeadStep, make()), learner(MetaStep, make(), accumulation=3)]
    for number in range(6):
        found = [step(*batch(number), *batch(50 + number)) for step, _ in steps]
        assert torch.allclose(found[0].post, found[1].post, atol=1e-5)
    one, other = (list(model.parameters()) for _, model in steps)
    assert all(torch.allclose(a, b, atol=2e-5) for a, b in zip(one, other, strict=True))


def test_lilaw_rests_in_the_first_epoch_and_then_learns():
    network = weight_model(TrainingSettings(method="lilaw", epochs=4), COUNTS)
    step, _ = learner(FrozenHeadStep, network)
    network.begin(0.24)
    resting = step(*batch(3), *batch(4))
    assert torch.equal(resting.post, torch.ones(11))
    assert network.alpha.item() == 10
    network.begin(0.25)
    assert not torch.equal(step(*batch(3), *batch(4)).post, torch.ones(11))
    assert network.alpha.item() < 10
    assert network.beta.item() > 2


@given(st.lists(st.integers(0, 500), min_size=1, max_size=9))
@settings(deadline=None, max_examples=60)
def test_groups_are_the_best_clusters_of_the_class_sizes(counts):
    values = torch.tensor(counts, dtype=torch.float64)
    groups = grouped(values, 3)

    def spread(of):
        parts = [values[of == g] for g in range(3) if (of == g).any()]
        return sum(float((part - part.mean()).square().sum()) for part in parts)

    ordered = values.sort().values
    best = min(
        spread((values >= ordered[i]).long() + (values >= ordered[j]))
        for i in range(len(counts)) for j in range(i, len(counts))
    )  # fmt: skip
    assert spread(groups) <= best * (1 + 1e-9) + 1e-6
    assert set(groups.tolist()) == set(range(min(3, len(set(counts)))))
    by_size = [values[groups == g].mean() for g in range(int(groups.max()) + 1)]
    assert by_size == sorted(by_size)


def test_classes_of_a_group_share_a_curve_and_others_do_not():
    network = class_network()
    loss = torch.full((CLASSES,), 1.3)
    weights = network.weights(network.score(Rows(loss, loss, torch.arange(CLASSES))))
    assert network.group_of_class.tolist() == [2, 1, 1, 0, 0]
    assert weights[1] == weights[2]
    assert weights[3] == weights[4]
    assert len({weights[0].item(), weights[1].item(), weights[3].item()}) == 3


def test_recorded_curves_are_what_the_rows_get():
    network = class_network()
    curves = network.curves()
    loss = torch.from_numpy(curves.x)
    group = int(curves.of_class[1])
    labels = torch.ones(len(loss), dtype=torch.int64)
    scored = network.score(Rows(loss, loss, labels))
    assert torch.allclose(scored.s, torch.from_numpy(curves.weight[group]))
    assert ThreeScalars().curves().scalars.tolist() == [10, 2, 6]
