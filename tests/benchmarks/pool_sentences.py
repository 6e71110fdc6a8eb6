"""Which unlabelled sentences to tag first: `python -m tests.benchmarks.pool_sentences --json`.

The tags of 3,000 of the built-in sentences are hidden but for 100, drawn at random. A model of the
quick preset is trained on what is tagged, scored once on the test sentences, and its predictions
choose the next 100, up to 500. For each way to choose: the macro-F1 of the types and the F1 of the
rarest one at 300 and 500 sentences, and how many words those have, which is what an annotator
reads; means of the seeds. 300 validation sentences are tagged from the start in all cases.

Ways: the strategies `random`, `balanced`, `rare` and `diverse`; and by the uncertainty of a
sentence, with u = 1 - (largest - second largest probability) of each word: the largest (which the
strategy `uncertain` takes), mean and sum of u over its words; and `least-confident`, the sum of
-log of the words' largest probabilities (Culotta and McCallum 2005), and the mean of it. With
--shared on the restaurant queries of that folder.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hamr.acquisition.orders import Scored, order
from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.entities import mention_counts
from hamr.jobs.pool_history import head_chances
from hamr.records import Dataset, FinalRecord, Metrics, Rows
from hamr.store import Store
from hamr.training import train
from hamr.training.embedded import Embedded
from hamr.training.features import embed
from tests.benchmarks.entities import restaurants

POOL, VALIDATION, TEST = 3000, 300, 1000  # sentences
START, BATCH, END, EPOCHS = 100, 100, 500, 20
SHOWN = (300, 500)
STRATEGIES = ("random", "balanced", "rare", "diverse")


class Given:
    """A cache that has the embeddings of all rows and words, and keeps nothing."""

    def __init__(self, embedded: Embedded) -> None:
        self._known = {"embeddings": embedded.rows, "words": embedded.words}

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The embeddings."""
        return self._known.get(kind)

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Nothing."""

    def drop(self, kind: str, key: str) -> None:
        """Nothing."""


def some(rows: Rows, index: np.ndarray) -> Rows:
    """Some sentences of a split."""
    chosen = index.tolist()
    assert rows.words is not None and rows.tags is not None
    return Rows(
        tuple(rows.ids[i] for i in chosen), tuple(rows.texts[i] for i in chosen),
        rows.labels[index], words=tuple(rows.words[i] for i in chosen),
        tags=tuple(rows.tags[i] for i in chosen),
    )  # fmt: skip


def cut(dataset: Dataset) -> Dataset:
    """Fewer sentences of each split, the same in every run."""
    sizes = {"train": POOL, "validation": VALIDATION, "test": TEST}
    parts = {
        name: some(
            dataset.split(name),  # type: ignore[arg-type]
            np.sort(np.random.default_rng(seed).permutation(len(dataset.split(name)))[:size]),  # type: ignore[arg-type]
        )
        for seed, (name, size) in enumerate(sizes.items())
    }
    return replace(dataset, **parts)  # type: ignore[arg-type]


def embedded(dataset: Dataset, home: Path) -> Embedded:
    """The embeddings of all splits; kept in the home, so that another look costs nothing."""
    settings = TrainingSettings.of_preset("quick", "token")
    found = [*embed(dataset, settings, Store.open(home).cache)][-1]
    assert isinstance(found, Embedded)
    return found.in_memory()


def starts_of(rows: Rows) -> np.ndarray:
    """[N + 1]: sentence i has the words from starts[i] to starts[i + 1]."""
    return np.cumsum([0, *map(len, rows.words or ())])


def fitted(
    dataset: Dataset, known: Embedded, labelled: np.ndarray, seed: int
) -> tuple[Metrics, np.ndarray]:
    """A model of these sentences: its test scores, and the probabilities of all words' tags."""
    assert known.words is not None
    count, starts = len(dataset.train), starts_of(dataset.train)
    own = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in labelled.tolist()])
    part = replace(dataset, train=some(dataset.train, labelled))
    given = Embedded(
        np.concatenate([known.rows[labelled], known.rows[count:]]),
        np.concatenate([known.words[own], known.words[starts[-1] :]]),
    )
    settings = TrainingSettings.of_preset("quick", "token", epochs=EPOCHS, seed=seed, probe_every=0)
    final = next(r for r in train(part, settings, cache=Given(given)) if isinstance(r, FinalRecord))
    return final.test, head_chances(final.model, known.words[: starts[-1]])


