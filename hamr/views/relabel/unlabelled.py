"""What the model makes of one unlabelled row, and the labelled rows most similar to it.

Axes: P rows of the pool, C classes, N training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.acquisition.orders import Scored, margin, nearby_hardness
from hamr.decisions import as_json, in_words
from hamr.store import Decisions, Run
from hamr.views.relabel.context import TOP, Suggestion
from hamr.views.relabel.unlabelled_sentences import doubts, proposed_label

if TYPE_CHECKING:
    import pandas as pd

NEAREST = 5


def suggestions(run: Run, scored: Scored, row: int) -> tuple[Suggestion, ...]:
    """The model's most probable classes for a row of the pool, best first."""
    chances = scored.probabilities[row].astype(np.float32)
    best = np.argsort(-chances, kind="stable")[:TOP]
    return tuple(Suggestion(run.classes[one], float(chances[one])) for one in best.tolist())


def nearest(run: Run, decisions: Decisions, scored: Scored, row: int) -> pd.DataFrame:
    """The most similar training rows: similarity, current label, text."""
    import pandas as pd

    alike = scored.labelled @ np.asarray(scored.vectors[np.array([row])])[0]
    rows = np.argsort(-alike, kind="stable")[:NEAREST]
    ids, texts = run.rows().ids_and_texts(rows)
    labels = [_shown_as(decisions, row_id) for row_id in ids]
    return pd.DataFrame({"similarity": alike[rows], "label": labels, "text": texts})


def _shown_as(decisions: Decisions, row_id: str) -> str:
    label = decisions.label(row_id)
    return label if isinstance(label, str) else in_words(label, decisions.rows.words_of(row_id))


def prediction(run: Run, decisions: Decisions, scored: Scored, row: int) -> dict[str, Any]:
    """What is recorded with a decision of what the model made of the row."""
    if scored.uncertainty is not None:
        return {
            "prediction": as_json(proposed_label(run, decisions, row)),
            "uncertainty": round(float(scored.uncertainty[row]), 4),
        }
    best = scored.probabilities[row]
    return {
        "prediction": run.classes[int(best.argmax())],
        "probability": round(float(best.max()), 4),
    }


def evidence(run: Run, scored: Scored, row: int) -> list[str]:
    """What the strategies look at, in sentences. Raises StoreError where the cache was cleared."""
    one = scored.of(np.array([row]))
    if scored.uncertainty is None:
        gap = float(margin(one.probabilities)[0])
        first = [f"margin between the two most probable classes: {gap:.2f}"]
    else:
        first = doubts(run, scored.uncertainty, row)
    hard = float(nearby_hardness(one)[0])
    rank = float((scored.hardness < hard).mean())
    return [
        *first,
        f"mean hardness of the most similar training rows: {hard:.2f}, higher than that of "
        f"{100 * rank:.0f} % of all training rows",
    ]
