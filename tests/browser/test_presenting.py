"""Presenting and the tour by keys alone, on the recorded run: nothing is trained here."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.steps import settle

# Where a page may not use the clipboard, writing to it is refused.
REFUSED = "void (navigator.clipboard.writeText = () => Promise.reject(new Error('refused')))"
BIG = 20  # pixels of a letter at 720 lines


def letters(page: Page) -> float:
    """How high a letter of the page's text is, in pixels."""
    size: str = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    return float(size.removesuffix("px"))


@pytest.fixture
def small(page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 720})
    return page


def test_a_clicker_leads_over_the_pages_and_escape_leaves(small: Page, app: Server):
    small.emulate_media(reduced_motion="reduce")  # so that Learn does not play by itself
    small.goto(f"{app.address}/Try?present=1")
    settle(small, "Try")
    assert letters(small) >= BIG
    assert not small.get_by_test_id("stSidebar").is_visible()
    small.keyboard.press("PageDown")
    settle(small, "Learn")
    small.keyboard.press("PageDown")  # a stage of its own, not the next page
    small.wait_for_url("**stage=2**")
    small.keyboard.press("Escape")
    small.wait_for_function("!location.search.includes('present')")
    expect(small.get_by_test_id("stSidebar")).to_be_visible()
    assert letters(small) == 16


def test_keys_stay_with_a_field_that_has_the_focus(small: Page, app: Server):
    small.goto(f"{app.address}/Guide?present=1")
    settle(small, "Guide")
    small.get_by_label("Search the guide").focus()
    small.keyboard.press("PageUp")
    small.get_by_label("Search the guide").blur()
    small.keyboard.press("PageUp")
    settle(small, "Learn")  # one page back, not two


def test_the_link_is_shown_selected_where_it_can_not_be_copied(small: Page, app: Server):
    small.goto(f"{app.address}/Guide?topic=glossary&present=1")
    settle(small, "Guide")
    small.evaluate(REFUSED)
    small.get_by_role("button", name="Copy link").click()
    field = small.get_by_label("Link to this view")
    expect(field).to_have_value(small.url)
    chosen = field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert chosen == small.url


def test_the_tour_goes_from_stop_to_stop_by_keys_and_hides_nothing(small: Page, app: Server):
    small.goto(f"{app.address}/Dataset?tour=2")
    settle(small, "Dataset")
    small.keyboard.press("Shift+PageDown")
    settle(small, "Train")
    small.wait_for_url("**tour=3**")
    small.keyboard.press("Shift+PageUp")
    settle(small, "Dataset")
    small.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    panel = small.locator(".st-key-tour").bounding_box()
    last = small.locator(
        "[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] > *"
    ).last.bounding_box()
    assert panel and last
    assert last["y"] + last["height"] <= panel["y"] + 1


def test_enter_on_a_question_mark_opens_the_section_that_explains(small: Page, app: Server):
    small.goto(f"{app.address}/Train?new=1")
    settle(small, "Train")
    small.get_by_label("Help for Preset").first.focus()
    small.keyboard.press("Shift+Tab")
    small.keyboard.press("Tab")  # shows the help, as focus by a script does not
    expect(small.get_by_test_id("stTooltipContent").get_by_role("link")).to_be_visible()
    with small.context.expect_page() as opened:
        small.keyboard.press("Enter")
    guide = opened.value
    expect(guide.locator("#presets")).to_be_in_viewport()
    guide.close()
