"""What each row is: one reading a row, by rules that stand here.

A row has any number of these traits, and reads as the first of them:

- *likely mislabelled*: among the rows above the score's knee (`recipe.py`);
- *near-duplicate*: another row is at least 0.95 similar to it (cosine);
- *outlier*: to its ten nearest rows it is less similar, on average, than the median row by more
  than three standard deviations, told from the median deviation (Iglewicz and Hoaglin 1993);
- *ambiguous*: between its label and the likeliest other class, as the label is less likely than
  1.5 times this one, or even less likely than this one, yet not likely enough to be wrong;
- *hard but right*: its hardness is among the highest fifth (its mean loss, where hardness is the
  same for all rows, as in plain training), yet its label is at least 1.5 times as likely as any
  other class;
- *rare*: its class has less than half the rows of an even split.

A row without a trait is *unremarkable*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int8

from hamr.triage.recipe import Learned, Suspicion, suspect
from hamr.triage.standing import difficulty, standing
from hamr.triage.surroundings import Surroundings

READINGS = (
    "likely mislabelled",
    "near-duplicate",
    "outlier",
    "ambiguous",
    "hard but right",
    "rare",
    "unremarkable",
)
MISLABELLED, DUPLICATE, OUTLIER, AMBIGUOUS, HARD, RARE, UNREMARKABLE = range(len(READINGS))

SIMILAR, NEAREST = 0.95, 10  # a near-duplicate's similarity; neighbours that are counted aloud
DEVIATIONS, TIMES, HARD_SHARE, HALF = 3.0, 1.5, 0.2, 0.5


@dataclass(frozen=True)
class Triage:
    """The N training rows of a run, judged as they stand after an epoch."""

    around: Surroundings
    learned: Learned
    suspicion: Suspicion

    @cached_property
    def other(self) -> Int[np.ndarray, " n"]:
        """The likeliest class beside the label, which one would give the row instead."""
        log_p = self.suspicion.log_p.copy()
        log_p[np.arange(len(log_p)), self.around.own] = -np.inf
        return log_p.argmax(1)

    @cached_property
    def advantage(self) -> Float[np.ndarray, " n"]:
        """Log of how many times as likely as `other` the label is; negative: less likely."""
        rows, log_p = np.arange(len(self.other)), self.suspicion.log_p
        return log_p[rows, self.around.own] - log_p[rows, self.other]

    @cached_property
    def difficulty(self) -> Float32[np.ndarray, "e n"]:
        """Hardness at every epoch; the loss averaged so far where a run learns no hardness."""
        return difficulty(self.learned.hardness, self.learned.loss)

    @cached_property
    def standing(self) -> Float32[np.ndarray, "e n"]:
        """The share of rows that are at least as difficult, at every epoch: 0.01 is the top 1 %."""
        return standing(self.difficulty)

    @cached_property
    def traits(self) -> Bool[np.ndarray, "n t"]:
        """Which readings hold of each row, in the order of READINGS, the last one left out."""
        found = np.zeros((len(self.other), UNREMARKABLE), bool)
        found[self.suspicion.order[: self.suspicion.knee], MISLABELLED] = True
        settled = self.advantage >= np.log(TIMES)
        counts, near = self.around.counts, self.around.similarities
        found[:, DUPLICATE] = (near[:, :1] >= SIMILAR).any(1)
        found[:, OUTLIER] = _far(near[:, :NEAREST])
        found[:, AMBIGUOUS] = ~settled
        found[:, HARD] = settled & (self.standing[-1] <= HARD_SHARE)
        found[:, RARE] = (counts < HALF * counts.sum() / len(counts))[self.around.own]
        return found

    @cached_property
    def reading(self) -> Int8[np.ndarray, " n"]:
        """One of READINGS for each row, by its number."""
        none = ~self.traits.any(1)
        return np.where(none, UNREMARKABLE, self.traits.argmax(1)).astype(np.int8)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each reading, by its name."""
        counts = np.bincount(self.reading, minlength=len(READINGS))
        return {name: int(counts[kind]) for kind, name in enumerate(READINGS)}

    def name(self, row: int, classes: tuple[str, ...]) -> str:
        """The row's reading in words: "ambiguous between A and B" with both classes."""
        reading = READINGS[self.reading[row]]
        if self.reading[row] != AMBIGUOUS:
            return reading
        pair = (classes[self.around.own[row]], classes[self.other[row]])
        return f"{reading} between {' and '.join(f'`{name}`' for name in pair)}"


def triage(around: Surroundings, learned: Learned) -> Triage:
    """Judges all rows: cheap enough to be done anew at every epoch."""
    return Triage(around, learned, suspect(around, learned))


def _far(similarities: Float32[np.ndarray, "n k"]) -> Bool[np.ndarray, " n"]:
    """Rows whose neighbours are unusually far; none where no row has neighbours."""
    known = np.isfinite(similarities)
    mean = np.where(known, similarities, 0).sum(1) / np.maximum(known.sum(1), 1)
    middle = np.median(mean)
    spread = 1.4826 * np.median(np.abs(mean - middle))  # a normal's standard deviation
    return mean < middle - DEVIATIONS * max(float(spread), 1e-6)
