"""Corrected data is offered on Relabel, Home and Train, or why it can't be written back."""

import os
import time

import pytest

from hamr.config import DataSettings, RunSettings
from hamr.data import load
from tests.decided import decide
from tests.fake_run import write_fake_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=2, name="r")


def downloads(app):
    return [element.proto.label for element in app.get("download_button")]


def correct(run):
    decisions = run.store.decisions(run.info.label_source)
    row = run.rows().ids([0])[0]
    other = next(name for name in run.classes if name != decisions.rows.original(row))
    decide(decisions, row, other)


def test_nothing_is_offered_before_the_first_decision(run, visit):
    assert "Download corrected data" not in downloads(visit(PAGE, run=run.id))


def test_relabel_and_train_offer_the_corrected_data(run, visit):
    correct(run)
    assert "Download corrected data" in downloads(visit(PAGE, run=run.id))
    assert "Download corrected data" in downloads(visit("pages/2_Train.py", run=run.id))


def test_a_file_that_changed_since_is_named_and_the_stored_rows_are_offered(store, visit, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {n},{'xy'[n % 2]}\n" for n in range(30)))
    data = DataSettings(source=str(path))
    run = store.create_run(RunSettings(data=data), name="r", status="stopped")
    run.attach_dataset(load(data))
    correct(run)
    path.write_text(path.read_text().replace("text 3,", "other,"))
    os.utime(path, (time.time() + 5,) * 2)
    app = visit("pages/2_Train.py", run=run.id)
    assert "has another text now" in words(app).replace("\\", "")
    assert [one for one in downloads(app) if "rows" in one] == [
        "Download the stored rows as CSV",
        "Download the stored rows as JSON Lines",
    ]
