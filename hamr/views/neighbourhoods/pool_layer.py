"""The unlabelled rows that the map shows among the rows of the data, and what is said of each.

Axes: P rows of the pool, S of them that are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hamr.jobs.pool_history import history
from hamr.jobs.pool_places import pool_places, rows_shown
from hamr.jobs.pool_scores import are_sentences, probabilities, probabilities_of
from hamr.jobs.pool_sentences import Proposal, entity_counts, proposal, uncertainty
from hamr.legible import legible, legible_name
from hamr.store import Run
from hamr.store.pools import Pool
from hamr.views.base.places import places
from hamr.views.base.pool_history import facts as history_facts
from hamr.views.base.tips import Fact

NOT_SCORED = "not scored by this run's model"


@dataclass(frozen=True)
class PoolLayer:
    """The rows of a pool that the map shows."""

    rows: np.ndarray  # [S] their indices in the pool, ascending
    xy: np.ndarray  # [S, 2]
    facts: tuple[Fact, ...]  # of each, by the run's model

    def without_decision(self, waiting: np.ndarray) -> PoolLayer:
        """The rows that are left to decide on, which `waiting` [P] bool marks in the pool."""
        own = waiting[self.rows]
        if own.all():
            return self
        facts = tuple(
            Fact(fact.title, fact.values[own], fact.kind, fact.names) for fact in self.facts
        )
        return PoolLayer(self.rows[own], self.xy[own], facts)

    @cached_property
    def points(self) -> dict[int, int]:
        """The point of each row."""
        return {row: point for point, row in enumerate(self.rows.tolist())}


def pool_layer(run: Run, epoch: int, pool: Pool) -> PoolLayer | None:
    """The rows of a pool at their places on the map of an epoch; None until they are placed and
    scored by the run's model.
    """
    drawn = places(run, epoch)
    xy = None if drawn is None else pool_places(run, drawn.xy)
    if xy is None:
        return None
    rows = rows_shown(len(pool))
    facts = _of_sentences(run, rows) if are_sentences(run) else _of_texts(run, rows)
    return None if facts is None else PoolLayer(rows, xy, facts)


def _of_texts(run: Run, rows: np.ndarray) -> tuple[Fact, ...] | None:
    chances = probabilities(run)
    if chances is None:
        return None
    own = chances[rows].astype(np.float32)
    facts = (
        Fact("prediction", own.argmax(1), "name", run.classes),
        Fact("probability", own.max(1), "share"),
    )
    moved = history(run, rows)
    return facts if moved is None else facts + history_facts(moved)


def _of_sentences(run: Run, rows: np.ndarray) -> tuple[Fact, ...] | None:
    doubt, counts = uncertainty(run), entity_counts(run)
    if doubt is None or counts is None:
        return None
    return (
        Fact("proposed entities", counts[rows].astype(np.float32)),
        Fact("uncertainty", doubt[rows]),
    )


def verdict(run: Run, pool: Pool, row: int) -> str:
    """Where an unlabelled row comes from and what the model makes of it, for the line above it."""
    row_id = pool.row_id(row)
    place = f"{legible(pool.part(row).name, 60)}, row {pool.decisions.pool.place(row_id):,}"
    if are_sentences(run):
        found = proposal(run, row)
        return f"{place} · {NOT_SCORED}" if found is None else f"{place} · {_proposed(found)}"
    chances = probabilities_of(run, row)
    if chances is None:
        return f"{place} · {NOT_SCORED}"
    best = int(chances.argmax())
    return f"{place} · predicted {legible_name(run.classes[best])} ({100 * chances[best]:.0f} %)"


def _proposed(found: Proposal) -> str:
    entities = len(found.spans)
    return f"the model proposes {entities} {'entity' if entities == 1 else 'entities'}"
