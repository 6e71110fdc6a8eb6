"""Numbers within a sentence or an equation, short enough to be read aloud."""

from __future__ import annotations


def number(value: float, digits: int = 3) -> str:
    """A number with three significant digits: 1.23, 0.0456, -0.000789; exact zeros as 0."""
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-4 <= size < 1e4:
        places = max(0, digits - 1 - _magnitude(size))
        return f"{value:.{places}f}".replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10{_raised(int(exponent))}".replace("-", "−")


def setting(value: float) -> str:
    """A setting as people type it: 0.7, 8, 1e-05."""
    return f"{value:.6g}".replace("-", "−")


def times(count: int) -> str:
    """How often: once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def counted(count: int, noun: str) -> str:
    """A number of things: 1 seed, 60 seeds."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def ratio(value: float) -> str:
    """How many times the average, with two decimals; a small one keeps its digits."""
    return f"{value:.2f}" if value == 0 or value >= 0.1 else number(value)


def _magnitude(size: float) -> int:
    """The power of ten of the first digit, after rounding to three digits."""
    return int(f"{size:.2e}".split("e")[1])


def _raised(exponent: int) -> str:
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
