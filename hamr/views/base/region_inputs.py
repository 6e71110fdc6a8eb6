"""What the search for hard regions reads of a run: of its texts, or of its entity mentions.

Axes: N training rows or mentions; H validation and test rows; D the width of an embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hamr.entities import Spans
from hamr.errors import DamagedError, StoreError
from hamr.jobs.neighbour_evidence import cached_embedding_key, neighbours_are_cached
from hamr.jobs.vectors import held_out_vectors, mention_vectors, row_vectors, vectors_of_spans
from hamr.regions import HeldOutRows, RegionSignals
from hamr.store import Run
from hamr.tasks import features
from hamr.views.base import mentions
from hamr.views.base.all_rows import AllRows
from hamr.views.base.label_errors import text_label_errors
from hamr.views.base.mention_signals import p_wrong

AROUND = 2  # words before and after a mention that are read with it
NO_ENTITY = "no entity"  # what the model takes a missed mention for


class RegionInputs(Protocol):
    """The rows, or mentions, of a run in which regions are sought."""

    @property
    def labels(self) -> np.ndarray:
        """[N] class numbers."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""

    def vectors(self) -> np.ndarray:
        """The embeddings, [N, D]. Raises StoreError where they are not in the cache."""

    def texts(self) -> Sequence[str]:
        """What each says, [N]."""

    def named_by(self) -> Sequence[str]:
        """What names are made of, [N]."""

    def signals(self, epoch: int, with_label_errors: bool = True) -> RegionSignals:
        """Their signals after an epoch; the probability of a label error takes longest."""

    def held_out(self) -> HeldOutRows | None:
        """Validation and test rows, which may fall in a region."""


def inputs_of(run: Run) -> RegionInputs:
    """Those of a run: its texts; where rows are tagged sentences, their entity mentions."""
    return MentionInputs(run) if features(run.info.task).entities else TextInputs(run)


def missing(run: Run) -> str:
    """What has to be computed, with the encoder's files, before regions can be; "" if nothing."""
    ready = (
        cached_embedding_key(run) is not None
        if features(run.info.task).entities
        else neighbours_are_cached(run)
    )
    if ready:
        return ""
    return (
        "Regions are found among similar rows, and the neighbours of these rows are not computed "
        f'yet. Compute them with: hamr regions "{run.info.name}"'
    )


def _embedding_key(run: Run) -> str:
    key = cached_embedding_key(run)
    if key is None:
        raise StoreError(missing(run), field="run")
    return key


def optional(run: Run, name: str, epoch: int) -> np.ndarray | None:
    """A signal or array that a run of an older version or another method may lack."""
    try:
        return run.array(name, epoch) if name == "seeds" else run.signal(name, epoch)
    except DamagedError:
        raise
    except StoreError:
        return None


@dataclass(frozen=True)
class TextInputs:
    """The training rows of a run on texts, with the labels that it was trained on."""

    run: Run

    @property
    def labels(self) -> np.ndarray:
        """[N] class numbers."""
        return self.run.rows().labels

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.run.classes

    def vectors(self) -> np.ndarray:
        """The embeddings, [N, D]."""
        return row_vectors(self.run, _embedding_key(self.run))

    def texts(self) -> Sequence[str]:
        """The texts."""
        rows = self.run.rows()
        return rows.texts(np.arange(len(rows)))

    def named_by(self) -> Sequence[str]:
        """The texts."""
        return self.texts()

    def signals(self, epoch: int, with_label_errors: bool = True) -> RegionSignals:
        """With the estimated probability that each label is wrong, and that of the label."""
        run, labels = self.run, self.labels
        count, errors = len(labels), text_label_errors(run, epoch) if with_label_errors else None
        return RegionSignals(
            loss=run.signal("loss", epoch),
            predictions=run.signal("prediction", epoch),
            hardness=optional(run, "hardness", epoch),
            p_wrong=None if errors is None else errors.p_wrong[:count],
            p_label=None if errors is None else np.exp(errors.log_p[np.arange(count), labels]),
            pre_weight=optional(run, "pre", epoch),
            post_weight=optional(run, "post", epoch),
            draws=optional(run, "draws", epoch),
            seeds=seeds_of(run, epoch, count),
        )

    def held_out(self) -> HeldOutRows | None:
        """Validation and test rows with the predictions of the best epoch; -1 until the run's end.

        A run of an older version has recorded nothing of its validation rows.
        """
        run, rows = self.run, AllRows.of(self.run)
        if len(rows) == rows.trained:
            return None
        return HeldOutRows(
            rows=np.arange(rows.trained, len(rows)),
            vectors=held_out_vectors(run, _embedding_key(run)),
            labels=rows.labels[rows.trained :],
            predictions=held_out_predictions(run),
            is_test=rows.splits[rows.trained :] == 2,
        )


