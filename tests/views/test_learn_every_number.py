"""Every number that a stage shows is the library's own, at all stages and for each kind of method.

What a stage says of a point is parsed, and each number of it compared with the value recomputed by
plain loops from the same step: losses from the head's weights, weights from the network's, draws
from hardness. Settings are drawn from all of their sliders' ranges, ends included.
"""

import json
import re
from math import exp

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamr.errors import TrainingError
from hamr.jobs.playing import Shown
from hamr.methods import reads
from hamr.playground import playground_settings, preset_points
from hamr.playground.playground import Playground
from hamr.playground.points import lifted
from hamr.ui.learn.controls import SLIDERS
from hamr.views.learn.picture import picture
from hamr.views.learn.stages import NOT_DRAWN, stages_of

METHODS = ("hamr", "hamr-plus", "erm", "meta-weight-net", "focal")
DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
EPSILON = 1e-6


def tokens_in(text):
    """All numbers of a text as they are written, without those that name things, as 10⁻⁶ does."""
    plain = text.replace("10⁻⁶)", "").replace(" × 10⁻", "e⁻").replace(" × 10", "e")
    return re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", plain.translate(DIGITS))


def numbers_in(text):
    return [float(found) for found in tokens_in(text)]


def same(text, expected):
    """Whether the text has exactly these numbers, to the digits that are shown."""
    found = tokens_in(text)
    assert len(found) == len(expected), (text, expected)
    for shown, value in zip(found, expected, strict=True):
        places = 0 if "e" in shown else len(shown.partition(".")[2])
        last = 10.0**-places if places else 0.0
        near = pytest.approx(float(value), rel=0.006, abs=0.51 * last)
        assert float(shown) == near, (text, expected)


def slider_value(slider):
    kind = type(slider.step)
    count = round((slider.high - slider.low) / slider.step)
    places = st.sampled_from([0, count]) | st.integers(0, count)
    return places.map(lambda at: kind(round(slider.low + at * slider.step, 6)))


@st.composite
def cases(draw):
    method = draw(st.sampled_from(METHODS))
    own = [slider for slider in SLIDERS if reads(method, slider.name)]
    moved = draw(st.lists(st.sampled_from(own), max_size=6, unique_by=lambda one: one.name))
    changed = {slider.name: draw(slider_value(slider)) for slider in moved}
    return method, changed, draw(st.sampled_from(["noise", "island"])), draw(st.integers(1, 14))


def plain_numbers(network):
    return {name: value.tolist() for name, value in network.named_parameters()}


class Recomputed:
    """A step and, from the parameters before it, its numbers by plain loops."""

    def __init__(self, method, changed, preset, step):
        self.settings = playground_settings(method=method, **changed)
        self.points = preset_points(preset, count=80)
        own = Playground(self.points, self.settings)
        if step > 1:
            own.at(step - 1)
        model = own._learner.model.named_parameters()
        self.head = {n: p.detach().numpy().astype(float) for n, p in model}
        network = own._learner.network
        self.network = plain_numbers(network)
        self.view = own.at(step)
        self.after = plain_numbers(network)
        self.own, self.count = own, len(self.points.train)

    def loss(self, row):
        """Minus the logarithm of the softmax, by sums."""
        x = lifted(self.points.train.xy[row : row + 1])[0].astype(float)
        w = self.head
        hidden = np.maximum(0, w["lower.weight"] @ x + w["lower.bias"])
        logits = w["upper.weight"] @ hidden + w["upper.bias"]
        label = int(self.points.train.labels[row])
        return float(np.log(np.exp(logits - logits.max()).sum()) - (logits - logits.max())[label])

    @staticmethod
    def s(network, z):
        """sigmoid(V(z)), by a loop over the hidden units."""
        total = network["upper.bias"][0]
        lower, bias, upper = (
            network[part] for part in ("lower.weight", "lower.bias", "upper.weight")
        )
        for k in range(len(bias)):
            total += upper[0][k] * max(0.0, lower[k][0] * z + bias[k])
        return 1 / (1 + exp(-total))

    def weights(self, network):
        """s of each visit, their mean, and the clipped quotients."""
        all_s = [self.s(network, float(z)) for z in self.view.z]
        mean, own = sum(all_s) / len(all_s), self.settings
        return all_s, mean, [min(max(s / mean, own.weight_low), own.weight_high) for s in all_s]

    def chance(self, hardness, boost):
        """The probability of each point, by a sum over all."""
        tau, strength = self.settings.tau, self.settings.effective_boost
        mass = [
            (h + EPSILON) ** tau * (1 + strength * b)
            for h, b in zip(hardness.astype(float), boost.astype(float), strict=True)
        ]
        total = sum(mass)
        return [one / total for one in mass], total


