"""Which labels are likely wrong, and what every other row is: readings, a score, evidence.

`survey` asks the embeddings once per state of the labels, `triage` judges a run's rows after any
epoch, `evidence` says why. Texts with a class only: a tagged sentence has no single label.
"""

from hamr.triage.evidence import evidence
from hamr.triage.readings import READINGS, Triage, triage
from hamr.triage.recipe import Learned, Suspicion, suspect
from hamr.triage.surroundings import NEIGHBOURS, Surroundings, survey

__all__ = [
    "NEIGHBOURS",
    "READINGS",
    "Learned",
    "Surroundings",
    "Suspicion",
    "Triage",
    "evidence",
    "survey",
    "suspect",
    "triage",
]
