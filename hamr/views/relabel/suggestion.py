"""What a row's label would be instead, where the evidence prefers another one.

Of a text that is the likeliest other class, of a sentence its tags with the doubtful entity
mended. Both come from the evidence that ranks the queue, so a suggestion agrees with the issue
type beside it.

Axes: A rows of all splits, w words of a sentence.
"""

from __future__ import annotations

import numpy as np

from hamr.entities import spans_of, tags_of
from hamr.triage import ISSUE_TYPES, RowIssues, SentenceIssues
from hamr.triage.sentence_issue_types import MISLABELLED
from hamr.views.relabel.doubt import PROBABLY


def prefers_other(found: RowIssues) -> np.ndarray:
    """The texts that are likely mislabelled, or that fit another class better, [A] bool."""
    likely = found.matches[:, ISSUE_TYPES.index("likely mislabelled")]
    better: np.ndarray = likely | (found.advantage < 0)
    return better


def probability_of_other(found: RowIssues, rows: np.ndarray) -> np.ndarray:
    """How probable the likeliest other class of those texts is, by all signals combined."""
    chances: np.ndarray = np.exp(found.label_errors.log_p[rows, found.other[rows]])
    return chances


def suggested_tags(found: SentenceIssues, row: int) -> tuple[np.ndarray, float | None] | None:
    """(tags [w], their probability at the worst word) of a sentence in which an entity is likely
    wrong; None where its own tags are as good.

    Where the model takes the worst word for what is likeliest, the model's entities replace those
    that they overlap, and the probability is the model's. Elsewhere they are the tags after the
    likeliest edit; of that no probability is known.
    """
    errors = found.label_errors
    likely = found.issue_type[row] == MISLABELLED or errors.p_wrong[row] >= PROBABLY
    if not likely:
        return None
    first, end = (int(at) for at in found.statistics.starts[row : row + 2])
    own = found.statistics.own[first:end]
    worst = int(errors.worst[row])
    predicted = found.signals.predictions(worst)
    by_model = predicted is not None and int(predicted[-1]) == int(errors.other[row])
    if by_model:
        model = found.signals.last_predictions(first, end)
        new, chance = _with_model(own, model, worst - first), found.signals.last(worst)[0]
    else:
        new, chance = found.mended(row), None
    new = tags_of(spans_of(new), len(new))
    return None if (new == own).all() else (new, chance)


def _with_model(own: np.ndarray, model: np.ndarray, worst: int) -> np.ndarray:
    """The own tags, and the model's from the first to the last entity that meet at the worst."""
    spans = [*spans_of(own), *spans_of(model)]
    start, end, grows = worst, worst + 1, True
    while grows:
        met = [one for one in spans if one.start < end and start < one.end]
        wider = min([start, *(one.start for one in met)]), max([end, *(one.end for one in met)])
        grows, (start, end) = wider != (start, end), wider
    new = np.array(own)
    new[start:end] = model[start:end]
    return new