def doubts(chances: np.ndarray) -> np.ndarray:
    """1 - (largest - second largest probability) of each word."""
    top = np.partition(chances, -2, axis=1)[:, -2:]
    found: np.ndarray = 1 - (top[:, 1] - top[:, 0])
    return found


def _surprise(chances: np.ndarray) -> np.ndarray:
    found: np.ndarray = -np.log(np.maximum(chances.max(1), 1e-9))
    return found


def _over(values: np.ndarray, starts: np.ndarray, how: Callable[..., Any]) -> np.ndarray:
    found: np.ndarray = how(values, starts[:-1])
    return found


WAYS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "largest": lambda p, s: _over(doubts(p), s, np.maximum.reduceat),
    "mean": lambda p, s: _over(doubts(p), s, np.add.reduceat) / np.diff(s),
    "sum": lambda p, s: _over(doubts(p), s, np.add.reduceat),
    "least-confident": lambda p, s: _over(_surprise(p), s, np.add.reduceat),
    "least-confident-mean": lambda p, s: _over(_surprise(p), s, np.add.reduceat) / np.diff(s),
}


def scored_by(
    dataset: Dataset, known: Embedded, labelled: np.ndarray, chances: np.ndarray
) -> Scored:
    """What strategies look at: of each sentence the entities of each type that are expected."""
    starts, count = starts_of(dataset.train), len(dataset.train)
    tags = dataset.train.tags or ()
    own = [tags[i] for i in labelled.tolist()]
    return Scored(
        probabilities=np.add.reduceat(chances[:, 1::2], starts[:-1]),
        vectors=known.rows[:count],
        labelled=known.rows[labelled],
        counts=mention_counts(own, len(dataset.classes) - 1),
        hardness=np.zeros(len(labelled)),
        uncertainty=WAYS["largest"](chances, starts),
    )


def labelling(dataset: Dataset, known: Embedded, way: str, seed: int) -> Iterator[dict[str, Any]]:
    """The scores after each batch."""
    starts, random = starts_of(dataset.train), np.random.default_rng(seed)
    labelled = random.permutation(len(dataset.train))[:START]
    types = len(dataset.classes) - 1
    rarest = int(mention_counts(dataset.train.tags or (), types).argmin())
    while True:
        test, chances = fitted(dataset, known, labelled, seed)
        yield {
            "sentences": len(labelled),
            "words": int(np.diff(starts)[labelled].sum()),
            "macro_f1": 100 * test.macro_f1,
            "rarest_f1": 100 * float(test.f1[rarest]),
        }
        if len(labelled) >= END:
            return
        left = np.setdiff1d(np.arange(len(dataset.train)), labelled)
        if way in WAYS:
            chosen = np.argsort(-WAYS[way](chances, starts)[left], kind="stable")[:BATCH]
        else:
            whole = scored_by(dataset, known, labelled, chances)
            chosen = order(whole.of(left), way, BATCH, seed=seed)
        labelled = np.concatenate([labelled, left[chosen]])


def main() -> None:
    """Prints a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--home", default=tempfile.gettempdir() + "/hamr-pool-benchmark")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--ways", nargs="+", default=[*STRATEGIES, *WAYS], choices=[*STRATEGIES, *WAYS]
    )
    parser.add_argument("--shared", help="a folder with mit_restaurant, which is taken then")
    arguments = parser.parse_args()
    if arguments.shared:
        dataset = restaurants(Path(arguments.shared) / "mit_restaurant")
    else:
        dataset = load(DataSettings(source="builtin", task="token"))
    dataset = cut(dataset)
    known = embedded(dataset, Path(arguments.home))
    for way in arguments.ways:
        curves = [[*labelling(dataset, known, way, seed)] for seed in range(arguments.seeds)]
        line: dict[str, Any] = {"data": dataset.name, "way": way}
        for at in SHOWN:
            points = [next(p for p in curve if p["sentences"] == at) for curve in curves]
            for name in ("macro_f1", "rarest_f1", "words"):
                line[f"{name}_at_{at}"] = round(float(np.mean([p[name] for p in points])), 1)
        print(json.dumps(line) if arguments.json else line, flush=True)


if __name__ == "__main__":
    main()
