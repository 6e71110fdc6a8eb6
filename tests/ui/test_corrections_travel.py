"""New run like this, sweeps and the Dataset page offer current labels; runs say what they hold."""

import os
import time

import pytest

from hamr.config import DataSettings, RunSettings
from hamr.data import load
from hamr.jobs.again import retrain
from hamr.store.held import held_corrections
from tests.decided import decide
from tests.fake_run import write_fake_run
from tests.ui.conftest import words

TRAIN = "pages/2_Train.py"


@pytest.fixture
def run(store):
    found = write_fake_run(store, rows=60, epochs=2, name="r")
    decisions = store.decisions(found.info.fingerprint)
    row = found.rows().ids([0])[0]
    decide(decisions, row, next(n for n in found.classes if n != decisions.rows.original(row)))
    return found


def start(app):
    app = app.button(key="start").click().run()
    assert not app.exception, app.exception


def newest(store):
    return store.queue()[-1].info


def test_a_run_like_a_corrected_one_holds_the_corrections(store, visit, run):
    again = retrain(store, run.id)[0]
    app = visit(TRAIN, new="1", like=again.id, run=again.id)
    assert app.segmented_control(key="labels").value == "current"
    start(app)
    assert newest(store).id != again.id
    assert held_corrections(store, newest(store)).labels == 1


def test_a_run_like_one_on_labels_as_given_may_take_either(store, visit, run):
    app = visit(TRAIN, new="1", like=run.id, run=run.id)
    assert app.segmented_control(key="labels").value == "given"
    app.segmented_control(key="labels").set_value("current").run()
    start(app)
    assert held_corrections(store, newest(store)).labels == 1


def test_labels_as_given_stay_possible(store, visit, run):
    again = retrain(store, run.id)[0]
    app = visit(TRAIN, new="1", like=again.id, run=again.id)
    app.segmented_control(key="labels").set_value("given").run()
    start(app)
    assert held_corrections(store, newest(store)) is None


def test_without_corrections_nothing_is_asked(store, visit):
    run = write_fake_run(store, rows=60, epochs=2, name="r")
    app = visit(TRAIN, new="1", like=run.id)
    assert not [one for one in app.segmented_control if one.key == "labels"]


def test_train_and_home_say_which_corrections_a_run_holds(store, visit, run):
    again = retrain(store, run.id)[0]
    again.set_status("stopped")
    assert "1 label corrected, decisions up to 1" in words(visit(TRAIN, run=again.id))
    table = visit().dataframe[0].value
    assert table["Labels"].tolist() == ["1 label corrected, decisions up to 1", "as given"]


def test_a_link_chooses_the_labels(store, visit, run):
    app = visit(TRAIN, new="1", source="demo", labels="current")
    assert app.segmented_control(key="labels").value == "current"
    assert visit(TRAIN, new="1", source="demo").segmented_control(key="labels").value == "given"


def test_a_file_that_changed_since_is_said_where_labels_are_chosen(store, visit, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {n},{'xy'[n % 2]}\n" for n in range(30)))
    data = DataSettings(source=str(path))
    run = store.create_run(RunSettings(data=data), name="f", status="stopped")
    run.attach_dataset(load(data))
    decisions = store.decisions(run.info.fingerprint)
    row = run.rows().ids([0])[0]
    decide(decisions, row, "x" if decisions.rows.original(row) == "y" else "y")
    path.write_text(path.read_text().replace("text 3,", "other,"))
    os.utime(path, (time.time() + 5,) * 2)
    app = visit(TRAIN, new="1", like=run.id)
    said = words(app).replace("\\", "")
    assert "its file is another one now" in said and "trains on the rows as they were" in said


def test_the_dataset_page_shows_the_current_labels_when_chosen(store, visit, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {n},{'xy'[n % 2]}\n" for n in range(30)))
    data = DataSettings(source=str(path))
    run = store.create_run(RunSettings(data=data), name="f", status="stopped")
    run.attach_dataset(load(data))
    decide(store.decisions(run.info.fingerprint), run.rows().ids([0])[0], "z", new_class=True)
    app = visit("pages/1_Dataset.py", source=str(path), labels="current")
    assert app.segmented_control(key="labels").value == "current"
    assert "a.csv, corrected" in words(app).replace("\\", "")
