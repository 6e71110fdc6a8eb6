"""The entities that a finished run predicts, compared with the labels of a split."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hamr.decisions import Label
from hamr.entities import spans_of
from hamr.errors import StoreError
from hamr.matching import Entities, Matching, matching
from hamr.records import Split
from hamr.store import Run
from hamr.tasks import features, label_kind


def split_matching(
    run: Run, split: Split, label: Callable[[int], Label] | None = None
) -> Matching | None:
    """Exact, partial and type-only match on validation or test, at the best epoch.

    `label` gives the entities of a row by its index; without it, they are those of the file.
    None for texts, which have no entities. Raises StoreError before the run's end.
    """
    if not features(run.info.task).entities:
        return None
    final = run.final()
    if final is None:
        raise StoreError(
            f"{run.info.name!r} has no predictions yet: they are made when it ends", field="run"
        )
    table, names = run.rows(split), run.info.scored
    kind = label_kind(run.info.task)
    given = label or (lambda row: kind.original(table, row, names))
    found = np.split(final.tags[split], table.word_starts[1:-1])
    return matching(
        [_entities(given(row)) for row in range(len(table))],
        [[(s.start, s.end, names[s.type]) for s in spans_of(tags)] for tags in found],
        names,
    )


def _entities(label: Label) -> Entities:
    """The entities of a sentence's label; a text's class has none."""
    return () if isinstance(label, str) else label
