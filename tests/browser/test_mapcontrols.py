"""Filters and player of the map, handled in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.eventual import at_rest, eventually
from tests.browser.mapcontrols_app import EPOCHS, ROWS, data
from tests.browser.steps import prepare


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(Path(__file__).with_name("mapcontrols_app.py"))


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = prepare(browser.new_page(viewport={"width": 1100, "height": 800}))
    page.goto(address)
    page.wait_for_selector(f"[data-testid=pointmap][data-painted='{ROWS}']")
    # The levels of the histogram come after the points.
    expect(page.get_by_test_id("pointmap-readout")).to_have_text(f"{ROWS:,} of {ROWS:,} shown")
    page.get_by_test_id("stText").wait_for()
    at_rest(page)
    yield page
    page.context.close()


def heard(page: Page, name: str, value: Any) -> dict[str, Any]:
    """Wait until Python has heard that value; all that it has heard."""
    text = page.get_by_test_id("stText")
    expect(text).to_contain_text(f'"{name}": {json.dumps(value)}')
    return said(page)


def said(page: Page) -> dict[str, Any]:
    """What Python has heard by now."""
    found: dict[str, Any] = json.loads(page.get_by_test_id("stText").inner_text())
    return found


def test_classes_filter_at_once_and_python_hears_once_of_several(page: Page) -> None:
    _, codes, _ = data(ROWS)
    # At once, however slow the machine: two clicks from here might be further apart.
    third = page.get_by_test_id("pointmap-legend-3").element_handle()
    page.get_by_test_id("pointmap-legend-1").evaluate(
        "(one, other) => [one, other].forEach(button => button.click())", third
    )
    left = int(((codes == 1) | (codes == 3)).sum())
    expect(page.get_by_test_id("pointmap-readout")).to_have_text(f"{left:,} of {ROWS:,} shown")
    assert heard(page, "codes", [1, 3])["heard"] == 1
    page.get_by_test_id("pointmap-legend-3").press("Control+Enter")
    heard(page, "codes", [3])
    page.get_by_test_id("pointmap-legend-all").press("Enter")
    heard(page, "codes", [])


def test_a_brushed_range_filters_and_keys_move_its_handles(page: Page) -> None:
    bars = page.get_by_test_id("pointmap-histogram")
    box = bars.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 20, steps=3)
    page.mouse.up()
    expect(page.get_by_test_id("pointmap-readout")).to_contain_text("value 0.")
    # A slow hand stops on its way, and Python hears of that range too.
    assert eventually(lambda: said(page)["span"] == pytest.approx([0.5, 0.8], abs=0.02))
    at_rest(page)
    before = said(page)["span"]
    page.get_by_label("value, at most").press("ArrowLeft")
    expect(page.get_by_test_id("stText")).not_to_contain_text(json.dumps(before))
    after = said(page)["span"]
    assert after[0] == before[0] and after[1] < before[1]
    bars.dblclick()
    heard(page, "span", None)


# Writes down each epoch that the player shows, with what Python had heard by then.
_NOTE = """epoch => {
  window.played = [];
  new MutationObserver(() => window.played.push([
    epoch.textContent, document.querySelector("[data-testid=stText]").textContent,
  ])).observe(epoch, { childList: true });
}"""


def test_epochs_play_without_a_round_trip_and_the_page_follows_at_the_end(page: Page) -> None:
    page.get_by_test_id("pointmap-epoch").evaluate(_NOTE)
    page.get_by_test_id("pointmap-player").click()
    heard(page, "epoch", EPOCHS)
    seen = [(shown, json.loads(text)) for shown, text in page.evaluate("window.played")]
    played = [shown for shown, text in seen if text["epoch"] == 1]
    assert list(dict.fromkeys(played)) == [f"epoch {e + 1} of {EPOCHS}" for e in range(EPOCHS)]


def test_the_page_follows_a_pause_a_step_and_the_scrubber(page: Page) -> None:
    page.get_by_test_id("pointmap-player").click()
    heard(page, "epoch", EPOCHS)
    # Play and pause at once: from here the pause might come after the end.
    page.get_by_test_id("pointmap-play").evaluate("button => { button.click(); button.click(); }")
    heard(page, "epoch", 1)
    page.get_by_test_id("pointmap-step").click()
    expect(page.get_by_test_id("pointmap-epoch")).to_have_text(f"epoch 2 of {EPOCHS}")
    heard(page, "epoch", 2)
    page.get_by_test_id("pointmap-scrubber").fill(str(EPOCHS - 1))
    expect(page.get_by_test_id("pointmap-epoch")).to_have_text(f"epoch {EPOCHS} of {EPOCHS}")
    heard(page, "epoch", EPOCHS)
    page.get_by_test_id("pointmap-player-close").click()
    heard(page, "open", False)
    expect(page.get_by_test_id("pointmap-scrubber")).to_be_hidden()
