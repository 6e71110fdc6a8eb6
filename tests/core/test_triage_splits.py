"""Label errors of validation and test rows: what they are judged by, and by what not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hamr.neighbours import NeighbourSearch
from hamr.triage import (
    HeldOutSignals,
    HeldOutWords,
    RunSignals,
    WordSignals,
    evidence_sentences,
    find_issues,
    find_sentence_issues,
    neighbour_evidence,
    tag_statistics_of,
)

CLASSES, TRAIN, VALIDATION, TEST = 4, 240, 60, 60
KNOWN, EVERY = TRAIN + VALIDATION, TRAIN + VALIDATION + TEST


@pytest.fixture(scope="module")
def rows():
    """(embeddings, labels with one in ten wrong, the right labels, neighbours) of all splits."""
    random = np.random.default_rng(0)
    truth = random.integers(CLASSES, size=EVERY)
    vectors = (np.eye(CLASSES)[truth] + random.normal(0, 0.35, (EVERY, CLASSES))).astype(np.float32)
    wrong = np.arange(0, EVERY, 10)
    labels = truth.copy()
    labels[wrong] = (truth[wrong] + 1) % CLASSES
    search = NeighbourSearch(vectors[:KNOWN], 20)
    near = [np.concatenate(pair) for pair in zip(
        search.of(np.arange(KNOWN)), search.near(vectors[KNOWN:]), strict=True)]  # fmt: skip
    return vectors, labels, truth, near


def evidence_of(rows, labels):
    vectors, _, _, near = rows
    return neighbour_evidence(
        vectors, labels.astype(np.int32), *near, CLASSES, giving=KNOWN, trained=TRAIN
    )


def signals_of(rows, labels, held_out=True):
    """A run that sees through most of the wrong labels."""
    truth = rows[2]
    chance = np.where(labels == truth, 0.85, 0.1)
    top = np.stack([truth, (truth + 1) % CLASSES], 1).astype(np.int16)
    shares = np.tile([0.85, 0.1], (EVERY, 1)).astype(np.float16)
    loss = -np.log(chance).astype(np.float32)
    held = HeldOutSignals(loss[TRAIN:], top[TRAIN:], shares[TRAIN:])
    many = np.tile(loss[:TRAIN], (3, 1))
    return RunSignals(
        many, np.ones_like(many), top[:TRAIN], shares[:TRAIN], held_out=held if held_out else None
    )


def found_in(rows, labels, held_out=True):
    return find_issues(evidence_of(rows, labels), signals_of(rows, labels, held_out))


def test_wrong_labels_of_every_split_come_first_in_one_order(rows):
    _, labels, truth, _ = rows
    errors, wrong = found_in(rows, labels).label_errors, labels != truth
    first = errors.order[: wrong.sum()]
    assert wrong[first].mean() > 0.9
    for part in (slice(0, TRAIN), slice(TRAIN, KNOWN), slice(KNOWN, EVERY)):
        assert np.isin(np.flatnonzero(wrong)[np.isin(np.flatnonzero(wrong), np.r_[part])],
                       first).mean() > 0.75  # fmt: skip


def test_the_label_of_a_test_row_changes_no_score_of_training_and_validation(rows):
    _, labels, _, _ = rows
    changed = labels.copy()
    changed[KNOWN:] = (changed[KNOWN:] + 1) % CLASSES
    before, after = (found_in(rows, own).label_errors for own in (labels, changed))
    np.testing.assert_array_equal(before.score[:KNOWN], after.score[:KNOWN])
    np.testing.assert_array_equal(before.p_wrong[:KNOWN], after.p_wrong[:KNOWN])


def test_no_test_row_is_judged_by_the_label_of_another_one(rows):
    _, labels, _, _ = rows
    changed = labels.copy()
    changed[KNOWN + 1 :] = (changed[KNOWN + 1 :] + 1) % CLASSES
    before, after = (found_in(rows, own).label_errors for own in (labels, changed))
    assert before.score[KNOWN] == after.score[KNOWN]


def test_a_test_rows_own_label_changes_nothing_in_what_the_evidence_says_of_it(rows):
    _, labels, _, _ = rows
    changed = labels.copy()
    changed[KNOWN] = (changed[KNOWN] + 1) % CLASSES
    before, after = (evidence_of(rows, own) for own in (labels, changed))
    np.testing.assert_array_equal(before.centroid_log_p[KNOWN], after.centroid_log_p[KNOWN])
    np.testing.assert_array_equal(before.neighbour_votes[KNOWN], after.neighbour_votes[KNOWN])


@pytest.mark.parametrize("row", [7, TRAIN + 7])
def test_a_rows_own_label_hardly_changes_what_the_others_say_of_it(rows, row):
    # Priors and temperatures are of all rows, so one label moves them by a trace.
    _, labels, _, _ = rows
    changed = labels.copy()
    changed[row] = (changed[row] + 1) % CLASSES
    before, after = (evidence_of(rows, own).centroid_log_p[row] for own in (labels, changed))
    np.testing.assert_allclose(np.exp(before), np.exp(after), atol=0.02)


def test_rows_that_a_run_says_nothing_of_are_judged_by_the_evidence_alone(rows):
    _, labels, truth, _ = rows
    found = found_in(rows, labels, held_out=False)
    errors, wrong = found.label_errors, labels != truth
    assert np.isfinite(errors.score).all()
    test = np.arange(KNOWN, EVERY)
    best = test[np.argsort(-errors.score[test])[: wrong[test].sum()]]
    assert wrong[best].mean() >= 0.5
    sentences = evidence_sentences(found, KNOWN, ("a", "b", "c", "d"))
    assert not [one for one in sentences if one.startswith("the model")]


def test_probabilities_of_all_splits_are_comparable(rows):
    _, labels, _, _ = rows
    errors = found_in(rows, labels).label_errors
    means = [errors.p_wrong[part].mean() for part in (slice(0, TRAIN), slice(TRAIN, EVERY))]
    assert means[1] == pytest.approx(means[0], rel=0.5)


def test_a_held_out_row_is_never_hard_and_its_sentences_say_nothing_of_draws(rows):
    _, labels, _, _ = rows
    found = found_in(rows, labels)
    said = " ".join(evidence_sentences(found, KNOWN, ("a", "b", "c", "d")))
    assert "hardness" not in said and "mean loss" not in said and "post-meta" not in said
    assert "not trained on this row" in said
    assert not found.matches[TRAIN:, 4].any()


NAMES = {"Ada": 1, "Paris": 3}


@pytest.fixture(scope="module")
def sentences():
    """(words, tags, starts) of 90 sentences with one name each; one in ten is tagged wrongly."""
    words, tags = [], []
    for number in range(90):
        name = "Ada" if number % 2 else "Paris"
        words += [f"w{number}", "saw", name, "today"]
        own = NAMES[name] if number % 10 else 4 - NAMES[name]
        tags += [0, 0, own, 0]
    return words, np.array(tags), np.arange(0, 361, 4)


def sentence_issues(sentences, tags, recorded=True):
    words, _, starts = sentences
    right = np.array([NAMES.get(word, 0) for word in words])
    statistics = tag_statistics_of(words, tags, starts, 90, 5, giving=75, trained=60)
    loss = -np.log(np.where(tags == right, 0.9, 0.05)).astype(np.float32)
    chance = np.full(len(words), 0.9, np.float32)
    held = HeldOutWords(loss[240:], right[240:], chance[240:]) if recorded else None
    rows = np.ones((2, 60), np.float32)
    signals = WordSignals(
        np.tile(loss[:240], (2, 1)), np.tile(right[:240], (2, 1)), np.tile(chance[:240], (2, 1)),
        rows, rows, held,
    )  # fmt: skip
    return find_sentence_issues(statistics, signals)


@pytest.mark.parametrize("recorded", [True, False])
def test_wrong_entities_of_every_split_are_found(sentences, recorded):
    order = sentence_issues(sentences, sentences[1], recorded).label_errors.order
    assert set(order[:9].tolist()) == set(range(0, 90, 10))


def test_tags_of_test_sentences_change_no_other_score(sentences):
    tags = sentences[1].copy()
    tags[4 * 76 + 2] = 4 - tags[4 * 76 + 2]
    before, after = (sentence_issues(sentences, own) for own in (sentences[1], tags))
    same = np.delete(np.arange(90), 76)
    np.testing.assert_array_equal(before.label_errors.score[same], after.label_errors.score[same])
    own = slice(4 * 76, 4 * 77)
    np.testing.assert_array_equal(before.statistics.log_p[own], after.statistics.log_p[own])


def test_an_older_run_that_kept_no_losses_is_judged_like_one_without_predictions(sentences):
    found = sentence_issues(sentences, sentences[1])
    held = found.signals.held_out
    unknown = replace(held, loss=np.full_like(held.loss, np.nan))
    older = find_sentence_issues(found.statistics, replace(found.signals, held_out=unknown))
    alone = sentence_issues(sentences, sentences[1], recorded=False)
    np.testing.assert_array_equal(older.label_errors.score, alone.label_errors.score)
