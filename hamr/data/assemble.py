"""From the rows of one to three files to a data set: classes, splits, notices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import compress

import numpy as np

from hamr.config import DataSettings
from hamr.data.fingerprint import fingerprint
from hamr.data.ids import prefixes
from hamr.data.lookalikes import lookalike_notices, lookalikes, visible
from hamr.data.sametext import LEAKED, leaking, together, without_leaks
from hamr.data.select import Selection, check_ids
from hamr.data.splits import split_rows
from hamr.errors import DataError
from hamr.files.table import blamed_on, in_words, quoted
from hamr.records import SPLITS, Dataset, Rows, Split

MAX_CLASSES = 32_767  # predictions are stored as int16

_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")


def assemble(
    name: str, given: dict[Split, Selection], settings: DataSettings, notices: Sequence[str] = ()
) -> Dataset:
    """The data set of the given selections; missing splits are held out from training.

    Raises DataError for a single class, a class of fewer than 2 rows, a label that the
    training rows lack, or too few rows (or groups) to split.
    """
    _check_ids(given, settings)
    make_ids_unique(given)
    classes = _classes(given)
    codes = _codes(given, classes)
    kin = together(given["train"].texts, given["train"].groups, settings)
    parts = _part_of_training_rows(given, codes["train"], settings, kin.groups)
    leaks, leaked = _leaks(given, codes["train"], parts, classes, settings)
    rows = {
        split: _rows(given.get(split, given["train"]), codes.get(split, codes["train"]), chosen)
        for split, chosen in parts.items()
    }
    said = [
        *notices,
        *(n for s in given.values() for n in s.notices),
        *lookalike_notices(classes, "classes"),
        *kin.notices,
        *leaked,
        *_split_notices(classes, rows),
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
        left_out=tuple(row for own in given.values() for row in own.left_out) + leaks,
    )


def _codes(given: dict[Split, Selection], classes: Sequence[str]) -> dict[Split, np.ndarray]:
    """The class of each row, [n] int32 by split."""
    index = {label: i for i, label in enumerate(classes)}
    return {
        split: np.array([index[label] for label in selection.labels], dtype=np.int32)
        for split, selection in given.items()
    }


def _check_ids(given: dict[Split, Selection], settings: DataSettings) -> None:
    """Raises DataError if files share an id of the column that the user chose."""
    if settings.id_column is not None:
        check_ids(
            [
                (own.table.name, own.ids, [own.table.places[row] for row in own.kept])
                for own in given.values()
            ]
        )


def _leaks(
    given: dict[Split, Selection],
    labels: np.ndarray,
    parts: dict[Split, np.ndarray],
    classes: tuple[str, ...],
    settings: DataSettings,
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The training rows that are left out, and why, with a notice; they are taken out of `parts`.

    `labels` [n] are those of the rows that come with the training rows.
    """
    if not settings.remove_leaks:
        return (), ()
    texts: dict[Split, list[str]] = {
        split: list(compress(given.get(split, given["train"]).texts, part))
        for split, part in parts.items()
    }
    rows = np.flatnonzero(parts["train"])
    kept = ~leaking(texts)
    notices = without_leaks(kept, labels[rows][:, None] == np.arange(len(classes)), classes)
    parts["train"][rows[~kept]] = False
    return tuple((given["train"].ids[row], LEAKED) for row in rows[~kept]), notices


def make_ids_unique(given: dict[Split, Selection]) -> None:
    """Make ids unique, in place: those that splits share get the split's name before them."""
    before = prefixes({split: selection.ids for split, selection in given.items()})
    for split, selection in given.items():
        prefix = before[split]
        if prefix:
            if selection.groups is not None:  # also of rows that are a group of their own
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
            f"{train.table.name} has only one class, {visible(next(iter(counts)))}: "
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
            f"label {visible(unknown[0])} occurs only in the {split} rows "
            f"({selection.where(unknown[0])}){_and_others(unknown)}: add training rows with "
            "it, correct it, or remove those rows; the training labels are "
            f"{quoted(sorted(known), 12)}{_and_alike(unknown[0], known)}"
        )


