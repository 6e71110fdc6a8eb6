"""The map of the rows: colours, hard seeds and the edges to their neighbours.

Axes: N training rows, A rows of all splits (`hamr.views.base.all_rows`), P rows shown
(`shown_rows`), S hard seeds, K neighbours of a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hamr.columns import Column
from hamr.difficulty import MEASURES
from hamr.legible import legible_name
from hamr.records import SPLITS
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.labels import Labels
from hamr.views.base.regions import regions_at_once
from hamr.views.base.theme import ACCENT, NEUTRAL, WARM
from hamr.views.neighbourhoods.colours import (
    Colouring,
    by_column,
    by_name,
)
from hamr.views.neighbourhoods.region_colours import by_region, of_all_rows
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, VALUES, WEIGHT, is_wrong, row_values
from hamr.views.neighbourhoods.shown_rows import ALL, TRAINING
from hamr.views.neighbourhoods.value_colours import by_split, by_value, missing

REGION = "region"
HARD = MEASURES["hardness"]  # a signal of its own, and no mean over the epochs
METADATA = "metadata:"  # before the name of a column, in what to colour by


@dataclass(frozen=True)
class Kind:
    """One way to colour the rows."""

    sentence: str  # how its colours are read; "" where the legend says it
    moves: bool = True  # whether it changes from epoch to epoch


# By their names, which are those on screen and in links.
COLOURINGS: dict[str, Kind] = {
    "class": Kind("", moves=False),
    "hardness": Kind("Hardness is a running mean of the weights that a row gets in its batches."),
    "loss": Kind(
        "Loss at the end of the epoch; validation and test rows have that of the best epoch.",
    ),
    # Of all epochs up to the one shown: to play them would read each epoch once for all after it.
    **{one.title: Kind(one.meaning, moves=False) for one in MEASURES.values() if one is not HARD},
    LABEL_ERROR: Kind(
        "The probability that a label is wrong is estimated from the run, the class centroids and "
        "the neighbours together.",
    ),
    WEIGHT: Kind(
        "The weight of a row in the loss, after the meta step; the mean of a batch is 1.",
    ),
    "alignment": Kind(
        "Alignment says whether more weight on a row would have helped the balanced meta set: "
        "blue hard seeds are worth learning, orange ones are often mislabelled.",
    ),
    "boost": Kind("Neighbours of many hard seeds are drawn more often."),
    "draws": Kind("How often the epoch has drawn each row."),
    "mistakes": Kind("Validation and test rows are predicted by the best epoch."),
    REGION: Kind(
        "Colours show the hard regions, the most important ones first; a region is a group of "
        "similar rows that are harder than the rest of their classes.",
    ),
    "split": Kind("", moves=False),
}


def colourings(run: Run) -> tuple[str, ...]:
    """Those of COLOURINGS that the run has: without a meta step no row has a weight of its own, and
    regions of tagged sentences are made of entity mentions, which have a map of their own.
    """
    lacks: set[str] = set()
    if not run.info.settings.training.learns_weights:
        lacks |= {"alignment", WEIGHT}
    if features(run.info.task).entities:
        lacks.add(REGION)
    return tuple(by for by in COLOURINGS if by not in lacks)


def title_of(run: Run, by: str) -> str:
    """A colouring as people read it: a sentence has no class, but a rarest entity type."""
    if by.startswith(METADATA):
        return legible_name(by.removeprefix(METADATA))
    return TaskWords.of(run.info.task).by if by == "class" else by


def how_to_read(run: Run, by: str) -> str:
    """What the colours mean, in a sentence; "" where the legend alone says it."""
    sentence = "" if by.startswith(METADATA) else COLOURINGS[by].sentence
    return sentence.replace(" a row ", f" a {TaskWords.of(run.info.task).each} ")


def colouring(run: Run, epoch: int, by: str, split: str = TRAINING) -> Colouring:
    """The rows that a split shows coloured by one of COLOURINGS, as the epoch left them, or by
    METADATA and the name of a column; [N] training rows, or [P] as `shown_rows` has them.

    Scales are those of the training rows, so that rows of different splits can be compared.
    Validation and test rows without a value are grey.
    """
    if split == TRAINING:
        return _colouring(run, epoch, by, None)
    known = AllRows.of(run)
    if split == ALL:
        return _colouring(run, epoch, by, slice(0, len(known)))
    own = next(name for name in SPLITS if SPLIT_NAMES[name] == split)
    return _colouring(run, epoch, by, known.of_split(own))


def _colouring(run: Run, epoch: int, by: str, which: slice | None) -> Colouring:
    """Those of all rows that are shown, by their indices; None: the training rows."""
    if by.startswith(METADATA):
        name = by.removeprefix(METADATA)
        return by_column(_column(run, name, which), name)
    if by == "class":
        own = Labels.of(run)
        rows = own.rows if which is None else AllRows.of(run).labels[which]
        return by_name(rows, own.names, np.bincount(rows, minlength=len(own.names)))
    if by == "split":
        splits = AllRows.of(run).splits
        return by_split(splits[: len(run.rows())] if which is None else splits[which])
    if by == REGION:
        found = regions_at_once(run, epoch)
        own_row = found.of_row if which is None else of_all_rows(found, len(AllRows.of(run)))[which]
        return by_region(own_row, found)
    if by == "mistakes":
        return _by_mistake(*is_wrong(run, epoch, held_out=which is not None), which or slice(None))
    values = row_values(run, epoch, by, held_out=which is not None)
    looks = by_value(values, by, VALUES, len(run.rows()), missing(by, VALUES, which is not None))
    return looks if which is None else replace(looks, codes=looks.codes[which])


def _by_mistake(wrong: np.ndarray, known: np.ndarray, which: slice) -> Colouring:
    wrong, known = wrong[which], known[which]
    names = [
        f"predicted right ({(known & ~wrong).sum():,})",
        f"mistake ({(known & wrong).sum():,})",
    ]
    codes = wrong.astype(np.uint8)
    if known.all():
        return Colouring(codes, [NEUTRAL, WARM], labels=names)
    codes[~known] = 2
    names.append(f"prediction not recorded ({(~known).sum():,})")
    return Colouring(codes, [NEUTRAL, WARM, ACCENT], labels=names)


def _column(run: Run, name: str, which: slice | None) -> Column:
    """A column of metadata of the rows that are shown."""
    if which is None:
        return run.rows().metadata(name)
    parts = [run.rows(split).metadata(name) for split in SPLITS]
    place: dict[str, int] = {}
    codes = []
    for part in parts:
        own = [place.setdefault(value, len(place)) for value in part.values]
        codes.append(np.array([*own, -1], part.codes.dtype)[part.codes])
    held = np.concatenate(codes)[which]
    used, own_codes = np.unique(held, return_inverse=True)
    shift = int(used[0] < 0) if len(used) else 0  # rows without a value come first
    values = tuple(place)
    return Column(tuple(values[at] for at in used[shift:]), (own_codes - shift).astype(np.int32))


def seed_mask(run: Run, epoch: int) -> np.ndarray:
    """Whether each row is a hard seed as the epoch ended, [N] bool."""
    mask = np.zeros(len(run.rows()), bool)
    mask[run.array("seeds", epoch)] = True
    return mask


def seed_edges(
    run: Run,
    epoch: int,
    count: int,
    within: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """The edges from the `count` hardest seeds to their neighbours, [M, 2] row indices.

    `within` says which of some rows count, as those in a lasso. Seeds are stored hardest first.
    """
    arrays = run.arrays(epoch, ["seeds", "neighbours"])
    seeds, neighbours = arrays["seeds"], arrays["neighbours"]
    places = np.arange(len(seeds)) if within is None else np.flatnonzero(within(seeds))
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
