"""Sentences whose loss averages words: the shares, and the step in closed form against autograd."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hamr.losses import Targets, cross_entropy, of_labels, reweighted, soft_targets
from hamr.models import IGNORED, Head, Words, per_sample_loss, word_shares
from hamr.weighting import FrozenWordsStep, WeightNetwork, normalise

CLASS_WEIGHTS = torch.tensor([0.5, 2.0, 1.5, 1.0], dtype=torch.float64)


def starts_of(lengths):
    return torch.tensor([0, *np.cumsum(lengths)])


def sentences(lengths, seed):
    generator = torch.Generator().manual_seed(seed)
    count = sum(lengths)
    x = torch.randn(count, 7, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 4, (count,), generator=generator)
    soft = torch.rand(count, 4, generator=generator, dtype=torch.float64)
    return Words(x, starts_of(lengths)), labels, soft / soft.sum(1, keepdim=True)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.floats(0.01, 1),
    st.integers(0, 1000),
)
def test_shares_sum_to_one_over_the_largest_losses(lengths, share, seed):
    losses = torch.rand(sum(lengths), generator=torch.Generator().manual_seed(seed))
    shares = word_shares(losses, starts_of(lengths), share)
    for own, loss in zip(shares.split(lengths), losses.split(lengths), strict=True):
        assert float(own.sum()) == pytest.approx(1, abs=1e-6)
        assert int((own > 0).sum()) == max(1, int(np.ceil(share * len(own) - 1e-9)))
        assert loss[own > 0].min() >= max(loss[own == 0].tolist(), default=0)


def test_a_small_share_is_the_hardest_word_alone():
    losses, starts = torch.tensor([0.1, 2.0, 0.3, 0.9, 0.4]), starts_of([3, 2])
    assert word_shares(losses, starts, 0.05).tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_padded_sentences_have_the_losses_of_their_words(share):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 5, 4, generator=generator)
    labels = torch.tensor([[1, IGNORED, 2, 0, 3], [IGNORED, 2, 2, IGNORED, IGNORED]])
    found = per_sample_loss(logits, Targets(labels, word_share=share))
    scored = labels != IGNORED
    losses = cross_entropy(logits[scored], labels[scored])
    shares = word_shares(losses, starts_of([4, 2]), share)
    wanted = [part.sum() for part in (losses * shares).split([4, 2])]
    assert found.tolist() == pytest.approx([float(loss) for loss in wanted])


def test_a_sentence_without_scored_pieces_has_no_loss():
    labels = torch.tensor([[IGNORED, IGNORED], [1, IGNORED]])
    found = per_sample_loss(torch.zeros(2, 2, 3), Targets(labels, word_share=1.0))
    assert found.tolist() == pytest.approx([0, np.log(3)])


def row_losses(parameters, words, targets, objective):
    """The sentences' losses from the definition, differentiable by the parameters."""
    lower, lower_bias, upper, upper_bias = parameters
    logits = torch.relu(words.x @ lower.T + lower_bias) @ upper.T + upper_bias
    shares = word_shares(
        cross_entropy(logits, targets.labels).detach(), words.starts, targets.word_share
    )
    losses = shares * objective(logits, targets)
    return torch.stack([part.sum() for part in losses.split(words.starts.diff().tolist())])


@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("changed", [False, True])
def test_the_step_has_the_gradients_of_double_backward(share, changed):
    torch.manual_seed(0)
    head, network = Head(7, 5, 4).double(), WeightNetwork(6, 0.1, 8.0).double()
    words, labels, soft = sentences([3, 1, 5, 2], seed=1)
    meta, meta_labels, _ = sentences([2, 4, 1], seed=2)
    targets = Targets(labels, soft, 0.4, share) if changed else Targets(labels, word_share=share)
    meta_targets = Targets(meta_labels, word_share=share)
    plain = of_labels(cross_entropy)
    objective = partial(soft_targets, weights=CLASS_WEIGHTS) if changed else plain
    meta_objective = of_labels(partial(reweighted, weights=CLASS_WEIGHTS)) if changed else plain

    phi = list(head.parameters())
    losses = row_losses(phi, words, targets, objective)
    scored = network(normalise(losses))
    weights = network.weights(scored).detach().requires_grad_()
    inner = torch.autograd.grad((weights * losses).mean(), phi, create_graph=True)
    virtual = [p - 0.1 * g for p, g in zip(phi, inner, strict=True)]
    meta_loss = row_losses(virtual, meta, meta_targets, meta_objective).mean()
    (wanted,) = torch.autograd.grad(meta_loss, weights)

    still = (torch.optim.SGD(part.parameters(), lr=0.0) for part in (head, network))
    given_objectives = {"objective": objective, "meta_objective": meta_objective} if changed else {}
    adamw, adam = still
    step = FrozenWordsStep(head, adamw, network, adam, alpha=0.1, **given_objectives)
    found = step(words, targets, meta, meta_targets)
    assert torch.allclose(found.loss, losses)
    assert torch.allclose(found.weight_gradient, wanted)
    assert torch.allclose(found.meta_loss, meta_loss)
    assert all(torch.allclose(p.grad, g) for p, g in zip(phi, inner, strict=True))
