"""From tables to a data set: rows that can be trained on, classes, splits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np

from hamr.config import DataSettings
from hamr.data.fingerprint import fingerprint
from hamr.data.splits import split_rows
from hamr.data.table import Table, blamed_on, in_words, quoted
from hamr.errors import DataError
from hamr.records import SPLITS, Dataset, Rows, Split

ID_COLUMN = "id"
MAX_CLASSES = 32_767  # predictions are stored as int16

_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")


@dataclass(frozen=True)
class Selection:
    """The rows of one table that have a text and a label. All lists run in step."""

    table: Table
    kept: list[int]  # rows of the table
    ids: list[str]
    texts: list[str]
    labels: list[str]
    groups: list[str] | None
    left_out: list[tuple[str, str]] = field(default_factory=list)  # row id, reason
    notices: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.kept)

    def where(self, label: str) -> str:
        """The places of the rows with that label, in words."""
        rows = [row for row, name in zip(self.kept, self.labels, strict=True) if name == label]
        return self.table.where(rows)


def select(
    table: Table, text: str, label: str, group: str | None, controls: dict[str, str] | None = None
) -> Selection:
    """The rows with a text and a label; the others are left out, and a notice says which.

    Texts stay as they are; labels lose surrounding blanks. `controls` names the control that
    chose each column. Raises DataError if no row is left.
    """
    notices = list(table.notices)
    ids = _row_ids(table, notices)
    texts = table.columns[text]
    labels = [name and name.strip() for name in table.columns[label]]
    no_text = [i for i, value in enumerate(texts) if not value or value.isspace()]
    no_label = [i for i, value in enumerate(labels) if not value]
    for column, rows, reason in ((text, no_text, "no text"), (label, no_label, "no label")):
        with blamed_on((controls or {}).get(column, "source")):
            notices += _left_out(rows, reason, column, table)
    left_out = {**dict.fromkeys(no_label, "no label"), **dict.fromkeys(no_text, "no text")}
    kept = [i for i in range(len(table)) if i not in left_out]
    if not kept:
        raise DataError(f"{table.name}: no row has both a text and a label")
    groups = table.columns.get(group) if group is not None else None
    return Selection(
        table=table,
        kept=kept,
        ids=[ids[i] for i in kept],
        texts=[texts[i] or "" for i in kept],
        labels=[labels[i] or "" for i in kept],
        # A row without a group belongs with no other row.
        groups=None if groups is None else [groups[i] or f"row {ids[i]}" for i in kept],
        left_out=[(ids[i], reason) for i, reason in sorted(left_out.items())],
        notices=notices,
    )


def _left_out(rows: list[int], reason: str, column: str, table: Table) -> list[str]:
    """The notice on rows that lack a value; DataError if all of them do."""
    if len(rows) == len(table):
        raise DataError(f"{table.name}: column {column!r} is empty in every row: choose another")
    if not rows:
        return []
    many = len(rows) > 1
    return [
        f"{len(rows):,} row{'s have' if many else ' has'} {reason} and "
        f"{'are' if many else 'is'} left out: {table.where(rows)}"
    ]


def _row_ids(table: Table, notices: list[str]) -> list[str]:
    """The column "id" where it names every row differently, otherwise FILE:PLACE."""
    named = table.columns.get(ID_COLUMN)
    if named is not None:
        seen: dict[str | None, int] = {}
        twin = next(((seen[n], i) for i, n in enumerate(named) if seen.setdefault(n, i) != i), None)
        if twin is None and None not in seen and "" not in seen:
            return [str(n) for n in named]
        fault = f"repeats {named[twin[0]]!r}" if twin and named[twin[0]] else "has gaps"
        place = f" ({table.where(twin)})" if twin else ""
        notices.append(
            f"the column {ID_COLUMN!r} of {table.name} {fault}{place}, "
            f"so rows are named by their {table.unit}"
        )
    return [f"{table.name}:{place}" for place in table.places]


def assemble(
    name: str, given: dict[Split, Selection], settings: DataSettings, notices: Sequence[str] = ()
) -> Dataset:
    """The data set of the given selections; splits not given are taken off the training rows.

    Raises DataError for one class only, a class of fewer than 2 rows, a label that the
    training rows lack, or too few rows (or groups) to split.
    """
    _tell_ids_apart(given)
    classes = _classes(given)
    index = {label: i for i, label in enumerate(classes)}
    codes = {
        split: np.array([index[label] for label in selection.labels], dtype=np.int32)
        for split, selection in given.items()
    }
    parts = _part_of_training_rows(given, codes["train"], settings)
    rows = {
        split: _rows(given.get(split, given["train"]), codes.get(split, codes["train"]), chosen)
        for split, chosen in parts.items()
    }
    said = [*notices, *(n for s in given.values() for n in s.notices), *_caveats(classes, rows)]
    return Dataset(
        name=name,
        task="sequence",
        classes=classes,
        train=rows["train"],
        validation=rows["validation"],
        test=rows["test"],
        fingerprint=fingerprint(classes, rows.items()),
        notices=tuple(said),
        left_out=tuple(row for selection in given.values() for row in selection.left_out),
    )


def _tell_ids_apart(given: dict[Split, Selection]) -> None:
    """Puts the split's name before the ids of validation and test where two splits share one."""
    seen = set(given["train"].ids)
    for split in SPLITS[1:]:
        if split in given:
            ids = given[split].ids
            if not seen.isdisjoint(ids):
                ids[:] = [f"{split}/{row_id}" for row_id in ids]
            seen.update(ids)


