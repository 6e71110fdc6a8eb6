"""*Apply to all*: the same words, tagged as the corrected mistake was, in other sentences."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from hamr.views.relabel.same_words import Correction, WordIndex, corrections, matches

SENTENCES = (
    "we flew to New York today",
    "New York is large",
    "the New York Times wrote",
    "new york is not New York",
    "York",
)
WORDS = [word for sentence in SENTENCES for word in sentence.split()]
STARTS = np.cumsum([0, *(len(sentence.split()) for sentence in SENTENCES)])


def index() -> WordIndex:
    return WordIndex(WORDS, STARTS)


def found(wanted, **labels):
    own = {int(name[1:]): label for name, label in labels.items()}
    return {m.row: m.after for m in matches(index(), wanted, lambda row: own.get(row, ()))}


def test_a_phrase_is_found_wherever_its_words_follow_each_other():
    assert index().places(["New", "York"]) == [(0, 3), (1, 0), (2, 1), (3, 4)]
    assert index().places(["York"])[-1] == (4, 0)
    assert index().places(["today", "New"]) == []  # no phrase goes on in the next sentence
    assert index().places(["Berlin"]) == index().places([]) == []


def test_a_missing_entity_is_added_where_the_words_have_none():
    wanted = corrections(SENTENCES[0].split(), (), ((3, 5, "place"),))
    assert wanted == (Correction(("New", "York"), (), ((0, 2, "place"),)),)
    assert found(wanted, r2=((1, 4, "firm"),), r3=((4, 6, "place"),)) == {
        0: ((3, 5, "place"),),
        1: ((0, 2, "place"),),
    }


def test_a_wrong_type_is_changed_only_where_it_is_the_same_one():
    wanted = corrections(SENTENCES[0].split(), ((3, 5, "firm"),), ((3, 5, "place"),))
    label = ((1, 3, "firm"), (3, 4, "other"))
    assert found(wanted, r1=((0, 2, "person"),), r2=label) == {
        2: ((1, 3, "place"), (3, 4, "other"))
    }


def test_a_wrong_border_is_moved_with_the_words_of_both_borders():
    wanted = corrections(SENTENCES[2].split(), ((1, 3, "firm"),), ((1, 4, "firm"),))
    assert wanted == (Correction(("New", "York", "Times"), ((0, 2, "firm"),), ((0, 3, "firm"),)),)
    assert found(wanted, r1=((0, 2, "firm"),), r2=((1, 3, "firm"),)) == {2: ((1, 4, "firm"),)}


def test_an_entity_that_was_removed_is_removed_elsewhere():
    wanted = corrections(SENTENCES[0].split(), ((3, 5, "place"),), ())
    assert found(wanted, r3=((4, 6, "place"),)) == {3: ()}


@given(some.data())
def test_a_correction_fits_the_sentence_that_it_comes_from(data):
    def label():
        borders = sorted(data.draw(some.sets(some.integers(0, 6), max_size=6)))
        pairs = zip(borders[::2], borders[1::2], strict=False)
        return tuple((s, e, data.draw(some.sampled_from("ab"))) for s, e in pairs)

    words, before, after = list("uvwxyz"), label(), label()
    wanted = corrections(words, before, after)
    changed = matches(WordIndex(words, np.array([0, 6])), wanted, lambda row: before)
    assert [m.after for m in changed] == ([after] if before != after else [])
