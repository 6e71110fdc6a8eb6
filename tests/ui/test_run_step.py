"""A run's step on the page Learn."""

from __future__ import annotations

import pytest

from hamr.store.epoch_files import ARRAYS, STEPS
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.ui.conftest import words

PAGE = "pages/10_Learn.py"
VIEW = {"view": "A run's step"}


@pytest.fixture
def run(store):
    return write_fake_run(store)


def headings(app):
    return [element.value for element in app.subheader]


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception


@pytest.mark.parametrize(
    ("stage", "title"),
    [("1", "1. Draw a batch"), ("5", "5. Meta-gradient"), ("8", "8. Seeds and boost")],
)
def test_a_link_opens_run_epoch_step_stage_and_row(run, visit, stage, title):
    row = int(run.step(2, 1).rows[0])
    app = visit(PAGE, **VIEW, run=run.id, epoch="2", step="4", stage=stage, row=str(row))
    assert not app.exception and not app.error
    assert headings(app) == [title]
    assert f"**Row {row}**" in words(app)
    assert len(app.get("plotly_chart")) == 2  # the rows or the curve, and the map


def test_on_leads_through_the_stages_to_the_next_step_and_the_next_epoch(run, visit):
    app = visit(PAGE, **VIEW, run=run.id, epoch="1", stage="8")
    press(app, "run-step-on")
    assert headings(app) == ["1. Draw a batch"]
    assert app.query_params["step"] == "4"
    app = visit(PAGE, **VIEW, run=run.id, epoch="1", step="4", stage="8")
    press(app, "run-step-on")
    assert (app.query_params["epoch"], app.query_params["step"]) == ("2", "1")


def test_back_leads_to_the_last_stage_of_the_step_before(run, visit):
    app = visit(PAGE, **VIEW, run=run.id, epoch="2")
    press(app, "run-step-back")
    assert (app.query_params["epoch"], app.query_params["step"]) == ("1", "4")
    assert headings(app) == ["8. Seeds and boost"]


def test_the_first_step_has_nothing_before_it_and_the_last_one_nothing_after(run, visit):
    assert visit(PAGE, **VIEW, run=run.id, epoch="1").button(key="run-step-back").disabled
    last = visit(PAGE, **VIEW, run=run.id, epoch="3", step="4", stage="8")
    assert last.button(key="run-step-on").disabled


def test_another_view_begins_at_its_own_first_stage(run, visit):
    app = visit(PAGE, **VIEW, run=run.id, epoch="1", step="4", stage="6")
    app.segmented_control(key="view").set_value("Playground").run()
    assert "step" not in app.query_params and "stage" not in app.query_params


def test_a_run_without_kept_steps_says_so_and_what_to_do(store, visit):
    app = visit(PAGE, **VIEW, run=write_fake_run(store, steps=False).id)
    assert not app.exception and not app.error
    assert "was recorded before steps were kept" in app.info[0].value


def test_a_run_that_stopped_half_way_shows_the_steps_of_its_epochs(store, visit):
    run = write_fake_run(store, epochs=2, status="stopped")
    app = visit(PAGE, **VIEW, run=run.id)
    assert headings(app) == ["1. Draw a batch"]
    assert "the steps of its complete epochs are kept" in words(app)


def test_a_damaged_file_of_steps_is_said_and_other_epochs_are_shown(run, visit):
    (run.folder / "epochs" / "000002" / STEPS).write_bytes(b"damaged")
    app = visit(PAGE, **VIEW, run=run.id, epoch="2")
    assert not app.exception
    assert "The steps of epoch 2" in app.error[0].value
    assert "other epochs are not affected" in app.error[0].value
    assert headings(visit(PAGE, **VIEW, run=run.id, epoch="1")) == ["1. Draw a batch"]


def test_a_damaged_epoch_is_passed_in_both_directions(run, visit):
    (run.folder / "epochs" / "000002" / STEPS).write_bytes(b"damaged")
    app = visit(PAGE, **VIEW, run=run.id, epoch="2")
    press(app, "run-step-on")
    assert (app.query_params["epoch"], headings(app)) == ("3", ["1. Draw a batch"])
    press(app, "run-step-back")
    press(app, "run-step-back")
    assert (app.query_params["epoch"], headings(app)) == ("1", ["8. Seeds and boost"])
    assert app.segmented_control(key="run-step").value == 4


def test_a_step_that_lacks_other_files_of_its_epoch_leads_to_the_other_step(run, visit):
    (run.folder / "epochs" / "000002" / ARRAYS).write_bytes(b"damaged")
    app = visit(PAGE, **VIEW, run=run.id, epoch="2", step="1")
    assert app.error and not app.exception
    press(app, "run-step-on")
    assert (app.query_params["epoch"], app.query_params["step"]) == ("2", "4")


@pytest.mark.parametrize("step", ["3", "99999999999999999999", "x", "-1"])
def test_a_step_that_was_not_kept_is_said_and_the_first_one_shown(run, visit, step):
    app = visit(PAGE, **VIEW, run=run.id, epoch="1", step=step)
    assert not app.exception
    assert "was not kept" in app.warning[0].value
    assert headings(app) == ["1. Draw a batch"]


def test_plain_training_has_three_stages(store, visit):
    run = write_fake_run(store, method="erm")
    app = visit(PAGE, **VIEW, run=run.id, stage="8")
    assert not app.exception and not app.error
    assert headings(app) == ["3. Update"]


def test_sentences_are_shown_with_their_entities(store, visit):
    run = write_fake_token_run(store)
    app = visit(PAGE, **VIEW, run=run.id, stage="2")
    assert not app.exception and not app.error
    assert "**Sentence " in words(app)


def test_without_a_run_the_page_says_what_to_do(visit):
    assert "No run yet" in words(visit(PAGE, **VIEW))


def test_see_this_step_leads_from_weights_to_the_step_that_drew_the_row(run, visit):
    row = int(run.step(2, 1).rows[0])
    place = {"run": run.id, "epoch": "2", "rows": str(row)}
    app = visit("pages/4_Weights.py", **place, view="Before and after")
    assert not app.exception
    (link,) = [found for found in app.get("page_link") if found.proto.label == "See this step"]
    assert {f"row={row}", "step=4", "epoch=2"} <= set(link.proto.query_string.split("&"))


def test_a_row_that_no_kept_step_drew_has_no_such_link(run, visit):
    drawn = {*run.step(2, 0).rows.tolist(), *run.step(2, 1).rows.tolist()}
    row = next(row for row in range(200) if row not in drawn and run.signal("draws", 2)[row])
    place = {"run": run.id, "epoch": "2", "rows": str(row)}
    app = visit("pages/4_Weights.py", **place, view="Before and after")
    assert not any(found.proto.label == "See this step" for found in app.get("page_link"))


def test_why_a_row_was_drawn_leads_to_the_step(run, visit):
    row = int(run.step(2, 0).rows[0])
    app = visit("pages/5_Neighbourhoods.py", run=run.id, epoch="2", row=str(row))
    assert any(found.proto.label == "See this step" for found in app.get("page_link"))


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [("stage", "99", "asks for stage 99"), ("stage", "x", "asks for stage x"),
     ("row", "abc", "Row abc is not in the batch"), ("row", "999999", "Row 999999 is not")],
)  # fmt: skip
def test_what_a_link_asks_for_and_the_step_lacks_is_said(run, visit, part, value, said):
    app = visit(PAGE, **VIEW, run=run.id, epoch="2", **{part: value})
    assert not app.exception
    assert any(said in caption.value for caption in app.caption)
