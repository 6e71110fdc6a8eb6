"""What is said of each predicted text or sentence, as columns of a table.

prediction, probability                    the most probable class; of a sentence its tags, and
                                           the probability of the least certain one
second, second_probability, third, ...     the next two classes; not of sentences
entities                                   of sentences alone: [first word, word after, type]
unlike_training                            percentile rank of the distance to the training rows
                                           among those of held-out rows, in [0, 1]
distance                                   that distance, cosine, in [0, 2]
unlike_anything_seen                       whether it is so far that few held-out rows are
region                                     the hard region that it falls in; of a sentence the one
                                           that most of the mentions nearest to an entity are in
entity_regions                             of sentences alone: the region of each of `entities`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from hamr.inference.distance import Distances
from hamr.inference.predictions import Predictions

DIGITS = 6  # of probabilities and distances
PLACES = ("", "second", "third")


@dataclass(frozen=True)
class Predicted:
    """Predictions of S texts, how far they lie from the training rows, and where."""

    predictions: Predictions
    distances: Distances | None = None
    regions: Sequence[str] | None = None  # [S], "" for those in none
    entity_regions: Sequence[Sequence[str]] | None = None  # of the entities of S sentences
    nearest_mentions: Int[np.ndarray, "p k"] | None = None  # of the P entities of all of them

    def columns(self) -> dict[str, list[Any]]:
        """The columns by name, [S] each; None for what there is not."""
        found = _of_texts(self.predictions) if self.predictions.starts is None else (
            _of_sentences(self.predictions))  # fmt: skip
        empty = _empty(self.predictions)
        if self.distances is not None:
            rank, distance = self.distances.rank, self.distances.distance
            found["unlike_training"] = _numbers(rank, empty)
            found["distance"] = _numbers(distance, empty)
            unlike = self.distances.unlike.tolist()
            found["unlike_anything_seen"] = [
                None if none else value for none, value in zip(empty, unlike, strict=True)
            ]
        if self.regions is not None:
            found["region"] = [
                None if none else value for none, value in zip(empty, self.regions, strict=True)
            ]
        if self.entity_regions is not None:
            found["entity_regions"] = [list(own) for own in self.entity_regions]
        return found


def _empty(found: Predictions) -> list[bool]:
    """Which of the texts have no character, or of the sentences no word."""
    none = found.empty if found.starts is None else np.diff(found.starts) == 0
    return list(map(bool, none.tolist()))


def _of_texts(found: Predictions) -> dict[str, list[Any]]:
    best, probabilities = found.top(len(PLACES))
    empty = _empty(found)
    columns: dict[str, list[Any]] = {}
    for at, place in enumerate(PLACES[: best.shape[1]]):
        named = [
            None if none else found.outputs[number]
            for none, number in zip(empty, best[:, at].tolist(), strict=True)
        ]
        columns[place or "prediction"] = named
        probability = f"{place}_probability" if place else "probability"
        columns[probability] = _numbers(probabilities[:, at], empty)
    return columns


def _of_sentences(found: Predictions) -> dict[str, list[Any]]:
    types = [tag.removeprefix("B-") for tag in found.outputs[1::2]]
    assert found.starts is not None  # as its caller has checked
    confidence = np.append(found.confidence, np.float32(1))
    least = np.minimum.reduceat(confidence, found.starts[:-1]) if len(found) else confidence[:0]
    return {
        "prediction": [list(tags) for tags in found.tags],
        "probability": _numbers(least, _empty(found)),
        "entities": [[[s.start, s.end, types[s.type]] for s in own] for own in found.spans],
    }


def _numbers(values: np.ndarray, empty: Sequence[bool]) -> list[float | None]:
    pairs = zip(values.tolist(), empty, strict=True)
    return [None if none else round(value, DIGITS) for value, none in pairs]
