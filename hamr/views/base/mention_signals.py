"""What a token run knows of each entity mention, from its words.

Axes: M mentions in the training rows; A mentions of all splits (`hamr.views.base.mentions`).
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from hamr.entities import Spans
from hamr.errors import StoreError
from hamr.records import SPLITS
from hamr.store import Run
from hamr.triage import estimate_sentence_errors
from hamr.views.base import mentions
from hamr.views.base.issue_signals import tag_statistics, word_signals

KEPT = "mention_label_errors"  # kind in the cache
VERSION = 2  # part of the keys: raise it when the estimate changes


def p_wrong(run: Run, epoch: int) -> np.ndarray:
    """The estimated probability that each mention's type or border is wrong, or all, [A] float32.

    Kept in the cache on disk, since the estimate takes seconds.
    """
    cache, info = run.store.cache, run.info  # held-out losses are known at the end
    key = repr((VERSION, run.id, info.started, epoch, info.status == "finished"))
    kept = cache.get(KEPT, key)
    if kept is not None:
        return np.asarray(kept)
    errors = estimate_sentence_errors(tag_statistics(run), word_signals(run, epoch))
    found = errors.p_entity.astype(np.float32)
    with suppress(StoreError):  # of a home that can't be written to
        cache.put(KEPT, key, found)
    return found


def held_out_losses(run: Run) -> np.ndarray:
    """The highest loss among the words of each validation and test mention, [A - M], nats.

    By the best epoch's model; NaN until the run is finished.
    """
    final, tables = run.final(), [run.rows(split) for split in SPLITS]
    known = {} if final is None else final.held_out
    parts = [np.full(int(tables[0].word_starts[-1]), np.nan)]
    for split, table in zip(SPLITS[1:], tables[1:], strict=True):
        unknown = np.full(int(table.word_starts[-1]), np.nan)
        parts.append(known.get(split, {}).get("word_loss", unknown).astype(np.float64))
    every = mentions.all_mentions(run)
    held_out = Spans(*(part[every.row >= len(tables[0])] for part in every))
    return highest(np.concatenate(parts), held_out)


def label_probability(run: Run, epoch: int) -> np.ndarray:
    """The probability of the right tag of each mention's hardest word, [M]."""
    found: np.ndarray = np.exp(-mentions.losses(run, epoch).astype(np.float64))
    return found


def highest(values: np.ndarray, spans: Spans) -> np.ndarray:
    """The highest of the values of each span's words."""
    # Every second stretch is a span; the others are what lies between two of them.
    edges = np.stack([spans.start, spans.end], axis=1).ravel()
    found: np.ndarray = values[:0]
    return np.maximum.reduceat(np.append(values, 0), edges)[::2] if len(edges) else found
