"""The methods that come with HAMR, in the order in which lists show them.

A method is one entry here and, if it has a loss of its own, one function in `hamr.losses`.
"""

from __future__ import annotations

from hamr.methods.traits import Method

_WORDS = "it would change single words, and the tags that result describe no entities"

BUILT_IN: tuple[Method, ...] = (
    Method(
        name="hamr", title="HAMR",
        learns_weights=True, resamples=True, boosts=True, soft_targets=True, balances_classes=True,
    ),
    Method(
        name="no-resampling", title="HAMR without resampling", is_ablation=True,
        learns_weights=True, soft_targets=True, balances_classes=True,
    ),
    Method(
        name="no-meta-weights", title="HAMR without meta-weights", is_ablation=True,
        resamples=True, boosts=True, soft_targets=True, balances_classes=True,
        no_curve="HAMR without meta-weights keeps every row's weight in the loss at 1",
    ),
    Method(
        name="no-boost", title="HAMR without neighbourhood boost", is_ablation=True,
        learns_weights=True, resamples=True, soft_targets=True, balances_classes=True,
    ),
    Method(
        name="no-soft-targets", title="HAMR without soft targets", is_ablation=True,
        learns_weights=True, resamples=True, boosts=True, balances_classes=True,
    ),
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
)  # fmt: skip

# What the form of a sweep compares before anybody has chosen.
SUGGESTED = ("erm", "focal", "hamr")
