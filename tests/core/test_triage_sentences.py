"""Tagged sentences that likely hold a wrong entity, and what every other one is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from hamr.triage import (
    SENTENCE_ISSUE_TYPES,
    WordSignals,
    entity_evidence_sentences,
    find_sentence_issues,
    tag_statistics_of,
)
from hamr.triage.sentence_issue_types import AMBIGUOUS, DUPLICATE, HARD, MISLABELLED, RARE

CLASSES = ("person", "place", "no entity")
OUT, B_PERSON, I_PERSON, B_PLACE, I_PLACE = range(5)
NAMES = {"Ada": B_PERSON, "Byron": B_PERSON, "Paris": B_PLACE, "Rome": B_PLACE, "Oslo": B_PLACE}
COUNT = 240
PATTERNS = ("{} went home today", "they saw {} near the sea", "we like {} , they said")


def sentences(count=COUNT, seed=0):
    """(words, tags) of sentences with one name each."""
    random, names = np.random.default_rng(seed), list(NAMES)
    words, tags = [], []
    for number in range(count):
        own = PATTERNS[number % 3].format(names[random.integers(len(names))]).split()
        words.append([*own, f"w{number}"])
        tags.append([NAMES.get(word, OUT) for word in words[-1]])
    return words, tags


def statistics_of(words, tags, rows=None):
    flat = [word for own in words for word in own]
    starts = np.cumsum([0, *map(len, words)])
    return tag_statistics_of(flat, np.concatenate(tags), starts, rows or len(words), 5)


def signals_of(words, tags, truth, epochs=4, hardness=None):
    """A run that reads the truth with growing doubt where the tags say otherwise."""
    own, right = np.concatenate(tags), np.concatenate(truth)
    chance = np.linspace(0.9, 0.98, epochs)[:, None].repeat(len(own), 1)
    loss = -np.log(np.where(own == right, chance, 0.5 * (1 - chance)))
    hardness = np.ones((epochs, len(words)), np.float32) if hardness is None else hardness
    starts = np.cumsum([0, *map(len, words)])[:-1]
    row_loss = np.maximum.reduceat(loss, starts, axis=1).astype(np.float32)
    read = np.tile(right, (epochs, 1))
    return WordSignals(loss.astype(np.float32), read, chance.astype(np.float16), hardness, row_loss)


def judged(words, tags, truth=None, **options):
    return find_sentence_issues(
        statistics_of(words, tags), signals_of(words, tags, truth or tags, **options)
    )


def changed(tags, row, old, new):
    """The tags with those of one sentence replaced."""
    tags = [list(own) for own in tags]
    tags[row] = [new if tag in old else tag for tag in tags[row]]
    return tags


NAMED = (B_PERSON, B_PLACE)


@pytest.fixture(scope="module")
def spoiled():
    """(words, tags, the right ones, the sentences made wrong): each name twice, one way each."""
    words, truth = sentences()
    tags = [list(own) for own in truth]
    wrong = np.arange(0, COUNT, 15)
    for place, row in enumerate(wrong):
        if place % 2:
            tags = changed(tags, row, NAMED, OUT)  # dropped
        else:
            tags[row] = [{B_PERSON: B_PLACE, B_PLACE: B_PERSON}.get(tag, tag) for tag in tags[row]]
    return words, tags, truth, wrong


def test_wrong_and_missing_entities_come_first(spoiled):
    words, tags, truth, wrong = spoiled
    found = judged(words, tags, truth).label_errors
    assert set(found.order[: len(wrong)]) == set(wrong)


def test_even_a_run_that_believes_its_tags_is_contradicted_by_the_other_sentences(spoiled):
    words, tags, _, wrong = spoiled
    score = judged(words, tags).label_errors.score
    assert average_precision_score(np.isin(np.arange(COUNT), wrong), score) > 0.9


def test_about_as_many_errors_are_estimated_as_there_are(spoiled):
    words, tags, truth, wrong = spoiled
    found = judged(words, tags, truth).label_errors
    assert 0.5 * len(wrong) < found.p_wrong.sum() < 2 * len(wrong)
    assert found.estimated_count == round(found.p_wrong.sum())


def test_with_right_entities_few_errors_are_estimated():
    words, tags = sentences(300)
    assert judged(words, tags).label_errors.estimated_count < 0.03 * 300


def test_the_other_tag_is_the_right_one(spoiled):
    words, tags, truth, wrong = spoiled
    found = judged(words, tags, truth).label_errors
    assert (found.other[wrong] == np.concatenate(truth)[found.worst[wrong]]).all()


def test_the_suspected_words_are_the_entity_that_was_changed(spoiled):
    words, tags, truth, wrong = spoiled
    found = judged(words, tags, truth)
    for row in wrong.tolist():
        span = found.suspected(row)
        assert words[row][span.start] in NAMES
        assert span.end == span.start + 1


def test_a_word_does_not_support_its_own_tag():
    words, tags = sentences(30)
    words.append(["Zanzibar", "went", "home"])
    as_place = statistics_of(words, [*tags, [B_PLACE, OUT, OUT]])
    as_none = statistics_of(words, [*tags, [OUT, OUT, OUT]])
    place = int(as_place.starts[-2])
    # Only the shares of the tags among all words differ.
    np.testing.assert_allclose(as_place.log_p[place], as_none.log_p[place], atol=0.25)
    assert not len(as_place.other_tags(place))


def test_sentences_of_validation_give_evidence_and_are_not_scored():
    words, tags = sentences(60)
    with_others = statistics_of(words, tags, rows=40)
    alone = statistics_of(words[:40], tags[:40])
    assert len(with_others.log_p) == len(alone.log_p)
    assert not np.allclose(with_others.log_p, alone.log_p)
    assert len(with_others.other_tags(0)) > len(alone.other_tags(0))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_order_of_the_sentences_decides_nothing(spoiled, seed):
    words, tags, truth, _ = spoiled
    order = np.random.default_rng(seed).permutation(len(words))
    moved = [[part[row] for row in order] for part in (words, tags, truth)]
    score = judged(*moved).label_errors.score
    np.testing.assert_allclose(
        score, judged(words, tags, truth).label_errors.score[order], atol=1e-3
    )


@st.composite
def little_sets(draw):
    """Any words and tags, sentences of one word and sets of one tag among them."""
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=12))
    top = draw(st.integers(1, 5))
    words = [["aB-9é"[: 1 + random.integers(5)] for _ in range(size)] for size in sizes]
    return words, [random.integers(0, top, size).tolist() for size in sizes]


@settings(max_examples=60, deadline=None)
@given(made=little_sets(), epochs=st.integers(1, 3))
def test_any_sentences_are_scored_with_finite_numbers(made, epochs):
    words, tags = made
    found = judged(words, tags, epochs=epochs)
    assert np.isfinite(found.label_errors.score).all()
    assert ((found.label_errors.p_wrong >= 0) & (found.label_errors.p_wrong <= 1)).all()
    assert len(found.label_errors.p_entity) == len(found.spans.row)
    assert 1 <= found.label_errors.estimated_count <= len(words)
    assert (found.label_errors.other != found.statistics.own[found.label_errors.worst]).all()
    assert sum(found.counts.values()) == len(words)
    for row, own in enumerate(words):
        assert all(entity_evidence_sentences(found, row, own, CLASSES))
        assert found.name(row, CLASSES)
        start, end, _ = found.suspected(row)
        assert 0 <= start < end <= len(own)
        worst = found.label_errors.worst[row] - found.statistics.starts[row]
        assert found.mended(row)[worst] == found.label_errors.other[row]


def test_contexts_are_smoothed_by_broader_ones():
    """Two words, each once: both contexts of each know only the shares of all tags."""
    found = statistics_of([["one"], ["2"]], [[OUT], [B_PLACE]])
    every = (np.array([1, 0, 0, 1, 0]) + 0.5) / (2 + 2.5)
    # All that the two words share is that no word comes before or after them.
    p = every.copy()
    adjacent = (np.eye(5)[B_PLACE] + 10 * p) / 11
    between = (np.eye(5)[B_PLACE] + 2 * adjacent) / 3
    np.testing.assert_allclose(found.log_p[0], np.log(p) + np.log(between) / 2, rtol=1e-5)


def test_twins_with_different_tags_come_first():
    words = [["See", "Rome"], ["see", "rome"], ["see", "Rome"], ["stay", "home"]]
    found = statistics_of(words, [[OUT, B_PLACE], [OUT, OUT], [OUT, B_PLACE], [OUT, OUT]])
    assert found.twins.tolist() == [1, 0, 1, -1]
    assert found.same_tags.tolist() == [False, False, False, True]


def test_every_issue_type_is_the_first_that_its_sentence_matches(spoiled):
    words, tags, truth, _ = spoiled
    found = judged(words, tags, truth)
    for row, issue_type in enumerate(found.issue_type):
        assert found.matches[row, :issue_type].sum() == 0
        assert issue_type == len(SENTENCE_ISSUE_TYPES) - 1 or found.matches[row, issue_type]


def test_near_duplicates_hard_and_rare_sentences_are_recognised():
    words, tags = sentences(60)
    words += [["so", "it", "is"], ["So", "it", "is"], ["he", "is", "Ada"]]
    tags += [[OUT, OUT, OUT], [OUT, OUT, OUT], [OUT, OUT, B_PERSON]]
    tags = [[B_PLACE if tag == B_PERSON and row < 60 else tag for tag in own]
            for row, own in enumerate(tags)]  # fmt: skip
    hardness = np.tile(np.linspace(2, 1, 63), (4, 1)).astype(np.float32)
    found = judged(words, tags, hardness=hardness)
    assert (found.issue_type[60:62] == DUPLICATE).all()
    assert found.matches[62, RARE]
    assert found.matches[:12, HARD].any()
    assert not found.matches[20:, HARD].any()


def test_doubtful_sentences_beyond_the_estimate_are_ambiguous_and_both_tags_are_named(spoiled):
    words, tags, truth, _ = spoiled
    found = judged(words, tags, truth)
    assert (found.matches[:, AMBIGUOUS] == (found.label_errors.p_worst >= 0.05)).all()
    for row in np.flatnonzero(found.issue_type == AMBIGUOUS).tolist():
        assert found.name(row, CLASSES).startswith("ambiguous between ")


def test_evidence_names_the_words_and_counts_what_can_be_checked(spoiled):
    words, tags, truth, wrong = spoiled
    row = int(wrong[1])  # dropped
    evidence = entity_evidence_sentences(judged(words, tags, truth), row, words[row], CLASSES)
    name = next(word for word in words[row] if word in NAMES)
    kind = CLASSES[(NAMES[name] - 1) // 2]
    others = [
        tag
        for number, (own, given_tags) in enumerate(zip(words, tags, strict=True))
        for word, tag in zip(own, given_tags, strict=True)
        if word == name and number != row
    ]
    same = others.count(NAMES[name])
    assert evidence[0] == f"most doubtful: “{name}”, labelled no entity in the file"
    assert evidence[1].startswith(f"“{name}” is `{kind}` in {same} of {len(others)} other places")
    assert evidence[2] == f"the model gives `{kind}` 98 % (since epoch 1), the current label 1 %"
    assert evidence[-1].endswith(f"most likely a `{kind}` is missing")


def test_a_wrong_boundary_is_named_as_one():
    words, tags = sentences(60)
    words += [["Ada", "Lovelace", "wrote", f"x{i}"] for i in range(20)]
    tags += [[B_PERSON, I_PERSON, OUT, OUT] for _ in range(20)]
    truth = [list(own) for own in tags]
    tags[70] = [B_PERSON, B_PERSON, OUT, OUT]
    found = judged(words, tags, truth)
    assert found.label_errors.order[0] == 70
    evidence = entity_evidence_sentences(found, 70, words[70], CLASSES)
    assert "“Lovelace” is `person` (further word) in 19 of 19 other places" in evidence[1]
    assert (
        evidence[0]
        == "most doubtful: “Ada”, labelled `person` in the file, where it begins or ends"
    )
    assert evidence[-1].endswith("most likely the `person` is “Ada Lovelace”")
    assert found.mended(70).tolist() == truth[70]
    assert found.issue_type[70] == MISLABELLED
