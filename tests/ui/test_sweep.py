"""Sweeps on Train: the form, what it refuses, and the page of a sweep."""

import pytest

from hamr.config import DataSettings, TrainingSettings
from hamr.sweeps import sweep_of
from tests.fake_run import fake_dataset, fake_final
from tests.ui.conftest import words
from tests.ui.test_home_and_train import button


@pytest.fixture
def form(visit):
    """The Train page with its form of a sweep."""
    return visit("pages/2_Train.py", new="1", mode="Sweep")


def links(app):
    return [link.proto.label.replace("\\", "") for link in app.get("page_link")]


@pytest.fixture
def swept(store):
    """A sweep of two methods and two seeds with two finished runs and a failed one."""
    settings = sweep_of(DataSettings(), TrainingSettings(), ("erm", "hamr"), (0, 1), {})
    dataset = fake_dataset(60)
    store.add_dataset(dataset)
    sweep = store.sweeps.create(settings, fingerprint=dataset.fingerprint, status="failed")
    for planned in sweep.plan[:3]:
        run = sweep.create_run(planned)
        if planned.place == 2:
            run.set_status("failed", error="The loss is NaN: lower the rate")
        else:
            run.write_final(fake_final(dataset, best_epoch=1, seed=planned.place))
            run.set_status("finished")
    return sweep


def test_the_form_says_how_many_runs_a_sweep_makes(form):
    assert not form.exception
    assert "**20 runs**" in words(form)


def test_a_grid_multiplies_only_the_methods_that_read_it(form):
    form.text_area(key="grid").set_value("tau = 0.5, 0.7").run()
    assert "**30 runs**" in words(form)
    assert "ignore tau" in words(form)


@pytest.mark.parametrize(
    ("kind", "key", "value", "said"),
    [
        ("multiselect", "compared", [], "methods is empty"),
        ("text_input", "seeds", "0", "got 0"),
        ("text_area", "grid", "tau = ", "names no value for tau"),
        ("text_area", "grid", "tau = 11", "must be between"),
        ("text_area", "grid", "focal_gama = 1", "did you mean focal_gamma"),
    ],
)
def test_what_is_wrong_is_told_and_start_is_off(form, kind, key, value, said):
    getattr(form, kind)(key=key).set_value(value).run()
    assert any(said in error.value.replace("\\", "") for error in form.error)
    assert button(form, "Start the sweep").disabled


def test_a_method_that_is_not_for_the_preset_is_told_before_the_start(form):
    form.multiselect(key="compared").set_value(["erm", "smote"]).run()
    form.selectbox(key="setting_preset").set_value("full").run()
    assert any("Leave smote out" in error.value for error in form.error)


def test_methods_train_by_their_own_settings_unless_one_is_typed(form):
    (own,) = (one.value for one in form.caption if one.value.startswith("HAMR sets its own"))
    assert "draw scheme independent" in own and "weight high 8" in own
    form.text_input(key="setting_weight_high").set_value("3").run()
    (own,) = (one.value for one in form.caption if one.value.startswith("HAMR sets its own"))
    assert "draw scheme independent" in own and "weight high" not in own


def test_a_link_of_an_earlier_version_compares_what_it_compared(visit):
    app = visit("pages/2_Train.py", new="1", mode="Sweep", methods=["erm", "hamr", "no-boost"])
    assert app.multiselect(key="compared").value == ["erm", "hamr-plus", "hamr-plus-no-boost"]


def test_start_queues_the_sweep_and_shows_it(form, store):
    form.text_input(key="seeds").set_value("0, 3").run()
    form.text_input(key="sweep_name").set_value("first look").run()
    button(form, "Start the sweep").click().run()
    (info,) = store.sweeps.all()
    assert (info.name, info.status) == ("first look", "queued")
    assert (info.settings.methods, info.settings.seeds) == (
        ("erm", "focal", "hamr", "hamr-plus"),
        (0, 3),
    )
    assert store.runs() == []


def test_a_sweep_shows_its_table_its_gaps_and_its_runs(visit, swept):
    app = visit("pages/2_Train.py", sweep=swept.id)
    assert not app.exception
    assert f"Part of {swept.info.name}" in links(visit("pages/2_Train.py", run=swept.run_ids()[0]))
    table, runs = (frame.value for frame in app.dataframe)
    assert table["Runs"].tolist() == ["1 of 2", "1 of 2"]
    assert "NaN" in table["Gaps"][0]
    assert runs["Status"].str.split().str[-1].tolist() == ["finished"] * 2 + ["failed", "waiting"]


def test_a_queued_sweep_stops_and_resumes(visit, store, swept):
    app = visit("pages/2_Train.py", sweep=swept.id)
    button(app, "Resume").click().run()
    assert swept.info.status == "queued"
    button(app, "Stop").click().run()
    assert swept.info.status == "stopped"


def test_a_new_sweep_like_another_begins_with_its_settings(visit, swept):
    app = visit("pages/2_Train.py", new="1", mode="Sweep", like_sweep=swept.id)
    assert not app.exception
    assert app.multiselect(key="compared").value == ["erm", "hamr"]
    assert app.text_input(key="seeds").value == "2"


def test_an_unknown_sweep_leads_to_the_form(visit):
    app = visit("pages/2_Train.py", sweep="nothing")
    assert not app.exception
    assert any("No sweep answers" in warning.value for warning in app.warning)
