"""Entities made wrong on purpose: as many as said, each in the way that is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.entities import spans_of
from tests.benchmarks.spoiled import KINDS, spoiled, wrong_sentences
from tests.views.fake_words import TYPES, fake_token_dataset

TAGS = fake_token_dataset(80).train.tags
COUNT = sum(len(spans_of(tags)) for tags in TAGS)


def made(kind, share=0.25, seed=0):
    """Before and after, sentence by sentence, as sets of entities."""
    after = spoiled(TAGS, kind, share, len(TYPES), np.random.default_rng(seed))
    return [
        (set(spans_of(one)), set(spans_of(other))) for one, other in zip(TAGS, after, strict=True)
    ]


@pytest.mark.parametrize(("kind", "left"), [("type", 0), ("dropped", -1), ("border", 0)])
def test_that_share_of_the_entities_is_changed(kind, left):
    pairs, share = made(kind), round(0.25 * COUNT)
    assert sum(len(one - other) for one, other in pairs) == share
    assert sum(len(other) - len(one) for one, other in pairs) == left * share


def test_a_changed_type_keeps_its_words():
    for one, other in made("type"):
        assert {span[:2] for span in one} == {span[:2] for span in other}


def test_a_moved_border_keeps_its_type_and_moves_by_a_word():
    for one, other in made("border"):
        pairs = zip(sorted(one - other), sorted(other - one), strict=True)
        for before, after in pairs:
            assert before.type == after.type
            assert abs(before.start - after.start) + abs(before.end - after.end) == 1


def test_a_spurious_entity_stands_where_none_was():
    pairs = made("spurious")
    assert all(one <= other for one, other in pairs)
    assert sum(len(other - one) for one, other in pairs) == round(0.25 * len(TAGS))


@settings(max_examples=20, deadline=None)
@given(kind=st.sampled_from(KINDS), share=st.floats(0, 1), seed=st.integers(0, 2**16))
def test_tags_stay_tags_of_as_many_words(kind, share, seed):
    after = spoiled(TAGS, kind, share, len(TYPES), np.random.default_rng(seed))
    assert [len(one) for one in after] == [len(one) for one in TAGS]
    assert len(wrong_sentences(TAGS, after)) == len(TAGS)
