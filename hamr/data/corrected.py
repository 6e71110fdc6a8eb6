"""A data set with its current labels: what a run on corrected rows trains on."""

from __future__ import annotations

from dataclasses import replace

from hamr.data.fingerprint import fingerprint_of
from hamr.decisions import Corrections
from hamr.decisions.log import names_in
from hamr.files.table import quoted
from hamr.records import SPLITS, Dataset, Rows
from hamr.tasks import label_kind


def corrected(dataset: Dataset, corrections: Corrections) -> Dataset:
    """The data set with these labels in the place of its own, under a fingerprint of its own.

    Same rows, ids, texts and splits, in the same order. The classes that were there keep their
    numbers, so that a model of them can be trained on, also if they were renamed; new ones come
    after them. A class that was merged into another is gone, and those after it move up.
    """
    changed = sum(row in corrections.labels for s in SPLITS for row in dataset.split(s).ids)
    if not changed:
        return dataset
    kind = label_kind(dataset.task)
    names = corrections.names.among(kind.names(dataset.classes))
    given = set().union(*(names_in(label) for label in corrections.labels.values()))
    names = (*names, *sorted(given.difference(names)))
    rows = kind.apply(dataset, corrections.current, names)
    classes = kind.classes(names)
    return replace(
        dataset,
        name=f"{dataset.name.removesuffix(', corrected')}, corrected",
        classes=classes,
        train=rows["train"],
        validation=rows["validation"],
        test=rows["test"],
        fingerprint=fingerprint_of(classes, rows),
        notices=(*dataset.notices, *_said(changed, corrections, rows["train"], names)),
    )


def _said(changed: int, corrections: Corrections, train: Rows, names: tuple[str, ...]) -> list[str]:
    many = "labels are" if changed > 1 else "label is"
    said = [f"{changed:,} {many} corrected by the decisions up to version {corrections.version}"]
    if corrections.conflicts:
        keep = "rows keep their labels" if corrections.conflicts > 1 else "row keeps its label"
        said.append(f"{corrections.conflicts:,} {keep}, because annotators disagree")
    members = train.members(len(names) + (train.tags is not None))
    empty = [name for at, name in enumerate(names) if not members[:, at].any()]
    if empty:
        said.append(f"no training row is left of {quoted(empty, 5)}")
    return said
