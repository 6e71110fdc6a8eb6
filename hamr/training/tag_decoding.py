"""How a run's tags are chosen together: transitions from the training sentences, and how strongly
they count, chosen on validation sentences.

Training itself, and the scores of epochs, are of words tagged alone. After the last epoch the model
of the best one scores the validation sentences, w and g of `hamr.tag_transitions` become those of
the highest macro-F1 there, and the sentences of validation and test are tagged with them. So the
validation score of the end is a little too high: two numbers were chosen by it. The test sentences
have no part in it. What is chosen follows from model and rows alone, so that a resumed run chooses
the same.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Float32, Int

from hamr.metrics import score_entities
from hamr.tag_transitions import decode, transition_scores

WEIGHTS = (0.1, 0.25, 0.5, 0.75, 1.0)  # of w
PRIORS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)  # of g
START = 0.5  # w, while g is first chosen
MOST = 2000  # validation sentences by which they are chosen, evenly spaced


class TagDecoding:
    """The transitions of a run; None until they are chosen."""

    def __init__(self, tags: Int[np.ndarray, " w"], starts: Int[np.ndarray, " n1"], count: int):
        """`tags` [W] of the training sentences that may be learned from; `count` tags exist."""
        self._tags, self._starts, self.tag_count = tags, starts, count
        self.keeps = False  # whether passes keep the log-probabilities of all tags
        self.transitions: Float32[np.ndarray, "t1 t1"] | None = None

    def tags(
        self, log_p: Float32[np.ndarray, "w t"], starts: Int[np.ndarray, " n1"]
    ) -> Int[np.ndarray, " w"]:
        """The tags of those sentences' words; of words alone until transitions are chosen."""
        if self.transitions is None:
            found: np.ndarray = log_p.argmax(1).astype(np.int16)
            return found
        return decode(log_p, starts, self.transitions)

    def choose(
        self,
        log_p: Float32[np.ndarray, "w t"],
        tags: Int[np.ndarray, " w"],
        starts: Int[np.ndarray, " n1"],
    ) -> Float32[np.ndarray, "t1 t1"] | None:
        """The transitions with the highest macro-F1 on these sentences; None where words alone
        have as high a one.

        g first, at w = 1/2, then w, then g again; of equal ones the first, which is the smaller.
        """
        rows = np.unique(np.linspace(0, len(starts) - 2, min(MOST, len(starts) - 1)).astype(int))
        own = [np.arange(starts[row], starts[row + 1]) for row in rows.tolist()]
        words = np.concatenate(own)
        bounds = np.concatenate([[0], np.cumsum([len(one) for one in own])])
        some, gold = log_p[words], np.split(tags[words], bounds[1:-1])

        def scored(found: Int[np.ndarray, " w"]) -> float:
            loss, types = np.zeros(len(rows), np.float32), self.tag_count // 2
            return score_entities(gold, np.split(found, bounds[1:-1]), loss, types).macro_f1

        @cache
        def f1(w: float, g: float) -> float:
            return scored(decode(some, bounds, self._scores(w, g)))

        g = max(PRIORS, key=lambda g: f1(START, g))
        w = max(WEIGHTS, key=lambda w: f1(w, g))
        g = max(PRIORS, key=lambda g: f1(w, g))
        alone = scored(some.argmax(1).astype(np.int16))
        return self._scores(w, g) if f1(w, g) > alone else None

    def _scores(self, w: float, g: float) -> Float32[np.ndarray, "t1 t1"]:
        return transition_scores(self._tags, self._starts, self.tag_count, transitions=w, prior=g)
