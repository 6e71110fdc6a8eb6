"""Each form of the meta-gradient against double backward, on models of several kinds."""

import copy
from functools import partial

import pytest
import torch

from hamr.errors import ModelError, SettingError
from hamr.losses import Targets, of_labels, reweighted, soft_targets
from hamr.weighting import FORMS, MetaStep, WeightNetwork, passes
from tests.core.models import (
    CLASSES,
    MixesRows,
    RawProduct,
    ReadsPadding,
    TinyBert,
    sentences,
    vectors,
)
from tests.core.oracle import double_backward

ALPHA = 0.05
KEYS = torch.tensor([3, 1 << 40, -7, 12, 99, 1 << 61])


def network(low=0.1, high=8.0):
    torch.manual_seed(5)
    made = WeightNetwork(20, low, high)
    with torch.no_grad():
        made.upper.weight.mul_(3)
    return made


def step_of(model, form, net=None, **options):
    net = net or network()
    moving = [p for p in model.parameters() if p.requires_grad]
    adamw = torch.optim.AdamW(moving, lr=1e-2, weight_decay=0.1)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    alpha = options.pop("alpha", ALPHA)
    return MetaStep(model, adamw, net, adam, alpha=alpha, meta_gradient=form, **options), net


def model_of(kind, *arguments):
    torch.manual_seed(2)
    return kind(*arguments)


def rows_for(model, seed):
    return sentences(seed) if hasattr(model, "encoder") else vectors(seed)


def compare(model, form="exact", names=None, rtol=2e-3, class_weights=None, **options):
    """The outcome and theta's gradient of one step, against the oracle's."""
    twin, twin_net = copy.deepcopy(model), network()
    batch, meta = rows_for(model, 3), rows_for(model, 4)
    of_theta, of_weights, meta_loss = double_backward(
        twin, twin_net, batch, meta, ALPHA, keys=KEYS, names=names, class_weights=class_weights
    )
    if class_weights is not None:
        options["meta_objective"] = of_labels(partial(reweighted, weights=class_weights))
    step, net = step_of(model, form, **options)
    outcome = step(*batch, *meta, keys=KEYS)
    scale = of_weights.abs().max().item()
    assert torch.allclose(outcome.weight_gradient, of_weights, rtol=rtol, atol=1e-4 * scale)
    assert torch.allclose(outcome.meta_loss, meta_loss, rtol=1e-5)
    for parameter, wanted in zip(net.parameters(), of_theta, strict=True):
        size = wanted.abs().max().item()
        assert torch.allclose(parameter.grad, wanted, rtol=rtol, atol=1e-3 * size)
    return step, outcome


@pytest.mark.parametrize("kind", [TinyBert, RawProduct, MixesRows, ReadsPadding])
def test_exact_equals_double_backward(kind):
    compare(model_of(kind))


@pytest.mark.parametrize(
    ("kind", "layerwise"),
    [(TinyBert, True), (RawProduct, False), (MixesRows, False), (ReadsPadding, False)],
)
def test_rows_are_told_apart_layer_by_layer_only_where_that_is_right(kind, layerwise):
    model = model_of(kind)
    step, _ = step_of(model, "exact")
    step(*rows_for(model, 3), *rows_for(model, 4), keys=KEYS)
    assert step.layerwise is layerwise


@pytest.mark.parametrize("form", ["exact", "last_layer"])
def test_a_batch_as_wide_as_the_features_is_not_taken_for_them(form):
    model = model_of(TinyBert)
    step, _ = step_of(model, form)
    for seed in (3, 4):  # 16 tokens, as many as the model has features
        step(*sentences(seed, tokens=16), *sentences(seed + 2, tokens=16), keys=KEYS)
    assert step.layerwise


@pytest.mark.parametrize("form", ["exact", "last_layer"])
def test_padding_that_first_comes_in_a_meta_batch_is_looked_at_too(form):
    (tokens, targets), meta = sentences(3), sentences(4)
    full = {"input_ids": tokens["input_ids"].clamp(min=1), "attention_mask": torch.ones(6, 11)}
    model = model_of(ReadsPadding)
    step, _ = step_of(model, form, alpha=1e-9)
    model_before = copy.deepcopy(model).eval()
    found = step(full, targets, *meta, keys=KEYS).meta_loss
    wanted = torch.nn.functional.cross_entropy(model_before(meta[0]), meta[1].labels)
    assert float(found) == pytest.approx(wanted.item(), rel=1e-5)
    assert not step.layerwise


def test_padding_that_first_comes_in_a_meta_batch_is_checked_with_the_meta_loss():
    (tokens, targets), meta = sentences(3), sentences(4)
    whole = {"input_ids": tokens["input_ids"].clamp(min=1), "attention_mask": torch.ones(6, 11)}
    soft = Targets(
        targets.labels, torch.full((6, CLASSES), 1 / CLASSES), 0.5
    )  # meta rows have none
    objective = partial(soft_targets, weights=torch.ones(CLASSES))
    step, _ = step_of(model_of(TinyBert), "exact", objective=objective)
    step(whole, soft, *meta, keys=KEYS)
    assert step.layerwise