def _classes(given: dict[Split, Selection]) -> tuple[str, ...]:
    """The training labels: sorted, whole numbers by their value."""
    train = given["train"]
    counts = _counts(train.labels)
    if len(counts) > MAX_CLASSES:
        raise DataError(
            f"{train.table.name} has {len(counts):,} different labels, and at most "
            f"{MAX_CLASSES:,} are possible: is this the label column?",
            field="label_column",
        )
    for split in SPLITS[1:]:
        if split in given:
            with blamed_on(split):
                _check_labels_known(given[split], split, counts)
    if len(counts) == 1:
        raise DataError(
            f"{train.table.name} has one class only, {next(iter(counts))!r}: "
            "a classifier needs at least two; is this the label column?",
            field="label_column",
        )
    _check_two_rows_each(given)
    if all(_WHOLE_NUMBER.fullmatch(label) for label in counts):
        return tuple(sorted(counts, key=lambda label: (int(label), label)))
    return tuple(sorted(counts))


def _counts(labels: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return counts


def _check_labels_known(selection: Selection, split: Split, known: dict[str, int]) -> None:
    unknown = sorted(set(selection.labels) - known.keys())
    if unknown:
        raise DataError(
            f"label {unknown[0]!r} stands in the {split} rows only ({selection.where(unknown[0])})"
            f"{_and_others(unknown)}: give training rows of it, correct it, or take those rows "
            f"out; the training labels are {quoted(sorted(known), 12)}"
        )


def _check_two_rows_each(given: dict[Split, Selection]) -> None:
    total = _counts([label for selection in given.values() for label in selection.labels])
    single = sorted(label for label, count in total.items() if count < 2)
    if single:
        raise DataError(
            f"class {single[0]!r} has a single row ({given['train'].where(single[0])})"
            f"{_and_others(single)}, and a class needs at least 2: add rows, merge it with "
            "another class, or take the row out",
            field="label_column",
        )


def _and_others(labels: list[str]) -> str:
    return f", and {quoted(labels[1:], 3)} likewise" if len(labels) > 1 else ""


def _part_of_training_rows(
    given: dict[Split, Selection], labels: np.ndarray, settings: DataSettings
) -> dict[Split, np.ndarray]:
    """For each split, which rows of its selection belong to it, [n] bool."""
    shares = {"validation": settings.validation_share, "test": settings.test_share}
    missing = [split for split in SPLITS[1:] if split not in given]
    held_out = [shares[split] for split in missing]
    part = split_rows(
        labels,
        [1 - sum(held_out), *held_out],
        seed=settings.split_seed,
        groups=given["train"].groups,
    )
    parts: dict[Split, np.ndarray] = {"train": part == 0}
    for split in SPLITS[1:]:
        if split in given:
            parts[split] = np.ones(len(given[split]), dtype=bool)
        else:
            parts[split] = part == 1 + missing.index(split)
        if not parts[split].any():
            raise _too_few(given["train"], split, settings)
    return parts


def _too_few(train: Selection, split: Split, settings: DataSettings) -> DataError:
    if train.groups is not None:
        return DataError(
            f"{train.table.name} can't be split by group: of {len(set(train.groups)):,} "
            f"group{'s' if len(set(train.groups)) > 1 else ''}, none is left for the {split} rows "
            f"once every class has training rows; choose another group column, or give a {split} "
            "file of your own",
            field="group_column",
        )
    return DataError(
        f"{len(train):,} rows in {train.table.name} are too few to take {split} rows off: "
        f"give at least 3 rows of some class, or a {split} file of your own",
        field="source",
    )


def _rows(selection: Selection, labels: np.ndarray, chosen: np.ndarray) -> Rows:
    groups = selection.groups
    return Rows(
        ids=tuple(compress(selection.ids, chosen)),
        texts=tuple(compress(selection.texts, chosen)),
        labels=labels[chosen],
        groups=None if groups is None else tuple(compress(groups, chosen)),
    )


def _caveats(classes: tuple[str, ...], rows: dict[Split, Rows]) -> list[str]:
    """What the splits can't do: score a class without rows, or keep given groups apart."""
    caveats = []
    for split in SPLITS[1:]:
        counts = rows[split].class_counts(len(classes))
        absent = [classes[i] for i in np.flatnonzero(counts == 0)]
        if absent:
            caveats.append(f"no {split} rows of {quoted(absent, 5)}: the score says nothing there")
    known = {split: set(part.groups) for split, part in rows.items() if part.groups is not None}
    shared = set()
    for split in SPLITS[1:]:
        shared |= known.get("train", set()) & known.get(split, set())
    if shared:
        names = in_words([repr(g) for g in sorted(shared)[:3]], max(0, len(shared) - 3))
        caveats.append(f"the given files share groups between training and scoring: {names}")
    return caveats
