"""The entity mentions of a token run: what the model makes of each, colours and a table.

Axes: M mentions in the training rows, in the order of `Run.mention_map`; P predicted ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.entities import (
    ERROR_KINDS,
    MISSED,
    WRONG_BOUNDARY,
    WRONG_TYPE,
    Spans,
    all_spans,
)
from hamr.store import Run
from hamr.views.base.labels import Scored
from hamr.views.base.theme import ACCENT, NEUTRAL, OKABE_ITO, WARM
from hamr.views.neighbourhoods.row_map import Colouring, by_name, by_quantiles

COLOURINGS = ("type", "mistake", "loss", "hardness")
RIGHT = 0  # the kind of a mention that is predicted as it is
# The kinds in the legend's order, each with its colour: vermillion, blue and yellow stay
# apart for all readers, and grey steps back.
KINDS: dict[int, tuple[str, str]] = {
    RIGHT: ("right", NEUTRAL),
    MISSED: (ERROR_KINDS[MISSED], WARM),
    WRONG_TYPE: (ERROR_KINDS[WRONG_TYPE], ACCENT),
    WRONG_BOUNDARY: (ERROR_KINDS[WRONG_BOUNDARY], OKABE_ITO[6]),
}


@dataclass(frozen=True)
class Answers:
    """What the model makes of each mention at one epoch."""

    predicted: Spans  # [P]
    which: np.ndarray  # [M], the predicted entity that answers a mention; -1 for none
    kind: np.ndarray  # [M] uint8, RIGHT or a key of ERROR_KINDS
    spurious: int  # predicted entities where no mention is


def mentions(run: Run) -> Spans:
    """The entities that the training rows hold."""
    rows = run.rows()
    return all_spans(rows.all_tags, rows.word_starts)


def texts(run: Run) -> list[str]:
    """The words of each mention."""
    gold = mentions(run)
    return run.rows().phrases(gold.start, gold.end)


def of_row(gold: Spans, row: int) -> np.ndarray:
    """The places of a row's mentions among all."""
    return np.arange(*np.searchsorted(gold.row, (row, row + 1)))


def answers(run: Run, epoch: int) -> Answers:
    """`entities.mistakes` for all training rows at once."""
    predicted = all_spans(run.signal("word_prediction", epoch), run.rows().word_starts)
    return answer(mentions(run), predicted)


def answer(gold: Spans, predicted: Spans) -> Answers:
    """What the predicted entities make of the gold ones, told apart as `entities.mistakes` does.

    Entities of one side never overlap, so those of the other side that overlap one of them
    stand next to each other: they are found by where they begin and end.
    """
    first, end = _overlapping(gold, predicted)
    which = np.where(first < end, first, -1)
    of_type = np.zeros(len(which), bool)  # whether the answer has the mention's own type
    for step in range(int((end - first).max(initial=0))):
        other = first + step
        at = np.flatnonzero((other < end) & ~of_type)
        at = at[predicted.type[other[at]] == gold.type[at]]
        which[at], of_type[at] = other[at], True
    found = np.flatnonzero(of_type)
    same = np.zeros(len(which), bool)  # whether it has the mention's own words as well
    same[found] = (predicted.start[which[found]] == gold.start[found]) & (
        predicted.end[which[found]] == gold.end[found]
    )
    choices = [which < 0, ~of_type, ~same]
    kind = np.select(choices, [MISSED, WRONG_TYPE, WRONG_BOUNDARY], RIGHT)
    first, end = _overlapping(predicted, gold)
    return Answers(predicted, which, kind.astype(np.uint8), int((first >= end).sum()))


def _overlapping(one: Spans, other: Spans) -> tuple[np.ndarray, np.ndarray]:
    """For each entity of one side, the first of the other that overlaps it, and the one after
    the last; as many as none where they are equal."""
    first = np.searchsorted(other.end, one.start, side="right")
    return first, np.searchsorted(other.start, one.end, side="left")


def losses(run: Run, epoch: int) -> np.ndarray:
    """The highest loss among the words of each mention, [M] float32, nats."""
    gold, loss = mentions(run), run.signal("word_loss", epoch).astype(np.float32)
    # Every second stretch is a mention; the others are what lies between two of them.
    edges = np.stack([gold.start, gold.end], axis=1).ravel()
    return np.maximum.reduceat(np.append(loss, 0), edges)[::2] if len(edges) else loss[:0]


def colouring(run: Run, epoch: int, by: str) -> Colouring:
    """The mentions coloured by type, mistake, loss or hardness, as the epoch left them."""
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
