"""Which labels are likely wrong, and what every other row is: readings, a score, evidence.

Of texts with a class `survey` asks the embeddings once per state of the labels, `triage` judges a
run's rows after any epoch, `evidence` says why. Of tagged sentences `look_elsewhere` asks the
words, `triage_sentences` judges, `sentence_evidence` says why.
"""

from hamr.triage.elsewhere import Elsewhere, look_elsewhere
from hamr.triage.evidence import evidence
from hamr.triage.readings import READINGS, Triage, triage
from hamr.triage.recipe import Learned, Suspicion, suspect
from hamr.triage.sentence_evidence import sentence_evidence
from hamr.triage.sentence_readings import SENTENCE_READINGS, SentenceTriage, triage_sentences
from hamr.triage.sentences import LearnedWords, SentenceSuspicion, suspect_sentences
from hamr.triage.surroundings import NEIGHBOURS, Surroundings, survey

__all__ = [
    "NEIGHBOURS",
    "READINGS",
    "SENTENCE_READINGS",
    "Elsewhere",
    "Learned",
    "LearnedWords",
    "SentenceSuspicion",
    "SentenceTriage",
    "Surroundings",
    "Suspicion",
    "Triage",
    "evidence",
    "look_elsewhere",
    "sentence_evidence",
    "survey",
    "suspect",
    "suspect_sentences",
    "triage",
    "triage_sentences",
]
