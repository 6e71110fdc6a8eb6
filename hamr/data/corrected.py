"""A data set with the labels that people decided on: what a run on corrected rows trains on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamr.data.fingerprint import fingerprint, tagged_fingerprint
from hamr.decisions import Corrections, CurrentLabels, Label
from hamr.decisions.log import names_in
from hamr.entities import NO_ENTITY, Span, mention_counts, row_label, spans_of, tags_of
from hamr.files.table import quoted
from hamr.records import SPLITS, Dataset, Rows, Split


def corrected(dataset: Dataset, corrections: Corrections) -> Dataset:
    """The data set with these labels in the place of its own, under a fingerprint of its own.

    Same rows, ids, texts and splits, in the same order. The classes that were there keep their
    numbers, so that a model of them can be trained on; new ones come after them.
    """
    changed = sum(row in corrections.labels for s in SPLITS for row in dataset.split(s).ids)
    if not changed:
        return dataset
    names = dataset.classes[:-1] if dataset.task == "token" else dataset.classes
    given = set().union(*(names_in(label) for label in corrections.labels.values()))
    names = (*names, *sorted(given.difference(names)))
    rows: dict[Split, Rows] = {}
    if dataset.task == "token":
        classes = (*names, NO_ENTITY)
        rows = _tagged(dataset, corrections.current, names)
        digest = tagged_fingerprint(classes, rows)
    else:
        classes = names
        rows = {s: _relabelled(dataset.split(s), corrections.current, names) for s in SPLITS}
        digest = fingerprint(classes, rows.items())
    return replace(
        dataset,
        name=f"{dataset.name.removesuffix(', corrected')}, corrected",
        classes=classes,
        train=rows["train"],
        validation=rows["validation"],
        test=rows["test"],
        fingerprint=digest,
        notices=(*dataset.notices, *_said(changed, corrections, rows["train"], names)),
    )


def _relabelled(rows: Rows, current: CurrentLabels, names: tuple[str, ...]) -> Rows:
    number: dict[Label, int] = {name: i for i, name in enumerate(names)}
    codes = rows.labels.copy()
    for row, label in current.among(rows.ids).items():
        codes[row] = number[label]
    return replace(rows, labels=codes)


def _tagged(dataset: Dataset, current: CurrentLabels, types: tuple[str, ...]) -> dict[Split, Rows]:
    """The sentences with new tags; a sentence's class follows from all of them, as in loading."""
    number = {name: i for i, name in enumerate(types)}
    tags: dict[Split, list[np.ndarray]] = {}
    for split in SPLITS:
        rows = dataset.split(split)
        tags[split] = list(rows.tags or ())
        for row, spans in current.among(rows.ids).items():
            if not isinstance(spans, str):
                own = [Span(start, end, number[kind]) for start, end, kind in spans]
                tags[split][row] = tags_of(own, len(tags[split][row]))
    counts = mention_counts(tags["train"], len(types))
    return {
        split: replace(
            dataset.split(split),
            tags=tuple(every),
            labels=np.array([row_label(spans_of(own), counts) for own in every], np.int32),
        )
        for split, every in tags.items()
    }


def _said(changed: int, corrections: Corrections, train: Rows, names: tuple[str, ...]) -> list[str]:
    many = "labels are" if changed > 1 else "label is"
    said = [f"{changed:,} {many} corrected by the decisions up to version {corrections.version}"]
    if corrections.conflicts:
        keep = "rows keep their labels" if corrections.conflicts > 1 else "row keeps its label"
        said.append(f"{corrections.conflicts:,} {keep}, because annotators differ on it")
    members = train.members(len(names) + (train.tags is not None))
    empty = [name for at, name in enumerate(names) if not members[:, at].any()]
    if empty:
        said.append(f"no training row is left of {quoted(empty, 5)}")
    return said
