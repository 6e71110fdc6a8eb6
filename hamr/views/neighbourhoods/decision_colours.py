"""The points of a map coloured by what people have decided on their rows, and by whom.

Axes: P rows shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hamr.decisions import NO_LABEL, Label, State
from hamr.legible import legible_name
from hamr.views.base.theme import NEUTRAL, OKABE_ITO, TOL_MUTED, VALUE_COLOURS
from hamr.views.neighbourhoods.colours import Colouring

# Blue, vermillion, yellow and a strong pink differ for all eyes, in lightness too.
KINDS = {
    "not reviewed": NEUTRAL,
    "label accepted": OKABE_ITO[0],
    "label changed": OKABE_ITO[3],
    "unsure": OKABE_ITO[6],
    "in conflict": OKABE_ITO[5],
}
MOST_PEOPLE = 11  # who get a colour of their own
NOT_REVIEWED, ACCEPTED, CHANGED, UNSURE, CONFLICT = range(len(KINDS))


def by_decision(
    ids: Sequence[str], states: Mapping[str, State], original: Callable[[str], Label]
) -> Colouring:
    """The rows of these ids [P] by their state; `original` gives the label that one came with."""
    codes = np.zeros(len(ids), np.uint8)
    for row, row_id in enumerate(ids):
        if row_id in states:
            codes[row] = _kind(states[row_id], original)
    counts = np.bincount(codes, minlength=len(KINDS))
    labels = [f"{name} ({n:,})" for name, n in zip(KINDS, counts.tolist(), strict=True)]
    return Colouring(codes, list(KINDS.values()), labels=labels)


def by_annotator(ids: Sequence[str], states: Mapping[str, State]) -> Colouring:
    """The rows of these ids [P] by who gave their current label, or said that they are unsure.

    Those who decided on most rows come first; all further people share a colour.
    """
    deciders = [_people(states[row_id]) if row_id in states else () for row_id in ids]
    counts = Counter(people[0] for people in deciders if len(people) == 1)
    named = [name for name, _ in counts.most_common(MOST_PEOPLE)]
    code = {name: at + 1 for at, name in enumerate(named)}
    several, others = len(named) + 1, len(named) + 2
    codes = np.zeros(len(ids), np.uint8)
    for row, people in enumerate(deciders):
        if people:
            codes[row] = several if len(people) > 1 else code.get(people[0], others)
    names = ["not reviewed", *map(legible_name, named), "several people", "others"]
    found = np.bincount(codes, minlength=len(names)).tolist()
    labels = [f"{name} ({n:,})" for name, n in zip(names, found, strict=True)]
    shown = len(names) if found[others] else others
    colours = [NEUTRAL, *VALUE_COLOURS[: len(named)], VALUE_COLOURS[-1], TOL_MUTED[-1]]
    return Colouring(codes, colours[:shown], labels=labels[:shown])


def _people(state: State) -> tuple[str, ...]:
    unsure = (one.annotator for one in state.open if one.kind == "unsure")
    return tuple(dict.fromkeys((*state.by, *unsure)))


def _kind(state: State, original: Callable[[str], Label]) -> int:
    if state.conflict:
        return CONFLICT
    if state.label is not None:
        accepted = original(state.row_id) in (state.label, NO_LABEL)
        return ACCEPTED if accepted else CHANGED
    return UNSURE if state.kind == "unsure" else NOT_REVIEWED
