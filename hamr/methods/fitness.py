"""What a method reads of the settings, and for which tasks and presets it is.

A sweep multiplies a method's runs only by settings that can change its scores. Which those are
follows from where training uses a setting: draws depend on hardness, neighbours and boost only
where rows are resampled; the meta step, and with it the weight network, runs only where weights
are learned. Hardness that is recorded but changes nothing, as without resampling, counts as not
read.
"""

from __future__ import annotations

from collections.abc import Callable

from hamr.errors import SettingError
from hamr.methods.registry import find, method_of, names
from hamr.methods.table import BUILT_IN
from hamr.methods.traits import Method

# Settings, and whether a method reads them. One that is in no group is read by all methods.
_GROUPS: tuple[tuple[frozenset[str], Callable[[Method], bool]], ...] = (
    (
        frozenset(
            {"tau", "draws_per_row", "gamma", "draw_scheme", "draw_more", "draw_more_factor"}
        ),
        lambda m: m.resamples,
    ),
    (
        frozenset(
            {"hard_share", "neighbours", "boost_strength", "refresh_every", "neighbours_from"}
        ),
        lambda m: m.resamples and m.boosts,
    ),
    (
        frozenset(
            {"virtual_rate", "meta_gradient", "meta_every", "meta_rate", "meta_batch_size",
             "weight_hidden", "weight_curve"}
        ),
        lambda m: m.learns_weights,
    ),
    # The weights of the fixed curve are clipped as well.
    (frozenset({"weight_low", "weight_high"}), lambda m: m.learns_hardness),
    (frozenset({"class_balance"}), lambda m: m.balances_classes),
    (
        frozenset({"soft_target_weight", "soft_target_weight_last", "soft_target_memory"}),
        lambda m: m.soft_targets,
    ),
    # They decide what is checked and what a killed run goes on from, and no score.
    (frozenset({"probe_every", "checkpoint_minutes"}), lambda m: False),
    (frozenset().union(*(method.settings for method in BUILT_IN)), lambda m: False),
)  # fmt: skip
_TASK_WORDS = {"sequence": "texts", "token": "tagged sentences"}


def reads(name: str, setting: str) -> bool:
    """Whether the scores of a run of that method depend on the setting.

    Of a method that is not registered nothing is known: any setting may have decided them.
    """
    method = find(name)
    if method is None or setting in method.settings:
        return True
    return setting not in method.ignores and all(
        holds(method) for group, holds in _GROUPS if setting in group
    )


def readers(setting: str) -> tuple[str, ...]:
    """The methods whose scores depend on the setting."""
    return tuple(name for name in names() if reads(name, setting))


def draws_every_row_once(name: str) -> SettingError:
    """The error where some rows shall be drawn more often, and the method draws all alike."""
    return SettingError(
        f"draw_more needs a method whose draws follow a probability, and {name} steps through "
        f"every row once an epoch: choose {readers('draw_more')[0]}, or leave draw_more out",
        field="draw_more",
    )


def check_suitable(name: str, task: str, preset: str) -> None:
    """Raises SettingError where there is no such method, or it is not for the task or preset."""
    method = method_of(name)
    if task not in method.tasks:
        reason = f": {method.task_reason}" if method.task_reason else ""
        raise SettingError(
            f"method {name} is not for {_TASK_WORDS.get(task, task)}{reason}; choose another one",
            field="method",
        )
    if preset not in method.presets:
        reason = f" ({method.preset_reason})" if method.preset_reason else ""
        raise SettingError(
            f"method {name} is not for the {preset} preset{reason}: choose the "
            f"{' or '.join(sorted(method.presets))} preset, or another method",
            field="method",
        )
