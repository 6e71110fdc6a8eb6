"""Texts that a spreadsheet would compute, and those that it would not."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.files.cells import csv_text, safe, safe_table, unsafe


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|x", "-a", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-1-1"]
)
def test_a_formula_gets_an_apostrophe(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a=1", "", "-1", "+1.5", "-2e-3", -1.5, None, 7, "'quoted'"])
def test_numbers_and_other_texts_stay(value):
    assert safe(value) is value


@given(st.text(st.sampled_from("=+-@\t\r\n'1a"), max_size=4))
def test_what_was_made_safe_can_be_read_back(text):
    assert unsafe(safe(text)) == text


def test_a_table_is_safe_with_its_numbers_and_names():
    table = pd.DataFrame({"n": [-1, 2], "=t": ["=a", "b"], "c": pd.Categorical(["-x", "y"])})
    found = safe_table(table)
    assert list(found.columns) == ["n", "'=t", "c"]
    assert found.to_numpy().tolist() == [[-1, "'=a", "'-x"], [2, "b", "y"]]
    assert found["n"].dtype == table["n"].dtype and table.columns[1] == "=t"


def test_a_file_of_ours_is_safe():
    assert csv_text(["a", "b"], [["=1", -1], ["x,y", None]]) == 'a,b\n\'=1,-1\n"x,y",\n'
