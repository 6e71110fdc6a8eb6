"""What helps to review a row: the model's top labels, the evidence, the nearest rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from hamr.errors import DamagedError, StoreError
from hamr.records import Split
from hamr.store import Run
from hamr.triage import RowIssues, SentenceIssues, entity_evidence_sentences, evidence_sentences
from hamr.views.base.all_rows import AllRows
from hamr.views.relabel.queue import Queue

NEAREST = 8  # neighbours that are shown
TOP = 3  # labels that have a key of their own
BY_EMBEDDING = "by embedding"
ON_MAP = "on the map; embeddings are compared only for hard seeds so far"
NO_EVIDENCE = "No step draws this row, so hardness, weights and draws say nothing about it."
UNKNOWN = "Neighbours are known only for hard seeds so far, and the map is not drawn yet."


@dataclass(frozen=True)
class Suggestion:
    """A label that the model suggests."""

    label: str
    probability: float | None


def suggestions(run: Run, epoch: int, known: AllRows, row: int) -> tuple[Suggestion, ...]:
    """The model's top classes for a text, best first; a run of an older version has only one.

    Of validation and test rows those at the best epoch; none before the run is finished.
    """
    if row >= known.trained:
        return _of_held_out(run, *known.place(row))
    try:
        found = run.arrays(epoch, ["top_classes", "top_probabilities"])
        classes, probabilities = found["top_classes"][row], found["top_probabilities"][row]
        if len(classes):
            pairs = zip(classes.tolist(), probabilities.tolist(), strict=True)
            return tuple(Suggestion(run.classes[c], float(p)) for c, p in pairs)[:TOP]
    except DamagedError:
        raise
    except StoreError:
        pass  # written by an older version
    return (Suggestion(run.classes[int(run.signal("prediction", epoch)[row])], None),)


def as_called(
    found: tuple[Suggestion, ...], called: Mapping[str, str], retired: Collection[str] = ()
) -> tuple[Suggestion, ...]:
    """Suggestions by what their classes are `called` now, those that were merged as one.

    Retired classes, which can't be given, are left out.
    """
    chances: dict[str, float | None] = {}
    for one in found:
        name, more = called.get(one.label, one.label), one.probability
        known = chances.get(name)
        chances[name] = more if known is None else known + (more or 0.0)
    best = sorted(chances.items(), key=lambda item: -(item[1] or 0.0))
    return tuple(Suggestion(name, chance) for name, chance in best if name not in retired)


def _of_held_out(run: Run, split: Split, position: int) -> tuple[Suggestion, ...]:
    final = run.final()
    if final is None:
        return ()
    if split in final.held_out:
        found = final.held_out[split]
        classes, probabilities = (
            found["top_classes"][position],
            found["top_probabilities"][position],
        )
        pairs = zip(classes.tolist(), probabilities.tolist(), strict=True)
        return tuple(Suggestion(run.classes[c], float(p)) for c, p in pairs)[:TOP]
    if split != "test":  # of an older version
        return ()
    best = int(final.test_prediction[position])
    agrees = best == int(run.rows("test").labels[position])
    chance = float(final.test_label_probability[position]) if agrees else None
    return (Suggestion(run.classes[best], chance),)


def evidence(run: Run, epoch: int, row: int, queue: Queue) -> list[str]:
    """The evidence on a row in sentences, the strongest first."""
    if not queue.has_evidence(row):
        return [NO_EVIDENCE]
    if isinstance(queue.issues, SentenceIssues):
        words = AllRows.of(run).words(row)
        sentences = entity_evidence_sentences(queue.issues, row, words, queue.classes)
        return [sentence.replace("`", "") for sentence in sentences]
    if queue.issues is not None:
        sentences = evidence_sentences(queue.issues, row, queue.classes)
        return [sentence.replace("`", "") for sentence in sentences]
    visits = int(run.signal("visits", epoch)[row])
    return [
        f"{queue.score_is} {queue.score[row]:.3f}, rank {queue.rank[row] + 1:,} of "
        f"{len(queue.rank):,} rows",
        f"loss {run.signal('loss', epoch)[row]:.3f} nats after epoch {epoch}",
        f"drawn {visits:,} time{'' if visits == 1 else 's'} in training",
    ]


@dataclass(frozen=True)
class Near:
    """Rows near another one, nearest first."""

    rows: np.ndarray
    similarity: np.ndarray | None  # cosine of the embeddings; None on the map
    how: str  # BY_EMBEDDING, ON_MAP or UNKNOWN


def near(run: Run, epoch: int, row: int, queue: Queue) -> Near:
    """The nearest rows: by embedding where that is known, else on the map."""
    if isinstance(queue.issues, RowIssues):
        known = queue.issues.evidence
        return _by_embedding(known.neighbours[row], known.similarities[row], len(queue.order))
    arrays = run.arrays(epoch, ["seeds", "neighbours", "similarities"])
    own = np.flatnonzero(arrays["seeds"] == row)  # of a row that is not drawn: none
    if own.size:
        seed = own[0]
        return _by_embedding(
            arrays["neighbours"][seed], arrays["similarities"][seed], len(queue.order)
        )
    xy = run.map()
    if xy is None or row >= len(xy):  # the map shows the training rows
        return Near(np.empty(0, np.int64), None, UNKNOWN)
    distance = ((xy - xy[row]) ** 2).sum(1)
    distance[row] = np.inf
    count = min(NEAREST, len(xy) - 1)
    return Near(np.argsort(distance, kind="stable")[:count], None, ON_MAP)


def _by_embedding(rows: np.ndarray, similarity: np.ndarray, row_count: int) -> Near:
    """The nearest rows, of training and validation; -1 is none."""
    known = (rows >= 0) & (rows < row_count)
    return Near(rows[known][:NEAREST], similarity[known][:NEAREST], BY_EMBEDDING)
