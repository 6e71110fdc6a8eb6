"""How the current labels of a run's rows differ from those that it was trained and scored on.

They differ where people have corrected the data set that the run read. For a run on corrected
rows they differ by what was decided, or undone, after it was queued.

Rows are addressed as `hamr.views.base.all_rows` does: training rows first, so that whoever asks
only about these finds them under their own index.

Axes: N training rows, A rows of all splits, T top classes that an epoch recorded, E epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hamr.decisions import Label, State
from hamr.decisions.log import names_in
from hamr.entities import NO_ENTITY
from hamr.errors import DamagedError, StoreError
from hamr.records import Split
from hamr.store import Decisions, Run
from hamr.tasks import label_kind
from hamr.triage import RunSignals
from hamr.views.base.all_rows import AllRows
from hamr.views.base.labels import Scored

TINY = 1e-9  # a probability; its logarithm is finite


@dataclass(frozen=True)
class Change:
    """The label that the run had for a row, and the current one."""

    before: Label
    after: Label


@dataclass(frozen=True)
class LabelChanges:
    """The rows whose current label differs from the one that the run had."""

    by_row: Mapping[int, Change]  # by index among the rows of all splits
    names: tuple[str, ...]  # the run's classes, then those that decisions added

    @classmethod
    def none(cls, run: Run) -> LabelChanges:
        """No change: every row has the label that the run was trained on."""
        return cls({}, run.classes)

    def labels(self, run: Run) -> np.ndarray:
        """The current class of each training row as an index of `names`, [N]; texts only."""
        return self.every_label(AllRows.of(run))[: len(run.rows())]

    def every_label(self, rows: AllRows) -> np.ndarray:
        """The current class of each row of all splits as an index of `names`, [A]; texts only."""
        number = {name: index for index, name in enumerate(self.names)}
        labels = np.array(rows.labels)
        for row, change in self.by_row.items():
            if isinstance(change.after, str):
                labels[row] = number[change.after]
        return labels

    def of_split(self, rows: AllRows, split: Split) -> dict[int, Change]:
        """Those of one split, by index among the rows of all splits."""
        return {row: change for row, change in self.by_row.items() if rows.split(row) == split}

    @property
    def key(self) -> int:
        """Equal for equal labels, whatever decisions led to them."""
        return hash(tuple(sorted((row, change.after) for row, change in self.by_row.items())))


def label_changes(
    run: Run,
    decisions: Decisions,
    rows: AllRows,
    states: Mapping[str, State],
    at: int | None = None,
) -> LabelChanges:
    """The changes that follow from `states` and from class acts, which are about all splits. With
    `at`, those right after that version, of which the states must be.
    """
    changes: dict[int, Change] = {}
    own, classes = _given(run, rows), run.classes
    current = decisions.current(states, at)
    trained = decisions.current({}, run.info.origin_version or 0)  # class acts, undone since or not
    for row_id in dict.fromkeys((*states, *current.decided, *trained.decided)):
        row = rows.rows.get(row_id)
        if row is None:
            continue
        before, after = own(row), current.label(row_id, decisions.rows.original)
        if before != after:
            changes[row] = Change(before, after)
    added = {name for change in changes.values() for name in names_in(change.after)}
    return LabelChanges(changes, (*classes, *sorted(added.difference(classes))))


def current_classes(run: Run, rows: AllRows, changes: LabelChanges) -> np.ndarray:
    """The name of the current class of each row, [A].

    A sentence counts under its rarest entity type, by the number of entities that the run was
    trained on, or under "no entity"; a type that decisions added is rarer than all of those.
    """
    names = np.asarray(run.classes, object)[rows.labels]
    scored = Scored.of(run)
    rarest_first = [scored.names[index] for index in scored.rarest_first()]
    for row, change in changes.by_row.items():
        label = change.after
        if not isinstance(label, str):
            held = {kind for _, _, kind in label}
            added = sorted(held.difference(rarest_first))
            label = next((kind for kind in (*added, *rarest_first) if kind in held), NO_ENTITY)
        names[row] = label
    found: np.ndarray = names.astype(str)
    return found


def trained_on(run: Run, row: int) -> Label:
    """The label that the run had for a row: it was trained on it, or scored by it."""
    return _given(run, AllRows.of(run))(row)


def _given(run: Run, rows: AllRows) -> Callable[[int], Label]:
    """`trained_on` for many rows, which reads the run's tables once."""
    kind = label_kind(run.info.task)
    names = kind.names(run.classes)

    def label(row: int) -> Label:
        split, position = rows.place(row)
        return kind.original(run.rows(split), position, names)

    return label


def with_current_labels(
    run: Run, epoch: int, signals: RunSignals, changes: LabelChanges
) -> RunSignals:
    """The run's signals with the current labels of training rows in place of those trained on.

    A row whose label is unchanged keeps its whole trajectory. For a changed label the run has
    recorded only its probability among the top classes of each epoch. So the row gets one loss
    for all epochs, -log p: p comes from the last epoch whose top classes include the label; where
    none does, it is an even share of what the epoch shown left to all other classes,
    (1 - sum of the top ones) / (C - T). Its margin is unknown (NaN). Hardness and post-meta weight
    stay as they are: they say how the run has treated the row.
    """
    number = {name: index for index, name in enumerate(changes.names)}
    trained = signals.loss.shape[1]
    own = ((row, change.after) for row, change in changes.by_row.items() if row < trained)
    new = {row: number[str(label)] for row, label in own}
    if not new:
        return signals
    rows, labels = np.array(list(new), np.int64), np.array(list(new.values()), np.int64)
    loss = signals.loss.copy()
    margin = None if signals.margin is None else signals.margin.copy()
    loss[:, rows] = -np.log(_probabilities(run, epoch, signals, rows, labels, len(number)))
    if margin is not None:
        margin[:, rows] = np.nan
    return replace(signals, loss=loss, margin=margin)


def _probabilities(
    run: Run,
    epoch: int,
    signals: RunSignals,
    rows: np.ndarray,
    labels: np.ndarray,
    class_count: int,
) -> np.ndarray:
    """The probability of each of those rows' new labels, see `with_current_labels`."""
    named, chances = signals.top_classes[rows], signals.top_probabilities[rows].astype(float)
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
    clipped: np.ndarray = np.clip(found, TINY, 1.0)
    return clipped
