"""The map of the entity mentions of a token run: its colours, its table, its search.

Axes: M mentions in the training rows, in the order of `Run.mention_map`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hamr.entities import (
    ERROR_KINDS,
    MISSED,
    WRONG_BOUNDARY,
    WRONG_TYPE,
)
from hamr.store import Run
from hamr.views.base.labels import Scored
from hamr.views.base.mentions import RIGHT, Answers, answers, losses, mentions, texts
from hamr.views.base.regions import regions_of
from hamr.views.base.theme import ACCENT, NEUTRAL, OKABE_ITO, WARM
from hamr.views.neighbourhoods.colours import Colouring, by_name, by_quantiles
from hamr.views.neighbourhoods.region_colours import by_region

COLOURINGS = ("type", "mistake", "loss", "hardness", "region")
# The kinds in the legend's order, each with its colour: vermillion, blue and yellow stay
# apart for all readers, and grey steps back.
KINDS: dict[int, tuple[str, str]] = {
    RIGHT: ("right", NEUTRAL),
    MISSED: (ERROR_KINDS[MISSED], WARM),
    WRONG_TYPE: (ERROR_KINDS[WRONG_TYPE], ACCENT),
    WRONG_BOUNDARY: (ERROR_KINDS[WRONG_BOUNDARY], OKABE_ITO[6]),
}


def colouring(run: Run, epoch: int, by: str) -> Colouring:
    """The mentions coloured by one of COLOURINGS, as the epoch left them."""
    if by == "region":
        found = regions_of(run, epoch)
        return by_region(found.of_row, found)
    if by == "mistake":
        return _by_kind(answers(run, epoch).kind)
    if by == "loss":
        return by_quantiles(losses(run, epoch), "highest loss of its words (nats)")
    gold = mentions(run)
    if by == "hardness":
        return by_quantiles(run.signal("hardness", epoch)[gold.row], "hardness of its sentence")
    scored = Scored.of(run)
    return by_name(gold.type, scored.names, scored.counts)


def _by_kind(kind: np.ndarray) -> Colouring:
    codes = np.zeros(len(kind), np.uint8)
    for code, bit in enumerate(KINDS):
        codes[kind == bit] = code
    counts = np.bincount(codes, minlength=len(KINDS))
    names = [f"{name} ({counts[code]:,})" for code, (name, _) in enumerate(KINDS.values())]
    return Colouring(codes, [colour for _, colour in KINDS.values()], labels=names)


def by_loss(run: Run, epoch: int, which: np.ndarray) -> np.ndarray:
    """Those mentions, the highest loss first; ties keep their order."""
    return which[np.argsort(-losses(run, epoch)[which], kind="stable")]


def table(run: Run, epoch: int, which: np.ndarray) -> pd.DataFrame:
    """Those mentions as people read them, in the order given."""
    gold, rows, said = mentions(run), run.rows(), answers(run, epoch)
    types = np.array(run.info.scored, object)
    row = gold.row[which]
    return pd.DataFrame(
        {
            "mention": rows.phrases(gold.start[which], gold.end[which]),
            "type": types[gold.type[which]],
            "predicted as": _said(run, said, which),
            "mistake": [KINDS[kind][0] for kind in said.kind[which].tolist()],
            "loss": losses(run, epoch)[which],
            "hardness": run.signal("hardness", epoch)[row],
            "row": row,
            "sentence": rows.texts(row),
            "id": rows.ids(row),
        }
    )


def _said(run: Run, said: Answers, which: np.ndarray) -> list[str]:
    """The predicted type, with the words it is given to where they are others; or "missed"."""
    asked = said.which[which]
    found = np.flatnonzero(asked >= 0)
    start, end = said.predicted.start[asked[found]], said.predicted.end[asked[found]]
    phrases = run.rows().phrases(start, end)
    gold, types = mentions(run), run.info.scored
    words = [ERROR_KINDS[MISSED]] * len(which)
    for place, phrase, first, last in zip(found.tolist(), phrases, start, end, strict=True):
        own = which[place]
        name = types[said.predicted.type[asked[place]]]
        alike = first == gold.start[own] and last == gold.end[own]
        words[place] = name if alike else f"{name}: {phrase}"
    return words


def matching(run: Run, query: str) -> np.ndarray:
    """The mentions whose words hold the query, whatever the case."""
    wanted = query.strip().lower()
    return np.array([i for i, text in enumerate(texts(run)) if wanted in text.lower()], np.int64)
