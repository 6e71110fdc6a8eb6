"""How the predictions of unlabelled rows move over the epochs of a run.

A run whose encoder stays as it is keeps the head of each epoch (`EpochRecord.head`), and the
process that scores the rows applies all of them. Of a run that fine-tunes, only the models of the
best and the last epochs are kept: its rows are scored by the best one alone, and have no history.

Axes: E epochs whose heads are kept, P rows of the pool, C classes, D size of an embedding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hamr.jobs.pool_cache import Chunk, chunks_of, pool_of
from hamr.store import Run
from hamr.tasks import features

CLASSES, CHANCES, ENTROPY = "pool_epoch_classes", "pool_epoch_probabilities", "pool_vote_entropy"


@dataclass(frozen=True)
class History:
    """What the model of each epoch makes of one row, or of several."""

    epochs: tuple[int, ...]  # [E], ascending
    classes: np.ndarray  # [E, ...] int16, the most probable class
    chances: np.ndarray  # [E, ...] float32, of the class that the best epoch's model predicts

    @property
    def changes(self) -> np.ndarray:
        """How often the prediction is another one than that of the kept epoch before, [...]."""
        return np.asarray((self.classes[1:] != self.classes[:-1]).sum(0))

    @property
    def since(self) -> np.ndarray:
        """The kept epoch from which on the prediction is that of the last one, [...]."""
        other = self.classes != self.classes[-1]
        last = np.where(other.any(0), len(other) - 1 - other[::-1].argmax(0), -1)
        found: np.ndarray = np.asarray(self.epochs)[last + 1]
        return found


def head_chances(weights: Mapping[str, np.ndarray], vectors: np.ndarray) -> np.ndarray:
    """The softmax of W2 relu(W1 x + b1) + b2, as `hamr.models.Head` computes it, [n, C] float32."""
    own = {name: np.asarray(array, np.float32) for name, array in weights.items()}
    hidden = vectors.astype(np.float32) @ own["lower.weight"].T + own["lower.bias"]
    logits = np.maximum(hidden, 0) @ own["upper.weight"].T + own["upper.bias"]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    found: np.ndarray = powers / powers.sum(1, keepdims=True)
    return found


def vote_entropy(classes: Int[np.ndarray, "e n"], count: int) -> Float[np.ndarray, " n"]:
    """-sum_c v_c / E * log(v_c / E), nats: how far the E models disagree on each row, where v_c of
    them name class c (Dagan and Engelson 1995), [n] float32.
    """
    found = np.zeros(classes.shape[1], np.float32)
    for one in range(count):
        share = (classes == one).mean(0, dtype=np.float32)
        found -= share * np.log(np.where(share > 0, share, 1))
    return found


def keep_history(run: Run, chunk: Chunk, vectors: np.ndarray, chances: np.ndarray) -> None:
    """Apply the head of each epoch to a part of the pool, whose embeddings [n, D] and probabilities
    by the best epoch [n, C] are given; nothing for a run that keeps no heads.
    """
    cache, epochs = run.store.cache, sorted(run.heads())
    if not epochs or cache.has(ENTROPY, chunk.history_key):
        return
    best, everyone = chances.argmax(1), np.arange(len(chances))
    classes = np.empty((len(epochs), len(chances)), np.int16)
    own = np.empty((len(epochs), len(chances)), np.float16)
    for at, epoch in enumerate(epochs):
        of_epoch = head_chances(run.head(epoch), vectors)
        classes[at], own[at] = of_epoch.argmax(1), of_epoch[everyone, best]
    cache.put(CLASSES, chunk.history_key, classes)
    cache.put(CHANCES, chunk.history_key, own)
    cache.put(ENTROPY, chunk.history_key, vote_entropy(classes, chances.shape[1]))


def history(run: Run, rows: np.ndarray) -> History | None:
    """That of some rows, [E, len(rows)]; None where it is not kept."""
    epochs, cache = tuple(sorted(run.heads())), run.store.cache
    classes = np.empty((len(epochs), len(rows)), np.int16)
    chances = np.empty((len(epochs), len(rows)), np.float32)
    for chunk in chunks_of(run, pool_of(run)) if epochs else ():
        own = np.flatnonzero((rows >= chunk.start) & (rows < chunk.end))
        if not len(own):
            continue
        parts = [cache.get(kind, chunk.history_key) for kind in (CLASSES, CHANCES)]
        if parts[0] is None or parts[1] is None:
            return None
        classes[:, own] = np.asarray(parts[0])[:, rows[own] - chunk.start]
        chances[:, own] = np.asarray(parts[1])[:, rows[own] - chunk.start]
    return History(epochs, classes, chances) if epochs else None


def disagreement(run: Run) -> np.ndarray | None:
    """The `vote_entropy` of the epochs' models on each row of the pool, [P]; None where it is not
    kept of all.
    """
    chunks = list(chunks_of(run, pool_of(run)))
    parts = [run.store.cache.get(ENTROPY, chunk.history_key) for chunk in chunks]
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known and len(known) == len(parts) else None


def why_none(run: Run) -> str:
    """Why the rows of a run have no history, in a sentence; "" where they may have one."""
    if features(run.info.task).entities:
        return (
            "Sentences are scored by the model of the run's best epoch alone "
            f"({run.info.best_epoch}), so they have no predictions over the epochs."
        )
    if run.info.settings.training.fine_tunes:
        return (
            "This run fine-tunes its encoder and keeps the models of its best and last epochs "
            f"only: unlabelled rows are scored by that of the best epoch ({run.info.best_epoch})."
        )
    if not run.heads():
        return (
            "This run kept no models of its earlier epochs, as older versions did not: unlabelled "
            f"rows are scored by that of the best epoch ({run.info.best_epoch})."
        )
    return ""
