"""Which regions of a run got better or worse in another one, and how they changed over epochs."""

import dataclasses

import numpy as np
import pytest

from hamr.store import Store
from hamr.views.base.region_course import regions_over
from hamr.views.base.regions import regions_of
from hamr.views.compare import regions as compare_regions
from hamr.views.compare.regions import BETTER, SAME, WORSE, compared, table
from tests.fake_run import write_fake_run
from tests.region_run import PLANTED, planted_dataset, region_run


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store.open(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def run(store):
    return region_run(store)


@pytest.fixture
def corrected(store):
    """A run on the same rows, of which the wrong labels are corrected."""
    dataset = planted_dataset()
    labels = dataset.train.labels.copy()
    labels[:PLANTED] = 0
    train = dataclasses.replace(dataset.train, labels=labels)
    return region_run(
        store, dataset=dataclasses.replace(dataset, train=train, fingerprint="c" * 64)
    )


def planted(found):
    """The change of a region that is about the rows with wrong labels."""
    return next(one for one in found.changes if np.mean(one.region.rows < PLANTED) > 0.9)


def test_a_region_whose_labels_were_corrected_got_better(run, corrected):
    change = planted(compared(run, corrected, 3, 3))
    assert change.verdict == BETTER
    assert (change.mistakes.a, change.mistakes.b) == (1.0, 0.0)
    assert change.mistakes.high < 0


def test_the_other_way_round_it_got_worse(run, corrected, monkeypatch):
    monkeypatch.setattr(compare_regions, "regions_of", lambda *_: regions_of(run, 3))
    assert planted(compared(corrected, run, 3, 3)).verdict == WORSE


def test_a_run_differs_from_itself_in_no_region(run):
    found = compared(run, run, 3, 3)
    assert found.changes and found.count(SAME) == len(found.changes)
    assert all(one.loss.difference == 0 for one in found.changes)


def test_regions_that_changed_come_first(run, corrected):
    verdicts = [one.verdict == SAME for one in compared(run, corrected, 3, 3).changes]
    assert verdicts == sorted(verdicts)


def test_the_table_has_every_region(run, corrected):
    found = compared(run, corrected, 3, 3)
    assert table(found)["id"].tolist() == [one.region.id for one in found.changes]


def test_validation_rows_of_a_region_are_scored_in_both_runs(run):
    found = [one.validation_f1 for one in compared(run, run, 3, 3).changes]
    known = [one for one in found if one is not None]
    assert known and all(one.low <= 0 <= one.high for one in known)
    regions = {region.id: region for region in regions_of(run, 3).found}
    for change in compared(run, run, 3, 3).changes:
        if change.validation_f1 is not None:
            expected = regions[change.region.id].validation_f1
            assert change.validation_f1.a <= expected + 1e-6  # predicted classes count here too


def test_runs_on_other_rows_are_not_compared(run, tmp_path, store):
    other = write_fake_run(store, rows=60, epochs=3, seed=5)
    found = compared(run, other, 3, 3)
    assert not found.changes and "different training rows" in found.why_none


def test_the_measures_of_a_region_are_means_over_its_rows_at_each_epoch(run):
    regions = regions_of(run, 3).found
    course = regions_over(run, regions, [1, 3])
    assert course.epochs == (1, 3) and course.hardness.shape == (len(regions), 2)
    for n, region in enumerate(regions):
        for e, epoch in enumerate((1, 3)):
            hardness = run.signal("hardness", epoch)[region.rows]
            np.testing.assert_allclose(course.hardness[n, e], hardness.mean(), rtol=1e-6)
    np.testing.assert_allclose(course.hardness[:, 1], [own.hardness for own in regions], rtol=1e-5)
    np.testing.assert_allclose(course.hard_share[:, 1], [own.hard_share for own in regions])
