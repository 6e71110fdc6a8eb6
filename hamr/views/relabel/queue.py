"""The training rows in the order in which they are worth a look, and what is shown of each.

Where the evidence is known (`neighbour_evidence`, of tagged sentences `tag_statistics_of`),
`hamr.triage` gives issue type, score, estimate and sentences. Until then, rows are ordered by
hardness, rows of equal hardness by loss; the knee is where hard rows begin, and the readings are
those of *Hard or just drawn*. The model's top classes are its prediction alone where a run of an
older version has no more.

Axes: N training rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hamr.decisions import State
from hamr.errors import DamagedError, StoreError
from hamr.store import Run
from hamr.triage import (
    ISSUE_TYPES,
    SENTENCE_ISSUE_TYPES,
    NeighbourEvidence,
    RowIssues,
    SentenceIssues,
    TagStatistics,
    entity_evidence_sentences,
    evidence_sentences,
    find_issues,
    find_sentence_issues,
)
from hamr.views.base import recency
from hamr.views.base.current_labels import InForce, relearned, under
from hamr.views.base.hard_rows import threshold
from hamr.views.relabel.issues import run_signals, word_signals

NEAREST = 8  # neighbours that are shown beside a row
TOP = 3  # labels that have a key of their own

UNDECIDED, MINE, CONFLICTS, UNSURE, DECIDED, ALL = SHOWN = (
    "not yet judged",
    "not yet judged by me",
    "only conflicts",
    "unsure",
    "judged",
    "all rows",
)


@dataclass(frozen=True)
class Queue:
    """All rows with reading and score; the likely wrong ones first."""

    order: np.ndarray  # [N] rows, the one most worth a look first
    score: np.ndarray  # [N] by row
    reading: np.ndarray  # [N] by row, a number of one of the readings
    readings: tuple[str, ...]
    knee: int  # how many of the first rows stand above it
    by: str  # what the score is, on screen
    judged: RowIssues | SentenceIssues | None = None  # None: ordered by hardness
    classes: tuple[str, ...] = ()  # that readings and evidence speak of

    @cached_property
    def rank(self) -> np.ndarray:
        """Each row's place in the order, [N]."""
        rank = np.empty(len(self.order), np.int64)
        rank[self.order] = np.arange(len(self.order))
        return rank

    def named(self, row: int, classes: tuple[str, ...]) -> str:
        """The row's reading in words."""
        if self.judged is not None:
            return self.judged.name(row, classes).replace("`", "")
        return self.readings[self.reading[row]]


def queue(
    run: Run,
    epoch: int,
    around: NeighbourEvidence | TagStatistics | None = None,
    given: InForce | None = None,
) -> Queue:
    """The queue as an epoch leaves it; `around` and `given` tell of the labels in force.

    Without `given`, and where rows are sentences, it judges the labels of the training.
    """
    if isinstance(around, TagStatistics):
        sentences = find_sentence_issues(around, word_signals(run, epoch))
        return _judged(sentences, SENTENCE_ISSUE_TYPES, "log-odds of a wrong entity", run.classes)
    if around is not None and run.info.task != "token":
        known, names = run_signals(run, epoch), run.classes
        if given is not None:
            known, names = relearned(run, epoch, known, given), given.names
        return _judged(find_issues(around, known), ISSUE_TYPES, "log-odds of a wrong label", names)
    hardness, loss = run.signal("hardness", epoch), run.signal("loss", epoch)
    order = np.lexsort((-loss, -hardness))
    knee = int((hardness >= threshold(run, epoch)).sum()) if np.ptp(hardness) > 1e-6 else 0
    reading = recency.readings(run, epoch)
    return Queue(order, hardness, reading, recency.READINGS, knee, "hardness", classes=run.classes)


def _judged(
    found: RowIssues | SentenceIssues, readings: tuple[str, ...], by: str, classes: tuple[str, ...]
) -> Queue:
    """The queue by label-error score."""
    said = found.label_errors
    return Queue(
        said.order, said.score, found.issue_type, readings, said.estimated_count, by, found, classes
    )


@dataclass(frozen=True)
class Ids:
    """The ids of the training rows, and their places."""

    ids: tuple[str, ...]

    @cached_property
    def place(self) -> dict[str, int]:
        """Row by id."""
        return {row_id: row for row, row_id in enumerate(self.ids)}


def ids(run: Run) -> Ids:
    """Those of a run."""
    rows = run.rows()
    return Ids(tuple(rows.ids(np.arange(len(rows)))))


@dataclass(frozen=True)
class Wanted:
    """Which rows of the queue to show. Empty fields leave every row in."""

    shown: str = UNDECIDED  # one of SHOWN
    query: str = ""
    labels: tuple[str, ...] = ()  # by the label in force; of sentences by the rarest type
    reading: int | None = None
    rows: np.ndarray | None = None  # of a lasso


