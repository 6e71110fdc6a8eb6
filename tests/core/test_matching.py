"""Exact, partial and type-only match: the published example, and what must hold for all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.matching import WAYS, matching

# One sentence for each case of the table in nervaluate's description, "Putting all together".
GOLD = [[(0, 1, "brand")], [], [(1, 2, "drug")], [(0, 1, "drug")], [(0, 1, "drug")],
        [(1, 2, "group")]]  # fmt: skip
FOUND = [[], [(0, 1, "brand")], [(0, 2, "drug")], [(0, 1, "brand")], [(0, 1, "drug")],
         [(0, 2, "drug")]]  # fmt: skip


@pytest.mark.parametrize(
    ("way", "correct", "incorrect", "partial"),
    [("exact", 2, 2, 0), ("partial", 2, 0, 2), ("type", 2, 2, 0)],
)
def test_each_case_counts_as_published(way, correct, incorrect, partial):
    found = matching(GOLD, FOUND, ["brand", "drug", "group"]).overall[way]
    counted = (found.correct, found.incorrect, found.partial, found.missed, found.spurious)
    assert counted == (correct, incorrect, partial, 1, 1)
    assert found.precision == pytest.approx((correct + partial / 2) / 5)
    assert found.recall == pytest.approx((correct + partial / 2) / 5)


def sentences():
    """Sentences of eight words, each with entities that don't overlap."""
    cuts = st.lists(st.integers(0, 8), max_size=6, unique=True).map(sorted)

    def spans(cut):
        return st.tuples(
            *(
                st.sampled_from([None, "a", "b"]).map(lambda kind, at=at: at and (*at, kind))
                for at in zip(cut[::2], cut[1::2], strict=False)
            )
        ).map(lambda found: [span for span in found if span[2] is not None])

    return st.lists(cuts.flatmap(spans), min_size=1, max_size=6)


@given(sentences(), sentences())
def test_gentler_ways_never_find_fewer_entities(gold, found):
    size = min(len(gold), len(found))
    overall = matching(gold[:size], found[:size], ["a", "b"]).overall
    strict = sum(len({*a} & {*b}) for a, b in zip(gold, found, strict=False))
    assert overall["exact"].correct >= strict
    assert overall["type"].correct >= strict
    assert overall["partial"].f1 >= overall["exact"].f1 - 1e-9


@given(sentences())
def test_entities_match_themselves_in_every_way(gold):
    found = matching(gold, gold, ["a", "b"])
    count = sum(map(len, gold))
    assert all(found.overall[way].correct == count for way in WAYS)
    assert all(found.overall[way].f1 == (1.0 if count else 0.0) for way in WAYS)


def test_no_sentences_have_scores_of_zero():
    assert matching([], [], ["a"]).by_type["a"]["partial"].f1 == 0


def test_json_has_each_way_with_its_types():
    found = matching(GOLD, FOUND, ["brand", "drug", "group"]).as_json()
    assert list(found) == ["exact", "partial", "type"]
    assert np.isfinite(found["type"]["per_type"]["drug"]["f1"])
