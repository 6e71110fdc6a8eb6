"""A file is still what a run was trained on, also where that was an earlier version's run."""

from __future__ import annotations

import pytest

from hamr.config import DataSettings
from hamr.data import load
from hamr.data.assemble import assemble
from hamr.data.origin import check, origins
from hamr.data.texts import selections
from hamr.errors import DataError
from tests.data.conftest import CSV

UNSEEN = CSV + "\u200b,a\nx,b\n"


def test_a_run_that_left_rows_without_a_visible_text_out_finds_its_rows(write):
    settings = DataSettings(source=write("rows.csv", UNSEEN))
    (origin,) = origins(settings, "sequence")
    check(origin, load(settings))


def test_a_run_that_was_trained_on_such_rows_finds_them_as_well(write):
    settings = DataSettings(source=write("rows.csv", UNSEEN))
    name, given, notices = selections(settings, unseen=True)
    dataset = assemble(name, given, settings, notices)
    (origin,) = origins(settings, "sequence")
    check(origin, dataset)
    assert origin.rows["rows.csv:14"].text == "\u200b"


def test_another_new_row_is_refused(write):
    settings = DataSettings(source=write("rows.csv", UNSEEN))
    dataset = load(settings)
    write("rows.csv", UNSEEN + "y,a\n")
    (origin,) = origins(settings, "sequence")
    with pytest.raises(DataError, match="is new in it"):
        check(origin, dataset)


def test_a_relative_path_of_an_earlier_run_starts_from_the_current_folder(
    write, tmp_path, monkeypatch
):
    write("rows.csv", CSV)
    monkeypatch.chdir(tmp_path)
    settings = DataSettings(source="rows.csv")
    (origin,) = origins(settings, "sequence")
    check(origin, load(settings))
