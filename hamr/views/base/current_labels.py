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

from hamr.decisions import NO_LABEL, Label, State
from hamr.decisions.log import names_in
from hamr.entities import NO_ENTITY
from hamr.errors import DamagedError, StoreError
from hamr.records import Split
from hamr.store import Decisions, Run
from hamr.tasks import label_kind
from hamr.triage import HeldOutSignals, RunSignals
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
    # The run's classes as they are called now, of which some may be called alike, then those that
    # decisions added.
    names: tuple[str, ...]

    @classmethod
    def none(cls, run: Run) -> LabelChanges:
        """No change: every row has the label that the run was trained on."""
        return cls({}, run.classes)

    def labels(self, run: Run) -> np.ndarray:
        """The current class of each training row as an index of `names`, [N]; texts only."""
        return self.every_label(AllRows.of(run))[: len(run.rows())]

    def every_label(self, rows: AllRows) -> np.ndarray:
        """The current class of each row of all splits as an index of `names`, [A]; texts only."""
        number = {name: int(self.merged[index]) for index, name in enumerate(self.names)}
        labels: np.ndarray = self.merged[rows.labels].astype(rows.labels.dtype)
        for row, change in self.by_row.items():
            if isinstance(change.after, str):
                labels[row] = number[change.after]
        return labels

    @property
    def merged(self) -> np.ndarray:
        """For each index of `names` the first one that is called the same, [C]."""
        first: dict[str, int] = {}
        return np.array([first.setdefault(name, at) for at, name in enumerate(self.names)])

    def renames(self, run: Run) -> bool:
        """Whether a class of the run is called otherwise now."""
        return self.names[: len(run.classes)] != tuple(run.classes)

    def of_split(self, rows: AllRows, split: Split) -> dict[int, Change]:
        """Those of one split, by index among the rows of all splits."""
        return {row: change for row, change in self.by_row.items() if rows.split(row) == split}

    @property
    def key(self) -> int:
        """Equal for equal labels, whatever decisions led to them."""
        rows = sorted((row, change.after) for row, change in self.by_row.items())
        return hash((tuple(rows), self.names))


def label_changes(
    run: Run,
    decisions: Decisions,
    rows: AllRows,
    states: Mapping[str, State],
    at: int | None = None,
) -> LabelChanges:
    """The changes that follow from `states`, with classes as they are called.

    With `at`, those right after that version, of which the states must be.
    """
    changes: dict[int, Change] = {}
    own, current = _given(run, rows), decisions.current(states, at)
    now, then = current.names, decisions.class_names(run.info.origin_version or 0)
    asked = dict.fromkeys(states)
    if run.info.origin_version is not None:  # its labels follow merges that may be undone since
        merged = decisions.current({}, run.info.origin_version)
        asked |= dict.fromkeys((*current.decided, *merged.decided))
    for row_id in asked:
        row = rows.rows.get(row_id)
        if row is None:
            continue
        # A rename or a merge is no change: what the run was trained on reads so too.
        before = now.read(own(row), then)
        after = current.label(row_id, decisions.rows.original)
        if before is not None and after not in (before, NO_LABEL):
            changes[row] = Change(before, after)
    classes = tuple(now.name(then.key(name)) for name in run.classes)
    added = {name for change in changes.values() for name in names_in(change.after)}
    return LabelChanges(changes, (*classes, *sorted(added.difference(classes))))


