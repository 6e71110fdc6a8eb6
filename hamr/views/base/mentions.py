"""The entity mentions of a token run, and what the model makes of each.

A mention's index counts those of the training rows, in the order of `Run.mention_map`, then those
of the validation rows, then those of the test rows; its row and words likewise.

Axes: M mentions in the training rows; P predicted ones; A mentions of all splits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.entities import (
    MISSED,
    WRONG_BOUNDARY,
    WRONG_TYPE,
    Spans,
    all_spans,
    spans_of_splits,
)
from hamr.records import SPLITS
from hamr.store import Run
from hamr.views.base.all_rows import AllRows

RIGHT = 0  # the kind of a mention that is predicted as it is


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


def all_mentions(run: Run) -> Spans:
    """The entities of all splits, [A]; the first M are those of the training rows."""
    tables = [run.rows(split) for split in SPLITS]
    return spans_of_splits([(table.all_tags, table.word_starts) for table in tables])


def splits(run: Run) -> np.ndarray:
    """The split of each mention as an index of SPLITS, ascending, [A] int8."""
    found: np.ndarray = AllRows.of(run).splits[all_mentions(run).row]
    return found


def held_out_answers(run: Run) -> Answers | None:
    """What the model of the best epoch makes of the mentions in validation and test rows, [A - M].

    Words are counted over all splits. None until the run is finished, and of a run of an older
    version that has recorded no tags of validation rows.
    """
    final, tables = run.final(), [run.rows(split) for split in SPLITS]
    if final is None or not all(split in final.tags for split in SPLITS[1:]):
        return None
    tags = [tables[0].all_tags, *(final.tags[split] for split in SPLITS[1:])]
    starts = [table.word_starts for table in tables]
    predicted = spans_of_splits(list(zip(tags, starts, strict=True)))
    gold, trained = all_mentions(run), len(tables[0])
    return answer(
        *(Spans(*(part[own.row >= trained] for part in own)) for own in (gold, predicted))
    )


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
    """The predicted entity to compare with each gold one, as `entities.mistakes` does.

    Entities of one side never overlap, so those of the other side that overlap one of them
    are consecutive: their begins and ends find them.
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


def exactly(gold: Spans, predicted: Spans, missed: int) -> tuple[np.ndarray, Spans]:
    """How entities are scored: the type predicted for exactly the words of each gold one, or
    `missed`; and the predicted ones whose words are those of none.
    """
    at = np.searchsorted(predicted.start, gold.start)
    at = np.minimum(at, max(0, len(predicted.start) - 1))
    said, extra = np.full(len(gold.start), missed), np.ones(len(predicted.start), bool)
    if len(predicted.start):
        same = (predicted.start[at] == gold.start) & (predicted.end[at] == gold.end)
        said[same] = predicted.type[at[same]]
        extra[at[same]] = False
    return said, Spans(*(part[extra] for part in predicted))


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
