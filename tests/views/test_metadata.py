"""Groups of a column, its colours on the map, label errors by them, and row tables."""

import numpy as np
import pytest

from hamr.cli.export import row_table
from hamr.columns import Column
from hamr.store import Store, Team
from hamr.views.base import rowtable
from hamr.views.base.all_rows import AllRows
from hamr.views.base.metadata import NO_VALUE, groups, groups_of
from hamr.views.neighbourhoods.colours import by_column
from hamr.views.neighbourhoods.row_map import METADATA, colouring, colourings
from hamr.views.relabel.by_column import changed_ids, table, wilson
from hamr.views.relabel.queue import queue
from tests.decided import decide
from tests.fake_run import write_fake_run
from tests.metadata_rows import annotator, with_metadata


@pytest.fixture
def run(tmp_path):
    rows = with_metadata(who=annotator, loss=lambda row: f"{row}.5")
    return write_fake_run(Store.open(tmp_path), dataset=rows)


def test_values_are_ranked_by_rows_and_rows_without_one_come_last():
    found = groups_of(Column.of(["b", "a", None, "a", "c"]))
    assert found.names == ("a", "b", "c", NO_VALUE)
    assert found.counts.tolist() == [2, 1, 1, 1]
    assert found.rows(("a", NO_VALUE)).tolist() == [False, True, True, True, False]


def test_a_value_called_like_no_value_stays_apart():
    found = groups_of(Column.of([NO_VALUE, None]))
    assert len({*found.names}) == 2


def test_many_numbers_fall_into_five_ranges_and_few_stay_values():
    found = groups_of(Column.of(str(i / 2) for i in range(1000)))
    assert (found.by, len(found.names)) == ("range", 5)
    assert found.counts.min() >= 150
    assert groups_of(Column.of(["10", "9", "9"])).names == ("9", "10")


def test_months_are_in_their_order():
    found = groups_of(Column.of(["2024-02-01", "2023-11-05", "2024-02-28"]))
    assert (found.by, found.names) == ("month", ("2023-11", "2024-02"))


def test_groups_are_those_of_all_splits(run):
    assert groups(run, "who").counts.sum() == len(AllRows.of(run))


def test_label_errors_add_up_and_intervals_hold_the_share(run):
    found = table(groups(run, "who"), "who", queue(run, 3), AllRows.of(run), {}, [])
    assert found["likely errors"].sum() == queue(run, 3).likely_errors
    assert (found["from"] <= found["share"]).all() and (found["share"] <= found["to"]).all()


def test_changed_labels_are_counted_and_renamed_classes_are_no_changes(run):
    decisions = run.store.decisions(run.info.label_source)
    ids = run.rows().ids([0, 3])
    own = decisions.label(ids[1])
    decide(decisions, ids[0], next(name for name in run.classes if name != decisions.label(ids[0])))
    decide(decisions, ids[1], own)
    Team(decisions).act("rename", own, "ada", to="renamed")
    states = decisions.states()
    assert changed_ids(decisions, states) == [ids[0]]
    found = table(groups(run, "who"), "who", queue(run, 3), AllRows.of(run), states, ids[:1])
    found = found.set_index("who")
    assert (found["reviewed"].sum(), found["changed"].sum()) == (2, 1)
    assert found["changed"][annotator(0)] == 1


def test_the_interval_is_wilsons():
    low, high = wilson(np.array([5]), np.array([50]))
    assert low[0] == pytest.approx(0.0435, abs=1e-4)  # Newcombe 1998, method 3
    assert high[0] == pytest.approx(0.2136, abs=1e-4)


def test_twelve_values_have_colours_of_their_own_and_others_share_grey():
    cells = [f"v{min(i, 14)}" for i in range(40)] + [None]
    found = by_column(Column.of(cells), "who")
    assert len(found.palette) == len({*found.palette}) == 13 == len(found.labels)
    assert found.labels[-1] == "others (4)"
    assert found.codes[-1] == 12


def test_numbers_are_coloured_by_a_scale():
    found = by_column(Column.of([str(i) for i in range(100)] + [None]), "minutes")
    assert found.labels is None
    assert found.scale[0].startswith("minutes")
    assert "1 without a value" in found.note
    assert found.codes[0] < found.codes[50] < found.codes[99]


def test_dates_of_many_months_are_coloured_by_time():
    cells = [f"{2000 + i // 12}-{1 + i % 12:02d}-01" for i in range(60)]
    assert by_column(Column.of(cells), "when").scale[1] == pytest.approx(2000, abs=0.2)


def test_ten_thousand_values_are_coloured():
    found = by_column(Column.of(f"user {i}" for i in range(10_000)), "who")
    assert len(found.palette) == 13
    assert found.labels[-1] == "others (9,988)"


def test_the_map_is_coloured_by_a_column_of_the_run(run):
    found = colouring(run, 3, f"{METADATA}who")
    assert len(found.codes) == run.info.train_rows
    assert all(not by.startswith(METADATA) for by in colourings(run))


def test_tables_of_rows_have_the_metadata_and_keep_their_own_columns(run):
    known, rows = AllRows.of(run), np.array([3, 205, 0, 245])
    found = rowtable.any_split(run, rowtable.measures(run, 3), known, rows)
    assert found["row"].tolist() == rows.tolist()
    assert found["who"].tolist()[0] == annotator(3)
    assert found["loss (metadata)"].tolist()[1] == "5.5"


def test_exported_rows_have_the_metadata(run):
    found = row_table(run, 3)
    own = [annotator(i) for i in range(len(found))]
    assert found["who"].fillna("").tolist() == [who or "" for who in own]
    assert found["loss (metadata)"][2] == "2.5"
