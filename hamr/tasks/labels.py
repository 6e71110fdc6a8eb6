"""The kind of label that a task has: read from the rows, checked, and applied to them.

The label of a text is the name of its class. The label of a sentence is its entities, as
(first word, first word after it, type) from left to right.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from hamr.decisions import CurrentLabels, Label, in_words
from hamr.decisions.labels import as_label
from hamr.entities import (
    NO_ENTITY,
    Span,
    all_spans,
    mention_counts,
    row_label,
    spans_of,
    tag_names,
    tags_of,
)
from hamr.errors import DecisionError
from hamr.records import SPLITS, Dataset, Rows, Split, Task

LONGEST_NAME, MOST_NAMED = 100, 12


class Table(Protocol):
    """The stored rows of one split, as `hamr.store` reads them."""

    @property
    def labels(self) -> np.ndarray:
        """[n], an index into the classes."""

    @property
    def word_starts(self) -> np.ndarray:
        """[n + 1], of tagged sentences alone."""

    @property
    def all_tags(self) -> np.ndarray:
        """[W], of tagged sentences alone."""

    def tags(self, row: int) -> np.ndarray:
        """[w], of tagged sentences alone."""


class LabelKind(Protocol):
    """What is particular to the labels of a task."""

    name: str  # what a part of a label is called: "class", "entity type"
    shape: str  # what to give, in a sentence

    def names(self, classes: Sequence[str]) -> tuple[str, ...]:
        """The names that a label may use, of a data set's classes; they are what has an F1."""

    def classes(self, names: Sequence[str]) -> tuple[str, ...]:
        """The classes of a data set with these names: the other way round."""

    def outputs(self, classes: Sequence[str]) -> tuple[str, ...]:
        """What a model of a data set with these classes has an output for."""

    def original(self, table: Table, row: int, names: Sequence[str]) -> Label:
        """The label that a stored row came with."""

    def holding(self, table: Table, numbers: Sequence[int]) -> np.ndarray:
        """The rows whose original label has one of these names, given as indices, [m]."""

    def from_text(self, text: str) -> Label:
        """The label that a file of decisions holds as this text. Raises ValueError."""

    def checked(self, row_id: str, label: object, table: Table, row: int, names: Sequence[str]
                ) -> Label:  # fmt: skip
        """The label as it is kept. Raises DecisionError where it does not fit the row."""

    def check_new_name(self, name: str) -> None:
        """Raises DecisionError unless data with this name can be written to every format."""

    def apply(
        self, dataset: Dataset, current: CurrentLabels, names: Sequence[str]
    ) -> dict[Split, Rows]:
        """The rows with their current labels, as indices of `names`, in place of their own."""


class ClassLabels:
    """One class for each text."""

    name = "class"
    shape = "the name of a class"

    def names(self, classes: Sequence[str]) -> tuple[str, ...]:
        """All classes."""
        return tuple(classes)

    def classes(self, names: Sequence[str]) -> tuple[str, ...]:
        """The same."""
        return tuple(names)

    def outputs(self, classes: Sequence[str]) -> tuple[str, ...]:
        """The same."""
        return tuple(classes)

    def original(self, table: Table, row: int, names: Sequence[str]) -> Label:
        """Its class by name."""
        return names[int(table.labels[row])]

    def holding(self, table: Table, numbers: Sequence[int]) -> np.ndarray:
        """Those of these classes."""
        return np.flatnonzero(np.isin(table.labels, numbers))

    def from_text(self, text: str) -> Label:
        """The name as it is written."""
        return text

    def checked(self, row_id: str, label: object, table: Table, row: int, names: Sequence[str]
                ) -> Label:  # fmt: skip
        """The name without blanks around it."""
        found = parsed(row_id, label)
        if not isinstance(found, str):
            raise _misshapen(row_id, found, self.shape)
        if not found.strip():
            raise DecisionError(
                f"the label of row {row_id!r} is empty: choose one of {listed(names)}",
                field="label",
            )
        return found.strip()

    def check_new_name(self, name: str) -> None:
        """Printable, not too long, and not the name of no class at all."""
        if not _is_printable_name(name):
            raise _bad_name("class", name, "")

    def apply(
        self, dataset: Dataset, current: CurrentLabels, names: Sequence[str]
    ) -> dict[Split, Rows]:
        """Other class numbers; texts and ids stay."""
        number: dict[Label, int] = {name: i for i, name in enumerate(names)}
        moved = _moved(self.names(dataset.classes), current, names)
        found: dict[Split, Rows] = {}
        for split in SPLITS:
            rows = dataset.split(split)
            codes = moved[rows.labels].astype(rows.labels.dtype)
            for row, label in current.among(rows.ids).items():
                codes[row] = number[label]
            found[split] = replace(rows, labels=codes)
        return found


