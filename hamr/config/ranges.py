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
    said = {key: f"{value:,.7g}" for key, value in limits.items()}
    if "ge" in said and "le" in said:
        return f"{said['ge']} to {said['le']}"
    low = f"above {said['gt']}" if "gt" in said else f"{said['ge']} or more" if "ge" in said else ""
    high = f"below {said['lt']}" if "lt" in said else f"up to {said['le']}" if "le" in said else ""
    return ", ".join(filter(None, (low, high)))


def rule(limits: dict[str, Any], error: str) -> str:
    """What follows "must be": "between 1 and 1,000", "above 0 and at most 1", "a number, ...".

    `error` is pydantic's type of the complaint; "" where there is no rule of numbers.
    """
    number = _NUMBERS.get(error)
    if number:
        return ", ".join(filter(None, (number, in_words(limits))))
    said = {key: f"{value:,.7g}" for key, value in limits.items()}
    if "ge" in said and "le" in said:
        return f"between {said['ge']} and {said['le']}"
    if "ge" in said and len(said) == 1:
        return f"{said['ge']} or more"
    low = (
        f"above {said['gt']}" if "gt" in said else f"at least {said['ge']}" if "ge" in said else ""
    )
    high = (
        f"below {said['lt']}" if "lt" in said else f"at most {said['le']}" if "le" in said else ""
    )
    return " and ".join(filter(None, (low, high)))
