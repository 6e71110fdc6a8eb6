"""What the model makes of one unlabelled sentence: the entities it proposes, and its doubts."""

from __future__ import annotations

import numpy as np

from hamr.decisions import Label
from hamr.errors import StoreError
from hamr.jobs.pool_sentences import Proposal, proposal
from hamr.store import Decisions, Run
from hamr.store.pools import Pool
from hamr.views.base.reviewed import called_now

MOST_WORDS = 3  # doubtful ones that are named
DOUBTFUL = 0.1  # from which on a word is


def proposed_label(run: Run, decisions: Decisions, row: int) -> Label:
    """The entities that the model proposes, with what their types are called now.

    Raises StoreError where the cache was cleared.
    """
    return _proposal(run, row).label(run.info.scored, called_now(decisions, run))


def doubts(run: Run, uncertainty: np.ndarray, row: int) -> list[str]:
    """How uncertain the model is of a sentence among the others, whose `uncertainty` is given [P],
    and of which words, in sentences. Raises StoreError where the cache was cleared.
    """
    own = float(uncertainty[row])
    rank = float((uncertainty < own).mean())
    return [
        f"uncertainty of the sentence: {own:.2f}, higher than that of {100 * rank:.0f} % of the "
        "unlabelled sentences",
        _doubtful(run, row),
    ]


def _doubtful(run: Run, row: int) -> str:
    """The words whose tags the model doubts most."""
    doubt = _proposal(run, row).doubt
    words = Pool(run.store.decisions(run.info.label_source or "")).words([row])[0]
    worst = [at for at in np.argsort(-doubt, kind="stable").tolist() if doubt[at] >= DOUBTFUL]
    if not worst:
        return "no word whose tag the model doubts"
    named = ", ".join(f"“{words[at]}” ({1 - doubt[at]:.2f})" for at in worst[:MOST_WORDS])
    return f"words with the smallest margin between their two most probable tags: {named}"


def _proposal(run: Run, row: int) -> Proposal:
    found = proposal(run, row)
    if found is None:
        raise StoreError("what the model makes of the unlabelled sentences was cleared: score them")
    return found
