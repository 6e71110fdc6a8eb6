"""The baselines' losses, each against its formula written out with numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hamr.config import TrainingSettings
from hamr.losses import (
    Targets,
    balanced,
    class_balanced,
    cross_entropy,
    dice,
    focal,
    inverse_frequency,
    logit_adjusted,
    meta_objective,
    objective,
    power_balanced,
    reweighted,
    share_at,
    soft_targets,
)
from hamr.methods import names, table

COUNTS = torch.tensor([60, 20, 6, 1])
# Among them HAMR as published, which balances no classes.
PLAIN = {name for name, m in table().items() if m.loss is None and not m.balances_classes}


def batch(seed=0, rows=5):
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(rows, 4, generator=generator, dtype=torch.float64)
    return logits, torch.randint(0, 4, (rows,), generator=generator)


def own_probability(logits, labels):
    o = logits.numpy()
    p = np.exp(o) / np.exp(o).sum(1, keepdims=True)
    return p[np.arange(len(p)), labels.numpy()]


@given(st.integers(0, 99), st.floats(0, 5))
def test_focal_is_its_formula(seed, gamma):
    logits, labels = batch(seed)
    p = own_probability(logits, labels)
    assert np.allclose(focal(logits, labels, gamma=gamma), (1 - p) ** gamma * -np.log(p))


@given(st.integers(0, 99), st.floats(0, 3), st.floats(0.01, 3))
def test_dice_is_its_formula(seed, alpha, smooth):
    logits, labels = batch(seed)
    p = own_probability(logits, labels)
    q = (1 - p) ** alpha * p
    wanted = 1 - (2 * q + smooth) / (q + 1 + smooth)
    assert np.allclose(dice(logits, labels, alpha=alpha, smooth=smooth), wanted)


def test_weighted_cross_entropy_is_torchs_before_its_mean():
    logits, labels = batch(1)
    weights = inverse_frequency(COUNTS)
    wanted = torch.nn.functional.cross_entropy(
        logits, labels, weight=weights.double(), reduction="none"
    )
    assert torch.allclose(reweighted(logits, labels, weights=weights), wanted)


def test_inverse_frequency_gives_all_classes_the_same_say_and_rows_a_mean_of_1():
    say = inverse_frequency(COUNTS) * COUNTS
    assert torch.allclose(say, say[0].expand(4))
    assert float(say.sum()) == pytest.approx(float(COUNTS.sum()))


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999, 0.9999])
def test_class_balanced_weights_are_those_of_the_paper(beta):
    effective = (1 - beta ** COUNTS.numpy().astype(float)) / (1 - beta)
    wanted = 1 / effective
    wanted *= 4 / wanted.sum()
    assert np.allclose(class_balanced(COUNTS, beta=beta), wanted)


def test_class_balanced_goes_from_equal_weights_to_inverse_frequency():
    even, near = class_balanced(COUNTS, beta=0.0), class_balanced(COUNTS, beta=1 - 1e-9)
    assert torch.allclose(even, torch.ones(4))
    ratio = near / inverse_frequency(COUNTS)
    assert torch.allclose(ratio, ratio[0].expand(4), rtol=1e-5)


@given(st.floats(0, 1))
def test_power_balanced_weights_are_the_power_of_the_counts_and_1_in_the_mean_over_rows(power):
    weights = power_balanced(COUNTS, power=power)
    assert torch.allclose(weights / weights[0], (COUNTS / COUNTS[0]).float() ** -power)
    assert float((weights * COUNTS).sum()) == pytest.approx(float(COUNTS.sum()))


def test_power_balanced_goes_from_equal_weights_to_inverse_frequency():
    assert torch.allclose(power_balanced(COUNTS, power=0.0), torch.ones(4))
    assert torch.allclose(power_balanced(COUNTS, power=1.0), inverse_frequency(COUNTS))


@pytest.mark.parametrize("weights", [inverse_frequency, class_balanced, power_balanced])
def test_a_class_without_rows_weighs_nothing(weights):
    found = weights(torch.tensor([5, 0, 3]))
    assert float(found[1]) == 0
    assert torch.isfinite(found).all()


@given(st.integers(0, 99), st.floats(0, 3))
def test_logit_adjustment_is_its_pairwise_formula(seed, strength):
    logits, labels = batch(seed)
    pi = (COUNTS / COUNTS.sum()).double()
    own = labels.unsqueeze(1)
    gap = logits - logits.gather(1, own)
    ratio = (pi / pi[labels].unsqueeze(1)) ** strength
    wanted = torch.log((ratio * gap.exp()).sum(1))
    found = logit_adjusted(logits, labels, counts=COUNTS, strength=strength)
    assert torch.allclose(found, wanted, rtol=1e-4)


def test_settings_at_zero_are_plain_training():
    logits, labels = batch(3)
    plain = cross_entropy(logits, labels)
    assert torch.allclose(focal(logits, labels, gamma=0.0), plain)
    assert torch.allclose(logit_adjusted(logits, labels, counts=COUNTS, strength=0.0), plain)


def test_focal_has_a_finite_gradient_where_a_row_is_surely_right():
    logits = torch.tensor([[60.0, -60.0, 0.0, 0.0]], requires_grad=True)
    focal(logits, torch.tensor([0]), gamma=0.5).sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_hamr_as_published_trains_by_cross_entropy_and_hamr_plus_does_not():
    assert {"hamr", "erm"} <= PLAIN and "hamr-plus" not in PLAIN


@pytest.mark.parametrize("method", names())
def test_a_method_has_a_loss_of_its_own_or_trains_by_cross_entropy(method):
    logits, labels = batch(4)
    loss = objective(TrainingSettings(method=method), COUNTS)
    assert (loss is None) == (method in PLAIN)
    if loss is not None:
        logits = logits.requires_grad_()
        plain = torch.autograd.grad(cross_entropy(logits, labels).sum(), logits)[0]
        own = torch.autograd.grad(loss(logits, Targets(labels)).sum(), logits)[0]
        assert not torch.allclose(own, plain)


def with_soft_targets(weight):
    """Five rows, a soft target each, which take that share of the rows' targets."""
    logits, _ = batch(5)
    q = torch.rand(5, 4, generator=torch.Generator().manual_seed(0)) + 0.1
    q = (q / q.sum(1, keepdim=True)).double()
    return logits, Targets(torch.tensor([0, 1, 2, 3, 0]), q, weight)