def matching(
    run: Run,
    found: Queue,
    known: Ids,
    states: Mapping[str, State],
    now: InForce,
    wanted: Wanted,
    annotator: str,
) -> np.ndarray:
    """The rows that are wanted, in the queue's order; those that the annotator skipped last."""
    keep = np.ones(len(found.order), bool)
    if wanted.rows is not None:
        keep[:] = False
        keep[wanted.rows] = True
    if wanted.query.strip():
        hits = np.zeros(len(keep), bool)
        hits[run.rows().search(wanted.query.strip())] = True
        keep &= hits
    if wanted.reading is not None:
        keep &= found.reading == wanted.reading
    own = {known.place[row]: state for row, state in states.items() if row in known.place}
    if wanted.labels:
        keep &= np.isin(under(run, now), wanted.labels)
    keep &= _shown(wanted.shown, len(keep), own, annotator)
    rows = found.order[keep[found.order]]
    skipped = {row: when for row, state in own.items() if (when := _skipped(state, annotator))}
    if not skipped:
        return rows
    late = np.array([skipped.get(row, 0) for row in rows.tolist()])
    return rows[np.argsort(late, kind="stable")]


def _shown(shown: str, count: int, own: Mapping[int, State], annotator: str) -> np.ndarray:
    """Which rows that choice holds, [N] bool; a skipped one is not judged."""
    base = shown in (UNDECIDED, MINE, ALL)
    keep = np.full(count, base)
    for row, state in own.items():
        judged = state.kind not in (None, "skip")
        if shown == MINE:
            judged = any(j.annotator == annotator and j.kind != "skip" for j in state.judgements)
        keep[row] = {
            UNDECIDED: not judged,
            MINE: not judged,
            CONFLICTS: state.conflict,
            UNSURE: state.kind == "unsure",
            DECIDED: judged,
            ALL: True,
        }[shown]
    return keep


def _skipped(state: State, annotator: str) -> int:
    """The version at which the annotator skipped the row; 0 if they did not."""
    own = (j.version for j in state.judgements if j.annotator == annotator and j.kind == "skip")
    return max(own, default=0)


@dataclass(frozen=True)
class Suggestion:
    """A label that the model proposes."""

    label: str
    probability: float | None


def suggestions(run: Run, epoch: int, row: int) -> tuple[Suggestion, ...]:
    """The model's top classes for a row of texts, best first."""
    try:
        found = run.arrays(epoch, ["top_classes", "top_probabilities"])
        top, chance = found["top_classes"][row], found["top_probabilities"][row]
        if len(top):
            pairs = zip(top.tolist(), chance.tolist(), strict=True)
            return tuple(Suggestion(run.classes[c], float(p)) for c, p in pairs)[:TOP]
    except DamagedError:
        raise
    except StoreError:
        pass  # written by an older version
    return (Suggestion(run.classes[int(run.signal("prediction", epoch)[row])], None),)


def told(run: Run, epoch: int, row: int, found: Queue) -> list[str]:
    """The evidence on a row in sentences, the most telling ones first."""
    if isinstance(found.judged, SentenceIssues):
        words = run.rows().words(row)
        told = entity_evidence_sentences(found.judged, row, words, run.classes)
        return [one.replace("`", "") for one in told]
    if found.judged is not None:
        return [
            one.replace("`", "") for one in evidence_sentences(found.judged, row, found.classes)
        ]
    visits = int(run.signal("visits", epoch)[row])
    return [
        f"hardness {run.signal('hardness', epoch)[row]:.3f}, number {found.rank[row] + 1:,} of "
        f"{len(found.rank):,} rows",
        f"loss {run.signal('loss', epoch)[row]:.3f} nats after epoch {epoch}",
        f"drawn {visits:,} time{'' if visits == 1 else 's'}",
    ]


@dataclass(frozen=True)
class Near:
    """Rows near another one, nearest first."""

    rows: np.ndarray
    similarity: np.ndarray | None  # cosine of the embeddings; None where only the map tells
    how: str


def near(run: Run, epoch: int, row: int, found: Queue) -> Near:
    """The nearest rows: by embedding where that is known, else on the map."""
    if isinstance(found.judged, RowIssues):
        around = found.judged.evidence
        known = (around.neighbours[row] >= 0) & (around.neighbours[row] < len(found.order))
        rows = around.neighbours[row][known][:NEAREST]
        return Near(rows, around.similarities[row][known][:NEAREST], "by embedding")
    arrays = run.arrays(epoch, ["seeds", "neighbours", "similarities"])
    own = np.flatnonzero(arrays["seeds"] == row)
    if own.size:
        rows = arrays["neighbours"][own[0]]
        known = rows >= 0
        return Near(rows[known][:NEAREST], arrays["similarities"][own[0]][known][:NEAREST],
                    "by embedding")  # fmt: skip
    xy = run.map()
    if xy is None:
        return Near(np.empty(0, np.int64), None, "no hard seed, and the map is not drawn yet")
    away = ((xy - xy[row]) ** 2).sum(1)
    away[row] = np.inf
    count = min(NEAREST, len(xy) - 1)
    return Near(np.argsort(away, kind="stable")[:count], None, "on the map, as it is no hard seed")
