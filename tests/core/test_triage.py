"""Likely mislabelled, and what every other row is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from hamr.neighbours import NeighbourSearch
from hamr.triage import (
    ISSUE_TYPES,
    RunSignals,
    evidence_sentences,
    find_issues,
    neighbour_evidence,
)
from hamr.triage.class_centroids import calibrated, centroid_log_p, log_softmax
from hamr.triage.issue_types import (
    AMBIGUOUS,
    DUPLICATE,
    HARD,
    MISLABELLED,
    OUTLIER,
    RARE,
    UNREMARKABLE,
)
from hamr.triage.loo_ensemble import loo_ensemble
from hamr.triage.ridge import PENALTY, POWER, ridge_log_p

CLASSES = ("one", "two", "three", "four")
SIZES = (160, 100, 60, 30)


def evidence_of(points, labels, scored=None, classes=4, k=15):
    points, count = points.astype(np.float32), scored or len(labels)
    near = NeighbourSearch(points, k).of(np.arange(count))
    return neighbour_evidence(points, labels.astype(np.int32), *near, classes)


def signals_of(logits, labels, hardness=None):
    """A run whose logits were these, [E, N, C]."""
    log_p = np.stack([log_softmax(epoch) for epoch in logits])
    rows = np.arange(len(labels))
    loss = -log_p[:, rows, labels].astype(np.float32)
    top = np.argsort(-logits[-1], axis=1)[:, :3]
    chances = np.exp(np.take_along_axis(log_p[-1], top, axis=1))
    hardness = np.ones_like(loss) + loss / 10 if hardness is None else hardness
    return RunSignals(loss, hardness, top.astype(np.int16), chances.astype(np.float16))


def memorised(points, labels, centroids, epochs=6):
    """Logits of a model that sees half of a point, and memorises the labels in the end."""
    distance = ((points[:, None] - centroids)[:, :, :3] ** 2).sum(2)
    memory = 6 * np.eye(len(centroids))[labels]
    steps = np.linspace(0.2, 1, epochs)
    return np.stack([-0.5 * step * distance + step**2 * memory for step in steps])


@pytest.fixture(scope="module")
def clouds():
    """(points, right labels, labels of which a tenth is flipped, the centroids)."""
    random = np.random.default_rng(0)
    centroids = 2 * random.normal(size=(4, 6))
    right = np.repeat(np.arange(4), SIZES)
    points = centroids[right] + random.normal(size=(len(right), 6))
    flipped = random.choice(len(right), len(right) // 10, replace=False)
    labels = right.copy()
    labels[flipped] = (labels[flipped] + random.integers(1, 4, len(flipped))) % 4
    return points, right, labels, centroids


@pytest.fixture(scope="module")
def found(clouds):
    points, _, labels, centroids = clouds
    return find_issues(
        evidence_of(points, labels), signals_of(memorised(points, labels, centroids), labels)
    )


def precision(clouds, score):
    _, right, labels, _ = clouds
    return average_precision_score(labels != right, score)


def test_flipped_labels_are_found_better_than_by_the_loss(clouds, found):
    ours = precision(clouds, found.label_errors.score)
    assert ours > 0.85
    assert ours > precision(clouds, found.signals.loss.mean(0)) + 0.03


def test_after_one_epoch_the_score_beats_that_epochs_loss(clouds):
    points, _, labels, centroids = clouds
    early = signals_of(memorised(points, labels, centroids)[:1], labels)
    score = find_issues(evidence_of(points, labels), early).label_errors.score
    assert precision(clouds, score) > precision(clouds, early.loss[0])


def test_most_estimated_errors_are_flipped_and_most_flipped_rows_are_among_them(clouds, found):
    _, right, labels, _ = clouds
    above = found.label_errors.order[: found.label_errors.estimated_count]
    hits = (labels != right)[above].sum()
    assert hits > 0.75 * found.label_errors.estimated_count
    assert hits > 0.5 * (labels != right).sum()


def test_with_right_labels_few_errors_are_estimated(clouds):
    points, right, _, centroids = clouds
    run = signals_of(memorised(points, right, centroids), right)
    assert find_issues(evidence_of(points, right), run).label_errors.estimated_count < 0.03 * len(
        right
    )


def test_the_other_class_is_the_right_one_where_a_label_was_flipped(clouds, found):
    _, right, labels, _ = clouds
    listed = found.label_errors.order[: found.label_errors.estimated_count]
    listed = listed[labels[listed] != right[listed]]
    assert (found.other[listed] == right[listed]).mean() > 0.85


def test_further_rows_give_evidence_but_get_no_issue_type(clouds):
    points, _, labels, centroids = clouds
    order = np.random.default_rng(1).permutation(len(labels))
    points, labels = points[order], labels[order]
    run = signals_of(memorised(points[:250], labels[:250], centroids), labels[:250])
    with_others = find_issues(evidence_of(points, labels, scored=250), run)
    alone = find_issues(evidence_of(points[:250], labels[:250]), run)
    assert len(with_others.issue_type) == len(alone.issue_type) == 250
    assert not np.allclose(with_others.label_errors.score, alone.label_errors.score)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**16))
def test_the_order_of_the_rows_decides_nothing(clouds, found, seed):
    points, _, labels, centroids = clouds
    order = np.random.default_rng(seed).permutation(len(labels))
    run = signals_of(memorised(points[order], labels[order], centroids), labels[order])
    moved = find_issues(evidence_of(points[order], labels[order]), run)
    np.testing.assert_allclose(moved.label_errors.score, found.label_errors.score[order], atol=2e-3)
    assert (moved.issue_type == found.issue_type[order]).mean() > 0.99


@st.composite
def little_runs(draw):
    """Any embeddings, labels and losses, degenerate ones among them."""
    count, classes = draw(st.integers(2, 30)), draw(st.integers(2, 5))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    points = random.normal(size=(count, 4)) * draw(st.sampled_from((0.0, 1e-6, 1.0, 1e3))) + 1
    labels = random.integers(0, draw(st.integers(1, classes)), count)
    spread = draw(st.sampled_from((0.0, 1.0, 50.0)))
    logits = random.normal(size=(draw(st.integers(1, 3)), count, classes)) * spread
    return points, labels, logits


@given(run=little_runs())
def test_any_run_gets_finite_scores_an_estimate_in_range_and_one_issue_type_a_row(run):
    points, labels, logits = run
    around = evidence_of(points, labels, classes=logits.shape[2], k=5)
    judged = find_issues(around, signals_of(logits, labels))
    assert np.isfinite(judged.label_errors.score).all()
    assert 1 <= judged.label_errors.estimated_count <= len(labels)
    assert sum(judged.counts.values()) == len(labels)
    assert judged.counts[ISSUE_TYPES[MISLABELLED]] == judged.label_errors.estimated_count
    for row in range(len(labels)):
        assert evidence_sentences(judged, row, (*CLASSES, "five"))


def test_rows_alike_in_everything_score_alike():
    points, labels = np.ones((20, 3)), np.zeros(20, int)
    run = signals_of(np.zeros((2, 20, 4)), labels)
    assert np.ptp(find_issues(evidence_of(points, labels), run).label_errors.score) < 1e-6


def test_a_row_that_was_never_drawn_is_scored_without_its_weight(clouds, found):
    post = np.full(len(clouds[1]), np.nan, np.float32)
    post[1:] = np.linspace(0.5, 2, len(post) - 1)
    judged = replace(found, signals=replace(found.signals, post=post))
    assert not [
        sentence for sentence in evidence_sentences(judged, 0, CLASSES) if "weight" in sentence
    ]
    assert [
        sentence
        for sentence in evidence_sentences(judged, 1, CLASSES)
        if "post-meta weight 0.50" in sentence
    ]
    np.testing.assert_array_equal(judged.label_errors.score, found.label_errors.score)


def test_a_run_that_recorded_only_predictions_is_scored_as_well(clouds, found):
    first = replace(
        found.signals,
        top_classes=found.signals.top_classes[:, :1],
        top_probabilities=found.signals.top_probabilities[:, :1],
    )
    assert precision(clouds, find_issues(found.evidence, first).label_errors.score) > 0.85


# ---- leaving a row out in closed form --------------------------------------------------------


def test_centroid_probabilities_are_those_of_a_discriminant_without_the_row():
    """Against means and covariance computed again without each row, at every shrinkage."""
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(3), (9, 7, 6))
    points = random.normal(size=(22, 4)) + 2 * np.eye(3, 4)[labels]
    from hamr.triage import class_centroids

    values, basis = np.linalg.eigh(_scatter(points, labels) / 22)
    middle = points.mean(0)
    means = np.stack([points[labels == c].mean(0) - middle for c in range(3)])
    for shrink in class_centroids.SHRINKS:
        spread = (1 - shrink) * values + shrink * values.mean()
        rotated = (points - middle) @ basis
        scores = class_centroids._scores(
            rotated, means @ basis, spread, shrink, labels, np.bincount(labels)
        )
        slow = _left_out(points, labels, shrink, values.mean())
        np.testing.assert_allclose(scores, slow, rtol=1e-4)


def _scatter(points, labels):
    residuals = points - np.stack([points[labels == label].mean(0) for label in labels])
    return residuals.T @ residuals


def _left_out(points, labels, shrink, level):
    result = np.empty((len(labels), 3))
    for row in range(len(labels)):
        kept = np.arange(len(labels)) != row
        spread = (1 - shrink) * _scatter(points[kept], labels[kept]) / len(labels)
        inverse = np.linalg.inv(spread + shrink * level * np.eye(points.shape[1]))
        for label in range(3):
            away = points[row] - points[kept & (labels == label)].mean(0)
            prior = np.log((labels == label).mean())
            result[row, label] = prior - away @ inverse @ away / 2
    return result


def test_a_class_of_one_row_does_not_support_itself():
    random = np.random.default_rng(0)
    points = random.normal(size=(41, 3)).astype(np.float32)
    labels = np.repeat([0, 1], (40, 1))
    said = centroid_log_p(points, labels, 2)
    assert said[40, 1] < said[40, 0]


def test_ridge_probabilities_are_those_of_a_regression_without_the_row():
    random = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], (30, 12, 5))
    points = (random.normal(size=(47, 4)) + 0.7 * labels[:, None]).astype(np.float32)
    scores = np.stack([without_the_row(points, labels, row) for row in range(47)])
    assert np.allclose(ridge_log_p(points, labels, 3), calibrated(scores, labels), atol=1e-3)


def without_the_row(points, labels, row):
    """The regression refitted on all rows but one, with the weights of all."""
    weight = np.bincount(labels)[labels] ** -POWER
    weight = weight / weight.mean()
    z = np.concatenate([points, np.ones((len(points), 1))], 1).astype(float)
    kept = np.arange(len(points)) != row
    left = (z[kept] * weight[kept, None]).T
    matrix = left @ z[kept] + PENALTY * np.eye(z.shape[1])
    return z[row] @ np.linalg.solve(matrix, left @ np.eye(3)[labels[kept]])


def test_the_ensemble_predicts_the_labels_no_worse_than_centroids_or_regression(clouds):
    points, right, _, _ = clouds
    rows, points = np.arange(len(right)), points.astype(np.float32)
    said = [float(f(points, right, 4)[rows, right].mean()) for f in (loo_ensemble, centroid_log_p)]
    assert said[0] >= max(said[1], float(ridge_log_p(points, right, 4)[rows, right].mean())) - 1e-5


@pytest.mark.parametrize("of", [ridge_log_p, loo_ensemble])
def test_a_class_without_rows_gets_next_to_nothing(of, clouds):
    points, right, _, _ = clouds
    said = np.exp(of(points.astype(np.float32), np.where(right == 2, 3, right), 4))
    assert said[:, 2].max() < 1e-6
    assert np.allclose(said.sum(1), 1, atol=1e-4)


# ---- issue types ---------------------------------------------------------------------------


def test_a_copy_is_a_near_duplicate_and_its_sentence_names_the_twins_label(clouds):
    points, right, _, centroids = clouds
    points = points.copy()
    points[1] = points[0]
    judged = find_issues(
        evidence_of(points, right), signals_of(memorised(points, right, centroids), right)
    )
    assert judged.matches[[0, 1], DUPLICATE].all()
    assert any(
        "which is also `one`" in sentence for sentence in evidence_sentences(judged, 0, CLASSES)
    )


def test_a_row_far_from_all_others_is_an_outlier():
    random = np.random.default_rng(0)
    points = random.normal(size=(100, 5)) + 10
    points[7] = [-9, 8, 10, -10, 3]
    labels = np.arange(100) % 2
    run = signals_of(random.normal(size=(2, 100, 2)), labels)
    outliers = find_issues(evidence_of(points, labels, classes=2), run).matches[:, OUTLIER]
    assert outliers[7] and outliers.sum() < 10


def test_rows_of_a_class_below_half_an_even_share_are_rare(clouds, found):
    rare = found.evidence.counts < len(clouds[1]) / 8
    assert 0 < rare.sum() < 4
    np.testing.assert_array_equal(found.matches[:, RARE], rare[clouds[2]])


def test_ambiguous_and_hard_but_correct_exclude_each_other(found):
    assert not (found.matches[:, AMBIGUOUS] & found.matches[:, HARD]).any()


def test_an_ambiguous_row_names_both_classes(clouds, found):
    row = int(np.flatnonzero(found.issue_type == AMBIGUOUS)[0])
    label, other = CLASSES[clouds[2][row]], CLASSES[found.other[row]]
    assert found.name(row, CLASSES) == f"ambiguous between `{label}` and `{other}`"


def test_a_hard_row_with_a_well_supported_label_is_hard_but_correct(clouds):
    points, right, _, centroids = clouds
    hardness = np.ones((6, len(right)), np.float32)
    logits = memorised(points, right, centroids)
    plain = find_issues(evidence_of(points, right), signals_of(logits, right, hardness))
    row = int(np.flatnonzero(plain.issue_type == UNREMARKABLE)[0])
    hardness[:, row] = 3
    judged = find_issues(evidence_of(points, right), signals_of(logits, right, hardness))
    assert judged.issue_type[row] == HARD


def test_without_hardness_the_mean_loss_ranks_difficulty(found):
    flat = replace(found.signals, hardness=np.ones_like(found.signals.hardness))
    judged = find_issues(found.evidence, flat)
    assert judged.difficulty[-1] == pytest.approx(found.signals.loss.mean(0))
    assert any(
        sentence.startswith("mean loss") for sentence in evidence_sentences(judged, 0, CLASSES)
    )


def test_hardness_that_ranks_easy_rows_first_gives_way_to_the_mean_loss(found):
    turned = replace(found.signals, hardness=-found.signals.loss)
    judged = find_issues(found.evidence, turned)
    assert judged.difficulty[-1] == pytest.approx(found.signals.loss.mean(0))


# ---- evidence --------------------------------------------------------------------------------


def test_the_evidence_counts_neighbours_and_says_since_when_a_row_is_hard(clouds, found):
    row = int(found.label_errors.order[0])
    sentences = evidence_sentences(found, row, CLASSES)
    right = CLASSES[clouds[1][row]]
    assert any(
        line.startswith(("8 of 10", "9 of 10", "10 of 10")) and right in line for line in sentences
    )
    assert any(
        line.startswith("hardness in the top") and "since epoch" in line for line in sentences
    )
    assert any(f"most likely it is `{right}`" in line for line in sentences)


def test_since_is_the_first_epoch_without_a_break(found):
    hardness = np.ones((6, 350), np.float32) + np.arange(350, dtype=np.float32) / 1000
    hardness[[0, 2, 3, 4, 5], 3] = 9  # at epoch 2 it fell out of the top
    judged = replace(found, signals=replace(found.signals, hardness=hardness, loss=hardness))
    assert "hardness in the top 1 % since epoch 3" in evidence_sentences(judged, 3, CLASSES)
