"""The first page and Train, with and without runs."""

import time
from typing import get_args

import numpy as np
import pytest

from hamr.config import ONLY_IN, DataSettings, RunSettings, TrainingSettings
from hamr.records import CheckpointRecord, Progress
from hamr.ui.widgets.chosenrows import SETTINGS as CHOSEN
from hamr.ui.widgets.form import FIRST, SECOND, TITLES, grouped
from tests.fake_run import write_fake_run
from tests.ui.conftest import words


def button(app, label):
    return next(button for button in app.button if button.label.startswith(label))


def test_the_first_page_offers_the_demo_when_there_is_no_run(visit):
    app = visit()
    assert not app.exception
    assert button(app, "Run the demo")
    assert "No runs yet" in words(app)


def test_one_click_queues_the_demo_with_the_settings_as_they_come(visit, store):
    app = visit()
    button(app, "Run the demo").click().run()
    (info,) = store.runs()
    assert info.settings == RunSettings()
    assert info.status == "queued"


def test_one_click_queues_the_entity_demo_with_its_task_s_defaults(visit, store):
    app = visit()
    button(app, "Run the entity demo").click().run()
    (info,) = store.runs()
    assert info.settings.data == DataSettings(task="token")
    assert info.settings.training == TrainingSettings.of_preset("quick", "token")


def test_the_first_page_lists_the_runs_newest_first(visit, store):
    older, newer = (write_fake_run(store, rows=40, epochs=1, seed=seed) for seed in (0, 1))
    app = visit()
    assert list(app.dataframe[0].value["Run"]) == [newer.info.name, older.info.name]
    assert app.dataframe[0].value["Epochs"].tolist() == ["1 of 1", "1 of 1"]


