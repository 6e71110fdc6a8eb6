"""Tags of a sentence that are chosen together: the search against all ways there are."""

from itertools import pairwise, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hamr.tag_transitions import NEVER, decode, transition_scores

TAGS = 5  # O, and B and I of two types
SENTENCES = [[0, 1, 2, 0], [3, 4, 0], [0], [1, 3], [0, 0, 1, 2, 2]]


def laid_out(sentences):
    return np.concatenate(sentences), np.cumsum([0, *map(len, sentences)])


def scores(w=0.5, g=0.3):
    return transition_scores(*laid_out(SENTENCES), TAGS, transitions=w, prior=g)


def total(tags, log_p, transitions):
    path = [TAGS, *tags, TAGS]
    steps = sum(transitions[one, other] for one, other in pairwise(path))
    return steps + sum(log_p[t, tag] for t, tag in enumerate(tags))


numbers = st.floats(-8, 0, width=32)


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 4), st.just(TAGS)), elements=numbers))
def test_the_search_finds_the_best_of_all_ways(log_p):
    transitions = scores()
    found = decode(log_p, np.array([0, len(log_p)]), transitions)
    best = max(total(way, log_p, transitions) for way in product(range(TAGS), repeat=len(log_p)))
    assert np.isclose(total(found, log_p, transitions), best, atol=1e-3)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_a_sentence_is_tagged_alike_whichever_others_there_are(lengths, seed):
    starts = np.cumsum([0, *lengths])
    log_p = np.random.default_rng(seed).normal(size=(starts[-1], TAGS)).astype(np.float32)
    together = decode(log_p, starts, scores())
    for first, last in pairwise(starts):
        alone = decode(log_p[first:last], np.array([0, last - first]), scores())
        assert np.array_equal(together[first:last], alone)


@given(hnp.arrays(np.float32, (6, TAGS), elements=numbers), st.floats(0, 1), st.floats(0, 1))
def test_no_entity_begins_with_the_tag_of_its_inside(log_p, w, g):
    before, found = 0, decode(log_p, np.array([0, 6]), scores(w, g))
    for tag in found.tolist():
        assert tag in (0, 1, 3) or before in (tag - 1, tag)
        before = tag


def test_with_no_say_of_the_others_the_most_probable_legal_tags_are_taken():
    log_p = np.log(np.array([[0.1, 0.6, 0.1, 0.1, 0.1], [0.2, 0.1, 0.5, 0.1, 0.1]]))
    assert decode(log_p, np.array([0, 2]), scores(0.0, 0.0)).tolist() == [1, 2]


def test_transitions_are_shares_of_the_training_tags():
    found = scores(w=1.0, g=0.0)
    # Of three tags B of the first type, two are followed by its I, one by the other type's B.
    assert np.isclose(found[1, 2], np.log(2.1 / 3.6))
    assert np.isclose(found[TAGS, 0], np.log(3.1 / 5.6))  # three of five sentences begin with O
    assert found[0, 2] == found[TAGS, 4] == NEVER


def test_the_prior_takes_more_from_frequent_tags():
    shares = scores(0.0, 0.0) - scores(0.0, 1.0)  # log pi
    assert shares[0, 0] > shares[0, 1] > shares[0, 3]
    assert np.isclose(shares[0, 0], np.log(6.1 / 15.5))
