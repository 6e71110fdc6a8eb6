"""What the link filters by on Neighbourhoods, and how the map and the table show it."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.views.base.geometry import inside, lasso_text
from hamr.views.neighbourhoods.data_map import FRAME, data_map
from hamr.views.neighbourhoods.signal_levels import signal_levels
from tests.fake_run import write_fake_run
from tests.ui.conftest import on_map, words

PAGE = "pages/5_Neighbourhoods.py"


@pytest.fixture
def run(store):
    return write_fake_run(store)


def listed(app) -> set[str]:
    return set(app.dataframe[0].value["id"])


def test_classes_of_the_link_are_in_focus_and_their_rows_listed(run, visit):
    app = visit(PAGE, run=run.id, classes="1")
    assert not app.exception
    assert on_map(app)["filter"]["codes"] == [1]
    held = np.flatnonzero(run.rows().labels == 1)
    assert listed(app) == set(run.rows().ids(held))
    assert f"{len(held)} rows of 1 class" in words(app)


def test_a_range_of_the_link_is_brushed_and_its_rows_listed(run, visit):
    loss = run.signal("loss", run.epochs()[-1])
    low, high = (float(f"{value:.3g}") for value in np.quantile(loss, (0.3, 0.6)))
    app = visit(PAGE, run=run.id, signal="loss", range=f"{low},{high}")
    assert on_map(app)["filter"]["range"] == [low, high]
    assert on_map(app)["histogram"]["signal"] == "loss"
    held = signal_levels(run, run.epochs()[-1], "loss").within((low, high))
    assert 0 < held.sum() < len(loss)
    assert listed(app) == set(run.rows().ids(np.flatnonzero(held)))


def test_classes_and_range_leave_what_passes_both(run, visit):
    app = visit(PAGE, run=run.id, classes="1", signal="loss", range="0,0.0000001", colour="loss")
    assert on_map(app)["filter"]["codes"] == []  # a scale has no classes to press
    assert "No row of 1 class, with loss" in words(app)


def test_the_histogram_is_of_what_colours_the_map_until_another_is_chosen(run, visit):
    assert on_map(visit(PAGE, run=run.id, colour="boost"))["histogram"]["signal"] == "boost"
    other = visit(PAGE, run=run.id, colour="boost", signal="draws")
    assert on_map(other)["histogram"]["signal"] == "draws"


def test_clear_filters_shows_all_rows_again(run, visit):
    app = visit(PAGE, run=run.id, classes="0,1", range="0,1", signal="loss")
    app.button(key="clear-filters").click().run()
    assert on_map(app)["filter"] == {"codes": [], "range": None}
    assert not app.query_params.get("classes") and not app.query_params.get("range")


@pytest.mark.parametrize("link", [{"classes": "x,-1,9999"}, {"range": "a,b"}, {"signal": "none"}])
def test_a_damaged_link_filters_nothing(run, visit, link):
    app = visit(PAGE, run=run.id, **link)
    assert not app.exception and not app.error
    assert on_map(app)["filter"] == {"codes": [], "range": None}


def test_an_opened_player_has_all_epochs_and_their_scores(run, visit):
    player = on_map(visit(PAGE, run=run.id, play="1", colour="loss", epoch="1"))["player"]
    assert player["epochs"] == run.epochs() and player["epoch"] == 1
    assert len(player["scores"]) == len(run.epochs())
    assert on_map(visit(PAGE, run=run.id))["player"] is None


DATA_MAP_HALF = [(-1000, -1000), (70_000, -1000), (70_000, 32768), (-1000, 32768)]


def test_the_data_map_has_axes_and_a_lasso_of_its_own(run, visit):
    lasso = lasso_text(DATA_MAP_HALF)
    app = visit(PAGE, run=run.id, layout="data-map", dlasso=lasso)
    assert not app.exception and not app.error
    shown = on_map(app)
    assert [axis["title"].split(":")[0] for axis in shown["axes"]] == ["variability", "confidence"]
    places = data_map(run, run.epochs()[-1])
    held = np.flatnonzero(inside(FRAME.to_data(DATA_MAP_HALF), places))
    assert 0 < len(held) < len(places)
    assert listed(app) == set(run.rows().ids(held))
    other = visit(PAGE, run=run.id, dlasso=lasso)
    assert on_map(other)["axes"] is None and "in the lasso" not in words(other)


def test_before_the_second_epoch_the_map_of_meanings_is_shown_instead(run, visit):
    app = visit(PAGE, run=run.id, layout="data-map", epoch="1")
    assert not app.exception
    assert on_map(app)["axes"] is None
    assert "The data map needs 2 epochs" in words(app)


def test_the_list_keeps_regions_that_have_a_row_in_the_selection():
    from types import SimpleNamespace

    from hamr.ui.neighbourhoods.region_list import _within
    from hamr.views.neighbourhoods.subjects import ROWS

    region = SimpleNamespace(rows=np.array([1, 4]), held_out=np.array([9]))
    run = SimpleNamespace(info=SimpleNamespace(task="sequence"))
    held = (None, np.array([4, 9]), np.array([2]))
    assert [_within(ROWS, run, region, within) for within in held] == [3, 2, 0]
