"""New run like this, sweeps and the Dataset page offer current labels; runs say what they hold."""

import pytest

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
