"""Search by meaning: the rows of all splits whose embeddings are most similar to a phrase or a row.

Axes: A rows of all splits (`hamr.views.base.all_rows`), D size of an embedding, K rows found.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from hamr.errors import SettingError, StoreError
from hamr.jobs.helper import helper_of
from hamr.jobs.neighbour_evidence import cached_embedding_key
from hamr.jobs.vectors import all_mention_vectors
from hamr.neighbours import most_similar
from hamr.store import Run

TOP = 100  # rows shown unless people ask for another number
MOST = 1_000  # rows that are ranked at all
LONGEST = 2_000  # characters of a phrase; a link holds it
KEPT = 256  # phrases whose embeddings are kept
_ROW = re.compile(r"row:\s*(\d{1,11})", re.I)
_MENTION = re.compile(r"mention:\s*(\d{1,11})", re.I)

Ask = Callable[..., dict[str, Any]]  # as `Helper.ask`


@dataclass(frozen=True)
class Ranked:
    """Rows of all splits, the most similar first."""

    rows: np.ndarray  # [K] indices among the rows of all splits
    similarities: np.ndarray  # [K] float32, cosine, descending
    cut: bool = False  # whether only the beginning of the phrase was read

    def first(self, top: int) -> Ranked:
        """The `top` most similar ones."""
        return Ranked(self.rows[:top], self.similarities[:top], self.cut)


def row_of(like: str) -> int | None:
    """The row that "row:12" names; None where `like` is a phrase."""
    found = _ROW.fullmatch(like.strip())
    return int(found[1]) if found else None


def mention_of(like: str) -> int | None:
    """The entity mention that "mention:12" names (`hamr.jobs.vectors.all_mention_vectors`)."""
    found = _MENTION.fullmatch(like.strip())
    return int(found[1]) if found else None


def checked(phrase: str) -> str:
    """The phrase without blanks around it. Raises SettingError for none, and one too long."""
    phrase = " ".join(phrase.split())
    if not phrase:
        raise SettingError("Type a phrase that says what the rows are about", field="like")
    if len(phrase) > LONGEST:
        raise SettingError(
            f"The phrase has {len(phrase):,} characters, and at most {LONGEST:,} are searched for: "
            "shorten it to what the rows should have in common",
            field="like",
        )
    return phrase


def embed(run: Run, texts: list[str], *, ask: Ask | None = None) -> np.ndarray:
    """The embeddings of new texts by the encoder that embedded the run's rows, [T, D] float32.

    Raises ModelError where the encoder is gone, HelperError where its process ends, StoreError.
    """
    ask = ask or helper_of(run.store.home).ask
    return _vectors(ask("embed", run=run.id, texts=texts))


def by_meaning(run: Run, phrase: str, top: int = TOP, *, ask: Ask | None = None) -> Ranked:
    """The rows of all splits that are most similar to a phrase; waits for the encoder.

    Raises SettingError for an empty or very long phrase, and what `embed` raises.
    """
    ask = ask or helper_of(run.store.home).ask
    return ranked(run, ask("embed", run=run.id, texts=[checked(phrase)]), top)


def similar(run: Run, row: int, top: int = TOP, *, ask: Ask | None = None) -> Ranked:
    """The rows of all splits that are most similar to one of them, itself left out.

    This needs no encoder; in homes of older versions the helper looks up which embeddings are the
    run's. Raises SettingError for a row that there is not, StoreError.
    """
    vectors = _embeddings(run, _key(run, ask))
    if not 0 <= row < len(vectors):
        raise SettingError(
            f"There is no row {row}: rows are numbered 0 to {len(vectors) - 1:,}", field="like"
        )
    return _nearest_to(vectors[row : row + 1], vectors, top, leave_out=row)


def _nearest_to(own: np.ndarray, vectors: np.ndarray, top: int, *, leave_out: int | None) -> Ranked:
    """Those of the vectors that are most similar to one, [1, D]."""
    with threadpool_limits(1):
        return Ranked(*most_similar(vectors, np.asarray(own)[0], top, leave_out=leave_out))


def ranked(run: Run, answer: dict[str, Any], top: int = TOP) -> Ranked:
    """The rows that are most similar to the phrase which the helper has embedded."""
    vectors = _embeddings(run, answer["key"])
    with threadpool_limits(1):
        found = most_similar(vectors, _vectors(answer)[0], top)
    return Ranked(*found, cut=answer["cut"][0])


def similar_mentions(run: Run, like: str, top: int = TOP, *, ask: Ask | None = None) -> Ranked:
    """The entity mentions of all splits that are most similar to "mention:12", itself left out, or
    to the sentence "row:12"; their indices are those of `hamr.jobs.vectors.all_mention_vectors`.

    Raises SettingError for a mention or row that there is not, StoreError.
    """
    key = _key(run, ask)
    vectors, mention, row = all_mention_vectors(run, key), mention_of(like), row_of(like)
    known, kind = (
        (vectors, "entity mention") if mention is not None else (_embeddings(run, key), "row")
    )
    asked = mention if mention is not None else row
    if asked is None or not 0 <= asked < len(known):
        raise SettingError(
            f"There is no {kind} {asked}: they are numbered 0 to {len(known) - 1:,}", field="like"
        )
    return _nearest_to(known[asked : asked + 1], vectors, top, leave_out=mention)


def ranked_mentions(run: Run, answer: dict[str, Any], top: int = TOP) -> Ranked:
    """The entity mentions that are most similar to the phrase which the helper has embedded.

    Both are means of the vectors of words, by the same encoder.
    """
    vectors = all_mention_vectors(run, answer["key"])
    with threadpool_limits(1):
        found = most_similar(vectors, _vectors(answer)[0], top)
    return Ranked(*found, cut=answer["cut"][0])


def note(run: Run, found: Ranked) -> str:
    """What to know about these similarities, in sentences; "" where there is nothing."""
    said = []
    if found.cut:
        length = run.info.settings.training.max_length
        said.append(f"The phrase is long: only its first {length} tokens are searched for.")
    if run.info.settings.training.fine_tunes:
        said.append("Rows are compared by the encoder as it was before this run fine-tuned it.")
    return " ".join(said)


def _key(run: Run, ask: Ask | None) -> str:
    """The key of the run's embeddings; in homes of older versions the helper looks it up."""
    key = cached_embedding_key(run)
    if key is None:
        key = (ask or helper_of(run.store.home).ask)("key", run=run.id)["key"]
    return key