def current_classes(run: Run, rows: AllRows, changes: LabelChanges) -> np.ndarray:
    """The name of the current class of each row, [A].

    A sentence counts under its rarest entity type, by the number of entities that the run was
    trained on, or under "no entity"; a type that decisions added is rarer than all of those.
    """
    names = np.asarray(changes.names, object)[rows.labels]
    scored = Scored.of(run)  # its names are the first of the run's classes
    rarest_first = [changes.names[index] for index in scored.rarest_first()]
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
    """The run's signals with the current labels in place of those it was trained on or scored by.

    A row whose label is unchanged keeps its whole trajectory. For a changed label the run has
    recorded only its probability among the top classes of each epoch. So the row gets one loss
    for all epochs, -log p: p comes from the last epoch whose top classes include the label; where
    none does, it is an even share of what the epoch shown left to all other classes,
    (1 - sum of the top ones) / (C - T). Its margin is unknown (NaN). Hardness and post-meta weight
    stay as they are: they say how the run has treated the row.
    """
    merged = changes.merged
    every = _new_labels(AllRows.of(run), changes)
    held = {row - signals.trained: label for row, label in every.items() if row >= signals.trained}
    if held and signals.held_out is not None:
        signals = replace(signals, held_out=_of_held_out(signals.held_out, held, merged))
    new = {row: label for row, label in every.items() if row < signals.trained}
    if not new:
        return signals
    rows, labels = np.array(list(new), np.int64), np.array(list(new.values()), np.int64)
    loss = signals.loss.copy()
    margin = None if signals.margin is None else signals.margin.copy()
    loss[:, rows] = -np.log(_probabilities(run, epoch, signals, rows, labels, merged))
    if margin is not None:
        margin[:, rows] = np.nan
    top, chances = _joined(signals.top_classes, signals.top_probabilities, merged)
    return replace(signals, loss=loss, margin=margin, top_classes=top, top_probabilities=chances)


def _joined(
    classes: np.ndarray, chances: np.ndarray, merged: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Top classes and their probabilities, [n, T]; merged classes count as one, with their sum.

    The places of those that are left over keep the merged class, with a probability of TINY.
    """
    if (merged == np.arange(len(merged))).all():
        return classes, chances
    found, sums = merged[classes], np.array(chances, np.float64)
    same = found[:, :, None] == found[:, None, :]
    first = same.argmax(2) == np.arange(found.shape[1])
    sums = np.where(first, (same * sums[:, None, :]).sum(2), TINY)
    order = np.argsort(-sums, axis=1, kind="stable")
    found = np.where(first, found, classes)
    taken = np.take_along_axis(found, order, 1), np.take_along_axis(sums, order, 1)
    return taken[0].astype(classes.dtype), taken[1].astype(chances.dtype)


def _new_labels(rows: AllRows, changes: LabelChanges) -> dict[int, int]:
    """The label of each row that has another one now, or whose class was merged with another."""
    merged = changes.merged
    number = {name: int(merged[index]) for index, name in enumerate(changes.names)}
    new = {row: number[str(change.after)] for row, change in changes.by_row.items()}
    joined = np.isin(merged[rows.labels], np.flatnonzero(np.bincount(merged) > 1))
    for row in np.flatnonzero(joined).tolist():
        new.setdefault(row, int(merged[rows.labels[row]]))
    return new


def _of_held_out(
    signals: HeldOutSignals, new: Mapping[int, int], merged: np.ndarray
) -> HeldOutSignals:
    """The same with other labels for some rows: their loss is -log of the label's probability."""
    top, every = _joined(signals.top_classes, signals.top_probabilities, merged)
    rows, labels = np.array(list(new), np.int64), np.array(list(new.values()), np.int64)
    named, chances = top[rows], every[rows].astype(float)
    left = np.maximum(1 - chances.sum(1), TINY) / max(len(np.unique(merged)) - named.shape[1], 1)
    hit = named == labels[:, None]
    found = np.where(hit.any(1), (chances * hit).sum(1), left)
    loss = np.array(signals.loss)
    known = np.isfinite(loss[rows])
    loss[rows[known]] = -np.log(np.clip(found[known], TINY, 1.0))
    return HeldOutSignals(loss, top, every)


def _probabilities(
    run: Run,
    epoch: int,
    signals: RunSignals,
    rows: np.ndarray,
    labels: np.ndarray,
    merged: np.ndarray,
) -> np.ndarray:
    """The probability of each of those rows' new labels, see `with_current_labels`."""
    class_count = len(np.unique(merged))
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
        hit = (merged[named] == labels[:, None]) & open_[:, None]
        found[hit.any(1)] = (chances * hit).sum(1)[hit.any(1)]
        open_ &= ~hit.any(1)
        if not open_.any():
            break
    clipped: np.ndarray = np.clip(found, TINY, 1.0)
    return clipped
