"""A finished run with embeddings in its cache, in which a group of rows has wrong labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np

from hamr.jobs.neighbour_evidence import KEYS, NEAR, SIMILAR, _key
from hamr.neighbours import NeighbourSearch
from hamr.records import SPLITS, Dataset, Rows
from hamr.store import Run, Store
from hamr.triage import NEIGHBOURS
from tests import fake_run

made_up = fake_run.fake_epoch

PLANTED = 30  # rows about regsvr32 whose labels are wrong
EMBEDDINGS = "made-up embeddings"


def planted_dataset(rows: int = 240) -> Dataset:
    """Rows of three classes that lie apart; the first PLANTED training rows are one group, whose
    labels are those of another class.
    """
    given = fake_run.fake_dataset(rows, 3)

    def split(name: str) -> Rows:
        own = given.split(name)
        labels = np.arange(len(own)) % 3
        texts = [f"{name} text {i} of <b>kind {'abc'[kind]}</b>" for i, kind in enumerate(labels)]
        if name == "train":
            labels[:PLANTED] = 1
            texts[:PLANTED] = [f"Loader {i} runs Regsvr32" for i in range(PLANTED)]
        return replace(own, texts=tuple(texts), labels=labels.astype(np.int32))

    return replace(given, **{name: split(name) for name in SPLITS})


def region_run(
    store: Store, *, rows: int = 240, embedded: bool = True, turned: bool = False, **options: Any
) -> Run:
    """A run on `planted_dataset`; options as for `write_fake_run`.

    With `turned` its hardness ranks the rows of low loss first.
    """
    options.setdefault("dataset", planted_dataset(rows))
    with patch.object(fake_run, "fake_epoch", _turned if turned else _doubtful):
        run = fake_run.write_fake_run(store, **options)
    if embedded:
        embed(run)
    return run


def _doubtful(*arguments: Any, **options: Any) -> EpochRecord:
    """A made-up epoch in which the model takes the planted rows for what they are."""
    record = made_up(*arguments, **options)
    signals = {name: values.copy() for name, values in record.signals.items()}
    signals["loss"][:] = signals["loss"] / 10
    signals["loss"][:PLANTED], signals["prediction"][:PLANTED] = 3, 0
    signals["hardness"][:PLANTED] += 1
    return replace(record, signals=signals)


def _turned(*arguments: Any, **options: Any) -> EpochRecord:
    """The same with hardness that falls with the loss."""
    record = _doubtful(*arguments, **options)
    hardness = np.exp(-record.signals["loss"]).astype(np.float32)
    seeds = np.argsort(-hardness)[: max(1, len(hardness) // 5)].astype(np.int32)
    return replace(
        record,
        signals={**record.signals, "hardness": hardness},
        arrays={**record.arrays, "seeds": seeds},
    )


def embed(run: Run) -> None:
    """Put embeddings of the rows and their neighbours into the cache, as training does."""
    dataset, random, parts = run.dataset(), np.random.default_rng(0), []
    for name in SPLITS:
        kinds = np.arange(len(dataset.split(name))) % 3
        centres = np.eye(8)[kinds]
        if name == "train":
            centres[:PLANTED] = np.eye(8)[0] + 0.3 * np.eye(8)[5]
        parts.append(centres + random.normal(0, 0.1, centres.shape))
    vectors = np.concatenate(parts).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cache, key, trained = run.store.cache, _key(run), len(dataset.train)
    cache.put("embeddings", EMBEDDINGS, vectors)
    cache.put(KEYS, key, np.frombuffer(EMBEDDINGS.encode(), np.uint8))
    known = vectors[: trained + len(dataset.validation)]
    found = NeighbourSearch(known, NEIGHBOURS).of(np.arange(trained))
    for kind, array in zip((NEAR, SIMILAR), found, strict=True):
        cache.put(kind, key, array)
