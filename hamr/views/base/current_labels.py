"""The labels in force beside those that a run was trained on: what decisions change for it.

Both differ where people decided otherwise than the data set that the run read. For a run on
corrected rows that is what was decided, or taken back, since.

Axes: N training rows, T classes that an epoch names first, E epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hamr.decisions import CurrentLabels, Label, State
from hamr.decisions.log import names_in
from hamr.entities import NO_ENTITY, spans_of
from hamr.errors import DamagedError, StoreError
from hamr.store import Decisions, Run
from hamr.triage import RunSignals
from hamr.views.base.labels import Scored

TINY = 1e-9  # a probability; its logarithm is finite


@dataclass(frozen=True)
class Change:
    """A row's label as the run was trained on it, and as it is in force."""

    before: Label
    after: Label


@dataclass(frozen=True)
class InForce:
    """What decisions change for a run, by training row."""

    changes: Mapping[int, Change]
    names: tuple[str, ...]  # the run's classes, then those that decisions made

    def labels(self, run: Run) -> np.ndarray:
        """The class of each training row, [N], a number of one of the names; texts only."""
        number = {name: place for place, name in enumerate(self.names)}
        labels = np.array(run.rows().labels)
        for row, change in self.changes.items():
            if isinstance(change.after, str):
                labels[row] = number[change.after]
        return labels

    @property
    def key(self) -> int:
        """The same for the same labels, whatever decisions led to them."""
        return hash(tuple(sorted((row, change.after) for row, change in self.changes.items())))


def in_force(
    run: Run, decisions: Decisions, places: Mapping[str, int], states: Mapping[str, State]
) -> InForce:
    """The changes of the training rows, of which `places` are by id, that `states` tell of."""
    changes: dict[int, Change] = {}
    own, classes = _trained_on(run), run.classes
    current = CurrentLabels.of_states(states.values())
    for row_id in states:
        row = places.get(row_id)
        if row is None:
            continue
        before, after = own(row), current.label(row_id, decisions.rows.original)
        if before != after:
            changes[row] = Change(before, after)
    made = {name for change in changes.values() for name in names_in(change.after)}
    return InForce(changes, (*classes, *sorted(made.difference(classes))))


def under(run: Run, now: InForce) -> np.ndarray:
    """The class that each training row stands under now, by name, [N].

    A sentence stands under its rarest entity type, by the number of entities that the run was
    trained on, or under "no entity"; a type that decisions made is rarer than those.
    """
    names = np.asarray(run.classes, object)[run.rows().labels]
    scored = Scored.of(run)
    commoner = [scored.names[place] for place in scored.rarest_first()]
    for row, change in now.changes.items():
        label = change.after
        if not isinstance(label, str):
            held = {kind for _, _, kind in label}
            made = sorted(held.difference(commoner))
            label = next((kind for kind in (*made, *commoner) if kind in held), NO_ENTITY)
        names[row] = label
    return names.astype(str)


def trained_on(run: Run, row: int) -> Label:
    """The label under which the run trained a row."""
    return _trained_on(run)(row)


def _trained_on(run: Run) -> Callable[[int], Label]:
    """The same for many rows: the run is asked once."""
    table, names = run.rows(), run.classes
    if run.info.task != "token":
        labels = table.labels
        return lambda row: names[labels[row]]
    return lambda row: tuple(
        (start, end, names[kind]) for start, end, kind in spans_of(table.tags(row))
    )


def relearned(run: Run, epoch: int, known: RunSignals, given: InForce) -> RunSignals:
    """What the run knows of rows under the labels in force, without training anew.

    A row whose label is the one trained on keeps its whole trajectory. Of a row under another
    label the run has only recorded the classes that it named first after each epoch, so its
    loss is one number for all epochs, -log p: p is what the last epoch that named the label gave
    it, otherwise an even share of what the epoch shown gave to the classes it did not name,
    (1 - sum of the named) / (C - T). Its margin is not known (NaN). Hardness and post-meta weight
    are left as they are: they say how the run has treated the row.
    """
    if not given.changes:
        return known
    number = {name: place for place, name in enumerate(given.names)}
    new = {row: number[str(change.after)] for row, change in given.changes.items()}
    rows, labels = np.array(list(new), np.int64), np.array(list(new.values()), np.int64)
    loss, margin = known.loss.copy(), None if known.margin is None else known.margin.copy()
    loss[:, rows] = -np.log(_named(run, epoch, known, rows, labels, len(number)))
    if margin is not None:
        margin[:, rows] = np.nan
    return replace(known, loss=loss, margin=margin)


def _named(
    run: Run, epoch: int, known: RunSignals, rows: np.ndarray, labels: np.ndarray, class_count: int
) -> np.ndarray:
    """The probability of each of those rows' new labels, as `relearned` tells it."""
    named, chances = known.top_classes[rows], known.top_probabilities[rows].astype(float)
    left = max(class_count - named.shape[1], 1)
    found = np.maximum(1 - chances.sum(1), TINY) / left
    open_ = np.ones(len(rows), bool)
    for number in sorted((e for e in run.epochs() if e <= epoch), reverse=True):
        if number != epoch:
            try:
                arrays = run.arrays(number, ["top_classes", "top_probabilities"])
            except DamagedError:
                raise
            except StoreError:  # written by an older version
                break
            named = arrays["top_classes"][rows]
            chances = arrays["top_probabilities"][rows].astype(float)
        hit = (named == labels[:, None]) & open_[:, None]
        found[hit.any(1)] = chances[hit]
        open_ &= ~hit.any(1)
        if not open_.any():
            break
    return np.clip(found, TINY, 1.0)