def test_exact_keeps_fused_attention_on(monkeypatch):
    def refuse(*_):
        raise AssertionError("fused attention was switched off")

    monkeypatch.setattr(passes, "sdpa_kernel", refuse)
    compare(model_of(TinyBert))


def test_exact_is_right_where_weights_are_clipped():
    compare(model_of(TinyBert), net=None)
    model = model_of(TinyBert)
    twin, twin_net, net = copy.deepcopy(model), network(0.9, 1.1), network(0.9, 1.1)
    batch, meta = sentences(3), sentences(4)
    of_theta, _, _ = double_backward(twin, twin_net, batch, meta, ALPHA, keys=KEYS)
    step, _ = step_of(model, "exact", net)
    outcome = step(*batch, *meta, keys=KEYS)
    assert bool(((outcome.pre == 0.9) | (outcome.pre == 1.1)).any())
    for parameter, wanted in zip(net.parameters(), of_theta, strict=True):
        assert torch.allclose(parameter.grad, wanted, rtol=2e-3, atol=1e-9)


def test_frozen_parameters_take_no_part():
    model = model_of(TinyBert)
    model.encoder.embeddings.requires_grad_(False)
    model.encoder.encoder.layer[0].requires_grad_(False)
    before = copy.deepcopy(model.encoder.encoder.layer[0])
    compare(model)
    for now, then in zip(
        model.encoder.encoder.layer[0].parameters(), before.parameters(), strict=True
    ):
        assert torch.equal(now, then)


def test_last_layer_equals_double_backward_through_the_head_alone():
    compare(model_of(TinyBert), "last_layer", {"classifier.weight", "classifier.bias"})


def deep_head():
    return torch.nn.Sequential(
        torch.nn.Linear(16, 12), torch.nn.Tanh(), torch.nn.Linear(12, CLASSES)
    )


def test_last_layer_knows_deeper_heads():
    model = model_of(TinyBert, deep_head())
    names = {name for name, _ in model.named_parameters() if name.startswith("classifier")}
    compare(model, "last_layer", names)


@pytest.mark.parametrize(
    ("form", "head"), [("exact", None), ("last_layer", None), ("last_layer", deep_head)]
)
def test_a_balanced_meta_loss_weighs_the_meta_rows_by_class(form, head):
    model = model_of(TinyBert, *([head()] if head else []))
    names = {name for name, _ in model.named_parameters() if name.startswith("classifier")}
    weights = torch.linspace(0.4, 2, CLASSES)
    compare(model, form, names if form == "last_layer" else None, class_weights=weights)


def test_last_layer_knows_heads_without_bias():
    model = model_of(TinyBert, torch.nn.Linear(16, CLASSES, bias=False))
    compare(model, "last_layer", {"classifier.weight"})


def test_upper_equals_double_backward_through_the_top_layer_and_the_head():
    model = model_of(TinyBert)
    named = dict(model.named_parameters())
    names = {name for name in named if ".layer.1." in name or name.startswith("classifier")}
    compare(model, "upper", names)


def test_first_order_comes_near_exact_as_alpha_falls():
    gaps = []
    for alpha in (1.0, 0.1, 0.01):
        found = []
        for form in ("exact", "first_order"):
            step, _ = step_of(model_of(TinyBert), form, alpha=alpha)
            found.append(step(*sentences(3), *sentences(4), keys=KEYS).weight_gradient / alpha)
        gaps.append(float((found[0] - found[1]).norm() / found[0].norm()))
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]


