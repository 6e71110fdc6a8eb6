"""The rows of a data set by id, and whether a decision fits the row that it is about."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from hamr.decisions import AS_THEY_CAME, NO_LABEL, Decision, Label, Names, text_hash
from hamr.decisions.log import names_in
from hamr.decisions.records import GIVING
from hamr.errors import DecisionError
from hamr.records import SPLITS, Split, Task
from hamr.store.attached_sentences import AttachedSentences
from hamr.store.events import finite
from hamr.store.rows import RowTable
from hamr.tasks import TaskWords, features, label_kind
from hamr.tasks.labels import LONGEST_NAME, listed, parsed

LONGEST_ID = 64
ON_PURPOSE = "on purpose"  # the end of an error about a name that could be made a new class


class LabelledRows:
    """The rows that decisions are about; they are read when the first one comes.

    Attached rows (see `hamr.store.pools`), which `attached` finds, are training rows without a
    label; they are not `in` it.
    """

    def __init__(
        self,
        name: str,
        task: Task,
        classes: Sequence[str],
        table: Callable[[Split], RowTable],
        attached: Callable[[str], tuple[RowTable, int] | None] = lambda row_id: None,
    ) -> None:
        self.name = name
        self.kind, self.features = label_kind(task), features(task)
        self.words = TaskWords.of(task)
        self.names = self.kind.names(classes)
        self._table = table
        self.attached = attached

    def __contains__(self, row_id: str) -> bool:
        return row_id in self._places

    def split(self, row_id: str) -> Split:
        """The split that a row is in. Raises DecisionError if there is no such row."""
        return "train" if self._attached(row_id) else self._place(row_id)[0]

    def original(self, row_id: str) -> Label:
        """The label that a row came with. Raises DecisionError if there is no such row."""
        if self._attached(row_id):
            return NO_LABEL
        split, row = self._place(row_id)
        return self.kind.original(self._table(split), row, self.names)

    def text(self, row_id: str) -> str:
        """The text of a row. Raises DecisionError if there is no such row."""
        table, row = self._find(row_id)
        return table.texts([row])[0]

    def words_of(self, row_id: str) -> list[str]:
        """The words of a sentence."""
        table, row = self._find(row_id)
        return table.words(row)

    def word_count(self, row_id: str) -> int:
        """How many words a sentence has. Raises DecisionError if there is no such row."""
        table, row = self._find(row_id)
        return int(table.word_starts[row + 1] - table.word_starts[row])

    def checked(self, decision: Decision) -> Decision:
        """The decision as it is kept. Raises DecisionError where it does not fit the row.

        Whether its classes exist is left to `check_names`: others may just have added them.
        """
        split = self.split(decision.row_id)
        row = f"row {decision.row_id!r}"
        if decision.split != split:
            raise DecisionError(
                f"{row} is in the {split} rows of {self.name}, not in {decision.split!r}: "
                "open it there and decide again"
            )
        if decision.text_hash != text_hash(self.text(decision.row_id)):
            raise DecisionError(
                f"the text of {row} is not the one that was reviewed: it has changed since; look "
                "at the row and decide again"
            )
        _check_sender(decision)
        new = self._label(decision.row_id, decision.new, decision.kind in GIVING)
        old = None if decision.old is None else parsed(decision.row_id, decision.old)
        return replace(
            decision,
            new=new,
            old=old,
            act_id=decision.act_id or decision.client_id,
            evidence=_plain(row, decision.evidence),
        )

    def check_names(
        self,
        decision: Decision,
        known: Collection[str],
        refusal: Callable[[str], str] = lambda name: "",
    ) -> None:
        """Raises DecisionError for classes or types that can't be given, or were not added on
        purpose. `known` are all that can be given; `refusal` says why another one can't.
        """
        strange = sorted(names_in(decision.new).difference(known))
        if not strange:
            return
        kind = self.kind.name
        reason = next(filter(None, map(refusal, strange)), "")
        if reason:
            raise DecisionError(f"row {decision.row_id!r}: {reason}", field="label")
        if not decision.new_class:
            raise DecisionError(
                f"{strange[0]!r}, for row {decision.row_id!r}, is no {kind} of {self.name}: "
                f"choose one of {listed(sorted(known))}, or make it a new {kind} {ON_PURPOSE}",
                field="label",
            )
        for name in strange:
            self.kind.check_new_name(name)

    def read_as(self, names: Names) -> dict[str, Label]:
        """The original labels that read otherwise by these names, by row id."""
        gone = [number for number, name in enumerate(self.names) if names.name(name) != name]
        found: dict[str, Label] = {}
        for split in SPLITS:
            table = self._table(split)
            rows = self.kind.holding(table, gone)
            for row, row_id in zip(rows.tolist(), table.ids(rows), strict=True):
                label = names.read(self.kind.original(table, row, self.names), AS_THEY_CAME)
                found[row_id] = "" if label is None else label
        return found

    def holding(self, names: Collection[str]) -> list[str]:
        """The ids of the rows, of all splits, that came with one of these classes or types."""
        numbers = [number for number, name in enumerate(self.names) if name in names]
        found: list[str] = []
        for split in SPLITS:
            table = self._table(split)
            found += table.ids(self.kind.holding(table, numbers))
        return found

    def names_of_all(self) -> Counter[str]:
        """How many rows, of all splits, came with each class (of sentences: with the type)."""
        found: Counter[str] = Counter()
        for split in SPLITS:
            table = self._table(split)
            for number, name in enumerate(self.names):
                found[name] += len(self.kind.holding(table, [number]))
        return found

    def words_in(self, row_id: str) -> int:
        """How many words a row has; of a text, what blanks separate."""
        if self.features.entities:
            return self.word_count(row_id)
        return len(self.text(row_id).split())

    def _label(self, row_id: str, label: Label | None, wanted: bool) -> Label | None:
        if not wanted:
            if label is not None:
                raise DecisionError(
                    f"row {row_id!r} has a label though none is given: leave it out"
                )
            return None
        table, row = self._find(row_id)
        return self.kind.checked(row_id, label, table, row, self.names)

    def _attached(self, row_id: str) -> tuple[RowTable, int] | None:
        """The place of an attached row; None for a row of the data set, or no row at all."""
        return None if row_id in self._places else self.attached(row_id)

    def _find(self, row_id: str) -> tuple[RowTable, int]:
        found = self._attached(row_id)
        if found is None:
            split, row = self._place(row_id)
            return self._table(split), row
        table, row = found
        return (AttachedSentences(table) if self.features.entities else table), row

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


def _plain(row: str, evidence: object) -> dict[str, Any] | None:
    """The evidence as JSON has it."""
    if evidence is None:
        return None
    try:
        plain: dict[str, Any] = json.loads(json.dumps(finite(evidence), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise DecisionError(f"the evidence for {row} is no JSON ({error})") from None
    return plain
