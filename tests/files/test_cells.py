"""CSV files that we write: no spreadsheet computes a text, and every reader reads the same back."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.files.cells import csv_text, safe, table_text, unsafe

SIGNS = "=+-@＝＋－＠"
UNSEEN = " \u00a0\u200b\ufeff\u3000\x00"
HOSTILE = st.text(st.sampled_from(f"{SIGNS}{UNSEEN};,|\t\r\n'\"1a"), max_size=8)


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|x", "-a", "@SUM(A1)", "-1-1", "＝1+1", "＋a", "＠a"]
)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200b", "\ufeff", "\u3000 "])
def test_a_formula_gets_an_apostrophe(text, before):
    assert safe(before + text) == f"'{before}{text}"


@pytest.mark.parametrize("before", ["\t", "\r", "\n"])
def test_what_a_program_may_drop_at_the_start_gets_one_too(before):
    assert safe(f"{before}=1") == f"'{before}'=1"
    assert safe(f"{before}a") == f"'{before}a"


@pytest.mark.parametrize("separator", [";", "\t", "\r", "\n"])
def test_a_formula_behind_what_may_separate_cells_gets_an_apostrophe(separator):
    assert safe(f"x{separator} =1+1") == f"x{separator}' =1+1"


@pytest.mark.parametrize(
    "value", ["a=1", "", "-1", " -1", "+1.5", "-2e-3", -1.5, None, 7, "'quoted'", "x,=1"]
)
def test_numbers_and_other_texts_stay(value):
    assert safe(value) == value


@given(HOSTILE | st.text())
def test_what_was_made_safe_can_be_read_back(text):
    assert unsafe(safe(text)) == text


@given(st.lists(st.lists(HOSTILE, min_size=3, max_size=3), min_size=1, max_size=4))
@pytest.mark.parametrize("separator", ",;\t")
def test_no_cell_begins_a_formula_whatever_separates_cells(separator, rows):
    text = csv_text(rows[0], rows[1:])
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        for cell in line:
            bare = cell.strip(f"{UNSEEN}\t\r\n")
            # A number stays one; its comma goes on with it where commas separate nothing.
            number = bare[1:].split(",")[0].rstrip(UNSEEN)
            assert bare[:1] not in [*SIGNS] or number.isdecimal()


@given(
    st.lists(st.text(min_size=1), min_size=1, max_size=3, unique=True).flatmap(
        lambda names: st.tuples(
            st.just(names),
            st.lists(
                st.lists(HOSTILE | st.text(), min_size=len(names), max_size=len(names)),
                max_size=4,
            ),
        )
    )
)
def test_every_reader_reads_the_same_back(tmp_path_factory, table):
    names, rows = table
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    expected = [[unsafe(safe(cell)) for cell in row] for row in rows]
    frame = pd.DataFrame(rows, columns=names, dtype=str)
    for text in (csv_text(names, rows), table_text(frame)):
        path.write_bytes(text.encode())
        with path.open(encoding="utf-8", newline="") as file:
            header, *found = csv.reader(file)
        assert [unsafe(name) for name in header] == names
        assert [[unsafe(cell) for cell in row] for row in found] == expected == rows
        back = pd.read_csv(path, keep_default_na=False, dtype=str, header=None)
        assert back.to_numpy().tolist() == [header, *found]


def test_a_carriage_return_alone_is_inside_quotes():
    # Python 3.11.0 to 3.11.8 write it without, and no reader then reads one row.
    assert csv_text(["a"], [["x\ry"]]) == 'a\n"x\ry"\n'


def test_half_a_character_can_be_written():
    assert csv_text(["a\ud83d"], [["b\ude00"]]).encode() == "a\ufffd\nb\ufffd\n".encode()


def test_a_table_is_safe_with_its_numbers_and_names():
    table = pd.DataFrame({"n": [-1, 2], "=t": ["=a", "b"], "c": pd.Categorical(["-x", "y;@z"])})
    assert table_text(table) == "n,'=t,c\n-1,'=a,'-x\n2,b,\"y;'@z\"\n"


def test_numbers_times_and_gaps_of_a_table_are_written_as_pandas_writes_them():
    table = pd.DataFrame(
        {
            "i": [1, -2],
            "f": np.array([0.1, np.nan], np.float32),
            "d": [1e-7, 123456789.125],
            "b": [True, False],
            "t": pd.to_datetime(["2026-01-02", None]),
            "o": ["x", None],
            "m": [1.5, "y"],
        }
    )
    assert table_text(table) == table.to_csv(index=False)
    assert table_text(table[["f"]]) == table[["f"]].to_csv(index=False)
    assert table_text(table[:0]) == table[:0].to_csv(index=False)


def test_a_file_of_ours_is_safe():
    assert csv_text(["a", "b"], [["=1", -1], ["x,y", None]]) == 'a,b\n\'=1,-1\n"x,y",\n'
    assert csv_text(["a", "b"], [["x;y", "x|y"]]) == 'a,b\n"x;y","x|y"\n'
