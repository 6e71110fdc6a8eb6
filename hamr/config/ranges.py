"""The range of a setting in words, for forms and help ("0 or more") and for errors."""

from __future__ import annotations

from typing import Any

_KEYS = ("gt", "ge", "lt", "le")
_NUMBERS = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
}


def limits_of(metadata: list[Any]) -> dict[str, Any]:
    """The limits that a field's metadata holds: {"gt": 0, "le": 1}."""
    return {k: getattr(m, k) for m in metadata for k in _KEYS if getattr(m, k, None) is not None}


def in_words(limits: dict[str, Any]) -> str:
    """ "1 to 1,000", "0 or more", "above 0, up to 1", "0 or more, below 1"; "" without limits."""
    if limits.keys() == {"ge", "le"}:
        return f"{_number(limits['ge'])} to {_number(limits['le'])}"
    return ", ".join(_bounds(limits, gt="above {}", ge="{} or more", lt="below {}", le="up to {}"))


def rule(limits: dict[str, Any], error: str) -> str:
    """What follows "must be": "between 1 and 1,000", "above 0 and at most 1", "a number, ...".

    `error` is pydantic's type of the complaint; "" where there is no rule of numbers.
    """
    if error in _NUMBERS:
        return ", ".join(filter(None, (_NUMBERS[error], in_words(limits))))
    if limits.keys() == {"ge", "le"}:
        return f"between {_number(limits['ge'])} and {_number(limits['le'])}"
    if limits.keys() == {"ge"}:
        return in_words(limits)
    said = _bounds(limits, gt="above {}", ge="at least {}", lt="below {}", le="at most {}")
    return " and ".join(said)


def _bounds(limits: dict[str, Any], **words: str) -> list[str]:
    """Each limit in its words, the lower one first."""
    return [words[key].format(_number(limits[key])) for key in _KEYS if key in limits]


def _number(value: float) -> str:
    return f"{value:,.7g}"
