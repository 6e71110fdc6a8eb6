"""A lesson: a teacher goes through a step by keyboard, plays, paints, and shares the link."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from hamr.store import Store
from tests.browser.steps import settle
from tests.fake_run import write_fake_run

WHERE = re.compile(r"epoch 1 · step (\d+) of 12")


@pytest.fixture
def lesson(page: Page, app) -> Page:
    page.emulate_media(reduced_motion="reduce")  # else the page begins to play
    page.goto(f"{app.address}/Learn")
    settle(page, "Learn")
    expect(page.get_by_role("heading", name="1. Draw a batch")).to_be_visible()
    return page


def title(page: Page, text: str) -> None:
    expect(page.locator(".playground h3")).to_have_text(text)


def test_the_arrow_keys_go_through_the_stages_and_on_to_the_next_step(lesson):
    for name in ("2. Losses and z-scores", "3. Pre-meta weights", "4. Virtual update"):
        lesson.keyboard.press("ArrowRight")
        title(lesson, name)
    lesson.keyboard.press("PageUp")
    title(lesson, "3. Pre-meta weights")
    lesson.keyboard.press("8")
    title(lesson, "8. Seeds and boost")
    lesson.keyboard.press("PageDown")
    title(lesson, "1. Draw a batch")
    expect(lesson.locator(".where")).to_contain_text("step 2 of 12")


def test_a_stage_and_a_step_are_in_the_link(lesson):
    lesson.keyboard.press("Shift+ArrowRight")
    expect(lesson.locator(".where")).to_contain_text("step 2 of 12")
    lesson.keyboard.press("5")
    title(lesson, "5. Meta-gradient")
    expect(lesson).to_have_url(re.compile(r"stage=5"))
    expect(lesson).to_have_url(re.compile(r"step=2"))
    lesson.reload()
    title(lesson, "5. Meta-gradient")
    expect(lesson.locator(".where")).to_contain_text("step 2 of 12")


# What the page says of its stage is not sent, the first time.
LOSING = """
() => {
  const send = WebSocket.prototype.send;
  window.lost = 0;
  WebSocket.prototype.send = function (...message) {
    const text = ArrayBuffer.isView(message[0]) ? new TextDecoder().decode(message[0]) : "";
    if (window.lost === 0 && /"stage"/.test(text)) return void (window.lost += 1);
    return send.apply(this, message);
  };
}
"""


def test_a_stage_comes_into_the_link_also_where_the_app_did_not_hear_it_at_first(lesson):
    lesson.evaluate(LOSING)
    lesson.keyboard.press("3")
    expect(lesson).to_have_url(re.compile(r"stage=3"))
    assert lesson.evaluate("window.lost") == 1


def test_playing_goes_on_by_itself_until_it_is_paused(lesson):
    lesson.get_by_label("What is played").select_option("steps")
    lesson.keyboard.press("Escape")
    lesson.locator(".playground h3").click()
    lesson.keyboard.press("Space")
    expect(lesson.locator(".where")).to_contain_text(re.compile(r"step [3-9] of 12"))
    lesson.get_by_role("button", name="Play or pause (Space)").click()
    expect(lesson.get_by_role("button", name="Play or pause (Space)")).to_have_text("▶ Play")


def test_pause_is_heard_while_a_step_is_awaited(lesson):
    lost = LOSING.replace("window.lost === 0 && ", "").replace('"stage"', '"step"')
    lesson.evaluate(lost)  # the step never comes
    lesson.get_by_label("What is played").select_option("steps")
    play = lesson.get_by_role("button", name="Play or pause (Space)")
    play.click()
    lesson.wait_for_function("window.lost > 0")
    play.press("Space")
    expect(play).to_have_text("▶ Play")


def test_a_point_that_is_clicked_has_its_numbers(lesson):
    lesson.locator("canvas.plane").first.click(position={"x": 150, "y": 150})
    expect(lesson.locator(".numbers")).to_contain_text("p = ")


def test_painted_points_are_trained_on_and_stay_in_the_link(page, app):
    page.goto(f"{app.address}/Learn?points=painted")
    settle(page, "Learn")
    board = page.locator("canvas.board")
    board.wait_for()
    page.get_by_role("button", name="Add 10").click()
    page.get_by_role("button", name="Class B").click()
    board.click(position={"x": 300, "y": 120})
    page.get_by_role("button", name="Add 10").click()
    expect(page.locator(".tools")).to_contain_text("21 of at most 600")
    page.get_by_role("button", name="Train on these points").click()
    title(page, "1. Draw a batch")
    expect(page).to_have_url(re.compile("paint="))
    page.reload()
    title(page, "1. Draw a batch")


def test_a_step_of_a_run_is_read_by_the_arrow_keys(page, app, home):
    run = write_fake_run(Store.open(home), name="recorded")
    row = int(run.step(2, 0).rows[0])
    page.goto(f"{app.address}/Learn?view=A+run's+step&run={run.id}&epoch=2&row={row}")
    settle(page, "Learn")
    numbers = page.locator(".st-key-run-step-numbers")
    expect(numbers).to_contain_text(f"Row {row}")
    for name in ("2. Losses and z-scores", "3. Pre-meta weights"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        settle(page, "Learn")
    expect(numbers).to_contain_text("s = sigmoid(V(")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="2. Losses and z-scores")).to_be_visible()
    expect(page).to_have_url(re.compile("stage=2"))


def test_the_page_begins_to_play_by_itself_until_a_key_is_pressed(page, app):
    page.goto(f"{app.address}/Learn")
    title(page, "3. Pre-meta weights")
    page.keyboard.press("ArrowLeft")
    title(page, "2. Losses and z-scores")
    expect(page.get_by_role("button", name="Play or pause (Space)")).to_have_text("▶ Play")


def test_sliders_that_are_opened_after_a_step_are_as_the_link_says(lesson):
    lesson.goto(f"{lesson.url}?tau=2.0")
    settle(lesson, "Learn")
    lesson.keyboard.press("Shift+ArrowRight")
    expect(lesson.locator(".where")).to_contain_text("step 2 of 12")
    lesson.get_by_role("button", name="Settings").press("Enter")
    expect(lesson.get_by_role("slider", name="τ: draws")).to_have_value("2")
    lesson.get_by_role("slider", name="λ: boost").press("End")
    expect(lesson).to_have_url(
        re.compile(r"tau=2.0.*boost_strength=5.0|boost_strength=5.0.*tau=2.0")
    )


def test_an_exercise_is_solved_by_keyboard_alone(lesson):
    lesson.get_by_label("Exercise", exact=True).focus()
    lesson.keyboard.type("Weigh all")
    lesson.keyboard.press("Enter")
    title(lesson, "6. Post-meta weights")
    lesson.get_by_role("button", name="Show a hint (3 left)").press("Enter")
    expect(lesson.get_by_text("Hint 1:")).to_be_visible()
    lesson.get_by_role("button", name="Settings").press("Enter")
    lesson.get_by_role("slider", name="Smallest weight").press("End")
    lesson.get_by_role("slider", name="Largest weight").press("Home")
    expect(lesson.get_by_text("Solved.")).to_be_visible()
    expect(lesson).to_have_url(re.compile("solved=clips"))


def test_the_two_methods_are_side_by_side_by_a_key(lesson):
    lesson.keyboard.press("c")
    expect(lesson.locator(".playground.together")).to_be_visible()
    expect(lesson.get_by_role("row", name=re.compile("ERM"))).to_contain_text(
        re.compile(r"0\.\d\d")
    )
    expect(lesson).to_have_url(re.compile("side=1"))


def test_a_copied_link_opens_the_same_stage_point_and_numbers(lesson):
    lesson.keyboard.press("8")
    lesson.get_by_label("Point", exact=True).select_option(index=3)
    expect(lesson).to_have_url(re.compile(r"stage=8.*point=\d+|point=\d+.*stage=8"))
    shown = lesson.locator(".right").inner_text()
    lesson.goto(lesson.url)
    settle(lesson, "Learn")
    title(lesson, "8. Seeds and boost")
    assert lesson.locator(".right").inner_text() == shown


@pytest.mark.parametrize("place", ["stage=6", "stage=8&exercise=even"])
def test_all_of_a_stage_is_in_view_for_an_audience(lesson, place):
    lesson.set_viewport_size({"width": 1280, "height": 720})
    lesson.goto(f"{lesson.url}?present=1&{place}")
    settle(lesson, "Learn")
    bar = lesson.locator(".st-key-presenter").bounding_box()
    parts = [lesson.locator(name).first.bounding_box() for name in (".why", ".legend")]
    assert bar and all(part and part["y"] + part["height"] <= bar["y"] for part in parts)


def test_a_link_that_is_copied_right_after_a_key_has_the_stage_on_screen(lesson):
    lesson.goto(f"{lesson.url}?present=1&stage=2")
    settle(lesson, "Learn")
    lesson.evaluate("() => { navigator.clipboard.writeText = text => (window.copied = text); }")
    lesson.evaluate(LOSING.replace("window.lost === 0 && ", ""))  # the address never follows
    lesson.keyboard.press("5")
    lesson.get_by_role("button", name="Copy link").click()
    assert "stage=5" in lesson.evaluate("window.copied")


def test_the_focus_stays_on_the_stage_that_a_key_has_chosen(lesson):
    lesson.get_by_role("button", name="5 Meta-gradient").press("Enter")
    title(lesson, "5. Meta-gradient")
    expect(lesson.get_by_role("button", name="5 Meta-gradient")).to_be_focused()


def test_points_are_painted_and_taken_back_by_keyboard(page, app):
    page.goto(f"{app.address}/Learn?points=painted")
    settle(page, "Learn")
    page.locator("canvas.board").focus()
    for key in ("ArrowUp", "Enter", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".tools")).to_contain_text("2 of at most 600")
    undo = page.get_by_role("button", name="Undo")
    undo.press("Enter")
    undo.press("Enter")
    expect(page.locator(".tools")).to_contain_text("0 of at most 600")
    expect(undo).to_be_focused()


def test_space_on_the_folded_controls_opens_them_and_plays_nothing(lesson):
    lesson.goto(f"{lesson.url}?present=1&stage=2")
    settle(lesson, "Learn")
    lesson.locator(".st-key-learn-setup summary").press("Space")
    expect(lesson.get_by_role("button", name="Settings")).to_be_visible()
    expect(lesson.get_by_role("button", name="Play or pause (Space)")).to_have_text("▶ Play")


def test_on_a_phone_the_stage_is_read_right_below_its_picture(lesson):
    lesson.set_viewport_size({"width": 390, "height": 844})
    own, heading, second = (
        lesson.locator(name).bounding_box() for name in ("canvas.plane >> nth=0", "h3", ".second")
    )
    assert own and heading and second
    assert own["y"] < heading["y"] < second["y"]


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_tab_leads_from_settings_into_its_sliders_and_back(lesson, width, height):
    lesson.set_viewport_size({"width": width, "height": height})
    lesson.get_by_role("button", name="Settings").focus()
    lesson.keyboard.press("Enter")
    expect(lesson.get_by_role("slider", name="τ: draws")).to_be_visible()
    lesson.keyboard.press("Tab")
    expect(lesson.get_by_role("slider", name="τ: draws")).to_be_focused()
    lesson.keyboard.press("Shift+Tab")
    expect(lesson.get_by_role("button", name="Settings")).to_be_focused()
