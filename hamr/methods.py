"""What each method reads of the settings, and what it is not for.

A sweep multiplies a method's runs only by settings that can change its scores. Who reads what
follows from where training uses a setting: draws follow hardness, neighbours and boost only
where rows are drawn again; the meta step, and with it the weight network, runs only where
weights are learned; a baseline's own setting is its own. Hardness that is recorded but steers
nothing, as without resampling, counts as not read.
"""

from __future__ import annotations

from hamr.config import METHOD_TITLES, NOT_FOR_TOKENS, ONLY_IN, OURS, TrainingSettings, kind_of
from hamr.errors import SettingError

EVERY = frozenset(METHOD_TITLES)


def _methods(property_name: str) -> frozenset[str]:
    """The methods whose settings have that property."""
    of = {name: TrainingSettings.of_preset("quick", method=name) for name in METHOD_TITLES}
    return frozenset(name for name, settings in of.items() if getattr(settings, property_name))


_DRAWN_AGAIN = _methods("resamples")
_BOOSTED = _DRAWN_AGAIN - {"no-boost"}
_WEIGHTED = _methods("learns_weights")
# HAMR without meta-weights clips the weights of its fixed curve as well.
_CLIPPED = _WEIGHTED | {"no-meta-weights"}

# The methods whose scores hang on a setting; a setting that is not here is read by all.
READERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("tau", "draws_per_row", "gamma"), _DRAWN_AGAIN),
    **dict.fromkeys(
        ("hard_share", "neighbours", "boost_strength", "refresh_every", "neighbours_from"), _BOOSTED
    ),
    "draw_scheme": _DRAWN_AGAIN,
    "class_balance": frozenset(OURS),
    **dict.fromkeys(
        ("surroundings", "surroundings_last"), frozenset(OURS) - {"no-surroundings"}
    ),
    # Draws ask for it only where a meta step tells it.
    "alignment_strength": _DRAWN_AGAIN & _WEIGHTED,
    **dict.fromkeys(
        ("virtual_rate", "meta_gradient", "meta_every", "meta_rate", "meta_batch_size",
         "weight_hidden"), _WEIGHTED,
    ),
    **dict.fromkeys(("weight_low", "weight_high"), _CLIPPED),
    "focal_gamma": frozenset({"focal"}),
    **dict.fromkeys(("dice_alpha", "dice_smooth"), frozenset({"dice"})),
    "class_balanced_beta": frozenset({"class-balanced"}),
    "adjustment": frozenset({"logit-adjustment"}),
    "flip_threshold": frozenset({"lnr"}),
    "smote_neighbours": frozenset({"smote"}),
    # They decide what is checked and what a killed run goes on from, and no score.
    **dict.fromkeys(("probe_every", "checkpoint_minutes"), frozenset()),
}  # fmt: skip


def reads(method: str, setting: str, preset: str) -> bool:
    """Whether the scores of a run of that method and preset hang on the setting."""
    kind = kind_of(preset)
    return ONLY_IN.get(setting, kind) == kind and method in READERS.get(setting, EVERY)


def check_suitable(method: str, task: str, preset: str) -> None:
    """Raises SettingError where the method is not for the task or the preset."""
    if task == "token" and method in NOT_FOR_TOKENS:
        raise SettingError(
            f"method {method} is not for tagged sentences: {METHOD_TITLES[method]} would change "
            "single words, whose tags then make no entities; choose a method that changes the "
            "loss or the draws",
            field="method",
        )
    if kind_of(preset) == "full" and method == "smote":
        raise SettingError(
            f"method smote makes up rows as embeddings, and the {preset} preset trains on texts: "
            "choose the quick preset or another method",
            field="method",
        )
