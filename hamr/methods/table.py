"""The methods that come with HAMR, in the order in which lists show them.

A method is one entry here and, if it has a loss of its own, one function in `hamr.losses`.

Two of them are HAMR. `hamr` is the method of the paper (arXiv 2604.18759), with nothing added that
changes scores on purpose. `hamr-plus` (HAMR+) is ours: the same steps with soft targets, class
balance, tighter clips, a weight curve that can only rise, systematic draws and averaged weights; on
tagged sentences also with tags that are chosen together.
Whoever improves a default pins the published value under `hamr` in `_PUBLISHED`: nothing that the
paper does not have may reach it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hamr.methods.traits import Method

_ONE_CLASS = "its weights follow the class and the probability of a row, and a sentence has many"
_NO_TAGS = "texts have no tags, so without tag transitions it is HAMR+ itself"
_WORDS = "it would change single words, and the tags that result describe no entities"

# The paper's clips, curve and draws. Soft targets and class balance are traits that `hamr` lacks.
_PUBLISHED = {
    "weight_low": 0.1, "weight_high": 8.0, "weight_curve": "free", "draw_scheme": "independent",
    "average_decay": 0.0, "tag_decoding": "word",
}  # fmt: skip
_IMPROVED = {
    "weight_low": 0.5, "weight_high": 2.0, "weight_curve": "rising", "draw_scheme": "systematic",
    "average_decay": 0.99,
}  # fmt: skip
# On three sets split again, sentences need less balance than texts, and no tighter clips.
_IMPROVED_SENTENCES = {
    "class_balance": 0.15, "weight_low": 0.1, "weight_high": 8.0, "word_share": 0.3,
    "tag_decoding": "viterbi",
}  # fmt: skip

_PAPER = Method(
    name="hamr", title="HAMR", learns_weights=True, resamples=True, boosts=True,
    defaults=_PUBLISHED, task_defaults={"token": {"word_share": 0.0}},
)  # fmt: skip
_PLUS = Method(
    name="hamr-plus", title="HAMR+", learns_weights=True, resamples=True, boosts=True,
    soft_targets=True, balances_classes=True, defaults=_IMPROVED,
    task_defaults={"token": _IMPROVED_SENTENCES},
)  # fmt: skip


def _without(method: Method, part: str, **changes: Any) -> Method:
    """The ablation of a method that lacks one part: "HAMR+ without soft targets"."""
    title = f"{method.title} without {part}"
    name = f"{method.name}-no-{part.removeprefix('neighbourhood ').replace(' ', '-')}"
    return replace(method, name=name, title=title, ablation_of=method.name, **changes)


def _ablations(method: Method) -> tuple[Method, ...]:
    """The method without each of the parts that both forms of HAMR have."""
    kept = f"{method.title} without meta-weights keeps every row's weight in the loss at 1"
    return (
        _without(method, "resampling", resamples=False, boosts=False),
        _without(method, "meta-weights", learns_weights=False, no_curve=kept),
        _without(method, "neighbourhood boost", boosts=False),
    )


BUILT_IN: tuple[Method, ...] = (
    _PLUS,
    _PAPER,
    *_ablations(_PLUS),
    _without(_PLUS, "soft targets", soft_targets=False),
    _without(_PLUS, "class balance", balances_classes=False),
    _without(_PLUS, "weight averaging", defaults={**_IMPROVED, "average_decay": 0.0}),
    _without(
        _PLUS, "tag transitions",
        task_defaults={"token": {**_IMPROVED_SENTENCES, "tag_decoding": "word"}},
        tasks=frozenset({"token"}), task_reason=_NO_TAGS,
    ),
    *_ablations(_PAPER),
    Method(
        name="erm", title="ERM (plain training)", is_plain=True,
        no_curve="ERM gives every row the same weight",
    ),
    Method(
        name="focal", title="Focal loss", loss="hamr.losses:focal_loss",
        settings=frozenset({"focal_gamma"}),
    ),
    Method(
        name="dice", title="Dice loss", loss="hamr.losses:dice_loss",
        settings=frozenset({"dice_alpha", "dice_smooth"}),
    ),
    Method(
        name="inverse-frequency", title="Inverse class frequency",
        loss="hamr.losses:inverse_frequency_loss",
    ),
    Method(
        name="class-balanced", title="Class-balanced loss",
        loss="hamr.losses:class_balanced_loss", settings=frozenset({"class_balanced_beta"}),
    ),
    Method(
        name="logit-adjustment", title="Logit adjustment",
        loss="hamr.losses:logit_adjustment_loss", settings=frozenset({"adjustment"}),
    ),
    Method(
        name="lnr", title="Label-noise rebalancing", settings=frozenset({"flip_threshold"}),
        alters="hamr.rebalance:flip_labels", tasks=frozenset({"sequence"}), task_reason=_WORDS,
    ),
    Method(
        name="smote", title="SMOTE", settings=frozenset({"smote_neighbours"}),
        alters="hamr.rebalance:add_rows", adds="hamr.rebalance:added_count",
        tasks=frozenset({"sequence"}), task_reason=_WORDS, presets=frozenset({"quick"}),
        preset_reason="it makes up rows as embeddings, and the other presets train on texts",
    ),
    Method(name="meta-weight-net", title="Meta-Weight-Net", learns_weights=True),
    Method(
        name="cmw-net", title="CMW-Net", learns_weights=True,
        weights="hamr.weighting.class_network:ClassWeightNetwork", weight_of="class",
        ignores=frozenset({"weight_low", "weight_high", "weight_curve"}),
        tasks=frozenset({"sequence"}), task_reason=_ONE_CLASS,
        no_curve="CMW-Net learns a curve of the loss for each group of classes",
    ),
    Method(
        name="lilaw", title="LiLAW", learns_weights=True,
        weights="hamr.weighting.three_scalars:ThreeScalars", weight_of="probability",
        ignores=frozenset(
            {"weight_low", "weight_high", "weight_hidden", "weight_curve", "meta_rate",
             "meta_gradient", "virtual_rate"}
        ),
        tasks=frozenset({"sequence"}), task_reason=_ONE_CLASS,
        no_curve="LiLAW learns three numbers, and its weights follow probabilities",
    ),
)  # fmt: skip

# What the form of a sweep compares before anybody has chosen.
SUGGESTED = ("erm", "focal", "hamr", "hamr-plus")

DEFAULT = "hamr-plus"
# Under the preset of the published optimiser settings, the method that was published with them.
PRESET_DEFAULT = {"paper": "hamr"}
