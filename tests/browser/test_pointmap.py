"""The map, drawn and handled in a real browser."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from hamr.views.base.geometry import inside
from hamr.views.base.packing import Frame
from hamr.views.base.theme import class_colours
from tests.browser.eventual import at_rest, eventually
from tests.browser.on_map import place, still
from tests.browser.pointmap_app import CLASSES, COUNT, places
from tests.browser.steps import prepare

XY, CODES = places()
FRAME = Frame.around(XY)
PAINTED = f"[data-testid=pointmap][data-painted='{COUNT}']"


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(Path(__file__).with_name("pointmap_app.py"))


def open_map(browser: Browser, address: str, **options: Any) -> Page:
    page = prepare(browser.new_page(**{"viewport": {"width": 1100, "height": 800}, **options}))
    show(page, address)
    return page


def show(page: Page, address: str) -> None:
    """Go there and wait until the map is painted and the page is at rest."""
    page.goto(address)
    page.wait_for_selector(PAINTED)
    page.get_by_test_id("stText").wait_for()
    at_rest(page)


@pytest.fixture(scope="module")
def shared_page(browser: Browser, address: str) -> Iterator[Page]:
    page = open_map(browser, address)
    yield page
    page.context.close()


@pytest.fixture
def page(shared_page: Page) -> Page:
    """The map with nothing chosen and everything in view."""
    shared_page.get_by_test_id("pointmap-clear").click()
    shared_page.get_by_test_id("pointmap-reset").click()
    nothing = '"clicked": null, "lasso": null'
    expect(shared_page.get_by_test_id("stText")).to_contain_text(nothing)
    at_rest(shared_page)
    seen = still(shared_page)
    assert (seen["zoom"], seen["centre"]) == (1, [0.5, 0.5])
    return shared_page


def view(page: Page) -> dict[str, Any]:
    return json.loads(page.get_by_test_id("pointmap").get_attribute("data-view") or "{}")


def pixel(page: Page, row: int) -> tuple[float, float]:
    """Where a row is drawn, in pixels of the page, by the map's own account of its view."""
    return place(page, XY, row)


def shows_row(page: Page, row: int) -> bool:
    """Whether its class colour stands where the row should be, within a pixel."""
    x, y = (round(value) for value in pixel(page, row))
    image = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), int)
    wanted = list(bytes.fromhex(class_colours(CLASSES)[CODES[row]].lstrip("#")))
    around = image[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3)
    return bool((np.abs(around - wanted).max(axis=1) < 70).any())  # sprites are see-through


def drag(page: Page, corners: list[tuple[float, float]]) -> None:
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=2)
    page.mouse.up()


def told(page: Page, name: str) -> Any:
    """Wait until Python has heard of it, and return what it says."""
    text = page.get_by_test_id("stText")
    expect(text).not_to_contain_text(f'"{name}": null')
    return json.loads(text.inner_text())[name]


def highlight_more(page: Page) -> None:
    """Press the button that lets ten more rows stand out, and wait until the page has them."""
    text = page.get_by_test_id("stText")
    before: int = json.loads(text.inner_text())["matches"]
    page.get_by_role("button", name="Highlight ten more").click()
    expect(text).to_contain_text(f'"matches": {before + 10}')
    at_rest(page)


def test_a_row_is_drawn_at_its_place_in_its_colour(page: Page) -> None:
    assert eventually(lambda: shows_row(page, 0))


def test_a_click_names_the_row_under_it(page: Page) -> None:
    page.mouse.click(*pixel(page, 0))
    assert told(page, "clicked") == 0


def test_a_lasso_holds_the_rows_that_lie_in_what_was_drawn(page: Page) -> None:
    x, y = pixel(page, 0)
    drawn = [(x, y - 160), (x + 210, y - 30), (x + 60, y + 190), (x - 150, y + 40), (x, y - 160)]
    page.get_by_test_id("pointmap-lasso").click()
    drag(page, drawn)
    held = inside(told(page, "lasso"), XY)
    where = np.array([pixel(page, 0)]) + _pixels_from_first(page)
    wanted = inside(drawn, where)
    assert 500 < held.sum() < COUNT
    # A corner is rounded to a pixel, so rows at the very line may fall to either side.
    assert _distance(where[held != wanted], drawn).max(initial=0) < 1.5


