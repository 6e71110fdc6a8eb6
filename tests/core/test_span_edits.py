"""Edits of entities, their supports, and what planted mistakes teach about them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.entities import Span, spans_of, tags_of
from hamr.triage import left_out_log_p
from hamr.triage.edit_evidence import TYPICAL, edit_evidence
from hamr.triage.span_edits import ADD, KINDS, REMOVE, RETYPE, Layout, TagModel, find_edits

TYPES = 3
TAGS = 1 + 2 * TYPES


@st.composite
def tagged(draw):
    """(layout, log p) of any sentences of tags in BIO, with a model that is random."""
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    sizes = draw(st.lists(st.integers(1, 7), min_size=1, max_size=6))
    tags = [tags_of(spans_of(random.integers(0, TAGS, size)), size) for size in sizes]
    scores = random.normal(0, 2, (sum(sizes), TAGS))
    log_p = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    return Layout(np.concatenate(tags), np.cumsum([0, *sizes])), log_p


def after(layout, edits, n):
    """The tags of all words after an edit, made the slow way."""
    first, end = layout.unit_starts[edits.unit[n]], layout.unit_starts[edits.unit[n] + 1]
    one = Span(int(edits.start[n]), int(edits.end[n]), int(edits.type[n]))
    low, high = (one.start, one.end) if edits.kind[n] == ADD else (first, end)
    found = []
    for a, b in zip(layout.starts[:-1], layout.starts[1:], strict=True):
        spans = [Span(s + a, e + a, t) for s, e, t in spans_of(layout.tags[a:b])]
        spans = [s for s in spans if s.end <= min(low, one.start) or max(high, one.end) <= s.start]
        if a <= one.start < b and one.type >= 0:
            spans.append(one)
        found.append(tags_of([Span(s - a, e - a, t) for s, e, t in spans], b - a))
    return np.concatenate(found)


@settings(max_examples=40, deadline=None)
@given(made=tagged())
def test_a_support_is_the_mean_over_the_words_whose_tag_changes(made):
    layout, log_p = made
    edits = find_edits(layout, log_p)
    support = TagModel(log_p, layout.tags).support(layout, edits)
    for n in range(len(edits.kind)):
        new = after(layout, edits, n)
        changed = np.flatnonzero(new != layout.tags)
        gain = log_p[changed, new[changed]] - log_p[changed, layout.tags[changed]]
        assert len(changed), KINDS[edits.kind[n]]
        assert support[n] == pytest.approx(gain.mean())


@settings(max_examples=40, deadline=None)
@given(made=tagged())
def test_the_changed_word_has_another_tag_after_the_edit(made):
    layout, log_p = made
    edits = find_edits(layout, log_p)
    words, tags = edits.changed(layout), edits.tag_after(layout)
    for n, (word, tag) in enumerate(zip(words, tags, strict=True)):
        assert after(layout, edits, n)[word] == tag != layout.tags[word]


@settings(max_examples=40, deadline=None)
@given(made=tagged())
def test_no_edit_leaves_its_sentence_and_every_sentence_has_one(made):
    layout, log_p = made
    edits = find_edits(layout, log_p)
    rows = layout.unit_sentence[edits.unit]
    assert (layout.sentence[edits.start] == rows).all()
    assert (layout.sentence[edits.end - 1] == rows).all()
    assert set(rows.tolist()) == set(range(len(layout.starts) - 1))


def names(count=400):
    """(words, tags, starts): places and people that their neighbours give away."""
    random, words, tags = np.random.default_rng(0), [], []
    for _ in range(count):
        kind = int(random.integers(2))
        words += ["in" if kind else "Mr", f"X{random.integers(60)}", "it", "was"]
        tags += [0, 1 + 2 * kind, 0, 0]
    return words, np.array(tags), np.arange(0, 4 * count + 1, 4)


def evidence(words, tags, starts):
    """{(kind, word): evidence} of all edits of one word."""
    layout = Layout(tags, starts)
    log_p = left_out_log_p(words, tags, starts, 5, len(starts) - 1)
    edits = find_edits(layout, log_p)
    found = edit_evidence(layout, edits, log_p, len(words))
    one = edits.end - edits.start == 1
    kind, start = edits.kind[one].tolist(), edits.start[one].tolist()
    return dict(zip(zip(kind, start, strict=True), found[one].tolist(), strict=True))


def test_an_edit_that_mends_has_more_evidence_than_one_that_spoils():
    words, tags, starts = names()
    wrong = tags.copy()
    wrong[1], wrong[5], wrong[10] = 4 - tags[1], 0, 1  # type, missed, added
    found = evidence(words, wrong, starts)
    for kind, word in ((RETYPE, 1), (ADD, 5), (REMOVE, 10)):
        others = [
            value for (own, at), value in found.items() if own == kind and at not in (1, 5, 10)
        ]
        assert found[kind, word] > max(others, default=-np.inf)
        assert found[kind, word] > 0


def test_without_entities_the_evidence_is_the_typical_one():
    starts = np.array([0, 2, 4])
    layout, log_p = Layout(np.zeros(4, int), starts), np.log(np.full((4, TAGS), 1 / TAGS))
    edits = find_edits(layout, log_p)
    assert set(edits.kind.tolist()) == {ADD}
    assert edit_evidence(layout, edits, log_p, 4) == pytest.approx(TYPICAL[ADD][0])
