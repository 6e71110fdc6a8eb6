"""What the map's colourings know of validation and test rows."""

import numpy as np
import pytest

from hamr.store import Store
from hamr.views.base.all_rows import AllRows
from hamr.views.neighbourhoods import row_map
from hamr.views.neighbourhoods.row_values import WEIGHT, held_out_loss, is_wrong, row_values
from hamr.views.neighbourhoods.shown_rows import ALL, CHOICES
from tests.fake_run import write_fake_run, write_fake_token_run

GREY = row_map.NEUTRAL


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Store.open(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def run(home):
    return write_fake_run(home, rows=60, epochs=2)


@pytest.fixture(scope="module")
def sentences(home):
    return write_fake_token_run(home, rows=60, epochs=2)


@pytest.mark.parametrize("split", CHOICES)
@pytest.mark.parametrize("by", row_map.COLOURINGS)
def test_each_shown_row_has_a_colour_that_the_legend_explains(run, by, split):
    looks = row_map.colouring(run, 2, by, split)
    sizes = {"training": 60, ALL: len(AllRows.of(run))}
    sizes |= {name: len(run.rows(name)) for name in ("validation", "test")}
    assert looks.codes.shape == (sizes[split],)
    assert looks.codes.max() < len(looks.palette) <= 256
    assert looks.labels is None or len(looks.labels) == len(looks.palette)


def test_held_out_rows_are_grey_where_they_have_no_value(run):
    looks = row_map.colouring(run, 2, "hardness", ALL)
    assert {looks.palette[code] for code in looks.codes[60:]} == {GREY}
    assert GREY not in {looks.palette[code] for code in looks.codes[:60]}
    assert "validation and test rows" in looks.missing


@pytest.mark.parametrize("by", ["hardness", "loss", "draws", "boost"])
def test_training_rows_keep_their_colours_where_others_are_shown_too(run, by):
    alone, among = row_map.colouring(run, 2, by), row_map.colouring(run, 2, by, ALL)
    np.testing.assert_array_equal(among.codes[:60], alone.codes)
    assert among.scale == alone.scale


def test_held_out_rows_have_the_loss_of_the_best_epoch(run):
    final = run.final()
    expected = [final.held_out[split]["loss"] for split in ("validation", "test")]
    np.testing.assert_allclose(held_out_loss(run), np.concatenate(expected), rtol=1e-6)
    assert len(row_values(run, 2, "loss", held_out=True)) == len(AllRows.of(run))


def test_held_out_rows_are_mistakes_where_the_first_class_is_not_the_label(run):
    wrong, known = is_wrong(run, 2, held_out=True)
    test = run.final().held_out["test"]["top_classes"][:, 0] != run.rows("test").labels
    np.testing.assert_array_equal(wrong[-len(test) :], test)
    assert known.all()


def test_a_held_out_sentence_is_a_mistake_where_any_entity_is(sentences):
    wrong, _ = is_wrong(sentences, 2, held_out=True)
    rows, found = sentences.rows("test"), sentences.final().tags["test"]
    right = [
        np.array_equal(rows.tags(row), tags)
        for row, tags in enumerate(np.split(found, rows.word_starts[1:-1]))
    ]
    assert not wrong[-len(rows) :][right].any()
    assert wrong[-len(rows) :].sum() <= len(rows) - sum(right)


def test_until_a_run_ends_nothing_is_known_of_its_held_out_rows(home):
    running = write_fake_run(home, rows=30, epochs=1, status="running")
    assert np.isnan(held_out_loss(running)).all()
    assert not is_wrong(running, 1, held_out=True)[1][30:].any()


def test_a_weight_of_a_row_that_was_not_drawn_is_grey(run):
    drawn = np.isfinite(run.signal("post", 2))
    looks = row_map.colouring(run, 2, WEIGHT)
    assert ((looks.codes == len(looks.palette) - 1) == ~drawn).all() or drawn.all()


def test_a_run_without_a_meta_step_has_no_weights_to_colour_by(home):
    plain = write_fake_run(home, rows=30, epochs=1, method="erm")
    assert {WEIGHT, "alignment"}.isdisjoint(row_map.colourings(plain))
    assert {WEIGHT, "alignment"} <= set(row_map.COLOURINGS)
