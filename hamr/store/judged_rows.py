"""The rows of a data set by id, and whether a decision fits the row that it is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from hamr.decisions import Decision, Label, as_label, text_hash
from hamr.decisions.log import names_in
from hamr.decisions.records import GIVING
from hamr.entities import NO_ENTITY, spans_of
from hamr.errors import DecisionError
from hamr.records import SPLITS, Split, Task
from hamr.store.events import finite
from hamr.store.rows import RowTable

LONGEST_NAME, LONGEST_ID, MOST_NAMED = 100, 64, 12


class JudgedRows:
    """The rows that decisions are about; they are read when the first one comes."""

    def __init__(
        self, name: str, task: Task, classes: Sequence[str], table: Callable[[Split], RowTable]
    ) -> None:
        self.name, self.task = name, task
        # Of sentences the types: the class "no entity" is said by giving no span.
        self.names = tuple(classes[:-1] if task == "token" else classes)
        self._table = table

    def __contains__(self, row_id: str) -> bool:
        return row_id in self._places

    def split(self, row_id: str) -> Split:
        """The split that a row stands in. Raises DecisionError if there is no such row."""
        return self._place(row_id)[0]

    def original(self, row_id: str) -> Label:
        """The label that a row came with. Raises DecisionError if there is no such row."""
        split, row = self._place(row_id)
        table = self._table(split)
        if self.task != "token":
            return self.names[int(table.labels[row])]
        spans = spans_of(table.tags(row))
        return tuple((start, end, self.names[kind]) for start, end, kind in spans)

    def text(self, row_id: str) -> str:
        """The text of a row. Raises DecisionError if there is no such row."""
        split, row = self._place(row_id)
        return self._table(split).texts([row])[0]

    def word_count(self, row_id: str) -> int:
        """How many words a sentence has. Raises DecisionError if there is no such row."""
        split, row = self._place(row_id)
        starts = self._table(split).word_starts
        return int(starts[row + 1] - starts[row])

    def checked(self, decision: Decision) -> Decision:
        """The decision as it is kept. Raises DecisionError where it does not fit the row.

        Whether its classes exist is left to `check_names`: others may just have made them.
        """
        split, _ = self._place(decision.row_id)
        row = f"row {decision.row_id!r}"
        if decision.split != split:
            raise DecisionError(
                f"{row} stands in the {split} rows of {self.name}, not in {decision.split!r}: "
                "open it there and decide again"
            )
        if decision.text_hash != text_hash(self.text(decision.row_id)):
            raise DecisionError(
                f"the text of {row} is not the one that was judged: it has changed since; look "
                "at the row again and decide anew"
            )
        _check_sender(decision)
        new = self._label(decision.row_id, decision.new, decision.kind in GIVING)
        old = None if decision.old is None else _spans_or_name(row, decision.old)
        return replace(
            decision,
            new=new,
            old=old,
            act_id=decision.act_id or decision.client_id,
            evidence=_plain(row, decision.evidence),
        )

    def check_names(self, decision: Decision, made: Iterable[str]) -> None:
        """Raises DecisionError for classes or types that nobody has, nor made on purpose."""
        known = {*self.names, *made}
        strange = sorted(names_in(decision.new) - known)
        if not strange:
            return
        kind = "entity type" if self.task == "token" else "class"
        if not decision.new_class:
            raise DecisionError(
                f"{strange[0]!r}, for row {decision.row_id!r}, is no {kind} of {self.name}: "
                f"choose one of {_listed(sorted(known))}, or make it a new {kind} on purpose",
                field="label",
            )
        for name in strange:
            self._check_new(name, kind)

    def _label(self, row_id: str, label: Label | None, wanted: bool) -> Label | None:
        row = f"row {row_id!r}"
        if not wanted:
            if label is not None:
                raise DecisionError(f"{row} has a label though none is given: leave it out")
            return None
        found = _spans_or_name(row, label)
        if self.task == "token" and not isinstance(found, str):
            self._check_spans(row_id, found)
            return found
        if isinstance(found, str) and self.task != "token":
            if not found.strip():
                choices = _listed(self.names)
                raise DecisionError(
                    f"the label of {row} is empty: choose one of {choices}", field="label"
                )
            return found.strip()
        shape = "a list of [start, end, type]" if self.task == "token" else "the name of a class"
        raise DecisionError(f"the label of {row} is {found!r}: give {shape}", field="label")

    def _check_spans(self, row_id: str, spans: Sequence[tuple[int, int, str]]) -> None:
        words, before = self.word_count(row_id), 0
        for start, end, kind in spans:
            what = f"the entity {start}-{end} {kind} of row {row_id!r}"
            if not kind.strip():
                raise DecisionError(f"{what} has no type: choose one of {_listed(self.names)}")
            if not 0 <= start < end <= words:
                raise DecisionError(
                    f"{what} leaves the sentence, which has the words 0 to {words - 1}: an entity "
                    "begins at a word and ends before a later one",
                    field="label",
                )
            if start < before:
                raise DecisionError(
                    f"{what} overlaps the one before it, which ends at {before}: a word belongs "
                    "to one entity at most",
                    field="label",
                )
            before = end

    def _check_new(self, name: str, kind: str) -> None:
        """A new name must survive every file format: a type is a part of a tag, in a column."""
        fits = name.isprintable() and len(name) <= LONGEST_NAME and name != NO_ENTITY
        if not fits or (self.task == "token" and any(mark.isspace() for mark in name)):
            blanks = " without blanks" if self.task == "token" else ""
            raise DecisionError(
                f"a new {kind} must have 1 to {LONGEST_NAME} printable characters{blanks}, got "
                f"{name[:LONGEST_NAME]!r}: choose another name",
                field="label",
            )

    def _place(self, row_id: str) -> tuple[Split, int]:
        place = self._places.get(row_id)
        if place is None:
            raise DecisionError(
                f"there is no row {row_id[:LONGEST_NAME]!r} in {self.name}: give the id of one "
                "of its rows"
            )
        return place

    @cached_property
    def _places(self) -> dict[str, tuple[Split, int]]:
        found: dict[str, tuple[Split, int]] = {}
        for split in SPLITS[::-1]:  # where splits share ids, which data sets avoid, train counts
            table = self._table(split)
            ids = table.ids(range(len(table)))
            found.update((row_id, (split, row)) for row, row_id in enumerate(ids))
        return found


def check_annotator(name: str) -> None:
    """Raises DecisionError unless it is a name that can be shown."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise DecisionError(
            f"an annotator's name must have 1 to {LONGEST_NAME} printable characters, got "
            f"{name[:LONGEST_NAME]!r}",
            field="annotator",
        )


