"""Hard regions are found where labels gather that the evidence does not explain."""

from dataclasses import replace

import numpy as np
import pytest

from hamr.regions import ORDERS, HeldOutRows, RegionSignals, find_candidates, find_regions, ordered
from hamr.regions.held_out import macro_f1
from tests.regions.toy import CLASSES, toy

TOY = toy()
CANDIDATES = find_candidates(TOY.vectors, TOY.texts)


def jaccard(one, other):
    return len(np.intersect1d(one, other)) / len(np.union1d(one, other))


def found_in(made, candidates=None, **options):
    given = candidates or find_candidates(made.vectors, made.texts)
    return find_regions(
        made.vectors, made.labels, CLASSES, made.signals, candidates=given, **options
    )


@pytest.fixture(scope="module")
def found():
    return found_in(TOY, CANDIDATES)


def test_the_group_with_wrong_labels_is_the_first_region(found):
    assert jaccard(found.found[0].rows, TOY.planted) >= 0.8
    assert found.found[0].p_value < 0.01


def test_a_region_says_what_is_wrong_in_it(found):
    region = found.found[0]
    assert (region.confusions[0].label, region.confusions[0].prediction) == ("gamma", "alpha")
    assert region.confusions[0].rows == 16
    assert region.hardness > region.rest_hardness
    assert region.expected_label_errors == pytest.approx(TOY.signals.p_wrong[region.rows].sum())


def test_rows_of_every_region_are_ascending_and_unique(found):
    for region in found.found:
        assert (np.diff(region.rows) > 0).all()
        assert sum(region.classes.values()) == len(region.rows)


def test_each_row_names_the_smallest_region_that_holds_it(found):
    for row, index in enumerate(found.of_row):
        holding = [len(region.rows) for region in found.found if row in region.rows]
        assert index == -1 if not holding else len(found.found[index].rows) == min(holding)


def test_the_same_rows_give_the_same_regions(found):
    again = found_in(TOY)
    assert [region.id for region in again.found] == [region.id for region in found.found]


@pytest.mark.parametrize("seed", range(5))
def test_no_region_is_significant_where_labels_are_random(seed):
    labels = np.random.default_rng(seed).permutation(TOY.labels)
    unaware = replace(TOY.signals, p_label=None)  # the nearest rows' labels are the evidence
    result = find_regions(TOY.vectors, labels, CLASSES, unaware, candidates=CANDIDATES)
    assert all(region.p_value > 0.05 for region in result.found)


def test_without_hardness_regions_are_ranked_by_loss():
    plain = replace(TOY, signals=replace(TOY.signals, hardness=None))
    region = found_in(plain, CANDIDATES).found[0]
    assert region.ranked_by == "loss"
    assert region.hardness == pytest.approx(TOY.signals.loss[region.rows].mean())


def test_validation_and_test_rows_fall_in_the_region_of_their_nearest_training_rows(found):
    near = TOY.vectors[TOY.planted[:12]] + 0.01
    held = HeldOutRows(
        rows=np.arange(500, 512), vectors=near, labels=np.zeros(12, int),
        predictions=np.zeros(12, int), is_test=np.arange(12) >= 9,
    )  # fmt: skip
    region = found_in(TOY, CANDIDATES, held_out=held).found[0]
    assert len(region.held_out) >= 10
    assert region.validation_f1 == 1.0
    assert region.test_f1 is None  # fewer than five rows


def test_f1_is_the_mean_over_the_classes_that_occur():
    labels, said = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 2, 2])
    assert macro_f1(labels, said) == pytest.approx((1.0 + 0.5) / 2)


@pytest.mark.parametrize("order", [*ORDERS, "rare classes"])
def test_an_order_keeps_all_regions(found, order):
    rows = {name: int((TOY.labels == n).sum()) for n, name in enumerate(CLASSES)}
    listed = ordered(found.found, order, rows)
    assert {region.id for region in listed} == {region.id for region in found.found}


def test_names_are_those_of_the_caller():
    region = found_in(
        TOY, CANDIDATES, names=lambda rows, about: [(("term",), " / ".join(a)) for a in about]
    ).found[0]
    assert (region.terms, region.name) == (("term",), "gamma / alpha")


def plain_signals(count):
    return RegionSignals(loss=np.full(count, np.nan), predictions=np.full(count, -1))


@pytest.mark.parametrize(
    ("vectors", "labels", "why"),
    [
        (np.zeros((0, 4)), np.zeros(0, int), "at least 50"),
        (np.random.default_rng(0).random((49, 4)), np.arange(49) % 2, "at least 50"),
        (np.ones((80, 4)), np.arange(80) % 2, "alike"),
        (np.full((80, 4), np.nan), np.arange(80) % 2, "alike"),
        (np.random.default_rng(0).random((200, 4)), np.zeros(200, int), "same class"),
    ],
)
def test_odd_rows_have_no_region_and_a_sentence_says_why(vectors, labels, why):
    found = find_regions(vectors, labels, CLASSES, plain_signals(len(labels)))
    assert not found.found and why in found.why_none
    assert (found.of_row == -1).all()


def test_five_hundred_classes_are_no_obstacle():
    random = np.random.default_rng(0)
    labels, vectors = random.integers(0, 500, 1200), random.normal(size=(1200, 8))
    names = [f"class {n}" for n in range(500)]
    found = find_regions(vectors, labels, names, plain_signals(1200))
    assert all(region.p_value > 0.05 for region in found.found)
