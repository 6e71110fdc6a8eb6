"""A data set with further training rows: those that were attached without a label and have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hamr.columns import Column
from hamr.data.fingerprint import fingerprint_of
from hamr.decisions import CurrentLabels, Label
from hamr.decisions.log import names_in
from hamr.records import SPLITS, Dataset, Rows
from hamr.tasks import label_kind


def with_rows(
    dataset: Dataset,
    ids: Sequence[str],
    texts: Sequence[str],
    words: Sequence[Sequence[str]],
    labels: Sequence[Label],
) -> Dataset:
    """The data set with these rows after its training rows, under a fingerprint of its own.

    Classes, or entity types, that it lacks come after its own, which keep their numbers. The rows
    have no metadata, and each is a group of its own. `words` are those of tagged sentences.
    """
    if not ids:
        return dataset
    kind = label_kind(dataset.task)
    own = kind.names(dataset.classes)
    fresh = sorted(set().union(*map(names_in, labels)).difference(own))
    names = (*own, *fresh)
    wider = replace(dataset, train=_extended(dataset.train, ids, texts, words))
    parts = kind.apply(wider, CurrentLabels(dict(zip(ids, labels, strict=True))), names)
    classes = kind.classes(names)
    rows = "1 training row was" if len(ids) == 1 else f"{len(ids):,} training rows were"
    said = [f"{rows} added from unlabelled rows that people have labelled"]
    said += [
        f"no validation or test row has the new {kind.name} {name!r}, so it can't be scored"
        for name in fresh
        if not any(_holds(parts[split], names.index(name)) for split in SPLITS[1:])
    ]
    return replace(
        dataset,
        classes=classes,
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        fingerprint=fingerprint_of(classes, parts),
        notices=(*dataset.notices, *said),
    )


def _holds(rows: Rows, number: int) -> bool:
    """Whether a row has the class, or an entity of the type, of that number."""
    if rows.tags is None:
        return bool((rows.labels == number).any())
    return any(np.isin(own, (1 + 2 * number, 2 + 2 * number)).any() for own in rows.tags)


def _extended(
    rows: Rows, ids: Sequence[str], texts: Sequence[str], given: Sequence[Sequence[str]]
) -> Rows:
    """The rows with further ones, which have the first class, or no entity."""
    none, words, tags = np.full(len(ids), -1, np.int32), rows.words, rows.tags
    if words is not None and tags is not None:
        parted = [tuple(own) for own in given]
        texts = [" ".join(own) for own in parted]
        words = (*words, *parted)
        tags = (*tags, *(np.zeros(len(own), np.int16) for own in parted))
    return replace(
        rows,
        ids=(*rows.ids, *ids),
        texts=(*rows.texts, *texts),
        labels=np.concatenate([rows.labels, np.zeros(len(ids), np.int32)]).astype(np.int32),
        words=words,
        tags=tags,
        groups=None if rows.groups is None else (*rows.groups, *(f"row {one}" for one in ids)),
        sources=None if rows.sources is None else (*rows.sources, *("" for _ in ids)),
        metadata={
            name: Column(own.values, np.concatenate([own.codes, none]))
            for name, own in rows.metadata.items()
        },
    )
