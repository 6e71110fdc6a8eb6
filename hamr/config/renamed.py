"""Settings and methods of earlier versions: what they are called now, or that they are gone.

Stored runs and sweeps, command-line flags, links, grids and Python code with an old name still work
by this one module.

Earlier versions had one method, "hamr", for two things: with the settings that nobody had changed
it was what is now HAMR+; under the paper preset it was the paper's method, which alone is called
`hamr` now. So the settings of a stored run say which it was (`earlier_method`), and what is stored
now has the mark VERSION, because its "hamr" is the paper's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from hamr import methods
from hamr.errors import SettingError

VERSION = 2  # of stored settings; those without the mark were stored by an earlier version

SETTINGS: dict[str, str] = {
    "surroundings": "soft_target_weight",
    "surroundings_last": "soft_target_weight_last",
}
# By the old name of a method: what it was with the settings as published, and otherwise. The names
# of ablations are used no more; "hamr" now always is the first.
METHODS: dict[str, tuple[str, str]] = {
    "hamr": ("hamr", "hamr-plus"),
    "no-resampling": ("hamr-no-resampling", "hamr-plus-no-resampling"),
    "no-meta-weights": ("hamr-no-meta-weights", "hamr-plus-no-meta-weights"),
    "no-boost": ("hamr-no-boost", "hamr-plus-no-boost"),
    "no-soft-targets": ("hamr-plus-no-soft-targets", "hamr-plus-no-soft-targets"),
    "no-surroundings": ("hamr-plus-no-soft-targets", "hamr-plus-no-soft-targets"),
}
# What runs did before these settings existed: no part of HAMR+, each at its published value. A
# setting that is added later and changes training has its value here too.
BEFORE: dict[str, Any] = {
    "class_balance": 0.0,
    "soft_target_weight": 0.0,
    "soft_target_weight_last": 0.0,
    "weight_low": 0.1,
    "weight_high": 8.0,
    "draw_scheme": "independent",
    "weight_curve": "free",
    "average_decay": 0.0,
    "word_share": 0.0,
    "tag_decoding": "word",
    "batch_growth": "none",
    "frozen_states": "recomputed",
    "patience": 0,
    "head_start": "random",
    "soft_target_memory": 1.0,
    "meta_set": "validation",
}
# Those by which a stored HAMR was the paper's or not.
_PARTS = (
    "class_balance", "soft_target_weight", "weight_low", "weight_high", "draw_scheme",
    "weight_curve",
)  # fmt: skip


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
        kept, other = value, ""
        if now == "method" and isinstance(value, str) and not reading_stored.get():
            kept, other = method_now(value, str(values.get("preset", "")))
        notices += filter(None, (notice, other))
        if now == name or now not in values:
            found[now] = kept
    return Translated(found, tuple(notices), tuple(removed))


def name_now(name: str) -> tuple[str, str]:
    """What the setting is called now, and a sentence where that is another name."""
    now = SETTINGS.get(name, name)
    return now, f"{name} is now called {now}" if now != name else ""


def method_now(name: str, preset: str = "") -> tuple[str, str]:
    """What a method that somebody names is called now, and a sentence where that is another name.

    The preset tells which of two an ablation is: its HAMR is the paper's under the paper preset.
    """
    if name not in METHODS or methods.is_built_in(name):
        return name, ""
    as_published, otherwise = METHODS[name]
    now = as_published if _is_papers(preset) else otherwise
    return now, f"method {name} is now called {now}"


def earlier_link(name: str, preset: str = "") -> str:
    """What a method that a link of an earlier version names is called now."""
    return METHODS[name][0 if _is_papers(preset) else 1] if name in METHODS else name


def new_meaning(names: Collection[str], preset: str = "") -> str:
    """That the "hamr" among these names now is the paper's method; "" where nobody can mistake it.

    So it is under the paper preset, where it always was, and beside the other one.
    """
    published, improved = METHODS["hamr"]
    if published not in names or improved in names or _is_papers(preset):
        return ""
    return (
        f"{published} is the method as published; what earlier versions called {published} is now "
        f"{improved}"
    )


def _is_papers(preset: str) -> bool:
    """Whether HAMR was the paper's method under that preset."""
    return methods.default_of(preset) == METHODS["hamr"][0]


def earlier_method(name: str, values: Mapping[str, Collection[Any]]) -> str:
    """What the method of a stored run or sweep without the mark VERSION is called now.

    `values` are the ones that each setting had: one in a run, or several in a sweep's grid. It was
    the paper's method where all that it read of HAMR+ was switched off.
    """
    if name not in METHODS:
        return name
    as_published, improved = METHODS[name]
    read = [part for part in _PARTS if methods.reads(improved, part)]
    same = all(set(values.get(part, ())) <= {BEFORE[part]} for part in read)
    return as_published if same else improved


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
