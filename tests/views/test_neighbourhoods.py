"""What the map of the rows shows."""

import numpy as np
import pytest

from hamr.store import Store
from hamr.views.base.theme import ACCENT, NEUTRAL, SIGNED, WARM, class_colours
from hamr.views.neighbourhoods import row_map as neighbourhoods
from hamr.views.neighbourhoods.colours import by_sign
from hamr.views.neighbourhoods.names_on_map import enough, peak
from tests.fake_run import write_fake_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_run(Store.open(tmp_path_factory.mktemp("home")), rows=120, epochs=3)


@pytest.mark.parametrize("by", neighbourhoods.COLOURINGS)
def test_every_row_has_a_colour_that_the_legend_explains(run, by):
    looks = neighbourhoods.colouring(run, 2, by)
    assert looks.codes.shape == (120,)
    assert looks.codes.max() < len(looks.palette) <= 256
    assert (looks.labels is None) != (looks.scale is None)
    assert looks.labels is None or len(looks.labels) == len(looks.palette)


def test_classes_have_the_colours_of_all_other_charts(run):
    looks = neighbourhoods.colouring(run, 2, "class")
    assert (looks.codes == run.rows().labels).all()
    assert looks.palette == class_colours(len(run.classes))


def test_a_mistake_is_a_prediction_that_is_not_the_label(run):
    looks = neighbourhoods.colouring(run, 2, "mistakes")
    assert (looks.codes == (run.signal("prediction", 2) != run.rows().labels)).all()


def test_harder_rows_never_get_a_lower_colour(run):
    codes = neighbourhoods.colouring(run, 2, "hardness").codes.astype(int)
    assert (np.diff(codes[np.argsort(run.signal("hardness", 2))]) >= 0).all()


def test_the_colour_of_an_alignment_of_0_is_grey_and_its_sign_tells_orange_from_blue(run):
    looks, alignment = neighbourhoods.colouring(run, 2, "alignment"), run.signal("alignment", 2)
    middle = looks.codes[np.abs(alignment).argmin()]
    assert looks.palette[middle] == NEUTRAL
    assert (looks.codes[alignment < -0.05] < middle).all()
    assert (looks.codes[alignment > 0.05] > middle).all()
    assert [looks.palette[0], looks.palette[-1]] == [WARM, ACCENT]
    assert all(word in looks.note for word in ("Orange harms", "blue helps"))


def test_the_scale_of_a_signed_score_reaches_as_far_to_either_side():
    values = np.array([*np.linspace(-0.5, 0.25, 200), 40.0])  # one far out presses no others
    _, low, high = by_sign(values, "alignment", "").scale
    assert low == -high
    assert 0.4 < high < 1


def test_without_any_alignment_yet_all_rows_are_grey():
    looks = by_sign(np.zeros(5), "alignment", "")
    assert {looks.palette[code] for code in looks.codes} == {NEUTRAL}


def test_colours_of_signs_differ_for_readers_who_do_not_see_red_or_green():
    # What they keep is yellow, about the mean of red and green, against blue.
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in SIGNED]
    yellow_blue = [(red + green) / 2 - blue for red, green, blue in ends]
    assert yellow_blue[0] > 60 + yellow_blue[1] > 120 + yellow_blue[2]


@pytest.mark.parametrize(
    ("method", "has"), [("hamr", True), ("meta-weight-net", True), ("erm", False),
                        ("hamr-plus-no-meta-weights", False)]
)  # fmt: skip
def test_only_methods_with_a_meta_step_colour_by_alignment(tmp_path, method, has):
    run = write_fake_run(Store.open(tmp_path), rows=30, epochs=1, method=method)
    assert ("alignment" in neighbourhoods.colourings(run)) == has


def test_the_hardest_seeds_lend_their_edges_first(run):
    arrays = run.arrays(3, ["seeds", "neighbours"])
    pairs = neighbourhoods.seed_edges(run, 3, 2)
    wanted = [(seed, near) for seed, row in zip(arrays["seeds"][:2], arrays["neighbours"][:2],
                                                strict=True) for near in row]  # fmt: skip
    assert [tuple(pair) for pair in pairs] == wanted


def test_edges_can_be_kept_to_a_region(run):
    pairs = neighbourhoods.seed_edges(run, 3, 500, lambda rows: rows < 60)
    assert set(pairs[:, 0]) == set(run.array("seeds", 3)[run.array("seeds", 3) < 60])


def test_a_row_has_the_edges_of_both_directions(run):
    seed = int(run.array("seeds", 3)[0])
    everything = neighbourhoods.seed_edges(run, 3, 500)
    wanted = {tuple(pair) for pair in everything if seed in pair}
    assert {tuple(pair) for pair in neighbourhoods.edges_of(run, 3, seed)} == wanted


def test_a_missing_neighbour_makes_no_edge():
    pairs = neighbourhoods._pairs(np.array([4, 5]), np.array([[1, -1], [-1, -1]]))
    assert pairs.tolist() == [[4, 1]]


def test_a_run_without_seeds_has_no_edges():
    pairs = neighbourhoods._pairs(np.zeros(0, np.int32), np.zeros((0, 10), np.int32))
    assert pairs.shape == (0, 2)


def test_of_very_many_points_some_say_where_they_are_densest():
    random = np.random.default_rng(0)
    xy = np.concatenate([random.normal(size=(30_000, 2)), random.normal(9, 0.1, size=(30_000, 2))])
    some = enough(np.arange(len(xy)))
    assert len(some) < 6_000
    np.testing.assert_allclose(peak(xy[some]), peak(xy), atol=0.1)
