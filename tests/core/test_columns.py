"""Columns of metadata: joined, read as numbers or dates, and named apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.columns import Column, apart, as_months, as_numbers, joined

CELLS = st.lists(st.sampled_from(["a", "b", " ", None, "c"]), max_size=20)


@given(st.lists(CELLS, max_size=4))
def test_columns_joined_have_the_cells_one_after_the_other(parts):
    found = joined(Column.of(part) for part in parts)
    assert list(found) == [cell for part in parts for cell in Column.of(part)]
    assert len(found) == sum(map(len, parts))


@pytest.mark.parametrize(
    ("values", "months"),
    [
        (
            ["2024-03-05", "2024-03-05T10:00:00Z", "2023/12/31 23:59"],
            [(2024, 3)] * 2 + [(2023, 12)],
        ),
        (["5.3.2024", "1.12.2023"], [(2024, 3), (2023, 12)]),
        (["13/3/2024", "5/4/2024"], [(2024, 3), (2024, 4)]),
        (["3/13/2024", "4/5/2024"], [(2024, 3), (2024, 4)]),
        (["2024-03", "2024-11"], [(2024, 3), (2024, 11)]),
    ],
)
def test_dates_have_a_month(values, months):
    assert as_months(values) == months


@pytest.mark.parametrize(
    "values", [["5/3/2024"], ["2024-13-01"], ["ann"], ["2024-01-01", "ann"], ["13/13/2024"], ["3"]]
)
def test_what_is_no_date_or_could_be_two_is_none(values):
    assert as_months(values) is None


def test_numbers_are_read_with_point_or_comma():
    assert as_numbers(["1", "-2.5", "3,25", "1e3"]).tolist() == [1, -2.5, 3.25, 1000]
    assert as_numbers(["1", "x"]) is None


def test_a_column_with_a_name_that_a_table_has_gets_another():
    assert apart(["loss", "who"], ["loss", "id"]) == {"loss": "loss (metadata)", "who": "who"}


def test_an_empty_column_has_no_values():
    column = Column.of([None, "", "  "])
    assert column.values == () and column.codes.tolist() == [-1] * 3
    assert column.take(np.array([0, 2])).values == ()
