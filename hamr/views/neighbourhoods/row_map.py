"""The map of the rows: colours, hard seeds and the edges to their neighbours.

Axes: N training rows, S hard seeds, K neighbours of a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from plotly.colors import hex_to_rgb, sample_colorscale, unlabel_rgb

from hamr.columns import Column, as_months, as_numbers
from hamr.legible import legible_name
from hamr.store import Run
from hamr.views.base import mistakes
from hamr.views.base.labels import Labels
from hamr.views.base.metadata import NO_VALUE, groups_of
from hamr.views.base.theme import (
    NEUTRAL,
    SEQUENTIAL,
    SIGNED,
    VALUE_COLOURS,
    WARM,
    class_colours,
)

METADATA = "metadata:"  # before the name of a column, in what to colour by
MOST_VALUES = 12  # that get a colour of their own
COLOURINGS = ("class", "hardness", "alignment", "boost", "mistakes")
MOST_COLOURS = 256  # one byte a row
SHADES = 128


@dataclass(frozen=True)
class Colouring:
    """A colour byte for each row [N], and what the bytes mean."""

    codes: np.ndarray
    palette: list[str]
    labels: list[str] | None = None  # one for each colour of the palette
    scale: tuple[str, float, float] | None = None  # title, value of the first and last colour
    note: str = ""  # how to read the scale


def colourings(run: Run) -> tuple[str, ...]:
    """Those of COLOURINGS that the run has: without a meta step no row has an alignment."""
    learns = run.info.settings.training.learns_weights
    return tuple(by for by in COLOURINGS if learns or by != "alignment")


def colouring(run: Run, epoch: int, by: str) -> Colouring:
    """The rows coloured by one of COLOURINGS, as the epoch left them, or by METADATA + name."""
    if by.startswith(METADATA):
        return by_column(run.rows().metadata(by.removeprefix(METADATA)), by.removeprefix(METADATA))
    if by == "class":
        labels = Labels.of(run)
        return by_name(labels.rows, labels.names, labels.counts)
    if by == "mistakes":
        return _by_mistake(run, epoch)
    if by == "boost":
        return _by_score(run.signal("boost", epoch), "boost", 0.0, 1.0)
    if by == "alignment":
        return by_sign(
            run.signal("alignment", epoch),
            "alignment",
            "Orange harms the balanced meta set, blue helps it, grey does neither.",
        )
    return by_quantiles(run.signal("hardness", epoch), "hardness")


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
    found = _by_score(amounts, f"{what}, 1st to 99th percentile", low, high)
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


def by_quantiles(values: np.ndarray, what: str) -> Colouring:
    """Points coloured by a score without bounds, from its 1st to its 99th percentile."""
    # A few extreme points would otherwise press all others into one colour.
    low, high = (float(value) for value in np.quantile(values, (0.01, 0.99)))
    return _by_score(values, f"{what}, 1st to 99th percentile", low, high)


def by_sign(values: np.ndarray, what: str, note: str) -> Colouring:
    """Points coloured by a score on either side of 0, as far as the 95th percentile of its size.

    The middle colour is 0 exactly, and both ends are equally far from it, so that equally strong
    colours mean equally large values.
    """
    # Most values lie near 0: were the ends farther out, nearly all points would be grey.
    most = float(f"{np.quantile(np.abs(values), 0.95):.2g}") or 1.0
    scaled = _by_score(values, f"{what}, up to the 95th percentile", -most, most, signed_palette())
    return replace(scaled, note=note)


def _by_mistake(run: Run, epoch: int) -> Colouring:
    wrong = mistakes.wrong(run, epoch)
    names = [f"predicted right ({(~wrong).sum():,})", f"mistake ({wrong.sum():,})"]
    return Colouring(wrong.astype(np.uint8), [NEUTRAL, WARM], labels=names)


def _by_score(
    values: np.ndarray, title: str, low: float, high: float, palette: list[str] | None = None
) -> Colouring:
    palette = palette or score_palette()
    share = (values.astype(np.float64) - low) / (high - low if high > low else 1.0)
    codes = np.rint(np.clip(np.nan_to_num(share), 0, 1) * (len(palette) - 1)).astype(np.uint8)
    return Colouring(codes, palette, scale=(title, low, high))


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


def seed_mask(run: Run, epoch: int) -> np.ndarray:
    """Whether each row is a hard seed as the epoch ended, [N] bool."""
    mask = np.zeros(len(run.rows()), bool)
    mask[run.array("seeds", epoch)] = True
    return mask


def seed_edges(run: Run, epoch: int, count: int, within: np.ndarray | None = None) -> np.ndarray:
    """The edges from the `count` hardest seeds to their neighbours, [M, 2] row indices.

    `within` [N] bool keeps to the seeds of a region. Seeds are stored hardest first.
    """
    arrays = run.arrays(epoch, ["seeds", "neighbours"])
    seeds, neighbours = arrays["seeds"], arrays["neighbours"]
    places = np.arange(len(seeds)) if within is None else np.flatnonzero(within[seeds])
    return _pairs(seeds[places[:count]], neighbours[places[:count]])


def edges_of(run: Run, epoch: int, row: int) -> np.ndarray:
    """The edges that touch one row: from the seeds that boost it, and to its own neighbours."""
    arrays = run.arrays(epoch, ["seeds", "neighbours"])
    seeds, neighbours = arrays["seeds"], arrays["neighbours"]
    pairs = _pairs(seeds, neighbours)
    found: np.ndarray = pairs[(pairs == row).any(axis=1)]
    return found


def _pairs(seeds: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """[S], [S, K] -> [M, 2]; places without a neighbour (-1) are left out."""
    if not neighbours.size:
        return np.empty((0, 2), np.int64)
    pairs = np.stack([np.repeat(seeds, neighbours.shape[1]), neighbours.ravel()], axis=1)
    return pairs[pairs[:, 1] >= 0]
