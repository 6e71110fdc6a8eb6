"""The map of a run that fine-tunes, on the page: each epoch has its own places."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.store.moving_map import MovingMap
from hamr.views.base.all_rows import AllRows
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.places import places
from tests.fake_run import write_fake_run
from tests.js.golden import unpack
from tests.ui.conftest import on_map, words

PAGE, RELABEL = "pages/5_Neighbourhoods.py", "pages/7_Relabel.py"
LEFT_HALF = [(-1000, -1000), (32768, -1000), (32768, 70_000), (-1000, 70_000)]
LEFT_SIXTH = [(-1000, -1000), (10_922, -1000), (10_922, 70_000), (-1000, 70_000)]


@pytest.fixture
def run(store):
    """Three epochs, whose places lie side by side in one frame."""
    run = write_fake_run(store, epochs=3, preset="full", embedded=True)
    first = np.random.default_rng(0).uniform(size=(len(AllRows.of(run)), 2))
    xy = np.stack([first + np.array([epoch, 0]) for epoch in range(3)]).astype(np.float32)
    run.moving_maps.write(MovingMap((1, 2, 3), xy))
    return run


def feed(app, part: str) -> tuple[dict, dict]:
    for one in app.get("bidi_component"):
        if one.proto.bytes[:4] == b"HPM1":
            header, arrays = unpack(one.proto.bytes)
            if header["part"] == part:
                return header, arrays
    raise AssertionError(f"the map has no {part}")


@pytest.mark.parametrize("epoch", [1, 3])
def test_the_epoch_of_the_link_has_its_places(run, visit, epoch):
    app = visit(PAGE, run=run.id, epoch=str(epoch))
    assert not app.exception
    drawn = places(run, epoch)
    assert feed(app, "points")[1]["x"] == drawn.frame.to_packed(drawn.xy)[:, 0].tolist()
    assert "the map moves with it" in words(app)


def test_an_opened_player_has_the_places_of_all_epochs(run, visit):
    _, arrays = feed(visit(PAGE, run=run.id, play="1"), "frames")
    packed = [places(run, epoch).frame.to_packed(places(run, epoch).xy) for epoch in (1, 2, 3)]
    assert arrays["x"] == np.concatenate(packed)[:, 0].tolist()


def test_a_lasso_holds_the_rows_that_are_there_at_that_epoch(run, visit):
    lasso = lasso_text(LEFT_HALF)
    for epoch, wanted in ((1, 200), (3, 0)):
        drawn = places(run, epoch)
        assert inside(drawn.frame.to_data(LEFT_HALF), drawn.xy).sum() == wanted
        app = visit(PAGE, run=run.id, epoch=str(epoch), lasso=lasso)
        said = f"{wanted} rows in the lasso" if wanted else "in the lasso"
        assert said in words(app)


def test_relabel_takes_the_rows_that_the_lasso_holds_at_its_epoch(run, visit):
    drawn = places(run, 1)
    held = inside(drawn.frame.to_data(LEFT_SIXTH), drawn.xy).sum()
    assert 0 < held < 200
    link = {"judge": "As a group", "lasso": lasso_text(LEFT_SIXTH), "epoch": "1"}
    app = visit(RELABEL, run=run.id, annotator="ada", **link)
    assert f"Only the {held} rows in your lasso" in words(app)


def test_the_player_of_a_run_without_embeddings_says_why_the_points_stay(store, visit):
    run = write_fake_run(store, preset="full")
    app = visit(PAGE, run=run.id, play="1")
    assert "kept no embeddings" in on_map(app)["player"]["note"]
    assert feed(app, "frames")[1]["x"] == []


def test_a_frozen_encoder_has_a_map_that_stays(store, visit):
    run = write_fake_run(store)
    app = visit(PAGE, run=run.id, play="1")
    assert on_map(app)["player"]["note"] == "" and feed(app, "frames")[1]["x"] == []
