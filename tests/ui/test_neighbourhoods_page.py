"""The page Neighbourhoods: from its link, without a map, for ERM, and with a bad link."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.config import RunSettings, TrainingSettings
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.packing import Frame
from hamr.views.neighbourhoods.row_map import COLOURINGS
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run
from tests.ui.conftest import on_map, words

PAGE = "pages/5_Neighbourhoods.py"
HALF = [(-1000, -1000), (32768, -1000), (32768, 70000), (-1000, 70000)]  # left half of the frame


def tables(app) -> list:
    return [element.value for element in app.dataframe]


def test_without_a_run_the_page_says_what_to_do(visit):
    app = visit(PAGE)
    assert not app.exception
    assert "No run yet" in words(app)


@pytest.mark.parametrize("colour", COLOURINGS)
def test_the_map_opens_in_every_colouring(store, visit, colour):
    app = visit(PAGE, run=write_fake_run(store).id, colour=colour, edges="50")
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="colour").value == colour
    assert "coloured by" in on_map(app)["description"]


def colours(app):
    return app.selectbox(key="colour")


def test_alignment_says_how_its_colours_are_read(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, colour="alignment")
    assert colours(app).value == "alignment"
    assert "orange ones are often mislabelled" in words(app)


def test_a_run_without_a_meta_step_is_not_coloured_by_alignment(store, visit):
    erm, hamr = write_fake_run(store, method="erm"), write_fake_run(store)
    app = visit(PAGE, run=erm.id, colour="alignment")
    assert not app.exception
    assert "alignment" not in colours(app).options
    assert colours(app).value == "class"
    app = visit(PAGE, run=hamr.id, colour="alignment")
    app.selectbox(key="run_picker").set_value(erm.id).run()
    assert not app.exception
    assert colours(app).value == "class"


def test_a_lasso_in_the_link_lists_exactly_its_rows(store, visit):
    run = write_fake_run(store)
    app = visit(PAGE, run=run.id, lasso=lasso_text(HALF))
    xy = run.map()
    held = np.flatnonzero(inside(Frame.around(xy).to_data(HALF), xy))
    assert 0 < len(held) < 200
    assert f"{len(held)} rows in the lasso" in words(app)
    assert sorted(tables(app)[0]["id"]) == sorted(run.rows().ids(held))


def test_rows_in_a_lasso_are_a_link_away_from_relabelling(store, visit):
    run, text = write_fake_run(store), lasso_text(HALF)
    app = visit(PAGE, run=run.id, lasso=text)
    (link,) = [one.proto for one in app.get("page_link") if one.proto.label.startswith("Relabel")]
    assert f"lasso={text}" in link.query_string
    assert "judge=As+a+group" in link.query_string


def in_full(app):
    """The page with the long part of *Why was it drawn* open."""
    app.session_state["why-more"] = True
    return app.run()


def test_a_row_in_the_link_is_explained(store, visit):
    run = write_fake_run(store)
    seed = int(run.arrays(1, ["seeds"])["seeds"][0])
    app = in_full(visit(PAGE, run=run.id, epoch="2", row=str(seed)))
    assert f"Why was row {seed} drawn in epoch 2?" in words(app)
    assert run.rows().texts([seed])[0] in words(app)
    assert f"Drawn {run.signal('draws', 2)[seed]} time" in words(app)
    assert f"Hardness {run.signal('hardness', 1)[seed]:.3f}" in words(app)
    neighbours = run.arrays(1, ["neighbours"])["neighbours"][0]
    assert any(sorted(table["row"]) == sorted(neighbours) for table in tables(app))


def test_the_rows_nearest_to_a_row_are_listed(store, visit):
    run = write_fake_run(store)
    app = visit(PAGE, run=run.id, row="3")
    distance = np.linalg.norm(run.map() - run.map()[3], axis=1)
    assert tables(app)[-1]["row"].tolist() == np.argsort(distance)[1:11].tolist()


def test_the_first_epoch_is_explained_by_how_training_starts(store, visit):
    app = in_full(visit(PAGE, run=write_fake_run(store).id, epoch="1", row="3"))
    assert "1 and 0, as before training" in words(app).replace("stand as training", "as training")
    assert "No row is boosted yet" in words(app)


def test_a_search_lists_its_matches(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, find="TEXT 19")
    assert sorted(tables(app)[0]["id"]) == sorted(f"train:{i + 1}" for i in [19, *range(190, 200)])


def test_a_search_without_matches_says_so(store, visit):
    assert "No row with 'zebra'" in words(visit(PAGE, run=write_fake_run(store).id, find="zebra"))


def test_while_the_map_is_drawn_the_page_says_so_and_explains_rows(store, visit):
    run = write_fake_run(store, epochs=2, status="running", with_map=False)
    with run.hold():
        app = visit(PAGE, run=run.id, row="5")
    assert not app.exception
    assert "The map is not drawn yet" in words(app)
    assert "Why was row 5 drawn" in words(app)


def test_erm_has_no_hard_seeds_and_the_page_says_so(store, visit):
    run = store.create_run(RunSettings(training=TrainingSettings(method="erm", epochs=2)))
    dataset = fake_dataset(50, 3)
    run.attach_dataset(dataset)
    for epoch in (1, 2):
        record = fake_epoch(dataset, epoch)
        empty = {"seeds": np.zeros(0, np.int32), "neighbours": np.zeros((0, 10), np.int32),
                 "similarities": np.zeros((0, 10), np.float32)}  # fmt: skip
        record.arrays.update(empty)
        run.write_epoch(record)
    run.write_map(np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32))
    run.set_status("finished")
    app = in_full(visit(PAGE, run=run.id, epoch="2", row="1", edges="50"))
    assert not app.exception
    assert not app.error
    assert "this run has no hard seeds" in words(app)
    assert "draws every row once an epoch" in words(app)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"row": "200"}, "rows are numbered 0 to 199"),
        ({"row": "-1"}, "There is no row"),
        ({"lasso": "AAAA"}, "draw it again"),
    ],
)
def test_a_bad_link_is_told_in_a_sentence(store, visit, query, sentence):
    app = visit(PAGE, run=write_fake_run(store).id, **query)
    assert not app.exception
    assert sentence in words(app)


def test_a_damaged_epoch_is_told_in_a_sentence(store, visit):
    run = write_fake_run(store)
    next(run.folder.rglob("000001/hardness.npy")).unlink()
    app = visit(PAGE, run=run.id, epoch="2", row="3")
    assert not app.exception
    assert len(app.error) == 1


def with_places(store):
    run = write_fake_run(store)
    held = len(run.rows("validation")) + len(run.rows("test"))
    low, high = run.map().min(0), run.map().max(0)
    run.write_held_out_map(np.random.default_rng(0).uniform(low, high, (held, 2)))
    return run


@pytest.mark.parametrize("split", ["all", "validation", "test"])
@pytest.mark.parametrize("colour", ["class", "loss", "hardness", "decisions", "annotator"])
def test_rows_of_other_splits_are_on_the_map(store, visit, split, colour):
    app = visit(PAGE, run=with_places(store).id, split=split, colour=colour)
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="rows-shown").value == split


def test_a_lasso_lists_the_test_rows_in_it(store, visit):
    run = with_places(store)
    app = visit(PAGE, run=run.id, split="test", lasso=lasso_text(HALF), side="selection")
    xy = run.held_out_map()[len(run.rows("validation")) :]
    held = np.flatnonzero(inside(Frame.around(run.map()).to_data(HALF), xy))
    assert 0 < len(held) < len(xy)
    assert sorted(tables(app)[0]["id"]) == sorted(run.rows("test").ids(held))


def test_a_test_row_in_the_link_is_shown_with_what_the_model_makes_of_it(store, visit):
    run = with_places(store)
    row = 200 + len(run.rows("validation"))
    app = visit(PAGE, run=run.id, split="all", row=str(row))
    assert not app.exception
    assert run.rows("test").texts([0])[0] in words(app)
    assert "test row · labelled" in words(app)


def test_without_their_places_the_page_says_how_to_get_them(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, split="all")
    assert not app.exception
    assert "are not on the map yet" in words(app)
    assert any("hamr map" in block.value for block in app.code)