def test_a_home_that_cannot_be_opened_is_told_in_a_sentence(visit, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("HAMR_HOME", str(blocked))
    app = visit()
    assert not app.exception
    assert len(app.error) == 1


def test_train_without_a_run_shows_the_form(visit):
    app = visit("pages/2_Train.py")
    assert not app.exception
    assert {box.label for box in app.selectbox} >= {"Preset", "Method"}
    assert button(app, "Start the run")


def test_every_setting_has_a_control_of_its_own(visit):
    app = visit("pages/2_Train.py")
    controls = [*app.selectbox, *app.number_input, *app.text_input]
    keys = {control.key for control in controls}
    assert keys >= {f"setting_{name}" for name in WITH_CONTROL}


def test_a_value_out_of_range_is_told_beside_its_control_and_start_is_off(visit):
    app = visit("pages/2_Train.py")
    app.text_input(key="setting_tau").set_value("11").run()
    assert any("must be between" in error.value and "11" in error.value for error in app.error)
    assert button(app, "Start the run").disabled


def test_the_full_preset_brings_its_own_rates_and_keeps_what_was_typed(visit):
    app = visit("pages/2_Train.py")
    app.number_input(key="setting_seed").set_value(7).run()
    app.selectbox(key="setting_preset").set_value("full").run()
    assert app.text_input(key="setting_learning_rate").value == "4e-05"
    assert app.number_input(key="setting_batch_size").value == 8
    assert app.number_input(key="setting_seed").value == 7


def test_start_queues_what_the_form_says(visit, store):
    app = visit("pages/2_Train.py")
    app.selectbox(key="setting_method").set_value("erm").run()
    app.number_input(key="setting_epochs").set_value(3).run()
    app.text_input(key="run_name").set_value("plain, three epochs").run()
    button(app, "Start the run").click().run()
    (info,) = store.runs()
    assert (info.name, info.method, info.epochs) == ("plain, three epochs", "erm", 3)


def test_data_chosen_in_the_link_are_what_is_trained_on(visit, store):
    app = visit(
        "pages/2_Train.py", new="1", source="/data/reviews.csv", text_column="body",
        label_column="stars",
    )  # fmt: skip
    assert "text from 'body', label from 'stars'" in words(app)
    button(app, "Start the run").click().run()
    data = store.runs()[0].settings.data
    assert (data.source, data.text_column, data.label_column) == (
        "/data/reviews.csv", "body", "stars",
    )  # fmt: skip


@pytest.mark.parametrize("status", ["queued", "finished", "failed", "stopped"])
def test_a_run_is_shown_in_every_state(visit, store, status):
    run = write_fake_run(store, rows=60, epochs=2, status=status)
    app = visit("pages/2_Train.py", run=run.id)
    assert not app.exception
    assert run.info.name in words(app).replace("\\", "")


def test_a_killed_run_is_shown_as_interrupted_and_resumes(visit, store):
    run = write_fake_run(store, rows=60, epochs=2, status="running")  # nobody holds its lock
    app = visit("pages/2_Train.py", run=run.id)
    assert "interrupted after 2 of" in words(app)
    button(app, "Resume").click().run()
    assert run.info.status == "queued"


def test_a_queued_run_says_how_many_are_before_it_and_can_be_stopped(visit, store):
    store.create_run(RunSettings())
    second = store.create_run(RunSettings())
    app = visit("pages/2_Train.py", run=second.id)
    assert "1 run before this one" in words(app)
    button(app, "Stop").click().run()
    assert second.info.status == "stopped"


def test_a_failed_run_leads_back_to_the_setting_at_fault(visit, store):
    run = write_fake_run(store, rows=60, epochs=1, status="failed")
    run.set_status("failed", error="hub:no/model does not exist", field="model")
    app = visit("pages/2_Train.py", run=run.id)
    assert "Setting to change: Model." in words(app)
    form = visit("pages/2_Train.py", new="1", like=run.id)
    assert "does not exist" in words(form)


def test_an_unknown_run_in_the_link_is_named(visit, store):
    write_fake_run(store, rows=40, epochs=1)
    app = visit("pages/2_Train.py", run="nowhere")
    assert "no run nowhere" in words(app)


# Those that have a control once rows are chosen (`test_chosen_rows`), and all others.
WITH_CONTROL = tuple(name for name in TrainingSettings.model_fields if name not in CHOSEN)


def select(app, name, value):
    app.selectbox(key=f"setting_{name}").set_value(value).run()


def control(app, name):
    controls = [*app.selectbox, *app.number_input, *app.text_input]
    return next(control for control in controls if control.key == f"setting_{name}")


def test_every_choice_of_a_setting_has_a_title_of_its_own():
    for name, info in TrainingSettings.model_fields.items():
        choices = get_args(info.annotation)
        assert set(choices) == set(TITLES.get(name, ())), name
        assert len(set(TITLES.get(name, {}).values())) == len(choices)


def test_every_setting_of_every_group_is_in_the_form():
    below = [name for names in grouped().values() for name in names]
    assert sorted([*FIRST, *SECOND, *below, *CHOSEN]) == sorted(TrainingSettings.model_fields)


def test_what_a_preset_has_no_use_for_is_greyed_out_and_says_so(visit):
    app = visit("pages/2_Train.py")
    for preset in ("quick", "full"):
        select(app, "preset", preset)
        greyed = {n for n in WITH_CONTROL if control(app, n).disabled}
        assert greyed == {name for name, only in ONLY_IN.items() if only != preset}
        assert f"Settings that the {preset} preset does not use" in words(app)


def test_the_full_preset_brings_its_warm_up_decay_and_clipping(visit):
    app = visit("pages/2_Train.py")
    select(app, "preset", "full")
    assert control(app, "decay").value == "linear"
    assert control(app, "warmup_share").value == "0.06"
    assert control(app, "max_gradient_norm").value == "1"
    select(app, "meta_gradient", "last_layer")
    assert "the virtual step moves the head alone" in words(app)
    select(app, "preset", "quick")
    assert control(app, "decay").value == "none"


def test_a_setting_out_of_range_does_not_hold_up_the_preset_that_has_no_use_for_it(visit, store):
    app = visit("pages/2_Train.py")
    select(app, "preset", "full")
    app.number_input(key="setting_frozen_layers").set_value(-2).run()
    assert button(app, "Start the run").disabled
    select(app, "preset", "quick")
    button(app, "Start the run").click().run()
    assert store.runs()[0].settings.training.frozen_layers == 0


@pytest.mark.parametrize("field", ["device", "batch_size", "frozen_layers", "precision"])
def test_the_sentence_of_a_failed_run_stands_at_its_setting(visit, store, field):
    run = write_fake_run(store, rows=60, epochs=1, status="failed", preset="full")
    run.set_status("failed", error=f"{field} does not go here", field=field)
    form = visit("pages/2_Train.py", new="1", like=run.id)
    (column,) = (column for column in form.columns if len(column.error))
    assert "does not go here" in column.error[0].value.replace("\\", "")
    assert [w.key for w in (*column.selectbox, *column.number_input)] == [f"setting_{field}"]


def test_a_full_run_under_way_tells_its_meta_gradient_device_and_precision(visit, store):
    run = write_fake_run(
        store, epochs=1, status="running", preset="full", meta_gradient="last_layer"
    )
    run.append_event(Progress("loading", 1, 1, "training on the CPU in float32"))
    with run.hold():
        app = visit("pages/2_Train.py", run=run.id)
    shown = words(app).replace("\\", "")
    assert "seed 0 · meta-gradient: last layer · training on the CPU in float32" in shown


def test_a_run_stopped_within_an_epoch_says_where_it_goes_on(visit, store):
    run = write_fake_run(store, epochs=1, status="stopped")
    assert "Resume continues from there" in words(visit("pages/2_Train.py", run=run.id))
    run.write_checkpoint(CheckpointRecord(2, 1240, {"weight": np.zeros(2, np.float32)}))
    app = visit("pages/2_Train.py", run=run.id)
    assert "Resume continues within epoch 2, from step 1,240" in words(app)
    assert any("checkpoint at step 1,240, within epoch 2" in code.value for code in app.code)


def test_the_time_left_of_an_epoch_that_takes_hours_is_told(visit, store):
    run = store.create_run(RunSettings(training=TrainingSettings.of_preset("full")))
    run.set_status("running")
    now = time.time()
    with run.hold():
        for seconds, done in ((1, 1_000), (31, 1_060)):
            event = {"kind": "progress", "phase": "training", "message": "epoch 2"}
            at = now + seconds
            run.append_event({**event, "time": at, "done": done, "total": 20_000})
        app = visit("pages/2_Train.py", run=run.id)
    assert "about 2 h 38 min left" in app.get("progress")[0].proto.text.replace("\\", "")
