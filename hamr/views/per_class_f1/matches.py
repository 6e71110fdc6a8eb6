"""Exact, partial and type-only match as tables."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from hamr.matching import WAYS, Match, Matching
from hamr.records import Metrics
from hamr.store import Run
from hamr.views.base.labels import Scored
from hamr.views.base.matching import split_matching

STRICT = "words and type"


def match_table(run: Run, split: str, of_type: str | None = None) -> pd.DataFrame:
    """One line for each way of counting, of all entities or of one type, at the best epoch.

    The first line is seqeval's over all entities (the micro mean), or that of the type.
    Raises StoreError before the run's end, and for texts.
    """
    found, final = _matching(run, split), run.final()
    assert final is not None  # else there is no matching
    metrics = final.test if split == "test" else final.validation
    matches = found.overall if of_type is None else found.by_type[of_type]
    strict = _strict(metrics, run.info.scored, of_type)
    return pd.DataFrame([strict, *(_line(way, matches) for way in WAYS)])


def type_matches(run: Run, split: str) -> pd.DataFrame:
    """F1 of each type, the rarest first: seqeval's, then exact, partial and type-only match."""
    found, final, scored = _matching(run, split), run.final(), Scored.of(run)
    assert final is not None
    metrics = final.test if split == "test" else final.validation
    order = scored.rarest_first()
    names = [scored.names[c] for c in order]
    return pd.DataFrame(
        {
            scored.one: names,
            STRICT: metrics.f1[order].astype(float),
            **{way: [found.by_type[name][way].f1 for name in names] for way in WAYS},
        }
    )


def _matching(run: Run, split: str) -> Matching:
    found = split_matching(run, "test" if split == "test" else "validation")
    assert found is not None  # asked of entities alone
    return found


def _line(way: str, matches: Mapping[str, Match]) -> dict[str, object]:
    found = matches[way]
    return {"match": way, "precision": found.precision, "recall": found.recall, "F1": found.f1}


def _strict(metrics: Metrics, names: tuple[str, ...], of_type: str | None) -> dict[str, object]:
    """Entities whose words and type are right: counted from the confusion of types."""
    confusion = metrics.confusion
    rows = range(len(names)) if of_type is None else [names.index(of_type)]
    right = sum(int(confusion[c, c]) for c in rows)
    actual = sum(int(confusion[c].sum()) for c in rows)
    predicted = sum(int(confusion[:, c].sum()) for c in rows)
    return {
        "match": STRICT,
        "precision": right / predicted if predicted else 0.0,
        "recall": right / actual if actual else 0.0,
        "F1": 2 * right / (actual + predicted) if actual + predicted else 0.0,
    }