@pytest.mark.parametrize("form", FORMS)
def test_micro_batches_change_nothing(form):
    whole_model, cut_model = model_of(TinyBert), model_of(TinyBert)
    whole, _ = step_of(whole_model, form)
    cut, _ = step_of(cut_model, form, accumulation=4)
    one = whole(*sentences(3), *sentences(4), keys=KEYS)
    other = cut(*sentences(3), *sentences(4), keys=KEYS)
    assert torch.allclose(one.weight_gradient, other.weight_gradient, rtol=1e-3, atol=1e-9)
    assert torch.allclose(one.post, other.post, atol=1e-6)
    for a, b in zip(whole_model.parameters(), cut_model.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_the_outer_update_is_adamw_on_the_post_weighted_loss(form):
    model = model_of(TinyBert)
    model.dropout.p = 0.0
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    twin = copy.deepcopy(model)
    step, _ = step_of(model, form)
    outcome = step(*sentences(3), *sentences(4))
    adamw = torch.optim.AdamW(twin.parameters(), lr=1e-2, weight_decay=0.1)
    x, targets = sentences(3)
    losses = torch.nn.functional.cross_entropy(twin(x), targets.labels, reduction="none")
    (outcome.post * losses).mean().backward()
    adamw.step()
    for (name, a), b in zip(model.named_parameters(), twin.parameters(), strict=True):
        # AdamW's first step is the gradient's sign: compare where that is no rounding error.
        clear = b.grad.abs() > 1e-6 if b.grad is not None else torch.ones_like(b, dtype=bool)
        assert torch.allclose(a[clear], b[clear], atol=1e-5), name


def test_long_gradients_are_scaled_down_to_the_norm_asked_for():
    seen = []

    class Watching(torch.optim.SGD):
        def step(self, closure=None):
            gradients = [p.grad for group in self.param_groups for p in group["params"]]
            seen.append(torch.cat([g.reshape(-1) for g in gradients]).norm())

    model, net = model_of(TinyBert), network()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    for norm in (0.0, 1e-3):
        sgd = Watching(model.parameters(), lr=0.1)
        step = MetaStep(model, sgd, net, adam, alpha=ALPHA, max_gradient_norm=norm)
        step(*sentences(3), *sentences(4), keys=KEYS)
    assert seen[0] > 1e-2
    assert seen[1] == pytest.approx(1e-3, rel=1e-3)


def test_a_probe_of_exact_finds_itself():
    step, _ = step_of(model_of(TinyBert), "exact")
    assert step(*sentences(3), *sentences(4), keys=KEYS, probe=True).cosine == pytest.approx(1)


@pytest.mark.parametrize("form", ["first_order", "upper", "last_layer"])
def test_a_probe_is_the_cosine_to_double_backward(form):
    model = model_of(TinyBert)
    wanted, _, _ = double_backward(
        copy.deepcopy(model), network(), sentences(3), sentences(4), ALPHA, keys=KEYS
    )
    step, net = step_of(model, form)
    outcome = step(*sentences(3), *sentences(4), keys=KEYS, probe=True)
    one = torch.cat([p.grad.reshape(-1) for p in net.parameters()])
    other = torch.cat([g.reshape(-1) for g in wanted])
    cosine = torch.nn.functional.cosine_similarity(one, other, dim=0)
    assert outcome.cosine == pytest.approx(float(cosine), abs=1e-3)


def test_a_probe_changes_nothing_but_rounding():
    states = []
    for probe in (False, True):
        step, _ = step_of(model_of(TinyBert), "last_layer")
        states.append(step(*sentences(3), *sentences(4), keys=KEYS, probe=probe).post)
    assert torch.allclose(*states, atol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_a_batch_of_one_row_has_weight_one(form):
    step, _ = step_of(model_of(TinyBert), form)
    outcome = step(*sentences(3, rows=1), *sentences(4), probe=True)
    assert outcome.post.tolist() == [1.0]
    assert torch.isfinite(outcome.weight_gradient).all()


@pytest.mark.parametrize("form", FORMS)
def test_rows_with_equal_losses_keep_equal_weights(form):
    model = model_of(TinyBert)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
    step, _ = step_of(model, form)
    outcome = step(*sentences(3), *sentences(4), keys=KEYS, probe=True)
    assert torch.equal(outcome.z, torch.zeros(6))
    assert torch.allclose(outcome.post, torch.ones(6))
    assert outcome.cosine is None


def test_a_weight_of_zero_loses_no_row():
    model, net = model_of(TinyBert), network(low=0.0)
    with torch.no_grad():
        net.lower.weight.fill_(1)
        net.lower.bias.zero_()
        net.upper.weight.fill_(3)
        net.upper.bias.fill_(-40)  # V(z) = 60 relu(z) - 40: weights of easy rows vanish
    step, _ = step_of(model, "exact", net)
    outcome = step(*sentences(3), *sentences(4), keys=KEYS)
    assert float(outcome.pre.min()) < 1e-6
    assert torch.isfinite(outcome.weight_gradient).all()
    assert bool((outcome.weight_gradient != 0).all())


def test_bf16_stays_near_float32():
    outcomes = []
    for autocast in (None, torch.bfloat16):
        step, _ = step_of(model_of(TinyBert), "exact", autocast=autocast)
        outcomes.append(step(*sentences(3), *sentences(4), keys=KEYS).weight_gradient)
        assert step.layerwise
    cosine = torch.nn.functional.cosine_similarity(*outcomes, dim=0)
    assert outcomes[1].dtype == torch.float32
    assert float(cosine) > 0.99


def test_without_a_meta_step_the_weight_network_rests():
    model, twin = model_of(TinyBert), model_of(TinyBert)
    step, net = step_of(model, "exact")
    before = copy.deepcopy(net.state_dict())
    outcome = step(*sentences(3), *sentences(4), keys=KEYS, meta=False)
    assert all(torch.equal(before[name], now) for name, now in net.state_dict().items())
    assert torch.equal(outcome.pre, outcome.post)
    assert outcome.weight_gradient is None
    assert not torch.equal(model.classifier.weight, twin.classifier.weight)


def test_an_unknown_form_is_named():
    with pytest.raises(SettingError, match=r"one of exact, .*, got 'second'") as caught:
        step_of(model_of(TinyBert), "second")
    assert caught.value.field == "meta_gradient"


def test_a_model_without_a_head_is_named_where_a_head_is_needed():
    model = torch.nn.Sequential(torch.nn.Linear(8, CLASSES))
    step_of(model, "exact")
    with pytest.raises(ModelError, match=r"Sequential has no head.*meta_gradient to exact"):
        step_of(model, "last_layer")
