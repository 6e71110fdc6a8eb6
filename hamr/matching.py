"""How entities match where borders or types differ: exact, partial and type-only match.

seqeval, and so macro-F1, counts an entity as found only where its words and its type are right.
SemEval-2013 task 9.1 (Segura-Bedmar et al. 2013) counts in three gentler ways. Each predicted
entity is paired with one of the file's that it overlaps, and the pair is

    exact      correct where the words are the same, whatever the type; else incorrect
    partial    correct where the words are the same, whatever the type; else partial
    type       correct where the type is the same and at least one word; else incorrect

An entity of the file without a partner is missed, a predicted one is spurious. With partial pairs
counted as half,

    precision = (correct + partial / 2) / predicted entities
    recall    = (correct + partial / 2) / entities of the file

nervaluate does the counting. For one type, it looks at the entities of that type alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entities = Sequence[tuple[int, int, str]]  # first word, first word after it, type

EXACT, PARTIAL, TYPE = WAYS = ("exact", "partial", "type")
MEANINGS = {
    EXACT: "the words are the same, whatever the type",
    PARTIAL: "the words are the same, or overlap and count as half, whatever the type",
    TYPE: "the type is the same and at least one word is shared",
}
_NAMES = {EXACT: "exact", PARTIAL: "partial", TYPE: "ent_type"}  # in nervaluate


@dataclass(frozen=True)
class Match:
    """What one way of counting finds, over all sentences. Scores are in [0, 1]."""

    precision: float
    recall: float
    f1: float
    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int


@dataclass(frozen=True)
class Matching:
    """The matches of all entities, and of each type, by way of counting."""

    overall: Mapping[str, Match]
    by_type: Mapping[str, Mapping[str, Match]]  # type -> way -> match

    def as_json(self) -> dict[str, Any]:
        """For each way its scores and counts, and those of each type under "per_type"."""
        return {
            way: {
                **vars(self.overall[way]),
                "per_type": {name: vars(found[way]) for name, found in self.by_type.items()},
            }
            for way in WAYS
        }


def matching(
    gold: Sequence[Entities], predicted: Sequence[Entities], types: Sequence[str]
) -> Matching:
    """Compare the entities of each sentence, those of the file and those predicted.

    Both have one item a sentence, in the same order; entities of one item don't overlap. A type
    without any entity has scores of 0.
    """
    from nervaluate import Evaluator  # only where it is asked for

    both = [_as_dicts(gold), _as_dicts(predicted)]
    found = Evaluator(*both, tags=list(types), loader="dict").evaluate() if len(gold) else {}
    overall, by_type = found.get("overall", {}), found.get("entities", {})
    return Matching(_matches(overall), {name: _matches(by_type.get(name, {})) for name in types})


def _as_dicts(sentences: Sequence[Entities]) -> list[list[dict[str, Any]]]:
    """As nervaluate reads them: the last word of an entity is its own."""
    return [
        [{"start": int(start), "end": int(end) - 1, "label": kind} for start, end, kind in entities]
        for entities in sentences
    ]


def _matches(found: Mapping[str, Any]) -> dict[str, Match]:
    """nervaluate's results by our names."""
    return {
        way: Match(
            **{field: getattr(found.get(name), field, 0) for field in Match.__dataclass_fields__}
        )
        for way, name in _NAMES.items()
    }
