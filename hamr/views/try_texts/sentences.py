"""Predicted entities of sentences that people type, and the probabilities of their types.

Axes: w words of a sentence, c tags, k entity types.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.entities import Span, spans_of
from hamr.inference.predictions import Predictions

NO_TYPE = "no entity"


@dataclass(frozen=True)
class Tagged:
    """A sentence with the tags that a model gives it."""

    words: tuple[str, ...]
    types: tuple[str, ...]  # [k]
    probabilities: np.ndarray  # [w, c] of the tags O, B-first, I-first, B-second, ...
    tags: np.ndarray  # [w], the tag of each word, as the run chooses tags

    @property
    def spans(self) -> list[Span]:
        """The predicted entities, from left to right."""
        return spans_of(self.tags)

    @property
    def names(self) -> tuple[str, ...]:
        """What a word can be: the entity types, then none."""
        return (*self.types, NO_TYPE)

    def of_words(self, first: int, end: int) -> np.ndarray:
        """The mean probability of each of `names` over some words, [k + 1].

        That of a type is the sum of its two tags'.
        """
        mean = self.probabilities[first:end].mean(0)
        of_types = mean[1::2] + mean[2::2]
        return np.append(of_types, mean[0])

    def probability(self, span: Span) -> float:
        """How sure the model is of an entity: the lowest probability of its words' tags."""
        places = np.arange(span.start, span.end)
        return float(self.probabilities[places, self.tags[places]].min())

    def text_of(self, span: Span) -> str:
        """The words of an entity."""
        return " ".join(self.words[span.start : span.end])

    def in_words(self) -> str:
        """All entities: "APT29 (group), Mimikatz (tool)"; "no entity" where there is none."""
        named = [f"{self.text_of(span)} ({self.types[span.type]})" for span in self.spans]
        return ", ".join(named) or NO_TYPE


def tagged(text: str, predictions: Predictions, number: int, types: tuple[str, ...]) -> Tagged:
    """The sentence of that number among those predicted."""
    assert predictions.starts is not None  # only sentences are asked about
    first, end = predictions.starts[number : number + 2].tolist()
    own = slice(first, end)
    return Tagged(
        tuple(text.split()), types, predictions.probabilities[own], predictions.numbers[own]
    )
