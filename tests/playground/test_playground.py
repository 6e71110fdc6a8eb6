"""Every number of a stage is the library's own: recomputed by plain loops, and by a run."""

import numpy as np
import pytest
import torch

from hamr.errors import DataError, SettingError
from hamr.playground.playground import Playground
from hamr.playground.points import lifted, painted, preset_points
from hamr.playground.settings import playground_settings
from hamr.playground.stages import GRID, decoded, encoded
from hamr.records import EpochRecord
from hamr.training import train

PAPER = {"method": "hamr", "epochs": 3}


class Kept:
    """A cache that holds the points as embeddings, so that `train` needs no encoder."""

    def __init__(self, rows):
        self.rows = rows

    def get(self, kind, key):
        return self.rows if kind == "embeddings" else None

    def put(self, kind, key, array):
        raise AssertionError("nothing is embedded")

    def drop(self, kind, key):
        raise AssertionError("nothing is dropped")


def playground(preset="imbalanced", **changes):
    return Playground(preset_points(preset), playground_settings(**{**PAPER, **changes}))


def weights(playground):
    return {n: p.detach().clone() for n, p in playground._learner.model.named_parameters()}


def logits(w, x):
    hidden = torch.relu(x @ w["lower.weight"].T + w["lower.bias"])
    return hidden @ w["upper.weight"].T + w["upper.bias"]


@pytest.fixture(scope="module")
def step():
    """A step after some others, with the head before and after, and the network before."""
    own = playground()
    own.at(4)
    before = weights(own)
    network = {n: p.detach().clone() for n, p in own._learner.network.named_parameters()}
    view = own.at(5)
    return own, view, before, weights(own), network


def inputs(own, rows):
    return torch.from_numpy(lifted(own.points.all))[torch.from_numpy(rows)]


def labels(own, rows):
    points = own.points
    every = np.concatenate([points.train.labels, points.validation.labels, points.test.labels])
    return torch.from_numpy(every[rows].astype(np.int64))


def one_loss(w, x, label):
    return -torch.log_softmax(logits(w, x[None]), 1)[0, label]


def test_losses_are_cross_entropies_before_the_step(step):
    own, view, before, _, _ = step
    x, y = inputs(own, view.rows), labels(own, view.rows)
    for i in range(len(view.rows)):
        assert view.loss[i] == pytest.approx(float(one_loss(before, x[i], y[i])), abs=1e-5)


def test_z_scores_compare_a_loss_with_its_batch(step):
    _, view, *_ = step
    mean, deviation = view.loss.mean(), view.loss.std()
    for loss, z in zip(view.loss, view.z, strict=True):
        assert z == pytest.approx((loss - mean) / deviation, abs=1e-4)


def weight_of(network, z, all_z, low, high):
    def s(one):
        total = float(network["upper.bias"][0])
        for k in range(len(network["lower.bias"])):
            inner = float(network["lower.weight"][k, 0]) * one + float(network["lower.bias"][k])
            total += float(network["upper.weight"][0, k]) * max(0.0, inner)
        return 1 / (1 + np.exp(-total))

    mean = np.mean([s(other) for other in all_z])
    return min(max(s(z) / mean, low), high)


def test_pre_meta_weights_are_the_networks_own(step):
    own, view, _, _, network = step
    low, high = own.settings.weight_low, own.settings.weight_high
    for z, pre in zip(view.z, view.pre, strict=True):
        assert pre == pytest.approx(weight_of(network, z, view.z.tolist(), low, high), abs=1e-4)


def virtual(own, view, before, row_weights):
    """phi' by autograd, and differentiable by the weights."""
    x, y = inputs(own, view.rows), labels(own, view.rows)
    phi = {n: p.clone().requires_grad_() for n, p in before.items()}
    losses = torch.stack([one_loss(phi, x[i], y[i]) for i in range(len(y))])
    mean = (row_weights * losses).mean()
    found = torch.autograd.grad(mean, list(phi.values()), create_graph=True)
    alpha = own.settings.virtual_rate
    return {n: p - alpha * g for (n, p), g in zip(phi.items(), found, strict=True)}


def test_the_virtual_surface_and_the_meta_loss_are_those_after_a_step_of_alpha(step):
    own, view, before, _, _ = step
    phi = virtual(own, view, before, torch.from_numpy(view.pre))
    surface = logits(phi, own._grid).softmax(1).detach().numpy().reshape(GRID, GRID, -1)
    assert np.allclose(view.meta.virtual, surface, atol=1e-5)
    rows = view.meta.rows
    meta = [one_loss(phi, x, y) for x, y in zip(inputs(own, rows), labels(own, rows), strict=True)]
    assert view.meta.loss == pytest.approx(float(torch.stack(meta).mean().detach()), abs=1e-5)


