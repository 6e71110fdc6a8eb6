"""Entities edited on the words in a real browser: by mouse, keyboard and touch; drafts; axe."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.eventual import at_rest
from tests.browser.on_words import drag, drag_edge, middle, shown, words_of
from tests.browser.server import ROOT
from tests.browser.spans_app import FILE, MODEL, WORDS
from tests.browser.steps import prepare

LABEL = [list(span) for span in FILE]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
}  # fmt: skip

# With `window.brief` a finger never stays long enough for a long press, however late a busy
# machine lifts or moves it: the timer of assets/spaneditor/pointer.js is not started.
LONG_PRESS = 350
UNHURRIED = f"""
const later = window.setTimeout;
window.setTimeout = (act, ms, ...more) =>
  window.brief && ms === {LONG_PRESS} ? 0 : later(act, ms, ...more);
"""


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(ROOT / "tests/browser/spans_app.py")


@pytest.fixture
def open_it(browser: Browser, address: str):
    """`open_it("?rtl=1")` opens the page in a browser of its own, whose storage is empty."""
    contexts = []

    def act(query: str = "", **options: Any) -> Page:
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        )
        page = prepare(contexts[-1].new_page())
        page.add_init_script(UNHURRIED)
        page.goto(f"{address}/{query}")
        page.get_by_test_id("span-words").wait_for()
        page.get_by_label("Another field").wait_for()
        at_rest(page)
        return page

    yield act
    for context in contexts:
        context.close()


def python_has(page: Page, name: str, value: Any) -> None:
    """Wait until the server has it: the draft, what was saved, or what goes to all."""
    expect(page.get_by_test_id("stText")).to_contain_text(f'"{name}": {json.dumps(value)}')


def heard(page: Page) -> str:
    """What a screen reader was given last."""
    return (page.get_by_test_id("span-live").text_content() or "").replace("\u00a0", "")


def test_words_are_dragged_over_typed_moved_changed_and_removed_by_mouse(open_it) -> None:
    page = open_it()
    drag(page, 9, 10)
    expect(page.get_by_test_id("span-chooser")).to_be_visible()
    page.keyboard.press("3")
    python_has(page, "draft", [*LABEL, [9, 11, "firm"]])
    drag_edge(page, 10, "end", 9)
    python_has(page, "draft", [*LABEL, [9, 10, "firm"]])
    page.mouse.click(*middle(page, 0))
    page.get_by_role("option", name="place").click()
    python_has(page, "draft", [[0, 2, "place"], LABEL[1], [9, 10, "firm"]])
    page.mouse.click(*middle(page, 5))
    page.keyboard.press("Delete")
    python_has(page, "draft", [[0, 2, "place"], [9, 10, "firm"]])
    page.get_by_test_id("span-save").click()
    python_has(page, "saved", [[0, 2, "place"], [9, 10, "firm"]])


def test_a_double_click_makes_an_entity_of_a_new_type(open_it) -> None:
    page = open_it()
    words_of(page).nth(3).dblclick(position={"x": 8, "y": 26})
    page.keyboard.type("/big city")
    page.keyboard.press("Enter")
    expect(page.get_by_text("write a type as one word, e.g. “big_city”")).to_be_visible()
    page.get_by_role("combobox").fill("planet")
    expect(page.get_by_role("option", name="Create type planet")).to_be_visible()
    page.keyboard.press("Enter")
    python_has(page, "draft", [LABEL[0], [3, 4, "planet"], LABEL[1]])


def test_the_models_entities_are_taken_one_by_one_or_all(open_it) -> None:
    page = open_it()
    page.get_by_role("button", name="model: place").last.click()
    python_has(page, "draft", [*LABEL, [9, 10, "place"]])
    page.keyboard.press("Control+z")
    page.keyboard.press("M")
    python_has(page, "draft", [list(span) for span in MODEL])


def test_an_entity_over_others_replaces_them_says_so_and_undo_brings_them_back(open_it) -> None:
    page = open_it()
    drag(page, 1, 5)
    page.keyboard.press("3")
    note = page.get_by_test_id("span-note")
    expect(note).to_contain_text("It replaces “Ada Byron” (person) and “New York” (place)")
    assert shown(page) == [[1, 6, "firm"]]
    page.keyboard.press("Control+z")
    assert shown(page) == LABEL


def test_everything_is_done_and_heard_by_keyboard_alone(open_it) -> None:
    page = open_it()
    page.keyboard.press("t")
    assert heard(page) == (
        "word 1 of 14: Ada; in span 1 of 2: Ada Byron, person, by the file and the model"
    )
    page.keyboard.press(".")
    assert "span 2 of 2: New York, place, by the file" in heard(page)
    page.keyboard.press("]")
    assert heard(page) == "The entity is now “New York City”."
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Enter", "1"):
        page.keyboard.press(key)
    assert heard(page) == "“Paris on” is person."
    python_has(page, "draft", [LABEL[0], [5, 8, "place"], [9, 11, "person"]])
    page.keyboard.press("e")
    python_has(page, "everywhere", [LABEL[0], [5, 8, "place"], [9, 11, "person"]])
    page.keyboard.press("Control+Enter")
    python_has(page, "saved", [LABEL[0], [5, 8, "place"], [9, 11, "person"]])
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_keys_act_on_the_words_only_while_these_have_the_focus(open_it) -> None:
    page = open_it()
    page.evaluate(
        "window.keys = []; addEventListener('keydown', event => window.keys.push(event.key))"
    )
    page.keyboard.press("2")  # the page's
    page.keyboard.press("t")
    page.keyboard.press("2")  # the words'
    page.keyboard.press("a")  # nothing to the words: the page's again
    page.keyboard.press("3")
    assert page.evaluate("window.keys") == ["2", "a", "3"]
    page.get_by_label("Another field").fill("")
    page.get_by_label("Another field").press("t")
    assert page.get_by_label("Another field").input_value() == "t"


def test_fingers_tap_the_first_word_the_last_one_and_the_type(open_it) -> None:
    page = open_it(**PHONE)
    page.evaluate("window.brief = true")
    for word in (9, 10):
        words_of(page).nth(word).tap(position={"x": 8, "y": 26})
    page.get_by_role("option", name="firm").tap()
    python_has(page, "draft", [*LABEL, [9, 11, "firm"]])
    words_of(page).nth(0).tap(position={"x": 8, "y": 26})
    page.get_by_role("button", name="Remove").tap()
    python_has(page, "draft", [LABEL[1], [9, 11, "firm"]])


def finger(page: Page, moves: list[tuple[float, float]], held: Locator | None = None) -> None:
    """Put a finger down, wait until `held` is there, move the finger on and lift it."""
    session = page.context.new_cdp_session(page)
    kinds = ["touchStart", *["touchMove"] * (len(moves) - 1), "touchEnd"]
    for kind, place in zip(kinds, [*moves, None], strict=True):
        points = [{"x": place[0], "y": place[1]}] if place else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        if kind == "touchStart" and held is not None:
            held.wait_for()
        page.wait_for_timeout(30)


# For a second and many frames, as a busy machine may stop in the middle.
_UNMOVED = """main => new Promise(done => {
  let [before, frames, since] = [null, 0, 0];
  const look = () => {
    const now = main.scrollTop;
    if (now !== before) [before, frames, since] = [now, 0, performance.now()];
    frames += 1;
    if (frames > 30 && performance.now() - since > 1000) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


def test_a_finger_scrolls_the_page_and_selects_only_after_a_long_press(open_it) -> None:
    page = open_it("?words=300", **PHONE)
    page.evaluate("window.brief = true")
    x, y = middle(page, 40)
    finger(page, [(x, y), (x, y - 40), (x, y - 120), (x, y - 200)])
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 50")
    page.get_by_test_id("stMain").evaluate(_UNMOVED)  # it glides on after a finger has left it
    expect(page.get_by_test_id("span-chooser")).to_be_hidden()
    page.evaluate("window.brief = false")
    first, last = middle(page, 45), middle(page, 46)
    finger(page, [first, last], held=page.get_by_test_id("span-words").locator(".w.selected"))
    expect(page.get_by_role("dialog")).to_have_attribute("aria-label", "Type of “<b>Bob</b> in”")


def test_a_draft_comes_back_with_the_page_and_can_be_discarded(open_it) -> None:
    page = open_it()
    drag(page, 9, 9)
    page.keyboard.press("2")
    python_has(page, "draft", [*LABEL, [9, 10, "place"]])
    page.reload()
    note = page.get_by_test_id("span-note")
    expect(note).to_contain_text("Draft restored from")
    assert shown(page) == [*LABEL, [9, 10, "place"]]
    note.get_by_role("button", name="Discard").click()
    python_has(page, "draft", None)
    assert shown(page) == LABEL
    page.reload()
    page.get_by_test_id("span-words").wait_for()
    expect(note).to_be_hidden()


def test_markup_in_words_is_text_and_nothing_can_be_changed_without_a_name(open_it) -> None:
    page = open_it("?readonly=1")
    texts = words_of(page).evaluate_all("all => all.map(one => one.firstChild.data)")
    assert texts == WORDS
    drag(page, 9, 10)
    page.keyboard.press("3")
    assert shown(page) == LABEL
    expect(page.get_by_test_id("span-note")).to_contain_text("Enter your name first")


def test_where_a_script_runs_from_right_to_left_the_left_arrow_goes_on(open_it) -> None:
    page = open_it("?rtl=1")
    first, second = (words_of(page).nth(i).bounding_box() for i in (0, 1))
    assert first["x"] > second["x"]
    page.keyboard.press("t")
    page.keyboard.press("ArrowLeft")
    assert heard(page).startswith("word 2 of 7")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_even_with_the_list_of_types_open(open_it, scheme) -> None:
    page = open_it(color_scheme=scheme)
    page.get_by_text("Legend and keys").click()
    drag(page, 1, 5)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    python_has(page, "draft", [[1, 6, "firm"]])
    expect(page.get_by_test_id("span-chooser")).to_be_visible()
    at_rest(page)  # what is drawn anew fades in, and is faint for a moment
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run(document)).violations")
    mine = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [f"{v['id']}: {n['html']} {n['failureSummary']}" for v in mine for n in v["nodes"]] == []
