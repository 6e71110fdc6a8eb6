"""The points of a map coloured by what people have decided on their rows.

Axes: N training rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hamr.decisions import Label, State
from hamr.views.base.theme import NEUTRAL, OKABE_ITO
from hamr.views.neighbourhoods.row_map import Colouring

# Blue, vermillion, yellow and a strong pink differ for all eyes, in lightness too.
KINDS = {
    "not reviewed": NEUTRAL,
    "label accepted": OKABE_ITO[0],
    "label changed": OKABE_ITO[3],
    "unsure": OKABE_ITO[6],
    "in conflict": OKABE_ITO[5],
}
NOT_REVIEWED, ACCEPTED, CHANGED, UNSURE, CONFLICT = range(len(KINDS))


def by_decision(
    ids: Sequence[str], states: Mapping[str, State], original: Callable[[str], Label]
) -> Colouring:
    """The rows of these ids [N] by their state; `original` gives the label that one came with."""
    codes = np.zeros(len(ids), np.uint8)
    for row, row_id in enumerate(ids):
        if row_id in states:
            codes[row] = _kind(states[row_id], original)
    counts = np.bincount(codes, minlength=len(KINDS))
    labels = [f"{name} ({n:,})" for name, n in zip(KINDS, counts.tolist(), strict=True)]
    return Colouring(codes, list(KINDS.values()), labels=labels)


def _kind(state: State, original: Callable[[str], Label]) -> int:
    if state.conflict:
        return CONFLICT
    if state.label is not None:
        return ACCEPTED if state.label == original(state.row_id) else CHANGED
    return UNSURE if state.kind == "unsure" else NOT_REVIEWED
