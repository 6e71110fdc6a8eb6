"""Entities in tags, their mistakes, and their scores against seqeval's."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.metrics.sequence_labeling import get_entities

from hamr.entities import (
    MISSED,
    SPURIOUS,
    WRONG_BOUNDARY,
    WRONG_TYPE,
    Span,
    all_spans,
    mention_counts,
    mistakes,
    row_label,
    row_labels,
    spans_of,
    tag_names,
    tags_of,
    word_places,
)
from hamr.metrics import error_bits, score_entities

TYPES = ("place", "price", "time")
NAMES = tag_names(TYPES)
TAGS = st.lists(st.integers(0, len(NAMES) - 1), min_size=1, max_size=12)


def named(tags):
    return [NAMES[tag] for tag in tags]


@given(tags=TAGS)
def test_spans_are_those_of_seqeval_however_ill_formed_the_tags(tags):
    wanted = [(start, end + 1, TYPES.index(name)) for name, start, end in get_entities(named(tags))]
    assert [tuple(span) for span in spans_of(np.array(tags))] == wanted


@given(rows=st.lists(st.lists(st.integers(0, len(NAMES) - 1), max_size=8), min_size=1))
def test_spans_of_all_rows_at_once_are_those_of_each_row(rows):
    tags = [np.array(row, np.int16) for row in rows]
    starts = np.cumsum([0, *map(len, rows)])
    wanted = [
        (row, starts[row] + span.start, starts[row] + span.end, span.type)
        for row, own in enumerate(tags)
        for span in spans_of(own)
    ]
    assert list(zip(*all_spans(np.concatenate(tags), starts), strict=True)) == wanted


@given(
    rows=st.lists(st.lists(st.integers(0, len(NAMES) - 1), max_size=8), min_size=1),
    counts=st.lists(st.integers(0, 3), min_size=3, max_size=3),
)
def test_labels_of_all_rows_at_once_are_those_of_each_row(rows, counts):
    tags = [np.array(row, np.int16) for row in rows]
    starts, known = np.cumsum([0, *map(len, rows)]), np.array(counts)
    wanted = [row_label(spans_of(own), known) for own in tags]
    assert row_labels(np.concatenate(tags), starts, known).tolist() == wanted


def test_words_of_spans_are_found_one_span_after_the_other():
    places, firsts = word_places(np.array([2, 7, 3]), np.array([4, 8, 6]))
    assert (places.tolist(), firsts.tolist()) == ([2, 3, 7, 3, 4, 5], [0, 2, 3])


@given(tags=TAGS)
def test_tags_of_spans_have_those_spans(tags):
    spans = spans_of(np.array(tags))
    assert spans_of(tags_of(spans, len(tags))) == spans


@given(pairs=st.lists(st.lists(st.tuples(*[st.integers(0, 6)] * 2), min_size=1), min_size=1))
def test_scores_are_those_of_seqeval(pairs):
    gold, found = ([np.array(p)[:, side] for p in pairs] for side in (0, 1))
    metrics = score_entities(gold, found, np.zeros(len(gold)), len(TYPES))
    if not any(tags.any() for tags in [*gold, *found]):
        assert metrics.macro_f1 == 0
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of types without predictions
        report = classification_report(
            list(map(named, gold)), list(map(named, found)), output_dict=True, zero_division=0
        )
    assert metrics.macro_f1 == pytest.approx(report["macro avg"]["f1-score"])
    for place, name in enumerate(TYPES):
        wanted = report.get(name, {"precision": 0, "recall": 0, "f1-score": 0, "support": 0})
        assert metrics.precision[place] == pytest.approx(wanted["precision"])
        assert metrics.recall[place] == pytest.approx(wanted["recall"])
        assert metrics.f1[place] == pytest.approx(wanted["f1-score"])
        assert metrics.support[place] == wanted["support"]


@pytest.mark.parametrize(
    ("predicted", "kinds"),
    [
        ([Span(1, 3, 0)], []),
        ([], [MISSED]),
        ([Span(1, 3, 1)], [WRONG_TYPE]),
        ([Span(1, 2, 0)], [WRONG_BOUNDARY]),
        ([Span(2, 5, 1)], [WRONG_TYPE]),
        ([Span(1, 3, 0), Span(4, 5, 1)], [SPURIOUS]),
    ],
)
def test_each_mistake_has_its_kind(predicted, kinds):
    assert [kind for _, kind in mistakes([Span(1, 3, 0)], predicted)] == kinds


def test_a_sentence_with_two_mistakes_has_both_bits():
    gold, found = tags_of([Span(0, 1, 0)], 4), tags_of([Span(2, 3, 1)], 4)
    assert error_bits([gold, gold], [found, gold]).tolist() == [MISSED | SPURIOUS, 0]


def test_the_confusion_counts_missed_and_spurious_entities():
    gold, found = tags_of([Span(0, 1, 0), Span(2, 3, 1)], 5), tags_of([Span(2, 3, 0)], 5)
    confusion = score_entities([gold], [found], np.zeros(1), 2).confusion
    assert confusion.tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


def test_a_sentence_stands_under_its_rarest_type():
    tags = [tags_of([Span(0, 1, 0), Span(1, 2, 1)], 2), tags_of([Span(0, 1, 0)], 2)]
    counts = mention_counts(tags, 2)
    assert counts.tolist() == [2, 1]
    assert [row_label(spans_of(t), counts) for t in tags] == [1, 0]
    assert row_label([], counts) == 2


@given(pairs=st.lists(st.lists(st.tuples(*[st.integers(0, 6)] * 2), min_size=1), min_size=1))
def test_precision_and_recall_follow_from_the_confusion(pairs):
    gold, found = ([np.array(p)[:, side] for p in pairs] for side in (0, 1))
    metrics = score_entities(gold, found, np.zeros(len(gold)), len(TYPES))
    hits = np.diagonal(metrics.confusion)[:-1]
    named, support = (metrics.confusion.sum(axis)[:-1] for axis in (0, 1))
    assert metrics.precision[:-1] == pytest.approx(hits / np.maximum(1, named))
    assert metrics.recall[:-1] == pytest.approx(hits / np.maximum(1, support))
    assert [metrics.f1[-1], metrics.support[-1], metrics.confusion[-1, -1]] == [0, 0, 0]


def test_accuracy_counts_words():
    gold, found = [np.array([1, 2, 0]), np.array([0])], [np.array([1, 0, 0]), np.array([0])]
    assert score_entities(gold, found, np.zeros(2), 3).accuracy == 0.75
