"""Impact on Relabel: what is retrained, and the comparison of the runs before and after."""

import numpy as np
import pytest

from hamr.jobs.again import Retraining, retrain
from hamr.views.relabel.comparison import NO_DIFFERENCE
from tests.decided import decide
from tests.fake_run import _write_epochs, fake_final, write_fake_run
from tests.ui.relabelling import PAGE, press, said


@pytest.fixture
def run(store):
    found = write_fake_run(store, rows=60, epochs=6, name="first")
    decisions = store.decisions(found.info.fingerprint)
    row = int(np.flatnonzero(found.rows().labels == 0)[0])
    decide(decisions, found.rows().ids([row])[0], "class e", "bob")
    return found


def impact(visit, run):
    """The page with its section on impact open; AppTest can't open it."""
    app = visit(PAGE, run=run.id, annotator="ada")
    app.session_state["effect"] = True
    app = app.run()
    assert not app.exception, app.exception
    return app


def finish(run, **final):
    """The end of a run that is queued, as its worker would write it."""
    _write_epochs(run, run.dataset(), run.info.epochs, 0, "hamr", 0, embedded=False, steps=False)
    run.write_final(fake_final(run.dataset(), best_epoch=1, **final))
    run.set_status("finished")


def test_more_seeds_and_a_quick_check_are_offered(store, visit, run):
    app = impact(visit, run)
    app.segmented_control(key="retrain-seeds").set_value(3).run()
    app = press(app, "Retrain on current labels")
    assert len(store.queue()) == 5
    app.segmented_control(key="retrain-how").set_value("Quick check").run()
    assert "continue from this run's weights" in said(app)
    app = press(app, "Retrain on current labels")
    assert store.queue()[-1].info.settings.start_from == run.id


def test_the_same_predictions_before_and_after_are_no_detectable_difference(store, visit, run):
    finish(retrain(store, run.id)[0])
    app = impact(visit, run)
    assert f"On {run.info.test_rows} test rows: {NO_DIFFERENCE.capitalize()}" in said(app)
    assert "No test row has a corrected label" in said(app)
    assert "1 label corrected, decisions up to 1" in said(app)


def test_reviewed_test_rows_show_both_scores(store, visit, run):
    decisions = store.decisions(run.info.fingerprint)
    test = run.rows("test")
    row = int(np.flatnonzero(test.labels == 0)[0])
    decide(decisions, test.ids([row])[0], "class b", "bob")
    finish(retrain(store, run.id)[0])
    app = impact(visit, run)
    assert "labels as reviewed: No detectable difference" in said(app)
    assert "labels as given: No detectable difference" in said(app)


def test_a_quick_check_says_that_it_had_more_training(store, visit, run):
    finish(retrain(store, run.id, Retraining(warm=True))[0])
    assert "has had more training in total (6 + 4 epochs)" in said(impact(visit, run))


def test_an_old_short_run_is_not_taken_for_a_like_one(store, visit, run):
    new = retrain(store, run.id, Retraining(warm=True))[0]
    settings = {**new.info.settings.model_dump(mode="json"), "start_from": None}
    from hamr.store.tables import RunRow

    with store.database.write() as session:
        session.get_one(RunRow, new.id).settings = settings
    finish(new)
    assert "trained for 4 epochs, this one for 6" in said(impact(visit, run))
