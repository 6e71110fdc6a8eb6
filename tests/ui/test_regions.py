"""Hard regions outside of Neighbourhoods: on the first page and on Compare."""

import pytest

from hamr.ui.home.regions import in_words
from hamr.views.base.regions import regions_of
from tests.fake_regions import fake_region, fake_regions
from tests.fake_run import write_fake_run
from tests.region_run import region_run
from tests.ui.conftest import words


def links(app) -> dict[str, str]:
    """The query of each link to a page, by its label."""
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def test_the_first_page_names_three_regions_of_a_finished_run(visit, store):
    run = region_run(store)
    found = regions_of(run, 3).beyond_chance[:3]
    assert found
    app = visit()
    assert not app.exception
    for region in found:
        query = next(query for query in links(app).values() if f"region={region.id}" in query)
        assert f"run={run.id}" in query
        assert in_words(region, "rows") in words(app)


def test_the_first_page_says_where_no_region_is_beyond_chance(visit, store, monkeypatch):
    write_fake_run(store)
    doubtful = fake_regions(300, fake_region("cc33", range(9), p_value=0.4))
    monkeypatch.setattr("hamr.ui.home.regions.cached_regions", lambda *_: doubtful)
    app = visit()
    assert not app.exception
    assert "None is beyond chance" in words(app)
    assert "See 1 group that could be chance" in links(app)


def test_the_first_page_offers_to_find_regions_and_computes_none(visit, store, monkeypatch):
    write_fake_run(store)
    app = visit()
    assert not app.exception
    assert "not computed yet" in words(app)
    assert "Find hard regions" in links(app)


def test_the_first_page_says_nothing_of_regions_until_a_run_has_finished(visit, store):
    write_fake_run(store, status="interrupted")
    assert "Hard regions" not in words(visit())


@pytest.mark.parametrize("embedded", [True, False])
def test_compare_says_which_regions_changed_or_why_it_can_not(visit, store, embedded):
    one, other = (region_run(store, run_seed=seed, embedded=embedded) for seed in (1, 2))
    app = visit("pages/8_Compare.py", tab="Regions", runs=f"{one.id},{other.id}")
    assert not app.exception
    assert ("no detectable difference" if embedded else "No hard regions yet") in words(app)