def _check_two_rows_each(given: dict[Split, Selection]) -> None:
    total = _counts([label for selection in given.values() for label in selection.labels])
    single = sorted(label for label, count in total.items() if count < 2)
    if single:
        raise DataError(
            f"class {visible(single[0])} has a single row ({given['train'].where(single[0])})"
            f"{_and_others(single)}; a class needs at least 2 rows: add rows, merge it with "
            "another class, or remove the row",
            field="label_column",
        )


def _and_others(labels: list[str]) -> str:
    """As the end of a clause on the first label: ", as do 'b' and 'c'"."""
    if len(labels) == 1:
        return ""
    return f", as {'does' if len(labels) == 2 else 'do'} {quoted(labels[1:], 3)}"


def _and_alike(label: str, known: Iterable[str]) -> str:
    alike = [name for group in lookalikes([label, *known]) if label in group for name in group]
    others = [visible(name) for name in alike if name != label]
    if not others:
        return ""
    return f", of which {in_words(others)} look{'s' if len(others) == 1 else ''} like it"


def _part_of_training_rows(
    given: dict[Split, Selection],
    labels: np.ndarray,
    settings: DataSettings,
    groups: Sequence[str] | None,
) -> dict[Split, np.ndarray]:
    """For each split, which rows of its selection belong to it, [n] bool.

    Training rows of one of the `groups` [n] stay together.
    """
    shares = {"validation": settings.validation_share, "test": settings.test_share}
    missing = [split for split in SPLITS[1:] if split not in given]
    held_out = [shares[split] for split in missing]
    part = split_rows(
        labels,
        [1 - sum(held_out), *held_out],
        seed=settings.split_seed,
        groups=groups,
    )
    parts: dict[Split, np.ndarray] = {"train": part == 0}
    for split in SPLITS[1:]:
        if split in given:
            parts[split] = np.ones(len(given[split]), dtype=bool)
        else:
            parts[split] = part == 1 + missing.index(split)
        if not parts[split].any():
            raise _too_few(given["train"], split, groups)
    return parts


def _too_few(train: Selection, split: Split, groups: Sequence[str] | None) -> DataError:
    if train.groups is None and groups is not None:
        return DataError(
            f"{train.table.name} can't be split with duplicates kept together: of "
            f"{len({*groups}):,} different texts, none is left for the {split} rows once every "
            f"class has training rows: provide a separate {split} file, or let duplicates part",
            field="keep_duplicates_together",
        )
    if train.groups is not None:
        return DataError(
            f"{train.table.name} can't be split by group: of {len(set(train.groups)):,} "
            f"group{'s' if len(set(train.groups)) > 1 else ''}, none is left for the {split} rows "
            "once every class has training rows: choose another group column, or provide a "
            f"separate {split} file",
            field="group_column",
        )
    return DataError(
        f"{len(train):,} rows in {train.table.name} are too few to hold out {split} rows: "
        f"provide at least 3 rows of some class, or a separate {split} file",
        field="source",
    )


def _rows(selection: Selection, labels: np.ndarray, chosen: np.ndarray) -> Rows:
    groups = selection.groups
    return Rows(
        ids=tuple(compress(selection.ids, chosen)),
        texts=tuple(compress(selection.texts, chosen)),
        labels=labels[chosen],
        groups=None if groups is None else tuple(compress(groups, chosen)),
        metadata={name: own.take(chosen) for name, own in selection.metadata.items()},
    )


def _split_notices(classes: tuple[str, ...], rows: dict[Split, Rows]) -> list[str]:
    """Notices on classes that have no rows to score, and on groups in several files."""
    notices = []
    for split in SPLITS[1:]:
        counts = rows[split].class_counts(len(classes))
        absent = [classes[i] for i in np.flatnonzero(counts == 0)]
        if absent:
            what = "this class" if len(absent) == 1 else "these classes"
            notices.append(f"no {split} rows of {quoted(absent, 5)}: {what} can't be scored")
    known = {split: set(part.groups) for split, part in rows.items() if part.groups is not None}
    shared = set()
    for split in SPLITS[1:]:
        shared |= known.get("train", set()) & known.get(split, set())
    if shared:
        names = in_words([visible(g) for g in sorted(shared)[:3]], max(0, len(shared) - 3))
        notices.append(f"training and evaluation files share groups: {names}")
    return notices
