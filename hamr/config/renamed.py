"""Settings and values of earlier versions: what they are called now, or that they are gone.

Stored runs and sweeps, command-line flags, grids and Python code with an old name still work by
this one table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from hamr.errors import SettingError

SETTINGS: dict[str, str] = {
    "surroundings": "soft_target_weight",
    "surroundings_last": "soft_target_weight_last",
}
VALUES: dict[str, dict[str, str]] = {"method": {"no-surroundings": "no-soft-targets"}}


@dataclass(frozen=True)
class Removed:
    """A setting that is gone: the value that switched it off, and why it went."""

    off: float
    why: str


REMOVED: dict[str, Removed] = {
    "alignment_strength": Removed(0.0, "it was off in every preset and did not improve any score")
}

# True while stored settings are read: those may name a method that is not registered any more.
reading_stored: ContextVar[bool] = ContextVar("reading_stored", default=False)


@contextmanager
def stored_names() -> Iterator[None]:
    """Accept methods that are not registered: what was trained by them can still be looked at."""
    token = reading_stored.set(True)
    try:
        yield
    finally:
        reading_stored.reset(token)


@dataclass(frozen=True)
class Translated:
    """Settings under their present names."""

    values: dict[str, Any]
    notices: tuple[str, ...]  # what is now called otherwise, a sentence each
    removed: tuple[tuple[str, Any], ...]  # settings that are gone and were not off


def translated(values: Mapping[str, Any]) -> Translated:
    """The settings under their present names; a present name wins over its old one."""
    found: dict[str, Any] = {}
    notices: list[str] = []
    removed: list[tuple[str, Any]] = []
    for name, value in values.items():
        if name in REMOVED:
            notices.append(gone(name))
            if not is_off(name, value):
                removed.append((name, value))
            continue
        now, notice = name_now(name)
        kept, other = value_now(now, value)
        notices += filter(None, (notice, other))
        if now == name or now not in values:
            found[now] = kept
    return Translated(found, tuple(notices), tuple(removed))


def name_now(name: str) -> tuple[str, str]:
    """What the setting is called now, and a sentence where that is another name."""
    now = SETTINGS.get(name, name)
    return now, f"{name} is now called {now}" if now != name else ""


def value_now(name: str, value: Any) -> tuple[Any, str]:
    """What the value of that setting is called now, and a sentence where that is another name."""
    now = VALUES.get(name, {}).get(value) if isinstance(value, str) else None
    return (now, f"{name} {value} is now called {now}") if now else (value, "")


def is_off(name: str, value: Any) -> bool:
    """Whether that value of a setting that is gone changed nothing."""
    try:
        return float(value) == REMOVED[name].off
    except (TypeError, ValueError):
        return False


def gone(name: str) -> str:
    """That the setting is gone, and why."""
    return f"{name} no longer exists: {REMOVED[name].why}"


def refusal(name: str, value: Any) -> SettingError:
    """The error for a value of a setting that is gone, which would have changed the training."""
    return SettingError(f"{gone(name)}, got {value}; leave it out", field=name)


def lost(removed: tuple[tuple[str, Any], ...]) -> str:
    """Why what was stored with these settings can be looked at but not trained; "" for none."""
    if not removed:
        return ""
    said = " and ".join(f"{name} {value}" for name, value in removed)
    return (
        f"This was trained with {said}, which this version no longer has: it can be looked at, "
        "but not resumed or repeated; start a new run without that setting"
    )