class EntityLabels:
    """All entities of each sentence."""

    name = "entity type"
    shape = "a list of [start, end, type]"

    def names(self, classes: Sequence[str]) -> tuple[str, ...]:
        """The entity types: "no entity", the last class, is said by a label without entities."""
        return tuple(classes[:-1])

    def classes(self, names: Sequence[str]) -> tuple[str, ...]:
        """The types, and "no entity" last."""
        return (*names, NO_ENTITY)

    def outputs(self, classes: Sequence[str]) -> tuple[str, ...]:
        """A tag for no entity, and two for each type."""
        return tag_names(self.names(classes))

    def original(self, table: Table, row: int, names: Sequence[str]) -> Label:
        """Its entities, with their types by name."""
        spans = spans_of(table.tags(row))
        return tuple((start, end, names[kind]) for start, end, kind in spans)

    def holding(self, table: Table, numbers: Sequence[int]) -> np.ndarray:
        """Those with an entity of these types."""
        spans = all_spans(table.all_tags, table.word_starts)
        return np.unique(spans.row[np.isin(spans.type, numbers)])

    def from_text(self, text: str) -> Label:
        """JSON: a list of [start, end, type]."""
        try:
            label = as_label(json.loads(text))
        except (TypeError, RecursionError) as error:
            raise ValueError(str(error)) from None
        if label is None or isinstance(label, str):
            raise ValueError("not a list")
        return label

    def checked(self, row_id: str, label: object, table: Table, row: int, names: Sequence[str]
                ) -> Label:  # fmt: skip
        """Spans from left to right, within the sentence, none over another."""
        found = parsed(row_id, label)
        if isinstance(found, str):
            raise _misshapen(row_id, found, self.shape)
        words, before = int(table.word_starts[row + 1] - table.word_starts[row]), 0
        for start, end, kind in found:
            what = f"the entity {in_words(((start, end, kind),))} of row {row_id!r}"
            if not kind.strip():
                raise DecisionError(f"{what} has no type: choose one of {listed(names)}")
            if start == end:
                raise DecisionError(
                    f"[{start}, {end}, {kind!r}] of row {row_id!r} has no word: the second number "
                    f"is that of the word after the last, at least {start + 1}",
                    field="label",
                )
            if not 0 <= start < end <= words:
                raise DecisionError(
                    f"{what} leaves the sentence, which has the words 1 to {words}: an entity "
                    "begins at one of them and ends there or later",
                    field="label",
                )
            if start < before:
                raise DecisionError(
                    f"{what} overlaps the one before it, which ends with word {before}: a word "
                    "belongs to one entity at most, so remove or shorten one of the two",
                    field="label",
                )
            before = end
        return found

    def check_new_name(self, name: str) -> None:
        """As of a class, and without blanks: a type is a part of a tag, in a column."""
        if not _is_printable_name(name) or any(mark.isspace() for mark in name):
            raise _bad_name("entity type", name, " without blanks")

    def apply(
        self, dataset: Dataset, current: CurrentLabels, names: Sequence[str]
    ) -> dict[Split, Rows]:
        """Other tags; the class of each sentence follows from those of all, as in loading."""
        number = {name: i for i, name in enumerate(names)}
        moved = _moved(self.names(dataset.classes), current, names)
        # Tag 0 is outside; then come, for each type, the tag of a first word and of a later one.
        tag = np.concatenate([[0], np.stack([1 + 2 * moved, 2 + 2 * moved], 1).ravel()])
        tags: dict[Split, list[np.ndarray]] = {}
        for split in SPLITS:
            rows = dataset.split(split)
            tags[split] = [tag[own].astype(own.dtype) for own in rows.tags or ()]
            for row, spans in current.among(rows.ids).items():
                if not isinstance(spans, str):
                    own = [Span(start, end, number[kind]) for start, end, kind in spans]
                    tags[split][row] = tags_of(own, len(tags[split][row]))
        counts = mention_counts(tags["train"], len(names))
        return {
            split: replace(
                dataset.split(split),
                tags=tuple(every),
                labels=np.array([row_label(spans_of(own), counts) for own in every], np.int32),
            )
            for split, every in tags.items()
        }


def _moved(own: Sequence[str], current: CurrentLabels, names: Sequence[str]) -> np.ndarray:
    """The number among `names` of each of a data set's own names, as it is called now, [C]."""
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[current.names.name(name)] for name in own], np.int64)


_KINDS: dict[Task, LabelKind] = {"sequence": ClassLabels(), "token": EntityLabels()}


def label_kind(task: Task) -> LabelKind:
    """What the labels of the task are."""
    return _KINDS[task]


def parsed(row_id: str, label: object) -> Label:
    """A label of either kind. Raises DecisionError for anything else, and where there is none."""
    row = f"row {row_id!r}"
    try:
        found = as_label(label)
    except ValueError as error:
        raise DecisionError(f"the label of {row} is {label!r}: {error}", field="label") from None
    if found is None:
        raise DecisionError(f"{row} has no label: give one, or mark it unsure", field="label")
    return found


def listed(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = len(names) - MOST_NAMED
    shown = ", ".join(map(repr, names[:MOST_NAMED]))
    return f"{shown} and {more:,} more" if more > 0 else shown


def _misshapen(row_id: str, label: Label, shape: str) -> DecisionError:
    return DecisionError(f"the label of row {row_id!r} is {label!r}: give {shape}", field="label")


def _is_printable_name(name: str) -> bool:
    return name.isprintable() and 0 < len(name) <= LONGEST_NAME and name != NO_ENTITY


def _bad_name(kind: str, name: str, blanks: str) -> DecisionError:
    return DecisionError(
        f"a new {kind} must have 1 to {LONGEST_NAME} printable characters{blanks}, got "
        f"{name[:LONGEST_NAME]!r}: choose another name",
        field="label",
    )
