"""What the model makes of one unlabelled row, and the labelled rows most similar to it.

Axes: P rows of the pool, C classes, N training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hamr.acquisition.orders import Scored, margin, nearby_hardness
from hamr.store import Decisions, Run
from hamr.views.relabel.context import TOP, Suggestion

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
    labels = [decisions.label(row_id) for row_id in ids]
    return pd.DataFrame({"similarity": alike[rows], "label": labels, "text": texts})


def evidence(scored: Scored, row: int) -> list[str]:
    """What the strategies look at, in sentences."""
    one = scored.of(np.array([row]))
    gap = float(margin(one.probabilities)[0])
    hard = float(nearby_hardness(one)[0])
    rank = float((scored.hardness < hard).mean())
    return [
        f"margin between the two most probable classes: {gap:.2f}",
        f"mean hardness of the most similar training rows: {hard:.2f}, higher than that of "
        f"{100 * rank:.0f} % of all training rows",
    ]