def by_logits(loss, logits):
    logits = logits.detach().requires_grad_()
    return torch.autograd.grad(loss(logits).sum(), logits)[0]


EQUAL = torch.ones(4, dtype=torch.float64)


def test_a_soft_target_has_its_share_of_a_rows_target():
    logits, targets = with_soft_targets(0.3)
    wanted = 0.7 * torch.nn.functional.one_hot(targets.labels, 4) + 0.3 * targets.soft
    found = by_logits(lambda o: soft_targets(o, targets, weights=EQUAL), logits)
    assert torch.allclose(found, logits.softmax(1) - wanted)


def test_a_soft_target_without_a_share_leaves_the_label_as_the_target():
    weights = inverse_frequency(COUNTS).double()
    logits, targets = with_soft_targets(0.0)
    wanted = by_logits(lambda o: reweighted(o, targets.labels, weights=weights), logits)
    found = by_logits(lambda o: soft_targets(o, targets, weights=weights), logits)
    assert torch.allclose(found, wanted)


def test_hamrs_losses_are_reported_as_cross_entropy_so_that_hardness_ignores_the_class():
    weights = inverse_frequency(COUNTS)
    logits, targets = with_soft_targets(0.6)
    plain = cross_entropy(logits, targets.labels)
    assert torch.allclose(soft_targets(logits, targets, weights=weights.double()), plain)
    assert torch.allclose(balanced(logits, targets.labels, weights=weights), plain)


def test_targets_of_some_rows_keep_their_soft_targets():
    _, targets = with_soft_targets(0.3)
    some = targets[torch.tensor([4, 1])]
    assert some.labels.tolist() == [0, 1]
    assert torch.equal(some.soft, targets.soft[[4, 1]])
    assert some.soft_weight == 0.3


def test_the_loss_of_soft_targets_refuses_a_batch_without_them():
    logits, labels = batch(7)
    with pytest.raises(ValueError, match="needs soft targets"):
        soft_targets(logits, Targets(labels), weights=EQUAL)


def test_the_weight_of_the_soft_targets_falls_linearly():
    shares = [share_at(progress, 0.8, 0.2) for progress in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.8, 0.5, 0.2])


def test_the_loss_of_the_meta_set_is_as_balanced_as_that_of_the_rows():
    logits, labels = batch(9)
    weights = power_balanced(COUNTS, power=0.3)
    meta = meta_objective(TrainingSettings(class_balance=0.3), COUNTS)
    assert torch.allclose(
        meta(logits, Targets(labels)), reweighted(logits, labels, weights=weights)
    )


@pytest.mark.parametrize("changes", [{"class_balance": 0.0}, {"method": "meta-weight-net"}])
def test_as_published_the_loss_of_the_meta_set_is_cross_entropy(changes):
    assert meta_objective(TrainingSettings(**changes), COUNTS) is None
