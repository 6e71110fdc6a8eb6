"""From the rows of one to three files to a data set: classes, splits, caveats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import compress

import numpy as np

from hamr.config import DataSettings
from hamr.data.fingerprint import fingerprint
from hamr.data.ids import prefixes
from hamr.data.lookalikes import lookalike_notices, lookalikes, visible
from hamr.data.select import Selection
from hamr.data.splits import split_rows
from hamr.errors import DataError
from hamr.files.table import blamed_on, in_words, quoted
from hamr.records import SPLITS, Dataset, Rows, Split

MAX_CLASSES = 32_767  # predictions are stored as int16

_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")


def assemble(
    name: str, given: dict[Split, Selection], settings: DataSettings, notices: Sequence[str] = ()
) -> Dataset:
    """The data set of the given selections; splits not given are taken off the training rows.

    Raises DataError for one class only, a class of fewer than 2 rows, a label that the
    training rows lack, or too few rows (or groups) to split.
    """
    tell_ids_apart(given)
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
    said = [
        *notices,
        *(n for s in given.values() for n in s.notices),
        *lookalike_notices(classes, "classes"),
        *_caveats(classes, rows),
    ]
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


def tell_ids_apart(given: dict[Split, Selection]) -> None:
    """Puts the split's name before the ids of validation and test where two splits share one."""
    before = prefixes({split: selection.ids for split, selection in given.items()})
    for split, selection in given.items():
        prefix = before[split]
        if prefix:
            if selection.groups is not None:  # of rows that are a group of their own, too
                selection.groups[:] = [
                    f"row {prefix}{row_id}" if group == f"row {row_id}" else group
                    for group, row_id in zip(selection.groups, selection.ids, strict=True)
                ]
            selection.ids[:] = [f"{prefix}{row_id}" for row_id in selection.ids]
            selection.left_out[:] = [(f"{prefix}{i}", why) for i, why in selection.left_out]


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
            f"{train.table.name} has one class only, {visible(next(iter(counts)))}: "
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
            f"label {visible(unknown[0])} is in the {split} rows only "
            f"({selection.where(unknown[0])}){_and_others(unknown)}: give training rows of it, "
            "correct it, or take those rows out; the training labels are "
            f"{quoted(sorted(known), 12)}{_and_alike(unknown[0], known)}"
        )


def _check_two_rows_each(given: dict[Split, Selection]) -> None:
    total = _counts([label for selection in given.values() for label in selection.labels])
    single = sorted(label for label, count in total.items() if count < 2)
    if single:
        raise DataError(
            f"class {visible(single[0])} has a single row ({given['train'].where(single[0])})"
            f"{_and_others(single)}, and a class needs at least 2: add rows, merge it with "
            "another class, or take the row out",
            field="label_column",
        )


def _and_others(labels: list[str]) -> str:
    return f", and {quoted(labels[1:], 3)} likewise" if len(labels) > 1 else ""


def _and_alike(label: str, known: Iterable[str]) -> str:
    alike = [name for group in lookalikes([label, *known]) if label in group for name in group]
    others = [visible(name) for name in alike if name != label]
    return f", of which {in_words(others)} looks like it" if others else ""


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
        names = in_words([visible(g) for g in sorted(shared)[:3]], max(0, len(shared) - 3))
        caveats.append(f"the given files share groups between training and scoring: {names}")
    return caveats