def _pixels_from_first(page: Page) -> np.ndarray:
    scale = np.array(view(page)["scale"]) * (1, -1)
    packed = FRAME.to_packed(XY).astype(float) / 65535
    return (packed - packed[0]) * scale


def _distance(points: np.ndarray, corners: list[tuple[float, float]]) -> np.ndarray:
    """From each point to the nearest side of the polygon."""
    best = np.full(len(points), np.inf)
    for a, b in zip(np.array(corners[:-1]), np.array(corners[1:]), strict=True):
        share = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        best = np.minimum(best, np.linalg.norm(points - a - share[:, None] * (b - a), axis=1))
    return best


def test_shift_and_drag_is_a_lasso_and_its_answer_is_short(page: Page) -> None:
    x, y = pixel(page, 0)
    turn = np.linspace(0, 2 * np.pi, 40)
    page.keyboard.down("Shift")
    drag(page, [(x + 150 * np.cos(a), y + (90 + 50 * np.sin(7 * a)) * np.sin(a)) for a in turn])
    page.keyboard.up("Shift")
    lasso = told(page, "lasso")
    assert 3 <= len(lasso) <= 60
    assert len(json.dumps(FRAME.to_packed(np.array(lasso)).tolist())) < 1000  # as it was sent


def test_the_wheel_zooms_towards_the_pointer_and_a_rerun_keeps_it(page: Page) -> None:
    before = np.array(pixel(page, 5))
    pointer = before.round()  # a wheel event knows whole pixels only
    page.mouse.move(*pointer)
    page.mouse.wheel(0, -800)
    assert eventually(lambda: view(page)["zoom"] > 3)
    wanted = pointer + (before - pointer) * view(page)["zoom"]
    assert np.allclose(pixel(page, 5), wanted, atol=0.1)
    zoomed = view(page)
    highlight_more(page)
    page.wait_for_timeout(400)
    assert view(page) == zoomed


def test_a_drag_pans_by_as_many_pixels(page: Page) -> None:
    x, y = pixel(page, 0)
    drag(page, [(x + 30, y), (x + 110, y + 60)])
    assert eventually(lambda: np.allclose(pixel(page, 0), (x + 80, y + 60), atol=1))


def test_keys_zoom_start_a_lasso_and_clear(page: Page) -> None:
    page.mouse.click(*pixel(page, 0))
    told(page, "clicked")
    page.get_by_test_id("pointmap").focus()
    page.keyboard.press("l")
    expect(page.get_by_test_id("pointmap-lasso")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("+")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stText")).to_contain_text('"clicked": null')
    assert eventually(lambda: view(page)["zoom"] == pytest.approx(1.4))


def test_keys_go_from_point_to_point_and_enter_opens_one(page: Page) -> None:
    page.get_by_test_id("pointmap").focus()
    page.keyboard.press("n")
    tip = page.get_by_test_id("pointmap-tip")
    expect(tip).to_contain_text("row 0")  # it is alone in the middle
    page.keyboard.press("Shift+ArrowRight")
    expect(tip).not_to_contain_text("row 0")
    row = int(tip.inner_text().split()[1])
    assert XY[row, 0] > XY[0, 0]
    page.keyboard.press("Enter")
    assert told(page, "clicked") == row


def test_two_fingers_zoom_and_one_chooses(browser: Browser, address: str) -> None:
    page = open_map(browser, address, viewport={"width": 390, "height": 844}, has_touch=True)
    touch = page.context.new_cdp_session(page)
    x, y = pixel(page, 0)

    def fingers(kind: str, *places: float) -> None:
        points = [{"x": x + place, "y": y, "id": i} for i, place in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -20)
    fingers("touchStart", -20, 20)
    fingers("touchMove", -60, 60)
    fingers("touchEnd")
    assert eventually(lambda: view(page)["zoom"] == pytest.approx(3, rel=0.05))
    page.touchscreen.tap(*pixel(page, 0))
    assert told(page, "clicked") == 0
    page.context.close()


def test_a_legend_button_dims_the_other_classes(page: Page) -> None:
    row = int(np.flatnonzero(CODES == 1)[0])
    page.get_by_test_id("pointmap-legend-2").click()
    expect(page.get_by_test_id("pointmap-legend-1")).to_have_class("faded")
    page.mouse.move(*pixel(page, row))
    expect(page.get_by_test_id("pointmap-tip")).to_be_hidden()  # dimmed rows are passed by
    page.get_by_test_id("pointmap-legend-2").click()
    expect(page.get_by_test_id("pointmap-legend-1")).not_to_have_class("faded")


def test_hovering_tells_the_row_and_its_class(page: Page) -> None:
    page.mouse.move(*pixel(page, 0))
    expect(page.get_by_test_id("pointmap-tip")).to_have_text(f"row 0 · class {CODES[0]}")


def test_a_new_highlight_does_not_send_the_points_again(browser: Browser, address: str) -> None:
    page = prepare(browser.new_page())
    received: list[int] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: received.append(len(data))))
    show(page, address)
    assert max(received) > 4 * COUNT  # the points themselves
    received.clear()
    highlight_more(page)
    assert 0 < sum(received) < 16_000
    page.context.close()


