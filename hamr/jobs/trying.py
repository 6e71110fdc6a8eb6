"""What a run's model says of texts that people type: asked of the helper process, kept for a while.

    asked = answers.tried(run, 8, ["a text"])           # by the model after epoch 8
    asked.answer.done()                 # the page never waits long
    tried_of(["a text"], asked.answer.result()).predictions.labels

Axes: S texts; W words; K nearest training rows; D size of an embedding.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from hamr.errors import StoreError
from hamr.inference.predictions import Predictions
from hamr.jobs.helper import helper_of
from hamr.jobs.meaning import Ranked
from hamr.jobs.model_answers import unpacked
from hamr.neighbours import most_similar
from hamr.store import Run

KEPT = 256  # answers; one of 50 texts has some 100 kB
NEAREST = 5


@dataclass(frozen=True)
class Near:
    """The nearest training rows of texts (`hamr.inference.distance`)."""

    rows: np.ndarray  # [S, K], nearest first; -1 where there are fewer
    similarities: np.ndarray  # [S, K], cosine
    rank: np.ndarray  # [S], share of held-out rows that lie nearer to the training rows
    unlike: tuple[bool, ...]  # whether texts are unlike anything in the training data


@dataclass(frozen=True)
class Tried:
    """Predictions of some texts, and where they are among the rows."""

    texts: tuple[str, ...]
    predictions: Predictions
    cut: tuple[bool, ...]  # whether more of a text may have been left out
    near: Near | None  # None of a very large data set
    vectors: np.ndarray | None  # [S, D], of length 1; only without `near`
    key: str  # of the rows' embeddings in the cache

    def unlike(self, number: int) -> bool:
        """Whether a text is unlike anything in the training data, as far as is known."""
        return self.near is not None and self.near.unlike[number]


@dataclass(frozen=True)
class Explained:
    """What each word adds to a logit (`hamr.inference.attribution`)."""

    words: np.ndarray  # [W], in units of the logit; NaN of a word that was not read
    logit: float  # of the text
    baseline: float  # of the same text with every word blanked out
    rest: float  # of words around the window of a long sentence


@dataclass(frozen=True)
class Asked:
    """A question that the helper was asked."""

    answer: Future[dict[str, Any]]
    since: float  # by time.monotonic


class Answers:
    """The helper's answers, each asked for once however many tabs ask the same."""

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[str, str], Asked] = OrderedDict()
        self._guard = threading.Lock()

    def tried(self, run: Run, epoch: int, texts: Sequence[str]) -> Asked:
        """The predictions of texts, for `tried_of`; a failed answer stays until it is forgotten."""
        return self._ask(run, "predict", epoch=epoch, texts=list(texts))

    def explained(
        self, run: Run, epoch: int, text: str, outputs: Sequence[int], first: int | None = None
    ) -> Asked:
        """What the words of a text add to the logit of a class, or of the tags of the words from
        `first` on; for `explained_of`.
        """
        asked = {"text": text, "outputs": list(map(int, outputs)), "first": first}
        return self._ask(run, "explain", epoch=epoch, **asked)

    def forget(self, run: Run) -> None:
        """Ask again whatever has failed for that run."""
        with self._guard:
            for key, asked in list(self._asked.items()):
                if key[0] == run.id and asked.answer.done() and asked.answer.exception():
                    del self._asked[key]

    def _ask(self, run: Run, do: str, **values: Any) -> Asked:
        key = (run.id, json.dumps([do, values]))
        with self._guard:
            if key not in self._asked:
                answer = helper_of(run.store.home).submit(do, run=run.id, **values)
                self._asked[key] = Asked(answer, time.monotonic())
                while len(self._asked) > KEPT:
                    self._asked.popitem(last=False)
            self._asked.move_to_end(key)
            return self._asked[key]


answers = Answers()  # those of this server


def tried_of(texts: Sequence[str], answer: dict[str, Any]) -> Tried:
    """The predictions that the helper has answered with."""
    starts, near, vectors = answer["starts"], answer["near"], answer["vectors"]
    transitions = answer.get("transitions")
    predictions = Predictions(
        outputs=tuple(answer["outputs"]),
        probabilities=unpacked(answer["probabilities"]),
        starts=None if starts is None else np.array(starts),
        transitions=None if transitions is None else unpacked(transitions),
    )
    return Tried(
        tuple(texts),
        predictions,
        tuple(answer["cut"]),
        None if near is None else _near(near),
        None if vectors is None else unpacked(vectors),
        answer["key"],
    )


def _near(answer: dict[str, Any]) -> Near:
    return Near(
        np.array(answer["rows"], np.int64),
        unpacked(answer["similarities"]),
        unpacked(answer["rank"]),
        tuple(answer["unlike"]),
    )


def explained_of(answer: dict[str, Any]) -> Explained:
    """The attribution that the helper has answered with."""
    words = unpacked(answer["words"])
    return Explained(words, answer["logit"], answer["baseline"], answer["rest"])


def nearest_rows(run: Run, tried: Tried, number: int) -> Ranked:
    """The training rows that are most similar to a text.

    Raises StoreError where the rows' embeddings are gone.
    """
    if tried.near is not None:
        rows = tried.near.rows[number]
        return Ranked(rows[rows >= 0], tried.near.similarities[number][rows >= 0])
    vectors = run.store.cache.get("embeddings", tried.key)
    if vectors is None or tried.vectors is None:
        raise StoreError("the embeddings of its rows are not in the cache; train again")
    with threadpool_limits(1):
        return Ranked(*most_similar(vectors[: len(run.rows())], tried.vectors[number], NEAREST))