def check_id(what: str, given: str) -> None:
    """Raises DecisionError unless it is fit for a client's or an act's id."""
    if not 0 < len(given) <= LONGEST_ID or not given.isprintable():
        raise DecisionError(
            f"{what} must have 1 to {LONGEST_ID} printable characters, got {given!r}: a UUID has 36"
        )


def _check_sender(decision: Decision) -> None:
    check_annotator(decision.annotator)
    check_id("a client id", decision.client_id)
    check_id("an act id", decision.act_id or decision.client_id)
    if decision.base < 0:
        raise DecisionError(f"a base version is 0 or more, got {decision.base}")


def _spans_or_name(row: str, label: object) -> Label:
    try:
        found = as_label(label)
    except ValueError as error:
        raise DecisionError(f"the label of {row} is {label!r}: {error}", field="label") from None
    if found is None:
        raise DecisionError(f"{row} has no label: give one, or mark it unsure", field="label")
    return found


def _plain(row: str, evidence: object) -> dict[str, Any] | None:
    """The evidence as JSON has it."""
    if evidence is None:
        return None
    try:
        plain: dict[str, Any] = json.loads(json.dumps(finite(evidence), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise DecisionError(f"the evidence for {row} is no JSON ({error})") from None
    return plain


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    shown = ", ".join(map(repr, names[:MOST_NAMED]))
    return f"{shown} and {more:,} more" if more > 0 else shown
