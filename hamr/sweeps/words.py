"""What people type for a sweep, each part checked separately, so that a form can mark it.

Each function returns what it found and notices about what it left out or renamed, and raises
SettingError with the value, the rule and the remedy; its `field` is "methods", "seeds" or "grid".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from hamr.config import (
    ONLY_IN,
    DataSettings,
    TrainingSettings,
    describe,
    kind_of,
    reads,
    renamed,
)
from hamr.errors import SettingError
from hamr.methods import meant, names
from hamr.sweeps.plan import SweepSettings

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")

MOST_SEEDS = 1000
OWN_FLAGS = {
    "method": "--methods",
    "seed": "--seeds",
    "preset": "--preset",
    "exclude_rows": "--exclude-rows",
    "draw_more": "--draw-more",
    "verified_rows": "--verified-rows",
}


class Typed(Generic[V]):
    """What was found in typed words, and notices about what was left out or renamed."""

    def __init__(self, value: V, notices: Sequence[str] = ()) -> None:
        self.value, self.notices = value, tuple(notices)


def methods_of(words: str | Iterable[str], preset: str = "quick") -> Typed[tuple[str, ...]]:
    """The methods named in "erm, focal", in this order; the preset decides what old names mean."""
    known = names()
    found = [renamed.method_now(name, preset) for name in _split(words)]
    if not found:
        raise SettingError(
            f"methods is empty: name one or more of {', '.join(known)}", field="methods"
        )
    for name, _ in found:
        if name not in known:
            raise SettingError(
                f"methods has no {name!r}{meant(name, known)}: there are {', '.join(known)}",
                field="methods",
            )
    once = _once([name for name, _ in found], "methods")
    notices = dict.fromkeys(notice for _, notice in found if notice)
    return Typed(once.value, (*notices, *once.notices))


def seeds_of(words: str | int) -> Typed[tuple[int, ...]]:
    """The seeds of "5", which are 0 to 4, or of "0,3,7", which are these."""
    parts = _split(str(words))
    if not parts or not all(part.isascii() and part.isdecimal() for part in parts):
        raise SettingError(
            f"seeds must be a number such as 5 (for seeds 0 to 4) or a list such as 0,3,7, got "
            f"{str(words)!r}",
            field="seeds",
        )
    numbers = [int(part) for part in parts]
    listed = "," in str(words)
    count = len(numbers) if listed else numbers[0]
    if not 1 <= count <= MOST_SEEDS:
        raise SettingError(
            f"seeds must be between 1 and {MOST_SEEDS:,}, got {count}: five are enough for a 95 % "
            "interval that separates most methods; 1 means the single seed 0",
            field="seeds",
        )
    return _once(numbers, "seeds") if listed else Typed(tuple(range(count)))


def grid_of(lines: Iterable[str], preset: str = "quick") -> Typed[dict[str, tuple[Any, ...]]]:
    """The grid of lines such as "tau = 0.5, 0.7"; a setting may have several lines."""
    typed: dict[str, list[str]] = {}
    notices: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        name, equals, values = line.partition("=")
        if not equals:
            raise SettingError(
                f"grid has {line.strip()!r}: write a setting and its values as tau=0.5,0.7",
                field="grid",
            )
        setting, notice = renamed.name_now(name.strip().replace("-", "_"))
        notices += [f"grid: {notice}"] if notice else []
        if setting in renamed.REMOVED:
            notices.append(_off(setting, _split(values)))
            continue
        typed.setdefault(_grid_setting(setting, preset), []).extend(_split(values))
    found = {name: _once(_values(name, parts), f"grid: {name}") for name, parts in typed.items()}
    notices += [notice for each in found.values() for notice in each.notices]
    return Typed({name: each.value for name, each in found.items()}, tuple(dict.fromkeys(notices)))


def sweep_of(
    data: DataSettings,
    training: TrainingSettings,
    methods: tuple[str, ...],
    seeds: tuple[int, ...],
    grid: dict[str, tuple[Any, ...]],
    by_method: dict[str, dict[str, Any]] | None = None,
) -> SweepSettings:
    """The sweep of these parts. Raises SettingError where no method reads a grid setting.

    `by_method` is what each method sets itself: see `own_settings`.
    """
    for name in grid:
        if not any(reads(method, name, training.preset) for method in methods):
            readers = [m for m in names() if reads(m, name, training.preset)]
            remedy = f"add {' or '.join(readers[:3])}, or leave" if readers else "leave"
            many = "" if len(methods) > 1 else "s"
            raise SettingError(
                f"grid has {name}, but {', '.join(methods)} never read{many} it: {remedy} {name} "
                "out",
                field="grid",
            )
    return SweepSettings(
        data=data, training=training, methods=methods, seeds=seeds, grid=grid,
        by_method=by_method or {},
    )  # fmt: skip


def _off(name: str, values: Sequence[str]) -> str:
    """The notice that a grid names a setting that is gone. Raises SettingError if it is not off."""
    for value in values:
        if not renamed.is_off(name, value):
            raise SettingError(f"grid: {renamed.refusal(name, value)}", field="grid")
    return f"grid: {renamed.gone(name)}"


def _grid_setting(name: str, preset: str) -> str:
    """The name of a setting that a grid may have."""
    allowed = [one for one in TrainingSettings.model_fields if one not in OWN_FLAGS]
    if name in OWN_FLAGS:
        raise SettingError(f"grid can't have {name}: give it by {OWN_FLAGS[name]}", field="grid")
    if name not in allowed:
        symbols = {about["symbol"]: one for one, about in describe(TrainingSettings).items()}
        greek = {**symbols, "lambda": "boost_strength", "alpha": "virtual_rate"}.get(name)
        asked = f" (did you mean {greek}?)" if greek in allowed else meant(name, allowed)
        raise SettingError(
            f"grid has {name!r}, which is not a setting{asked}: there are {', '.join(allowed)}",
            field="grid",
        )
    if ONLY_IN.get(name, kind_of(preset)) != kind_of(preset):
        raise SettingError(
            f"grid has {name}, which the {preset} preset never reads: leave it out, or choose "
            f"the {ONLY_IN[name]} preset",
            field="grid",
        )
    return name


def _values(name: str, parts: Sequence[str]) -> list[Any]:
    """The values as the setting has them: numbers for numbers."""
    if not parts:
        raise SettingError(
            f"grid names no value for {name}: write {name}=A,B or leave it out", field="grid"
        )
    try:
        typed: list[dict[str, Any]] = [{name: part} for part in parts]
        return [getattr(TrainingSettings(**each), name) for each in typed]
    except SettingError as error:
        raise SettingError(f"grid: {error}", field="grid") from None


def _split(words: str | Iterable[str]) -> list[str]:
    """The parts between commas, without blanks; empty ones don't count."""
    each = [words] if isinstance(words, str) else words
    return [part.strip() for word in each for part in word.split(",") if part.strip()]


def _once(values: Sequence[T], what: str) -> Typed[tuple[T, ...]]:
    kept = tuple(dict.fromkeys(values))
    if len(kept) == len(values):
        return Typed(kept)
    again = dict.fromkeys(str(value) for value in kept if values.count(value) > 1)
    return Typed(kept, [f"{what}: {', '.join(again)} is named twice and counts once"])
