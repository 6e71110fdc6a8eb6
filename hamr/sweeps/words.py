"""What people type for a sweep, each part checked by itself, so that a form can mark it.

Each reader gives what it found and notices on what it left out, and raises SettingError with
the value, the rule and the remedy; its `field` is "methods", "seeds" or "grid".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from hamr.config import (
    METHOD_TITLES,
    ONLY_IN,
    DataSettings,
    TrainingSettings,
    describe,
    kind_of,
)
from hamr.errors import SettingError
from hamr.methods import reads
from hamr.sweeps.plan import SweepSettings

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")

MOST_SEEDS = 1000
OWN_FLAGS = {"method": "--methods", "seed": "--seeds", "preset": "--preset"}


class Typed(Generic[V]):
    """What was found in typed words, and notices on what was left out of it."""

    def __init__(self, value: V, notices: Sequence[str] = ()) -> None:
        self.value, self.notices = value, tuple(notices)


def methods_of(words: str | Iterable[str]) -> Typed[tuple[str, ...]]:
    """The methods named in "erm, focal", in this order."""
    names = _split(words)
    if not names:
        raise SettingError(
            f"methods is empty: name one or more of {', '.join(METHOD_TITLES)}", field="methods"
        )
    for name in names:
        if name not in METHOD_TITLES:
            raise SettingError(
                f"methods has no {name!r}{_meant(name, METHOD_TITLES)}: there are "
                f"{', '.join(METHOD_TITLES)}",
                field="methods",
            )
    return _once(names, "methods")


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
            f"seeds must be in [1, {MOST_SEEDS}], got {count}: with five a 95 % interval tells "
            "most methods apart; for the single seed 0 say 1",
            field="seeds",
        )
    return _once(numbers, "seeds") if listed else Typed(tuple(range(count)))


def grid_of(lines: Iterable[str], preset: str = "quick") -> Typed[dict[str, tuple[Any, ...]]]:
    """The grid of lines such as "tau = 0.5, 0.7"; a setting may have several lines."""
    typed: dict[str, list[str]] = {}
    for line in lines:
        if not line.strip():
            continue
        name, equals, values = line.partition("=")
        if not equals:
            raise SettingError(
                f"grid has {line.strip()!r}: write a setting and its values as tau=0.5,0.7",
                field="grid",
            )
        typed.setdefault(_grid_setting(name, preset), []).extend(_split(values))
    found = {name: _once(_values(name, parts), f"grid: {name}") for name, parts in typed.items()}
    notices = [notice for each in found.values() for notice in each.notices]
    return Typed({name: each.value for name, each in found.items()}, notices)


def sweep_of(
    data: DataSettings,
    training: TrainingSettings,
    methods: tuple[str, ...],
    seeds: tuple[int, ...],
    grid: dict[str, tuple[Any, ...]],
) -> SweepSettings:
    """The sweep of these parts. Raises SettingError where no method reads a grid setting."""
    for name in grid:
        if not any(reads(method, name, training.preset) for method in methods):
            readers = [m for m in METHOD_TITLES if reads(m, name, training.preset)]
            remedy = f"add {' or '.join(readers[:3])}, or leave" if readers else "leave"
            raise SettingError(
                f"grid has {name}, on which the scores of {', '.join(methods)} do not hang: "
                f"{remedy} {name} out",
                field="grid",
            )
    return SweepSettings(
        data=data,
        training=training,
        methods=methods,  # type: ignore[arg-type]  # checked by the settings themselves
        seeds=seeds,
        grid=grid,
    )


def _grid_setting(typed: str, preset: str) -> str:
    """The name of a setting that a grid may have."""
    name = typed.strip().replace("-", "_")
    names = [one for one in TrainingSettings.model_fields if one not in OWN_FLAGS]
    if name in OWN_FLAGS:
        raise SettingError(f"grid can't have {name}: give it by {OWN_FLAGS[name]}", field="grid")
    if name not in names:
        symbols = {about["symbol"]: one for one, about in describe(TrainingSettings).items()}
        meant = {**symbols, "lambda": "boost_strength", "alpha": "virtual_rate"}.get(name)
        asked = f" (did you mean {meant}?)" if meant in names else _meant(name, names)
        raise SettingError(
            f"grid has {name!r}, which is no setting{asked}: there are {', '.join(names)}",
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
    return Typed(kept, [f"{what}: {', '.join(again)} was named twice and counts once"])


def _meant(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), 1)
    return f" (did you mean {near[0]}?)" if near else ""