def _vectors(answer: dict[str, Any]) -> np.ndarray:
    flat = np.frombuffer(base64.b64decode(answer["vectors"]), "<f4")
    return flat.reshape(-1, answer["width"])


def _embeddings(run: Run, key: str) -> np.ndarray:
    found = run.store.cache.get("embeddings", key)
    if found is None:
        raise StoreError("the embeddings of its rows are not in the cache; train again")
    return found


@dataclass(frozen=True)
class Asked:
    """A phrase that the helper was asked to embed."""

    answer: Future[dict[str, Any]]  # for `ranked`
    since: float  # by time.monotonic


class Phrases:
    """The phrases that visitors search for, each embedded once however many tabs ask for it."""

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[str, str], Asked] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, run: Run, phrase: str) -> Asked:
        """The phrase with the helper's answer; a failed one stays until it is forgotten.

        Raises SettingError for an empty or very long phrase.
        """
        key = (run.id, checked(phrase))
        with self._guard:
            if key not in self._asked:
                helper = helper_of(run.store.home)
                answer = helper.submit("embed", run=run.id, texts=[key[1]])
                self._asked[key] = Asked(answer, time.monotonic())
                while len(self._asked) > KEPT:
                    self._asked.popitem(last=False)
            self._asked.move_to_end(key)
            return self._asked[key]

    def forget(self, run: Run, phrase: str) -> None:
        """Ask again the next time."""
        with self._guard:
            self._asked.pop((run.id, checked(phrase)), None)


phrases = Phrases()  # those of this server