@settings(
    max_examples=15, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(cases())
def test_every_number_of_every_stage_is_the_librarys_own(case):
    try:
        found = Recomputed(*case)
    except TrainingError:
        return  # a step that diverges is a sentence, and has no stages
    stages = stages_of(found.view, found.points, found.settings)
    learns = found.view.meta is not None
    expected = [
        "draw",
        "loss",
        *(["pre", "virtual", "gradient", "post"] if learns else []),
        "update",
    ]
    expected += ["next"] if found.settings.learns_hardness else []
    assert [stage.key for stage in stages] == expected
    for stage in stages:
        CHECKS[stage.key](found, stage)
    check_picture(found, stages)


def visits(found):
    """By point of the batch, its last visit."""
    return {int(row): i for i, row in enumerate(found.view.rows.tolist())}


def check_draw(found, stage):
    view, own = found.view, found.settings
    same(stage.general, [view.within, view.steps, view.epoch, len(view.rows), found.count])
    assert stage.numbers.keys() == set(range(found.count))
    rows = view.rows.tolist()
    for row, whole in stage.numbers.items():
        text, _, times = whole.replace(NOT_DRAWN, "").partition(" In this batch ")
        count = rows.count(row)
        said = {0: "", 1: "once.", 2: "twice."}.get(count, f"{count} times.")
        assert times == said
        if not own.resamples:
            same(text, [1, found.count, 1 / found.count])
            continue
        chances, total = found.chance(view.epoch_hardness, view.epoch_boost)
        assert view.probability[row] == pytest.approx(chances[row], rel=1e-5)
        same(
            text, chance_numbers(found, view.epoch_hardness, view.epoch_boost, row, chances, total)
        )


def chance_numbers(found, hardness, boost, row, chances, total):
    own = found.settings
    return [hardness[row], own.tau, 1, own.effective_boost, boost[row], total, chances[row],
            chances[row] * found.count]  # fmt: skip


def check_loss(found, stage):
    view, plain = found.view, not found.settings.traits.loss
    losses = [found.loss(row) for row in view.rows.tolist()] if plain else view.loss.tolist()
    assert np.allclose(view.loss, losses, atol=1e-4)
    mean = sum(losses) / len(losses)
    deviation = (sum((one - mean) ** 2 for one in losses) / len(losses)) ** 0.5
    same(stage.general, [float(view.loss.mean()), float(view.loss.std())])
    assert mean == pytest.approx(float(view.loss.mean()), abs=1e-4)
    assert deviation == pytest.approx(float(view.loss.std()), abs=1e-4)
    for row, i in visits(found).items():
        loss = float(view.loss[i])
        z = (loss - float(view.loss.mean())) / max(float(view.loss.std()), 1e-6)
        assert view.z[i] == pytest.approx(z, abs=2e-3)
        says = [loss, float(view.loss.mean()), float(view.loss.std()), float(view.z[i])]
        same(stage.numbers[row], [*([float(np.exp(-loss))] if plain else []), loss, *says])


def check_weights(found, stage, network, weights, before=None):
    low, high = found.settings.weight_low, found.settings.weight_high
    assert numbers_in(stage.equation.partition("clip(")[2])[-2:] == pytest.approx([low, high])
    all_s, mean, own = found.weights(network)
    assert np.allclose(weights, own, atol=2e-4)
    for row, i in visits(found).items():
        says = [float(found.view.z[i]), all_s[i], all_s[i], mean, float(weights[i])]
        same(stage.numbers[row], says + ([] if before is None else [float(before[i])]))
        clipped = min(abs(weights[i] - low), abs(weights[i] - high)) < 1e-6
        assert ("clipped" in stage.numbers[row]) == clipped


def check_pre(found, stage):
    check_weights(found, stage, found.network, found.view.pre)


def check_post(found, stage):
    check_weights(found, stage, found.after, found.view.post, found.view.pre)


def check_virtual(found, stage):
    alpha, size = found.settings.virtual_rate, len(found.view.rows)
    for row, i in visits(found).items():
        pre = float(found.view.pre[i])
        same(stage.numbers[row], [alpha, pre, size, alpha * pre / size])


def check_gradient(found, stage):
    meta = found.view.meta
    same(stage.general, [meta.loss, len(meta.rows)])
    spread = float(np.sqrt(np.mean((meta.gradient - meta.gradient.mean()) ** 2)))
    for row, i in visits(found).items():
        gradient = float(meta.gradient[i])
        assert meta.alignment[i] == pytest.approx(-gradient / max(spread, 1e-12), rel=2e-3)
        same(stage.numbers[row], [gradient, float(meta.alignment[i])])


def check_update(found, stage):
    view, own = found.view, found.settings
    scores = f1_by_counting(found)
    assert np.allclose(scores, view.f1, atol=1e-6)
    assert numbers_in(stage.general.partition(":")[2]) == pytest.approx(
        [*scores, sum(scores) / len(scores)], abs=0.0051
    )
    if not own.learns_hardness:
        assert not stage.numbers
        return
    hardness = view.hardness_before.astype(float)
    for row, post in zip(view.rows.tolist(), view.post.tolist(), strict=True):
        hardness[row] = own.gamma * hardness[row] + (1 - own.gamma) * post
    assert np.allclose(hardness, view.hardness, atol=1e-5)
    for row, i in visits(found).items():
        old, new = float(view.hardness_before[row]), float(view.hardness[row])
        posts = view.post[view.rows == row].tolist()
        if len(posts) == 1:
            same(stage.numbers[row], [own.gamma, old, 1 - own.gamma, float(view.post[i]), new])
        else:
            counted = [] if len(posts) == 2 else [len(posts)]
            same(stage.numbers[row], [*counted, *posts, old, new])


def f1_by_counting(found):
    named, right = found.view.test, found.points.test.labels
    scores = []
    for label in range(len(found.own.classes)):
        both = int(((named == label) & (right == label)).sum())
        total = int((named == label).sum()) + int((right == label).sum())
        scores.append(2 * both / total if total else 0.0)
    return scores


def check_next(found, stage):
    view, own = found.view, found.settings
    left = view.steps - view.within
    k = view.next.neighbours.shape[1]
    same(stage.general, [*([left] if left else []), len(view.next.seeds), k])
    counts = [int((view.next.neighbours == row).sum()) for row in range(found.count)]
    boost = np.array(counts, np.float32) / max(*counts, 1)
    assert np.allclose(view.next.boost, boost)
    chances, total = found.chance(view.hardness, boost)
    for row, text in stage.numbers.items():
        assert text.startswith("A seed.") == (row in view.next.seeds.tolist())
        near = [counts[row], boost[row]]
        if own.resamples:
            assert view.next.probability[row] == pytest.approx(chances[row], rel=1e-4)
            near += chance_numbers(found, view.hardness, boost, row, chances, total)
        same(text, near)


CHECKS = {
    "draw": check_draw, "loss": check_loss, "pre": check_pre, "virtual": check_virtual,
    "gradient": check_gradient, "post": check_post, "update": check_update, "next": check_next,
}  # fmt: skip


def check_picture(found, stages):
    """Sizes of points, curves and scores that the browser draws."""
    view = found.view
    shown = Shown(view, found.own.classes, found.own.last_step)
    data = json.loads(json.dumps(picture(shown, found.points, found.settings, title="")))
    assert data["f1"] == pytest.approx(f1_by_counting(found), abs=0.0051)
    assert data["macro_f1"] == pytest.approx(view.macro_f1, abs=5.1e-4)
    assert data["drawn"] == [view.rows.tolist().count(row) for row in range(found.count)]
    for drawn, stage in zip(data["stages"], stages, strict=True):
        if stage.size is not None:
            sizes = [np.nan if one is None else one for one in drawn["size"]]
            assert np.allclose(sizes, stage.size, atol=0.0051, equal_nan=True)
    if data["curves"]:
        for name, network in (("before", found.network), ("after", found.after)):
            s = [found.s(network, z) for z in data["curves"]["x"]]
            assert np.allclose(data["curves"][name], [s], atol=2e-4)


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda slider: slider.name)
def test_each_slider_changes_what_is_shown(slider):
    """At its two ends a step in the third epoch differs, for a method that reads it."""
    method = "hamr-plus" if reads("hamr-plus", slider.name) else "hamr"
    points = preset_points("noise", count=80)
    ends = []
    for value in (slider.low, slider.high):
        own = playground_settings(method=method, **{slider.name: type(slider.step)(value)})
        view = Playground(points, own).at(8)
        ends.append([dict(stage.numbers) for stage in stages_of(view, points, own)])
    assert ends[0] != ends[1]


def test_all_symbols_have_a_slider():
    assert {"tau", "boost_strength", "gamma", "neighbours", "weight_low", "weight_high",
            "virtual_rate", "class_balance", "soft_target_weight"} <= {
                slider.name for slider in SLIDERS}  # fmt: skip
