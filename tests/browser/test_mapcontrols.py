"""Filters and player of the map, handled in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.mapcontrols_app import EPOCHS, ROWS, data


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(Path(__file__).with_name("mapcontrols_app.py"))


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.set_default_timeout(15_000)
    page.goto(address)
    page.wait_for_selector(f"[data-testid=pointmap][data-painted='{ROWS}']", timeout=60_000)
    yield page
    page.context.close()


def heard(page: Page, name: str, value: Any) -> dict[str, Any]:
    """Wait until Python has heard that value; all that it has heard."""
    text = page.get_by_test_id("stText")
    expect(text).to_contain_text(f'"{name}": {json.dumps(value)}')
    found: dict[str, Any] = json.loads(text.inner_text())
    return found


def test_classes_filter_at_once_and_python_hears_once_of_several(page: Page) -> None:
    _, codes, _ = data(ROWS)
    page.get_by_test_id("pointmap-legend-1").click()
    page.get_by_test_id("pointmap-legend-3").click()
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
    expect(page.get_by_test_id("stText")).not_to_contain_text('"span": null')
    before = json.loads(page.get_by_test_id("stText").inner_text())["span"]
    assert before == pytest.approx([0.5, 0.8], abs=0.02)
    page.get_by_label("value, at most").press("ArrowLeft")
    expect(page.get_by_test_id("stText")).not_to_contain_text(json.dumps(before))
    after = json.loads(page.get_by_test_id("stText").inner_text())["span"]
    assert after[0] == before[0] and after[1] < before[1]
    bars.dblclick()
    heard(page, "span", None)


def test_epochs_play_without_a_round_trip_and_the_page_follows_on_pause(page: Page) -> None:
    page.get_by_test_id("pointmap-player").click()
    expect(page.get_by_test_id("pointmap-epoch")).to_have_text(f"epoch 3 of {EPOCHS}")
    assert heard(page, "open", True)["epoch"] == 1
    page.get_by_test_id("pointmap-play").click()
    page.get_by_test_id("pointmap-step").click()
    shown = page.get_by_test_id("pointmap-epoch").inner_text()
    heard(page, "epoch", int(shown.split()[1]))
    page.get_by_test_id("pointmap-scrubber").fill(str(EPOCHS - 1))
    expect(page.get_by_test_id("pointmap-epoch")).to_have_text(f"epoch {EPOCHS} of {EPOCHS}")
    heard(page, "epoch", EPOCHS)
    page.get_by_test_id("pointmap-player-close").click()
    heard(page, "open", False)
    expect(page.get_by_test_id("pointmap-scrubber")).to_be_hidden()
