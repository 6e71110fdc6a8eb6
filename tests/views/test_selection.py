"""Which rows are selected: those that pass all filters, as a loop over the rows finds them."""

import numpy as np
import pytest

from hamr.views.base.geometry import inside
from hamr.views.base.packing import Frame
from hamr.views.neighbourhoods.levels import MISSING, TOP, levels
from hamr.views.neighbourhoods.selection import (
    Filters,
    beyond_browser,
    codes_from_text,
    codes_text,
    selected_rows,
    span_from_text,
    span_text,
)
from hamr.views.neighbourhoods.shown_rows import ShownRows

LASSO = ((10_000, 10_000), (50_000, 12_000), (40_000, 60_000))


def shown(count: int = 300) -> ShownRows:
    """Every second row of a data set, of two splits."""
    xy = np.random.default_rng(1).random((count, 2))
    rows = np.arange(0, 2 * count, 2)
    return ShownRows(xy, rows, (rows > count).astype(np.int8), Frame((0.0, 1.0), (0.0, 1.0)))


POINTS = shown()
CODES = np.random.default_rng(2).integers(0, 4, 300).astype(np.uint8)
VALUES = np.where(np.arange(300) % 7 == 0, np.nan, np.random.default_rng(3).random(300))
REGION, FOUND = np.arange(100, 500), np.arange(0, 600, 4)


def by_loop(filters: Filters) -> list[int]:
    low, high = filters.span or (-np.inf, np.inf)
    corners = [(float(x), float(y)) for x, y in POINTS.frame.to_data(filters.lasso or ())]
    kept = []
    for point, row in enumerate(POINTS.rows.tolist()):
        if filters.lasso and not inside(corners, POINTS.xy[point : point + 1])[0]:
            continue
        if filters.classes and CODES[point] not in filters.classes:
            continue
        if filters.span and not low <= VALUES[point] <= high:
            continue
        if filters.region is not None and row not in filters.region:
            continue
        if filters.found is not None and row not in filters.found:
            continue
        kept.append(row)
    return kept


@pytest.mark.parametrize("lasso", [None, LASSO])
@pytest.mark.parametrize("classes", [(), (1, 3)])
@pytest.mark.parametrize("span", [None, (0.3, 0.8)])
@pytest.mark.parametrize("region", [None, REGION])
@pytest.mark.parametrize("found", [None, FOUND, np.empty(0, np.int64)])
def test_rows_that_pass_all_filters_are_those_of_a_loop(lasso, classes, span, region, found):
    filters = Filters(lasso, classes, (), span, region, found)
    rows = selected_rows(POINTS, filters, classes=CODES, levels=levels(VALUES, (0.0, 1.0)))
    assert rows.tolist() == by_loop(filters)
    given = [one for one in (lasso, classes or None, span, region, found) if one is not None]
    assert filters.any == bool(given)


def test_the_map_dims_what_is_out_of_the_region_and_of_the_search():
    filters = Filters(classes=(1,), region=REGION, found=FOUND)
    assert beyond_browser(POINTS, filters).tolist() == [
        row not in REGION or row not in FOUND for row in POINTS.rows
    ]
    assert beyond_browser(POINTS, filters, found=False).tolist() == [
        row not in REGION for row in POINTS.rows
    ]


def test_what_a_link_holds_is_what_was_chosen():
    assert codes_from_text(codes_text((0, 3)), 4) == (0, 3)
    assert span_from_text(span_text((-0.25, 1.5))) == (-0.25, 1.5)
    assert (codes_text(()), span_text(None)) == (None, None)


@pytest.mark.parametrize("text", [None, "", "x", "1", "1,2,3", "nan,1", "0,inf", "9" * 999])
def test_a_damaged_range_is_none(text):
    assert span_from_text(text) is None


def test_a_range_the_wrong_way_round_is_turned():
    assert span_from_text("0.9,0.1") == (0.1, 0.9)


def test_codes_that_name_no_class_are_left_out():
    assert codes_from_text("3,-1,x,0,0,99,²," + "9" * 50, 4) == (0, 3)


def test_values_are_levels_from_end_to_end_and_missing_ones_have_their_own():
    found = levels(np.array([0.0, 0.5, 1.0, np.nan, 2.0]), (0.0, 1.0))
    assert found.codes.tolist() == [0, TOP // 2, TOP, MISSING, TOP]
    assert found.beyond == (False, True)


def test_the_end_of_an_axis_includes_what_is_beyond_it_and_a_range_beyond_it_is_empty():
    found = levels(np.array([0.2, 5.0, np.nan]), (0.0, 1.0))
    assert found.within((0.9, 1.0)).tolist() == [False, True, False]
    assert found.within((1.5, 2.0)).tolist() == [False, False, False]


@pytest.mark.parametrize("values", [np.full(5, 3.0), np.full(4, np.nan), np.empty(0)])
def test_values_that_are_all_alike_or_unknown_have_an_axis(values):
    found = levels(values)
    assert found.low < found.high
    assert found.within((found.low, found.high)).sum() == np.isfinite(values).sum()


def test_an_axis_leaves_out_a_few_extremes_and_its_ends_have_few_digits():
    values = np.append(np.random.default_rng(0).random(5000), 1e6)
    found = levels(values)
    assert 0.9 < found.high < 1.1 and found.beyond[1]
    assert span_from_text(span_text((found.low, found.high))) == (found.low, found.high)
