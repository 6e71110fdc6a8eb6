"""What each strategy picks, against slow and obvious ways to pick."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.acquisition import NAMES, default_of, offered
from hamr.acquisition.orders import CANDIDATES, Scored, margin, nearby_hardness, order
from hamr.errors import SettingError


def made(seed=0, rows=60, labelled=20, classes=4, width=8):
    random = np.random.default_rng(seed)

    def units(count):
        found = random.normal(size=(count, width)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    return Scored(
        probabilities=random.dirichlet(np.ones(classes), rows).astype(np.float32),
        vectors=units(rows),
        labelled=units(labelled),
        counts=random.integers(1, 30, classes),
        hardness=random.random(labelled).astype(np.float32),
        disagreement=random.integers(0, 3, rows).astype(np.float32),
    )


@pytest.mark.parametrize("strategy", NAMES)
@given(seed=st.integers(0, 1000), rows=st.integers(1, 40), count=st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_each_row_is_picked_once_and_no_more_than_there_are(strategy, seed, rows, count):
    found = order(made(seed, rows), strategy, count, seed=seed)
    assert len(found) == min(rows, count) == len({*found.tolist()})
    assert found.min() >= 0 and found.max() < rows


@pytest.mark.parametrize("strategy", NAMES)
def test_the_same_seed_gives_the_same_order(strategy):
    assert (order(made(), strategy, 20, seed=3) == order(made(), strategy, 20, seed=3)).all()


def test_uncertain_rows_have_the_smallest_margin():
    scored = made()
    top = np.sort(scored.probabilities, axis=1)
    slow = top[:, -1] - top[:, -2]
    np.testing.assert_allclose(margin(scored.probabilities), slow, atol=1e-6)
    assert order(scored, "uncertain", 5).tolist() == np.argsort(slow, kind="stable")[:5].tolist()


def test_rows_that_epochs_disagree_on_come_first_and_of_equal_ones_the_less_certain():
    scored = made()
    gaps = margin(scored.probabilities)
    slow = sorted(range(60), key=lambda row: (-scored.disagreement[row], gaps[row]))
    assert order(scored, "disagreement", 60).tolist() == slow


def test_without_the_models_of_earlier_epochs_their_disagreement_is_refused():
    with pytest.raises(SettingError, match="needs the models of earlier epochs"):
        order(replace(made(), disagreement=None), "disagreement", 5)


def test_nearby_hardness_is_the_mean_of_the_most_similar_labelled_rows():
    scored = made()
    alike = scored.vectors @ scored.labelled.T
    slow = [scored.hardness[np.argsort(-row)[:10]].mean() for row in alike]
    np.testing.assert_allclose(nearby_hardness(scored), slow, atol=1e-6)


def test_a_diverse_row_is_farthest_from_all_before_it():
    scored = made()
    found = order(scored, "diverse", 5)
    known = [*scored.labelled]
    for row in found:
        alike = np.array([max(vector @ one for one in known) for vector in scored.vectors])
        assert alike[row] == pytest.approx(alike.min(), abs=1e-6)
        known.append(scored.vectors[row])


def test_rare_classes_come_first_until_they_have_as_many_labels():
    rows, classes = 100, 2
    likely = np.zeros((rows, classes), np.float32)
    likely[np.arange(rows), np.arange(rows) % 2] = 1
    vectors = np.eye(rows, dtype=np.float32)
    scored = Scored(likely, vectors, vectors[:1], np.array([3, 20]), np.ones(1, np.float32))
    found = order(scored, "rare", 40) % 2
    assert (found[:17] == 0).all()
    assert abs(int((found[17:] == 0).sum()) - int((found[17:] == 1).sum())) <= 1


def test_balanced_prefers_uncertain_rows_of_a_rare_class_to_certain_ones():
    likely = np.array([[0.95, 0.05], [0.55, 0.45], [0.05, 0.95], [0.45, 0.55]], np.float32)
    vectors = np.eye(4, dtype=np.float32)
    scored = Scored(likely, vectors, vectors[:1], np.array([2, 50]), np.ones(1, np.float32))
    assert order(scored, "balanced", 2).tolist() == [1, 3]


def test_near_copies_of_a_chosen_row_come_last():
    vectors = np.eye(6, dtype=np.float32)
    vectors[1:4] = vectors[0]
    likely = np.full((6, 2), 0.5, np.float32)
    scored = Scored(likely, vectors, vectors[:1], np.array([5, 5]), np.ones(1, np.float32))
    assert {*order(scored, "rare", 3).tolist()} == {0, 4, 5}


def test_of_very_many_rows_a_diverse_strategy_looks_at_some():
    scored = made(rows=CANDIDATES + 50, width=2)
    assert len({*order(scored, "diverse", 10).tolist()}) == 10


def test_a_strategy_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(SettingError, match="choose one of balanced, uncertain, disagreement, hard"):
        order(made(), "best", 3)


def of_sentences():
    """Rows that have an uncertainty, and expected numbers of entities in the place of shares."""
    random = np.random.default_rng(1)
    return replace(
        made(),
        probabilities=random.gamma(1, 1, (60, 4)).astype(np.float16),
        disagreement=None,
        uncertainty=random.random(60).astype(np.float32),
    )


@pytest.mark.parametrize("strategy", offered(sentences=True))
def test_strategies_for_sentences_choose_each_once(strategy):
    assert len({*order(of_sentences(), strategy, 60).tolist()}) == 60


def test_the_most_uncertain_sentence_comes_first():
    scored = of_sentences()
    found = order(scored, "uncertain", 9).tolist()
    assert found == np.argsort(-scored.uncertainty, kind="stable")[:9].tolist()
    part = order(scored.of(np.arange(10)), "uncertain", 1)
    assert part.tolist() == [int(scored.uncertainty[:10].argmax())]


def test_a_sentence_with_entities_of_rare_types_comes_first_and_each_choice_counts():
    scored = replace(
        of_sentences(),
        probabilities=np.array([[0, 0, 0, 2.0], [0, 0, 0, 1.0], [3, 0, 0, 0]], np.float16),
        vectors=np.eye(3, 8, dtype=np.float32),
        counts=np.array([50, 50, 50, 4]),
        uncertainty=np.array([0.5, 0.5, 0.5], np.float32),
    )
    assert order(scored, "rare", 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize("strategy", sorted({*NAMES} - {*offered(sentences=True)}))
def test_a_strategy_that_needs_a_class_is_refused_for_sentences_and_says_why(strategy):
    with pytest.raises(SettingError, match="a sentence has none") as error:
        order(of_sentences(), strategy, 3)
    assert error.value.field == "strategy"


def test_the_default_is_offered():
    for sentences in (False, True):
        assert default_of(sentences=sentences) in offered(sentences=sentences, epochs=False)


def test_without_epochs_no_strategy_that_needs_them_is_offered():
    assert {*offered(epochs=True)} - {*offered(epochs=False)} == {"disagreement"}
