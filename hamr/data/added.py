"""A data set with further training rows: those that were attached without a label and have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hamr.columns import Column
from hamr.data.fingerprint import fingerprint_of
from hamr.records import Dataset, Rows


def with_rows(
    dataset: Dataset, ids: Sequence[str], texts: Sequence[str], labels: Sequence[str]
) -> Dataset:
    """The data set with these rows after its training rows, under a fingerprint of its own.

    Classes that it lacks come after its own, which keep their numbers. The rows have no metadata,
    and each is a group of its own.
    """
    if not ids:
        return dataset
    classes = (*dataset.classes, *sorted({*labels}.difference(dataset.classes)))
    number = {name: at for at, name in enumerate(classes)}
    codes = np.array([number[label] for label in labels], np.int32)
    train = _extended(dataset.train, ids, texts, codes)
    parts = {"train": train, "validation": dataset.validation, "test": dataset.test}
    rows = "1 training row was" if len(ids) == 1 else f"{len(ids):,} training rows were"
    said = [f"{rows} added from unlabelled rows that people have labelled"]
    counts = [part.class_counts(len(classes)) for part in (dataset.validation, dataset.test)]
    fresh = classes[len(dataset.classes) :]
    said += [
        f"no validation or test row has the new class {name!r}, so it can't be scored"
        for name in fresh
        if not any(count[number[name]] for count in counts)
    ]
    return replace(
        dataset,
        classes=classes,
        train=train,
        fingerprint=fingerprint_of(classes, parts),  # type: ignore[arg-type]
        notices=(*dataset.notices, *said),
    )


def _extended(rows: Rows, ids: Sequence[str], texts: Sequence[str], codes: np.ndarray) -> Rows:
    none = np.full(len(ids), -1, np.int32)
    return replace(
        rows,
        ids=(*rows.ids, *ids),
        texts=(*rows.texts, *texts),
        labels=np.concatenate([rows.labels, codes]).astype(np.int32),
        groups=None if rows.groups is None else (*rows.groups, *(f"row {one}" for one in ids)),
        sources=None if rows.sources is None else (*rows.sources, *("" for _ in ids)),
        metadata={
            name: Column(own.values, np.concatenate([own.codes, none]))
            for name, own in rows.metadata.items()
        },
    )
