"""The classifier of words that never learns from the sentence it judges."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.triage import left_out_log_p

RIGHT = {"Ada": 1, "Rome": 3}


def sentences(count=200):
    words, tags = [], []
    for number in range(count):
        name = "Ada" if number % 2 else "Rome"
        words += [f"w{number % 7}", "saw", name, f"v{number}"]
        tags += [0, 0, RIGHT[name], 0]
    return words, np.array(tags), np.arange(0, 4 * count + 1, 4)


def test_a_wrong_tag_does_not_speak_for_itself():
    words, tags, starts = sentences()
    tags[2] = 4 - tags[2]
    log_p = left_out_log_p(words, tags, starts, 5, len(starts) - 1)
    assert log_p[2].argmax() == 4 - tags[2]
    np.testing.assert_allclose(np.exp(log_p).sum(1), 1, rtol=1e-4)


def test_sentences_that_give_no_evidence_are_judged_and_their_tags_change_nothing():
    words, tags, starts = sentences()
    moved = tags.copy()
    moved[4 * 190 :] = 0
    one, other = (left_out_log_p(words, own, starts, 5, 190) for own in (tags, moved))
    np.testing.assert_array_equal(one, other)
    assert (one[4 * 190 :].argmax(1) == tags[4 * 190 :]).all()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_order_of_the_sentences_changes_nothing(seed):
    words, tags, starts = sentences(60)
    order = np.random.default_rng(seed).permutation(60)
    place = (4 * order[:, None] + np.arange(4)).ravel()
    moved = left_out_log_p([words[at] for at in place], tags[place], starts, 5, 60)
    np.testing.assert_allclose(moved, left_out_log_p(words, tags, starts, 5, 60)[place], atol=1e-4)


def test_without_any_evidence_all_tags_are_equally_likely():
    words, tags, starts = sentences(2)
    np.testing.assert_allclose(left_out_log_p(words, tags, starts, 5, 0), np.log(1 / 5))
