"""The map of the rows: colours, hard seeds and the edges to their neighbours.

Axes: N training rows, S hard seeds, K neighbours of a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from plotly.colors import hex_to_rgb, sample_colorscale, unlabel_rgb

from hamr.store import Run
from hamr.views import mistakes
from hamr.views.labels import Labels
from hamr.views.theme import NEUTRAL, SEQUENTIAL, WARM, class_colours

COLOURINGS = ("class", "hardness", "boost", "mistakes")
MOST_COLOURS = 256  # one byte a row
SHADES = 128


@dataclass(frozen=True)
class Colouring:
    """A colour byte for each row [N], and what the bytes mean."""

    codes: np.ndarray
    palette: list[str]
    labels: list[str] | None = None  # one for each colour of the palette
    scale: tuple[str, float, float] | None = None  # title, value of the first and last colour


def colouring(run: Run, epoch: int, by: str) -> Colouring:
    """The rows coloured by class, hardness, boost or mistakes, as the epoch left them."""
    if by == "class":
        labels = Labels.of(run)
        return by_name(labels.rows, labels.names, labels.counts)
    if by == "mistakes":
        return _by_mistake(run, epoch)
    if by == "boost":
        return _by_score(run.signal("boost", epoch), "boost", 0.0, 1.0)
    return by_quantiles(run.signal("hardness", epoch), "hardness")


def by_name(codes: np.ndarray, names: Sequence[str], counts: np.ndarray) -> Colouring:
    """Points coloured by the class or type whose number they have, each named with its count."""
    labels = [f"{name} ({counts[c]:,})" for c, name in enumerate(names)]
    if len(labels) > MOST_COLOURS:
        labels = [*labels[: MOST_COLOURS - 1], f"{len(names) - MOST_COLOURS + 1} more classes"]
    codes = np.minimum(codes, MOST_COLOURS - 1).astype(np.uint8)
    return Colouring(codes, class_colours(len(labels)), labels=labels)


def by_quantiles(values: np.ndarray, what: str) -> Colouring:
    """Points coloured by a score without bounds, from its 1st to its 99th percentile."""
    # A few extreme points would otherwise press all others into one colour.
    low, high = (float(value) for value in np.quantile(values, (0.01, 0.99)))
    return _by_score(values, f"{what}, 1st to 99th percentile", low, high)


def _by_mistake(run: Run, epoch: int) -> Colouring:
    wrong = mistakes.wrong(run, epoch)
    names = [f"predicted right ({(~wrong).sum():,})", f"mistake ({wrong.sum():,})"]
    return Colouring(wrong.astype(np.uint8), [NEUTRAL, WARM], labels=names)


def _by_score(values: np.ndarray, title: str, low: float, high: float) -> Colouring:
    share = (values.astype(np.float64) - low) / (high - low if high > low else 1.0)
    codes = np.rint(np.clip(np.nan_to_num(share), 0, 1) * (SHADES - 1)).astype(np.uint8)
    return Colouring(codes, score_palette(), scale=(title, low, high))


def score_palette() -> list[str]:
    """The sequential scale in 128 steps, without the ends that vanish on a dark or white page."""
    shades = sample_colorscale(SEQUENTIAL, list(np.linspace(0.12, 0.92, SHADES)))
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
    return pairs[(pairs == row).any(axis=1)]


def _pairs(seeds: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """[S], [S, K] -> [M, 2]; places without a neighbour (-1) are left out."""
    if not neighbours.size:
        return np.empty((0, 2), np.int64)
    pairs = np.stack([np.repeat(seeds, neighbours.shape[1]), neighbours.ravel()], axis=1)
    return pairs[pairs[:, 1] >= 0]
