"""A new run that excludes rows or draws them more often: from the map to the form to its start."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.fake_run import write_fake_run
from tests.ui.conftest import words

TRAIN, MAP = "pages/2_Train.py", "pages/5_Neighbourhoods.py"


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=1)


def button(app, label):
    return next(button for button in app.button if button.label == label)


def kept(store):
    return [store.row_sets.get(path.stem) for path in (store.home / "rowsets").glob("*.json")]


def form(visit, run, **sets):
    return visit(TRAIN, new="1", like=run.id, **sets)


def newest(store):
    return store.runs()[0].settings.training


def test_the_form_says_which_rows_are_left_out_and_the_run_gets_them(visit, store, run):
    key = store.row_sets.keep("regsvr32, DLL", run.rows().ids(range(3)))
    app = form(visit, run, exclude_rows=key)
    assert not app.exception
    assert "Not trained on:** 3 rows · regsvr32, DLL" in words(app)
    button(app, "Start the run").click().run()
    assert (newest(store).exclude_rows, newest(store).draw_more) == (key, "")


def test_the_factor_of_more_draws_can_be_changed(visit, store, run):
    key = store.row_sets.keep("region", run.rows().ids(range(3)))
    app = form(visit, run, draw_more=key)
    app.text_input(key="setting_draw_more_factor").set_value("5").run()
    button(app, "Start the run").click().run()
    assert (newest(store).draw_more, newest(store).draw_more_factor) == (key, 5)


def test_chosen_rows_can_be_dropped_again(visit, store, run):
    key = store.row_sets.keep("region", run.rows().ids(range(3)))
    app = form(visit, run, exclude_rows=key)
    button(app, "Use all rows").click().run()
    assert "Not trained on" not in words(app)
    button(app, "Start the run").click().run()
    assert newest(store).exclude_rows == ""


def test_more_draws_by_a_method_that_draws_all_rows_alike_are_refused_at_once(visit, store):
    plain = write_fake_run(store, rows=60, epochs=1, method="erm")
    key = store.row_sets.keep("region", plain.rows().ids(range(3)))
    app = form(visit, plain, draw_more=key)
    assert "steps through every row once" in words(app)
    assert button(app, "Start the run").disabled


def test_a_set_that_the_home_lacks_is_a_sentence(visit, run):
    app = form(visit, run, exclude_rows="0" * 32)
    assert not app.exception
    assert "there is no set of rows" in words(app)


def offered(store, run_id, rows, **options):
    def page(home, run_id, rows, options):
        import numpy as np

        from hamr.store import Store
        from hamr.ui.widgets.draws import offer_draws

        offer_draws(Store.open(home).run(run_id), np.array(rows), "hard region", **options)

    return AppTest.from_function(
        page, args=(str(store.home), run_id, rows, options), default_timeout=120
    ).run()


def test_only_training_rows_of_a_region_are_kept_as_its_set(store, run):
    app = offered(store, run.id, [1, 2, 60, 61])
    button(app, "Exclude it").click().run()
    (found,) = kept(store)
    assert (found.name, found.ids) == ("hard region", tuple(sorted(run.rows().ids([1, 2]))))


def test_rows_that_the_run_excludes_already_stay_excluded(store):
    from hamr.config import RunSettings, TrainingSettings
    from tests.fake_run import fake_dataset

    before = store.row_sets.keep("first", fake_dataset(60, 3).train.ids[:2])
    training = TrainingSettings(epochs=1, exclude_rows=before)
    run = store.create_run(RunSettings(training=training))
    run.attach_dataset(fake_dataset(60, 3))
    button(offered(store, run.id, [5]), "Exclude it").click().run()
    both = next(found for found in kept(store) if len(found.ids) == 3)
    assert both.name == "first; hard region"


def test_a_run_whose_method_draws_all_rows_alike_offers_no_more_draws(store):
    plain = write_fake_run(store, rows=60, epochs=1, method="erm")
    app = offered(store, plain.id, [1])
    assert button(app, "Draw more from it").disabled
    assert not button(app, "Exclude it").disabled


def test_a_selection_on_the_map_can_be_excluded(visit, run):
    app = visit(MAP, run=run.id, find="text 1", side="selection")
    assert not app.exception
    assert button(app, "Exclude them")
    assert len(np.flatnonzero([b.label == "Draw more from them" for b in app.button])) == 1