def test_the_png_holds_what_is_shown(page: Page) -> None:
    with page.expect_download() as waiting:
        page.get_by_test_id("pointmap-png").click()
    image = np.asarray(Image.open(waiting.value.path()).convert("RGB"))
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 50


def test_a_lost_graphics_context_comes_back(page: Page) -> None:
    assert eventually(lambda: shows_row(page, 0))
    canvas = page.get_by_test_id("pointmap-canvas")
    canvas.evaluate(
        "c => { c.lost = c.getContext('webgl2').getExtension('WEBGL_lose_context');"
        "c.lost.loseContext(); }"
    )
    expect(page.get_by_test_id("pointmap-message")).to_contain_text("comes back by itself")
    canvas.evaluate("c => c.lost.restoreContext()")
    expect(page.get_by_test_id("pointmap-message")).to_be_hidden()
    assert eventually(lambda: shows_row(page, 0))


def test_a_map_that_is_taken_away_frees_its_context(browser: Browser, address: str) -> None:
    page = open_map(browser, address)
    canvas = page.get_by_test_id("pointmap-canvas").element_handle()
    page.get_by_text("Hide the map").click()
    expect(page.get_by_test_id("pointmap")).to_have_count(0)
    lost = "c => c.getContext('webgl2').isContextLost()"
    assert eventually(lambda: canvas.evaluate(lost))
    left = "globalThis[Symbol.for('hamr.pointmap')].feeds.size"
    assert eventually(lambda: page.evaluate(left) == 0)
    page.context.close()


def test_without_webgl2_a_flat_picture_is_drawn_and_a_sentence_says_so(
    browser: Browser, address: str
) -> None:
    page = prepare(browser.new_page(viewport={"width": 1100, "height": 800}))
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind === 'webgl2' ? null : get.call(this, kind, ...rest); };"
    )
    show(page, address)
    expect(page.get_by_test_id("pointmap-message")).to_contain_text("without WebGL2")
    assert eventually(lambda: shows_row(page, 0))
    page.mouse.click(*pixel(page, 0))
    assert told(page, "clicked") == 0
    page.context.close()


def test_a_layer_of_other_points_can_be_clicked_and_turned_off(
    browser: Browser, address: str
) -> None:
    page = open_map(browser, f"{address}?layer=1")
    expect(page.locator("[data-testid=pointmap][data-layer='2']")).to_be_visible()
    page.mouse.click(*place(page, np.vstack([XY, [[4, 0]]]), COUNT))
    assert told(page, "sign") == 1
    page.get_by_test_id("pointmap-layer").click()
    expect(page.locator("[data-testid=pointmap][data-layer='0']")).to_be_visible()
    expect(page.get_by_test_id("pointmap-layer")).to_have_attribute("aria-pressed", "false")
    page.context.close()
