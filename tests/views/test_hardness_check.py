"""Hardness that ranks easy rows first: the warning, and what is built on the loss instead."""

import numpy as np
import pytest

from hamr.difficulty import rank_correlation
from hamr.store import Store
from hamr.ui.widgets.rowgrid import _hardest_first
from hamr.views.base import region_cache, rowtable
from hamr.views.base.hardness_check import agreement_of, is_turned, mean_loss, warning
from hamr.views.base.regions import REGIONS, _key, cached_regions, regions_of
from hamr.views.relabel.context import evidence
from hamr.views.relabel.queue import queue
from tests.fake_run import write_fake_run
from tests.region_run import region_run
from tests.views.small_run import SmallRun


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store.open(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def turned(store):
    return region_run(store, turned=True, name="turned")


@pytest.fixture(scope="module")
def usual(store):
    return region_run(store, name="usual")


def six_rows(hardness: list[float], **settings) -> SmallRun:
    losses = {1: [0.0, 1, 2, 3, 4, 5], 2: [2.0, 1, 2, 3, 4, 7]}
    return SmallRun(
        labels=[0, 0, 1, 1, 1, 2],
        signals={"loss": losses, "hardness": {1: [1.0] * 6, 2: hardness}},
        settings=settings,
    )


def test_the_mean_loss_is_over_the_epochs_so_far():
    run = six_rows([1.0] * 6)
    assert mean_loss(run, 1).tolist() == [0, 1, 2, 3, 4, 5]
    assert mean_loss(run, 2).tolist() == [1, 1, 2, 3, 4, 6]


@pytest.mark.parametrize(
    ("hardness", "said"),
    [
        ([6.0, 5, 4, 3, 2, 1], "Hardness does not mean hard at epoch 2"),
        ([1.0, 2, 6, 5, 4, 3], "agrees only in part"),
        ([1.0, 2, 3, 4, 5, 6], ""),
        ([1.0] * 6, ""),
    ],
)
def test_the_warning_says_how_far_hardness_is_from_the_loss(hardness, said):
    found = warning(six_rows(hardness), 2)
    assert found.startswith("Hardness") == bool(said)
    assert said in found


@pytest.mark.parametrize(("epochs", "advice"), [(10, "look at a later"), (2, "train again")])
def test_the_first_epochs_of_a_longer_run_ask_for_a_later_one(epochs, advice):
    assert advice in warning(six_rows([6.0, 5, 4, 3, 2, 1], epochs=epochs), 2)


def test_each_epoch_is_judged_by_itself():
    run = six_rows([6.0, 5, 4, 3, 2, 1])
    assert (warning(run, 1), is_turned(run, 2)) == ("", True)


def test_a_method_that_learns_no_hardness_is_not_warned_of(store):
    run = write_fake_run(store, method="erm", rows=60)
    assert agreement_of(run, 3).kind == "flat"


def test_regions_of_a_turned_run_are_ranked_by_loss(turned, usual):
    found = regions_of(turned, 3)
    assert is_turned(turned, 3) and not is_turned(usual, 3)
    assert {region.ranked_by for region in found.found} == {"loss"}
    assert {region.ranked_by for region in regions_of(usual, 3).found} == {"hardness"}


def test_regions_that_a_former_version_ranked_by_turned_hardness_are_found_again(turned, usual):
    regions_of(turned, 2)
    parts = region_cache.regions_as_arrays(regions_of(usual, 2))
    region_cache.put(turned.store.cache, REGIONS, _key(turned, 2), parts)
    assert cached_regions(turned, 2) is None
    assert {region.ranked_by for region in regions_of(turned, 2).found} == {"loss"}


def test_the_queue_of_a_turned_run_is_sorted_by_mean_loss(turned):
    found, loss = queue(turned, 3), mean_loss(turned, 3)
    own = found.order[: len(loss)]
    assert (np.diff(loss[own]) <= 0).all()
    assert found.score_is == "mean loss"
    assert found.diagnosis(int(own[0])) == "high mean loss"
    assert found.likely_errors == round(0.2 * len(loss))
    assert evidence(turned, 3, int(own[0]), found)[0].startswith("mean loss ")


def test_a_table_of_chosen_rows_begins_with_those_of_high_mean_loss(turned):
    rows, frame = np.arange(40, 90), rowtable.measures(turned, 3)
    shown = _hardest_first(turned, 3, frame, rows, 5)
    assert shown.tolist() == rows[np.argsort(-mean_loss(turned, 3)[rows])][:5].tolist()


def test_the_turned_run_of_these_tests_is_turned_by_the_definition(turned):
    losses = np.stack(turned.signal_over("loss", [1, 2, 3]))
    assert rank_correlation(turned.signal("hardness", 3), losses.mean(0)) < 0
