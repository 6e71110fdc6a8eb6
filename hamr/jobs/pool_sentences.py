"""What a run's model makes of unlabelled sentences: the entities it proposes, and how sure it is.

The cache has of each part of the pool the tags of all its words, chosen as the run chooses those
of its own sentences, how uncertain each of them is, and the entities of each type that are expected
in a sentence. Entities are shown by the tags, and counted for strategies by what is expected.

Axes: P sentences of the pool, N of a part of it, W words of these, one sentence after another; T
entity types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from hamr.decisions import Corrections
from hamr.entities import Span, all_spans, spans_of
from hamr.jobs.pool_cache import Chunk, chunks_of, pool_of
from hamr.store import Run

if TYPE_CHECKING:
    from hamr.inference import Predictor

Entities = tuple[tuple[int, int, str], ...]  # first word, word after the last, type
KINDS = STARTS, TAGS, DOUBTS, EXPECTED = (
    "pool_word_starts", "pool_word_tags", "pool_word_doubts", "pool_expected_entities",
)  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """What the model makes of one sentence of w words."""

    spans: list[Span]  # types as numbers
    doubt: np.ndarray  # [w] float32, see `word_doubt`

    def label(self, types: Sequence[str], called: Mapping[str, str]) -> Entities:
        """The entities as decisions have them, by what the run's types are `called` now."""
        names = [called.get(name, name) for name in types]
        return tuple((span.start, span.end, names[span.type]) for span in self.spans)


def word_doubt(probabilities: Float[np.ndarray, "w c"]) -> Float[np.ndarray, " w"]:
    """1 - (largest - second largest probability) of each word's tags: 0 where the model is sure, 1
    where two tags are equally probable (margin sampling, Scheffer et al. 2001), [W] float32.
    """
    top = np.partition(probabilities, -2, axis=1)[:, -2:].astype(np.float32)
    found: np.ndarray = 1 - (top[:, 1] - top[:, 0])
    return found


def uncertainty_of(
    doubts: Float[np.ndarray, " w"], starts: Int[np.ndarray, " n1"]
) -> Float[np.ndarray, " n"]:
    """The largest `word_doubt` of each sentence's words, [N] float32: a sentence is as uncertain as
    its least certain word (the smallest margin: Info_Min of Shen et al. 2004, *Multi-criteria-based
    active learning for named entity recognition*, over all words), as the margin of a training
    sentence is the smallest of its words. Sentence i has the words from starts[i] to starts[i + 1].
    """
    found: np.ndarray = np.maximum.reduceat(doubts.astype(np.float32), starts[:-1])
    return found


def expected_of(
    probabilities: Float[np.ndarray, "w c"], starts: Int[np.ndarray, " n1"]
) -> Float[np.ndarray, "n t"]:
    """How many entities of each of T types each sentence is expected to hold: the probabilities
    that its words begin one, summed, [N, T] float32. The c outputs are O, B and I of each type.
    """
    found: np.ndarray = np.add.reduceat(probabilities[:, 1::2], starts[:-1]).astype(np.float32)
    return found


# --- for a process with torch ---


def score_sentences(run: Run, chunk: Chunk, model: Predictor) -> np.ndarray:
    """Keep the tags and doubts of the words of a part of the pool; what the model's last layers
    read of each of its n sentences, [n, D] float16 of length 1.
    """
    kept: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    kept[STARTS], vectors = [np.zeros(1, np.int64)], []
    for sentences in chunk.sentences():
        found = model.predict(sentences, embeddings=True)
        assert found.starts is not None and found.embeddings is not None  # as asked, of sentences
        kept[STARTS].append(found.starts[1:] + kept[STARTS][-1][-1])
        kept[TAGS].append(found.numbers.astype(np.int16))
        kept[DOUBTS].append(word_doubt(found.probabilities).astype(np.float16))
        kept[EXPECTED].append(expected_of(found.probabilities, found.starts).astype(np.float16))
        vectors.append(found.embeddings.astype(np.float16))
    for kind, parts in kept.items():
        run.store.cache.put(kind, chunk.chances_key, np.concatenate(parts))
    return np.concatenate(vectors)


# --- for everybody ---


def is_scored(run: Run, chunk: Chunk) -> bool:
    """Whether all is kept of a part of the pool."""
    return all(run.store.cache.has(kind, chunk.chances_key) for kind in KINDS)


def uncertainty(run: Run) -> np.ndarray | None:
    """That of each sentence of the pool (`uncertainty_of`), [P] float32; None where not all are
    scored.
    """
    return _of_all(run, DOUBTS, uncertainty_of)


def expected_entities(run: Run) -> np.ndarray | None:
    """Those of each type in each sentence of the pool (`expected_of`), [P, T] float16; None where
    not all are scored.
    """
    chunks = chunks_of(run, pool_of(run))
    found = [run.store.cache.get(EXPECTED, chunk.chances_key) for chunk in chunks]
    known = [np.asarray(part) for part in found if part is not None]
    none = np.empty((0, len(run.info.scored)), np.float16)
    return np.concatenate([none, *known]) if len(known) == len(found) else None


def entities_by_type(run: Run, corrections: Corrections | None) -> np.ndarray:
    """The entities of each type in the training sentences, and in those that were added since and
    have a label in `corrections`, [T].
    """
    types, rows = run.info.scored, run.rows()
    counts = np.bincount(all_spans(rows.all_tags, rows.word_starts).type, minlength=len(types))
    for label in corrections.added.values() if corrections else ():
        for _, _, kind in () if isinstance(label, str) else label:
            if kind in types:
                counts[types.index(kind)] += 1
    return counts


def entity_counts(run: Run) -> np.ndarray | None:
    """How many entities the model proposes in each sentence of the pool, [P] int; None where not
    all are scored.
    """
    return _of_all(run, TAGS, _entities)


def _entities(tags: np.ndarray, starts: np.ndarray) -> np.ndarray:
    parts = np.split(tags, starts[1:-1])
    return np.array([len(spans_of(own)) for own in parts], np.int64)


def _of_all(
    run: Run, kind: str, what: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray | None:
    """What follows from the kept words of each part of the pool and where its sentences start."""
    cache, found = run.store.cache, []
    for chunk in chunks_of(run, pool_of(run)):
        words, starts = (cache.get(one, chunk.chances_key) for one in (kind, STARTS))
        if words is None or starts is None:
            return None
        found.append(what(np.asarray(words), np.asarray(starts)))
    return np.concatenate(found) if found else np.empty(0, np.float32)


def proposal(run: Run, row: int) -> Proposal | None:
    """What the model makes of a sentence by its index in the pool; None where it is not scored."""
    cache = run.store.cache
    for chunk in chunks_of(run, pool_of(run)):
        if not chunk.start <= row < chunk.end:
            continue
        parts = [cache.get(kind, chunk.chances_key) for kind in (STARTS, TAGS, DOUBTS)]
        if parts[0] is None or parts[1] is None or parts[2] is None:
            return None
        first, end = (int(at) for at in parts[0][row - chunk.start : row - chunk.start + 2])
        doubt = np.asarray(parts[2][first:end], np.float32)
        return Proposal(spans_of(np.asarray(parts[1][first:end])), doubt)
    return None
