"""The pool of a data set: unlabelled rows that were attached to it, and the labels given to them.

Its rows are addressed by their index among all attached rows, the oldest attachment first, and by
their ids, under which people decide on them as on any other row (`Decisions`).

Axes: P rows of the pool.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamr.decisions import Attachment, Event, Label, Log, State, new_id
from hamr.decisions.pools import PoolRow, place_in_pool
from hamr.errors import DecisionError
from hamr.store.attached_sentences import AttachedSentences
from hamr.store.decision_rows import now
from hamr.store.decisions import Decisions
from hamr.store.labelled_rows import check_annotator
from hamr.store.rows import RowTable

LONGEST_NAME = 200  # of the file that rows came from


@dataclass(frozen=True)
class AddedRow:
    """An attached row that has a label now, with where both come from."""

    row_id: str
    text: str
    words: list[str]
    label: Label
    source: str  # the file, or the page, that it came from
    place: int  # in that file, from 1
    state: State  # who gave the label, and when


class Pool:
    """The attached rows of a data set, as of the moment when it was opened; with `removed` also
    those of attachments that were removed since.
    """

    def __init__(self, decisions: Decisions, *, removed: bool = False) -> None:
        self.decisions = decisions
        known = decisions.attachments.values()
        self.parts: tuple[Attachment, ...] = tuple(p for p in known if removed or not p.removed)
        self.starts = np.cumsum([0, *(part.rows for part in self.parts)])  # [parts + 1]

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of the attachments: other rows have others."""
        return tuple(part.key for part in self.parts)

    def row_id(self, index: int) -> str:
        """The id of a row."""
        part = int(np.searchsorted(self.starts, index, "right")) - 1
        return self.parts[part].row_id(index - int(self.starts[part]))

    def index(self, row_id: str) -> int | None:
        """The index of a row by its id; None if there is none."""
        place = place_in_pool(row_id)
        for part, start in zip(self.parts, self.starts.tolist(), strict=False):
            if place and part.key == place[0] and 0 <= place[1] < part.rows:
                return int(start) + place[1]
        return None

    def part(self, index: int) -> Attachment:
        """The attachment that a row came with."""
        return self.parts[int(np.searchsorted(self.starts, index, "right")) - 1]

    def texts(self, indices: Sequence[int] | np.ndarray) -> list[str]:
        """The texts of the rows at those indices."""
        return self._taken(indices, RowTable.texts)

    def words(self, indices: Sequence[int] | np.ndarray) -> list[list[str]]:
        """The words of the sentences at those indices."""
        return self._taken(indices, lambda table, rows: AttachedSentences(table).words_of(rows))

    def _taken(
        self,
        indices: Sequence[int] | np.ndarray,
        what: Callable[[RowTable, np.ndarray], Sequence[Any]],
    ) -> list[Any]:
        where = np.asarray(indices, np.int64)
        parts = np.searchsorted(self.starts, where, "right") - 1
        found: list[Any] = [None] * len(where)
        for number in np.unique(parts).tolist():
            own = np.flatnonzero(parts == number)
            table = self.decisions.pool.table(self.parts[number].key)
            values = what(table, where[own] - self.starts[number])
            for at, value in zip(own.tolist(), values, strict=True):
                found[at] = value
        return found

    def blocks(self, size: int = 1024) -> Iterator[tuple[int, list[str]]]:
        """All texts, so many at a time, each with the index of its first row."""
        for start in range(0, len(self), size):
            yield start, self.texts(np.arange(start, min(start + size, len(self))))

    def waiting(self, states: Mapping[str, State] | None = None) -> np.ndarray:
        """Which rows have no decision yet, [P] bool; skipped rows have none."""
        found = np.ones(len(self), bool)
        own = self.decisions.states() if states is None else states
        for row_id, state in own.items():
            index = self.index(row_id)
            if index is not None and state.kind not in (None, "skip"):
                found[index] = False
        return found


def attach(
    decisions: Decisions,
    name: str,
    rows: Iterable[PoolRow],
    annotator: str,
    *,
    column: str = "",
    left_out: Mapping[str, int] | None = None,
) -> Attachment | None:
    """Attach unlabelled rows to a data set, written as they come; None if there are none.

    `left_out` is read after the last row. A process that is killed meanwhile attaches nothing.
    Raises DecisionError for a name that can't be shown, StoreError where rows can't be kept.
    """
    check_annotator(annotator)
    key = uuid.uuid4().hex[:12]
    count, written = decisions.pool.write(key, rows, sentences=decisions.rows.features.entities)
    if not count:
        decisions.pool.drop(key)
        return None
    content = {"pool": key, "name": name[:LONGEST_NAME], "column": column, "rows": count,
               "sha256": written.sha256, "bytes": written.bytes,
               "left_out": dict(left_out or {})}  # fmt: skip
    event = Event(0, new_id(), new_id(), annotator, now(), "attach", content=content)
    try:
        decisions.add(event, lambda log: None)
    except BaseException:
        decisions.pool.drop(key)
        raise
    return decisions.attachments[key]


def labels_given(decisions: Decisions, key: str) -> int:
    """How many rows of an attachment have a label now."""
    places = (place_in_pool(row_id) for row_id in decisions.corrections().added)
    return sum(place is not None and place[0] == key for place in places)


def remove(decisions: Decisions, key: str, annotator: str) -> None:
    """Remove an attachment: its rows are no longer offered. Labels given to some of them stay, and
    the next run trains on them. `put_back` undoes it.

    Raises DecisionError where there is no such attachment any more, StoreError.
    """
    _turn(decisions, key, annotator, removed=True)


def put_back(decisions: Decisions, key: str, annotator: str) -> None:
    """Put an attachment back that was removed.

    Raises DecisionError where it was not removed, or where rows were attached since: they may be
    the same ones.
    """
    _turn(decisions, key, annotator, removed=False)


def _turn(decisions: Decisions, key: str, annotator: str, *, removed: bool) -> None:
    check_annotator(annotator)
    content = {"pool": key, "removed": removed}

    def check(log: Log) -> None:
        own = log.pool.known.get(key)
        if own is None or own.removed == removed:
            what = "removed already" if removed else "not removed"
            raise DecisionError(f"the attachment {key} was {what}: look at the list again")
        if not removed and any(
            one.version > log.pool.changed[key] for one in log.pool.known.values()
        ):
            raise DecisionError(
                f"{own.name} can't be put back, since rows were attached after it was removed, and "
                "some may be the same: attach the file again"
            )

    event = Event(0, new_id(), new_id(), annotator, now(), "detach", content=content)
    decisions.add(event, check)


def added_rows(
    decisions: Decisions, labels: Mapping[str, Label], states: Mapping[str, State] | None = None
) -> list[AddedRow]:
    """The attached rows of these labels (`Corrections.added`), in the order they were attached.

    Raises DamagedError if their texts are gone.
    """
    pool = Pool(decisions, removed=True)
    known = decisions.states() if states is None else states
    placed = sorted((pool.index(row_id), row_id) for row_id in labels)
    indices = [index or 0 for index, _ in placed]
    texts, words = pool.texts(indices), pool.words(indices)
    found = []
    for (index, row_id), text, own in zip(placed, texts, words, strict=True):
        part = pool.part(index or 0)
        place = decisions.pool.place(row_id)
        found.append(AddedRow(row_id, text, own, labels[row_id], part.name, place, known[row_id]))
    return found