def seeds_of(run: Run, epoch: int, count: int) -> np.ndarray | None:
    """Whether each training row is a hard seed, [N] bool; None where a run has none."""
    found = optional(run, "seeds", epoch)
    if found is None or not len(found):
        return None
    seeds = np.zeros(count, bool)
    seeds[found] = True
    return seeds


def held_out_predictions(run: Run) -> np.ndarray:
    """The classes predicted for validation and then test rows, -1 where none is known; [H]."""
    final = run.final()
    parts = []
    for split in ("validation", "test"):
        known = None if final is None else final.held_out.get(split)
        if known is not None:
            parts.append(known["top_classes"][:, 0].astype(np.int64))
        elif final is not None and split == "test":
            parts.append(final.test_prediction.astype(np.int64))
        else:
            parts.append(np.full(len(run.rows(split)), -1, np.int64))
    return np.concatenate(parts)


@dataclass(frozen=True)
class MentionInputs:
    """The entity mentions in the training sentences: row m is mention m of `mentions.mentions`.

    Their class is their type. A mention is predicted as the type that the model gives its words,
    or as "no entity"; its loss is that of its hardest word.
    """

    run: Run

    @property
    def labels(self) -> np.ndarray:
        """[M] type numbers."""
        return mentions.mentions(self.run).type.astype(np.int64)

    @property
    def classes(self) -> tuple[str, ...]:
        """The entity types, then what a missed mention is taken for."""
        return (*self.run.info.scored, NO_ENTITY)

    def vectors(self) -> np.ndarray:
        """The mean vector of each mention's words, [M, D]."""
        return mention_vectors(self.run, _embedding_key(self.run))

    def texts(self) -> Sequence[str]:
        """Each mention with the words around it."""
        rows, gold = self.run.rows(), mentions.mentions(self.run)
        first, end = rows.word_starts[gold.row], rows.word_starts[np.asarray(gold.row) + 1]
        return rows.phrases(
            np.maximum(gold.start - AROUND, first), np.minimum(gold.end + AROUND, end)
        )

    def named_by(self) -> Sequence[str]:
        """The words of each mention."""
        return mentions.texts(self.run)

    def signals(self, epoch: int, with_label_errors: bool = True) -> RegionSignals:
        """Those of the mentions; weights and draws are of their sentences.

        Without the hardness of their sentences, which says nothing of one mention among others.
        """
        run, gold = self.run, mentions.mentions(self.run)
        found = mentions.answers(run, epoch)
        types = np.append(found.predicted.type, len(run.info.scored))  # the last one: missed
        rows = np.asarray(gold.row)

        def of_sentence(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[rows]

        return RegionSignals(
            loss=mentions.losses(run, epoch),
            predictions=types[found.which].astype(np.int64),
            p_wrong=p_wrong(run, epoch)[: len(rows)] if with_label_errors else None,
            pre_weight=of_sentence(optional(run, "pre", epoch)),
            post_weight=of_sentence(optional(run, "post", epoch)),
            draws=of_sentence(optional(run, "draws", epoch)),
        )

    def held_out(self) -> HeldOutRows | None:
        """The mentions in validation and test rows, with the predictions of the best epoch.

        As entities are scored: a mention is predicted as a type where the model gives that type to
        exactly its words, and else missed; predicted entities with other words have no label.
        """
        run, every = self.run, mentions.all_mentions(self.run)
        trained = len(run.rows())
        gold = Spans(*(part[every.row >= trained] for part in every))
        if not len(gold.row):
            return None
        known, missed = mentions.held_out_answers(run), len(run.info.scored)
        said, extra = np.full(len(gold.row), -1), Spans(*(part[:0] for part in gold))
        if known is not None:
            said, extra = mentions.exactly(gold, known.predicted, missed)
        vectors = vectors_of_spans(run, _embedding_key(run), Spans(*map(np.append, gold, extra)))
        first_test = trained + len(run.rows("validation"))
        none = np.full(len(extra.row), -1)
        return HeldOutRows(
            rows=np.append(np.arange(len(every.row) - len(gold.row), len(every.row)), none),
            vectors=vectors,
            labels=np.append(gold.type, none),
            predictions=np.append(said, extra.type),
            is_test=np.append(gold.row, extra.row) >= first_test,
        )
