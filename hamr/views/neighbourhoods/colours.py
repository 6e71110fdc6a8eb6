"""A colour for each point of a map: by name, by score, by column of metadata.

Axes: P points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from plotly.colors import hex_to_rgb, sample_colorscale, unlabel_rgb

from hamr.columns import Column, as_months, as_numbers
from hamr.legible import legible_name
from hamr.views.base.metadata import NO_VALUE, groups_of
from hamr.views.base.theme import (
    NEUTRAL,
    SEQUENTIAL,
    SIGNED,
    VALUE_COLOURS,
    class_colours,
)

MOST_VALUES = 12  # that get a colour of their own
MOST_COLOURS = 256  # one byte a point
SHADES = 128


@dataclass(frozen=True)
class Colouring:
    """A colour byte for each point [P], and what the bytes mean."""

    codes: np.ndarray
    palette: list[str]
    labels: list[str] | None = None  # one for each colour of the palette
    scale: tuple[str, float, float] | None = None  # title, value of the first and last colour
    note: str = ""  # how to read the scale
    # What the grey at the end of the palette means, where some points have no value.
    missing: str = ""


def by_column(column: Column, name: str) -> Colouring:
    """Points coloured by a column: numbers and dates of many values by a scale, others by value.

    The most frequent values have colours that colour-blind readers can tell apart; all others
    share a grey, and so do points without a value.
    """
    groups = groups_of(column)
    if groups.by == "range" or (groups.by == "month" and len(groups.names) > MOST_VALUES):
        return _by_amount(column, name)
    ranked = np.argsort(-groups.counts, kind="stable").tolist()
    shown = [at for at in ranked if groups.names[at] != NO_VALUE][:MOST_VALUES]
    shown = sorted(shown) if groups.by == "month" else shown
    code = np.full(len(groups.names), len(shown), np.uint8)
    code[shown] = np.arange(len(shown))
    labels = [f"{legible_name(groups.names[at])} ({groups.counts[at]:,})" for at in shown]
    rest = int(groups.counts.sum() - groups.counts[shown].sum())
    if rest:
        labels.append(f"{'others' if shown else NO_VALUE} ({rest:,})")
    return Colouring(code[groups.of], [*VALUE_COLOURS[: len(shown)], NEUTRAL], labels=labels)


def _by_amount(column: Column, name: str) -> Colouring:
    """Numbers as they are, dates as years; points without a value have the lowest colour."""
    values = as_numbers(column.values)
    what = legible_name(name)
    if values is None:
        months = as_months(column.values) or []
        values, what = (
            np.array([year + (month - 1) / 12 for year, month in months]),
            f"{what}, year",
        )
    known = column.codes >= 0
    amounts = np.append(values, values.min())[column.codes]
    low, high = (float(value) for value in np.quantile(amounts[known], (0.01, 0.99)))
    found = by_score(amounts, f"{what}, 1st to 99th percentile", low, high)
    missing = int((~known).sum())
    note = f"{missing:,} without a value have the lowest colour." if missing else ""
    return replace(found, note=note)


def by_name(codes: np.ndarray, names: Sequence[str], counts: np.ndarray) -> Colouring:
    """Points coloured by the class or type whose number they have, each named with its count."""
    labels = [f"{legible_name(name)} ({counts[c]:,})" for c, name in enumerate(names)]
    if len(labels) > MOST_COLOURS:
        labels = [*labels[: MOST_COLOURS - 1], f"{len(names) - MOST_COLOURS + 1} more classes"]
    codes = np.minimum(codes, MOST_COLOURS - 1).astype(np.uint8)
    return Colouring(codes, class_colours(len(labels)), labels=labels)


def by_quantiles(values: np.ndarray, what: str, *, missing: str = "", of: int = -1) -> Colouring:
    """Points coloured by a score without bounds, from its 1st to its 99th percentile.

    Those of the first `of` points, by default of all: so the scale stays where points are added.
    """
    low, high = quantiles(values[: of if of >= 0 else None], (0.01, 0.99))
    return by_score(values, f"{what}, 1st to 99th percentile", low, high, missing=missing)


def quantiles(values: np.ndarray, shares: tuple[float, float]) -> tuple[float, float]:
    """Two quantiles of the values that are known; (0, 1) where none is.

    A scale ends there: a few extreme points would otherwise press all others into one colour.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = np.quantile(known, shares)
    return float(low), float(high)


def by_sign(values: np.ndarray, what: str, note: str, *, missing: str = "") -> Colouring:
    """Points coloured by a score on either side of 0, as far as the 95th percentile of its size.

    The middle colour is 0 exactly, and both ends are equally far from it, so that equally strong
    colours mean equally large values.
    """
    # Most values lie near 0: were the ends farther out, nearly all points would be grey.
    most = float(f"{quantiles(np.abs(values), (0.95, 0.95))[0]:.2g}") or 1.0
    title = f"{what}, up to the 95th percentile"
    scaled = by_score(values, title, -most, most, palette=signed_palette(), missing=missing)
    return replace(scaled, note=note)


def by_score(
    values: np.ndarray,
    title: str,
    low: float,
    high: float,
    *,
    palette: list[str] | None = None,
    missing: str = "",
) -> Colouring:
    """Points coloured by a score between two ends; those without one (NaN) are grey, which is
    `missing`. Without that word they have the lowest colour.
    """
    palette = palette or score_palette()
    share = (values.astype(np.float64) - low) / (high - low if high > low else 1.0)
    codes = np.rint(np.clip(np.nan_to_num(share), 0, 1) * (len(palette) - 1)).astype(np.uint8)
    unknown = ~np.isfinite(share)
    if not missing or not unknown.any():
        return Colouring(codes, palette, scale=(title, low, high))
    codes[unknown] = len(palette)
    return Colouring(codes, [*palette, NEUTRAL], scale=(title, low, high), missing=missing)


def score_palette() -> list[str]:
    """The sequential scale in 128 steps, without the ends that vanish on a dark or white page."""
    shades = sample_colorscale(SEQUENTIAL, list(np.linspace(0.12, 0.92, SHADES)))
    return [_hex(shade) for shade in shades]


def signed_palette() -> list[str]:
    """The signed scale in 129 steps, the one in the middle for 0."""
    shades = sample_colorscale(list(SIGNED), list(np.linspace(0, 1, SHADES + 1)))
    return [_hex(shade) for shade in shades]


def _hex(shade: str) -> str:
    rgb = hex_to_rgb(shade) if shade.startswith("#") else unlabel_rgb(shade)
    return "#" + "".join(f"{round(channel):02X}" for channel in rgb)
