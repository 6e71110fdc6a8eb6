"""The hard regions of a run, from what training recorded and cached."""

import numpy as np
import pytest

from hamr.errors import StoreError
from hamr.store import Store
from hamr.views.base import label_errors
from hamr.views.base import regions as region_views
from hamr.views.base.label_errors import p_wrong, text_label_errors
from hamr.views.base.regions import NOT_SOUGHT, cached_regions, regions_at_once, regions_of
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.region_run import PLANTED, region_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return region_run(Store.open(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def found(run):
    return regions_of(run, 3)


def test_rows_with_wrong_labels_are_a_region(found):
    shares = [np.mean(region.rows < PLANTED) for region in found.found[:3] if len(region.rows) > 9]
    assert max(shares) > 0.8


def test_a_region_is_named_by_the_words_of_its_rows(found):
    names = [region.name for region in found.found if np.mean(region.rows < PLANTED) > 0.9]
    assert any("Regsvr32" in name or "Loader" in name for name in names)


def test_regions_are_the_same_from_the_cache(run, found):
    again = cached_regions(run, 3)
    assert [region.id for region in again.found] == [region.id for region in found.found]
    for one, other in zip(again.found, found.found, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)
        assert (one.terms, one.confusions, one.classes) == (
            other.terms, other.confusions, other.classes,
        )  # fmt: skip
    np.testing.assert_array_equal(again.of_row, found.of_row)


def test_a_region_keeps_its_id_over_epochs(run, found):
    before = {region.id: region for region in regions_of(run, 2).found}
    kept = [region for region in found.found if region.id in before]
    assert kept
    for region in kept:
        other = before[region.id].rows
        assert len(np.intersect1d(region.rows, other)) >= 0.3 * len(np.union1d(region.rows, other))


def test_runs_on_the_same_rows_share_their_candidates(run, found, monkeypatch):
    other = region_run(run.store, run_seed=1, name="other")
    monkeypatch.setattr(region_views, "find_candidates", None)
    assert regions_of(other, 3).found


def test_an_epoch_that_was_not_recorded_is_refused(run):
    with pytest.raises(StoreError, match="epoch"):
        regions_of(run, 9)


@pytest.mark.parametrize("write", [write_fake_run, write_fake_token_run])
def test_what_has_to_be_computed_first_is_said(tmp_path, write):
    found = regions_of(write(Store.open(tmp_path), epochs=1), 1)
    assert not found.found and "hamr regions" in found.why_none
    assert (found.of_row == -1).all()


def test_a_run_whose_embeddings_are_gone_says_so(tmp_path):
    run = region_run(Store.open(tmp_path), epochs=1)
    for path in (tmp_path / "cache" / "embeddings").iterdir():
        path.unlink()
    found = regions_of(run, 1)
    assert not found.found and "train again" in found.why_none
    assert cached_regions(run, 1) is None


def test_a_page_has_no_search_among_very_many_rows_but_what_one_has_found(tmp_path, monkeypatch):
    run = region_run(Store.open(tmp_path))
    exact = text_label_errors(run, 3).p_wrong
    monkeypatch.setattr(label_errors, "MOST_AT_ONCE", 100)
    assert regions_at_once(run, 3).why_none == NOT_SOUGHT
    assert p_wrong(run, 3) is None
    found = regions_of(run, 3)  # as `hamr regions` does
    assert [one.id for one in regions_at_once(run, 3).found] == [one.id for one in found.found]
    np.testing.assert_allclose(p_wrong(run, 3), exact, atol=1e-6)
