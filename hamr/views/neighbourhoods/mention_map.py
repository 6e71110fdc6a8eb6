"""The map of the entity mentions of a token run: its colours, its table, its search.

Axes: M mentions in the training rows, in the order of `Run.mention_map`; P mentions shown
(`shown_rows`); A mentions of all splits (`hamr.views.base.mentions`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from hamr.entities import ERROR_KINDS, MISSED, WRONG_BOUNDARY, WRONG_TYPE
from hamr.records import SPLITS
from hamr.store import Run
from hamr.views.base import mentions
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.labels import Scored
from hamr.views.base.mention_texts import phrases, phrases_of
from hamr.views.base.mentions import RIGHT, Answers
from hamr.views.base.regions import regions_at_once
from hamr.views.base.theme import ACCENT, NEUTRAL, OKABE_ITO, TOL_MUTED, WARM
from hamr.views.neighbourhoods.colours import Colouring, by_name
from hamr.views.neighbourhoods.mention_values import UNKNOWN, VALUES, kinds, mention_values
from hamr.views.neighbourhoods.region_colours import by_region, of_all_rows
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, WEIGHT
from hamr.views.neighbourhoods.shown_rows import TRAINING, in_split
from hamr.views.neighbourhoods.value_colours import by_split, by_value, missing

# What all mentions of a sentence share, and what changes from epoch to epoch.
OF_SENTENCES = ("hardness", WEIGHT, "alignment", "boost", "draws")
MOVES = ("mistake", *VALUES, "region")
COLOURINGS = ("type", "mistake", *VALUES, "region", "split")
# The kinds in the legend's order, each with its colour: vermillion, blue and yellow stay
# apart for all readers, and grey steps back.
KINDS: dict[int, tuple[str, str]] = {
    RIGHT: ("right", NEUTRAL),
    MISSED: (ERROR_KINDS[MISSED], WARM),
    WRONG_TYPE: (ERROR_KINDS[WRONG_TYPE], ACCENT),
    WRONG_BOUNDARY: (ERROR_KINDS[WRONG_BOUNDARY], OKABE_ITO[6]),
}
NOT_RECORDED = ("prediction not recorded", TOL_MUTED[0])


def colourings(run: Run) -> tuple[str, ...]:
    """Those of COLOURINGS that the run has: without a meta step no row has a weight of its own."""
    lacks = () if run.info.settings.training.learns_weights else ("alignment", WEIGHT)
    return tuple(by for by in COLOURINGS if by not in lacks)


def colouring(run: Run, epoch: int, by: str, split: str = TRAINING) -> Colouring:
    """The mentions that a split shows coloured by one of COLOURINGS, as the epoch left them; [M]
    those of training rows, or [P] as `shown_points` has them.

    Scales are those of the training rows, so that mentions of different splits can be compared.
    """
    held_out = split != TRAINING
    gold = mentions.all_mentions(run) if held_out else mentions.mentions(run)
    which = in_split(mentions.splits(run), split) if held_out else np.arange(len(gold.row))
    if by == "region":
        found = regions_at_once(run, epoch)
        own = of_all_rows(found, len(gold.row))[which] if held_out else found.of_row
        return by_region(own, found)
    if by == "mistake":
        return _by_kind(kinds(run, epoch, held_out=held_out)[which])
    if by == "split":
        return by_split(mentions.splits(run)[which])
    if by == "type":
        own, names = gold.type[which], Scored.of(run).names
        return by_name(own, names, np.bincount(own, minlength=len(names)))
    values = mention_values(run, epoch, by, held_out=held_out)
    trained = len(mentions.mentions(run).row)
    looks = by_value(values, by, VALUES, trained, missing(by, VALUES, held_out))
    return replace(looks, codes=looks.codes[which])


def _by_kind(kind: np.ndarray) -> Colouring:
    shown = {**KINDS, UNKNOWN: NOT_RECORDED} if (kind == UNKNOWN).any() else KINDS
    codes = np.zeros(len(kind), np.uint8)
    for code, bit in enumerate(shown):
        codes[kind == bit] = code
    counts = np.bincount(codes, minlength=len(shown))
    names = [f"{name} ({counts[code]:,})" for code, (name, _) in enumerate(shown.values())]
    return Colouring(codes, [colour for _, colour in shown.values()], labels=names)


def by_loss(run: Run, epoch: int, which: np.ndarray) -> np.ndarray:
    """Those mentions, the highest loss first; ties keep their order, those without one are last."""
    loss = mention_values(run, epoch, "loss", held_out=_beyond(run, which))[which]
    return which[np.argsort(-np.nan_to_num(loss, nan=-1.0), kind="stable")]


def table(run: Run, epoch: int, which: np.ndarray) -> pd.DataFrame:
    """Those mentions as people read them, in the order given; of validation and test rows as the
    best epoch left them.
    """
    held_out = _beyond(run, which)
    gold, rows = mentions.all_mentions(run), AllRows.of(run)
    row = gold.row[which]
    names = np.array(run.info.scored, object)
    kind = kinds(run, epoch, held_out=held_out)[which].tolist()
    named = {**KINDS, UNKNOWN: ("", "")}
    columns = {
        "mention": phrases_of(run, which),
        "type": names[gold.type[which]],
        "predicted as": _said(run, epoch, which, held_out),
        "mistake": [named[one][0] for one in kind],
        **{
            title: mention_values(run, epoch, by, held_out=held_out)[which]
            for by, title in (
                ("loss", "loss"),
                (LABEL_ERROR, LABEL_ERROR),
                ("hardness", "hardness"),
            )
        },
        "row": row,
        "sentence": rows.texts(row),
        "split": [SPLIT_NAMES[SPLITS[number]] for number in rows.splits[row]],
        "id": [rows.ids[one] for one in row.tolist()],
    }
    return pd.DataFrame(columns)


def _beyond(run: Run, which: np.ndarray) -> bool:
    """Whether some of the mentions are in validation or test rows."""
    return bool(len(which)) and int(which.max()) >= len(mentions.mentions(run).row)


def _said(run: Run, epoch: int, which: np.ndarray, held_out: bool) -> list[str]:
    """The predicted type, with the words it is given to where they are others; or "missed"."""
    trained = len(mentions.mentions(run).row)
    parts = [(mentions.answers(run, epoch), 0)]
    if held_out and (found := mentions.held_out_answers(run)) is not None:
        parts.append((found, trained))
    words = np.full(len(which), "", object)
    for said, first in parts:
        own = np.flatnonzero((which >= first) & (which < first + len(said.which)))
        words[own] = _answers(run, said, first, which[own])
    return list(words)


def _answers(run: Run, said: Answers, first: int, which: np.ndarray) -> list[str]:
    asked, gold, types = said.which[which - first], mentions.all_mentions(run), run.info.scored
    found = np.flatnonzero(asked >= 0)
    start, end = said.predicted.start[asked[found]], said.predicted.end[asked[found]]
    words = [ERROR_KINDS[MISSED]] * len(which)
    for place, phrase, first_word, last in zip(
        found.tolist(), phrases(run, start, end), start, end, strict=True
    ):
        own = which[place]
        name = types[said.predicted.type[asked[place]]]
        alike = first_word == gold.start[own] and last == gold.end[own]
        words[place] = name if alike else f"{name}: {phrase}"
    return words


def matching(run: Run, query: str, *, held_out: bool = False) -> np.ndarray:
    """The mentions whose words hold the query, whatever the case; of all splits if `held_out`."""
    wanted = query.strip().lower()
    gold = mentions.all_mentions(run) if held_out else mentions.mentions(run)
    said = phrases(run, gold.start, gold.end)
    return np.array([i for i, text in enumerate(said) if wanted in text.lower()], np.int64)
