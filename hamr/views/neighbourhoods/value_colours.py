"""The points of a map coloured by a value of `row_values.VALUES`, or by their split.

Axes: P points; N training rows or mentions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hamr.records import SPLITS
from hamr.views.base.all_rows import SPLIT_NAMES
from hamr.views.base.theme import NEUTRAL, OKABE_ITO
from hamr.views.neighbourhoods.colours import (
    Colouring,
    by_quantiles,
    by_score,
    by_sign,
    quantiles,
)
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, Value


def by_value(
    values: np.ndarray, by: str, known: Mapping[str, Value], trained: int, missing: str
) -> Colouring:
    """Points by their values; a scale without ends is that of the first `trained` ones."""
    title = known[by].title
    if by in ("boost", LABEL_ERROR):
        return by_score(values, title, 0.0, 1.0, missing=missing)
    if by == "draws":
        _, most = quantiles(values, (0.01, 0.99))
        return by_score(values, f"{title}, to the 99th percentile", 0.0, most, missing=missing)
    if by == "alignment":
        note = "Orange harms the balanced meta set, blue helps it, grey does neither."
        return by_sign(values, title, note, missing=missing)
    return by_quantiles(values, title, missing=missing, of=trained)


def missing(by: str, known: Mapping[str, Value], held_out: bool) -> str:
    """What grey means; "" where each point has a value."""
    if by == LABEL_ERROR:
        return "not computed yet: open Relabel, which finds label errors"
    if by == "loss":
        return "not scored yet" if held_out else ""
    why = (known[by].missing, "validation and test rows" if held_out else "")
    return ", or ".join(filter(None, why))


def by_split(splits: np.ndarray) -> Colouring:
    """Points by their split, [P] indices of SPLITS."""
    counts = np.bincount(splits, minlength=len(SPLITS)).tolist()
    named = [f"{SPLIT_NAMES[split]} ({n:,})" for split, n in zip(SPLITS, counts, strict=True)]
    codes = splits.astype(np.uint8)
    return Colouring(codes, [NEUTRAL, OKABE_ITO[0], OKABE_ITO[3]], labels=named)