def test_the_meta_gradient_is_that_of_double_backward(step):
    own, view, before, _, _ = step
    row_weights = torch.from_numpy(view.pre.copy()).requires_grad_()
    phi = virtual(own, view, before, row_weights)
    rows = view.meta.rows
    loss = torch.nn.functional.cross_entropy(logits(phi, inputs(own, rows)), labels(own, rows))
    (gradient,) = torch.autograd.grad(loss, row_weights)
    assert np.allclose(view.meta.gradient, gradient.numpy(), rtol=1e-3, atol=1e-7)
    spread = view.meta.gradient.std()
    assert np.allclose(view.meta.alignment, -view.meta.gradient / spread, rtol=1e-4)


def test_hardness_moves_only_at_drawn_points(step):
    own, view, *_ = step
    expected, gamma = view.hardness_before.copy(), own.settings.gamma
    for row, post in zip(view.rows, view.post, strict=True):
        expected[row] = gamma * expected[row] + (1 - gamma) * post
    assert np.allclose(view.hardness, expected, atol=1e-6)


def test_the_next_draw_follows_from_hardness_and_boost(step):
    own, view, *_ = step
    found, settings = view.next, own.settings
    counts = np.zeros(len(view.hardness))
    for row in found.neighbours.ravel().tolist():
        counts[row] += row >= 0
    assert np.allclose(found.boost, counts / counts.max())
    mass = [
        (h + 1e-6) ** settings.tau * (1 + settings.boost_strength * b)
        for h, b in zip(view.hardness.tolist(), found.boost.tolist(), strict=True)
    ]
    assert np.allclose(found.probability, np.array(mass) / sum(mass))
    hardest = np.sort(view.hardness)[::-1][: len(found.seeds)]
    assert np.allclose(np.sort(view.hardness[found.seeds])[::-1], hardest)


def test_the_surface_after_is_that_of_the_updated_model(step):
    own, view, before, after, _ = step
    for w, surface in ((before, view.before), (after, view.after)):
        found = logits(w, own._grid).softmax(1).numpy().reshape(GRID, GRID, -1)
        assert np.allclose(surface, found, atol=1e-5)


@pytest.mark.parametrize("method", ["hamr", "hamr-plus", "erm", "focal", "smote", "cmw-net"])
def test_an_epoch_ends_as_the_same_run_does(method):
    own = playground(method=method)
    rows = lifted(own.points.all)
    settings = own.settings
    records = [
        record
        for record in train(own._dataset, settings, cache=Kept(rows))
        if isinstance(record, EpochRecord)
    ]
    for record in records:
        view = own.at(record.epoch * own.steps_per_epoch)
        assert np.array_equal(view.hardness, record.signals["hardness"])
        if settings.learns_hardness:
            assert np.array_equal(view.next.boost, record.signals["boost"])
        else:
            assert not view.next.boost.any()


def test_a_step_that_was_passed_comes_back_with_the_same_bits():
    own = playground(method="hamr-plus")
    first = encoded(own.at(7))
    own.at(20)
    assert encoded(own.at(7)) == first


def test_a_step_is_the_same_whether_it_was_reached_one_by_one_or_at_once():
    slow, quick = playground(), playground()
    for number in range(1, 16):
        slow.at(number)
    assert encoded(slow.at(16)) == encoded(quick.at(16))


def test_plain_training_has_no_meta_step_and_draws_evenly():
    view = playground(method="erm").at(3)
    assert view.meta is None
    assert (view.pre == 1).all()
    assert (view.post == 1).all()
    assert len(view.next.seeds) == 0
    assert np.allclose(view.next.probability, 1 / len(view.hardness))


def test_a_view_survives_the_way_to_another_process():
    view = playground().at(2)
    again = decoded(encoded(view))
    assert encoded(again) == encoded(view)
    assert again.macro_f1 == view.macro_f1


@pytest.mark.parametrize("step", [0, -1, 10_000])
def test_a_step_beyond_the_run_is_refused(step):
    with pytest.raises(SettingError, match="There is no step"):
        playground().at(step)


@pytest.mark.parametrize(
    "points",
    [
        [(0.1, 0.1, 0)],
        [(0.1, 0.1, 0)] * 30,
        [(x / 10, 0.0, 1) for x in range(10)],
        [(0.1, 0.1, 0), (0.5, 0.5, 2)],
    ],
    ids=["one point", "one place", "one class", "two points"],
)
def test_few_or_equal_points_train_without_a_failure(points):
    own = Playground(painted(points), playground_settings(**PAPER))
    view = own.at(own.last_step)
    assert np.isfinite(view.after).all()
    assert view.next.probability.sum() == pytest.approx(1)


def test_another_preset_than_quick_is_refused():
    with pytest.raises(SettingError, match="leave the preset at quick"):
        playground_settings(preset="full")


def test_points_without_any_are_refused():
    with pytest.raises(DataError, match="no point yet"):
        painted([])
