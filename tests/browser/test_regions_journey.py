"""From the app's first page to a region that is fixed, in a browser, counted in clicks."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from hamr.store import Run, Store
from hamr.views.base.regions import regions_of
from tests.browser.conftest import Demo
from tests.browser.server import ROOT
from tests.browser.steps import HOME, Faults, below, prepare, settle, told_errors

MOST_CLICKS = 6  # the name is typed once in a browser, and a label chosen
SCREEN: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def run(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Store.open(demo.copy(tmp_path_factory.mktemp("regions"))).run(demo.run)


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], run: Run) -> str:
    return serve(ROOT / "app.py", HAMR_HOME=str(run.store.home))


@pytest.fixture
def page(page: Page) -> Page:
    page.set_viewport_size(SCREEN)
    return page


# Whether nothing has to be scrolled to.
FITS = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return main.scrollHeight <= main.clientHeight;
}"""


class Clicks:
    """Clicks, and how many there were."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, what: Locator) -> None:
        what.click()
        self.count += 1


def await_region(page: Page, region: str | None) -> None:
    """Wait until the page's link names that region."""
    page.wait_for_function(
        "region => new URL(location).searchParams.get('region') === region", arg=region
    )


def open_regions(page: Page, address: str, run: Run, **more: str) -> Locator:
    """The entries of the list of regions."""
    query = "".join(f"&{name}={value}" for name, value in more.items())
    page.goto(f"{address}/Neighbourhoods?run={run.id}{query}")
    settle(page, "Neighbourhoods")
    entries = page.locator(".regions button")
    entries.first.wait_for()
    return entries


def test_a_region_is_fixed_in_a_few_clicks(page: Page, address: str, run: Run) -> None:
    faults, clicks = Faults(address), Clicks()
    faults.watch(page)
    region = regions_of(run, run.epochs()[-1]).beyond_chance[0]
    page.goto(address)
    settle(page, HOME)
    clicks(page.locator(".st-key-home-regions a").first)
    settle(page, "Neighbourhoods")
    clicks(page.get_by_text("Relabel this region"))
    page.wait_for_url("**/Relabel?*")
    await_region(page, region.id)
    expect(page.get_by_text(f"Only the {len(region.rows):,} rows of the region")).to_be_visible()
    settle(page, "Relabel")
    page.get_by_label("Your name").fill("ana")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Enter your name first")).to_have_count(0)
    settle(page, "Relabel")  # a list that is opened before is drawn anew and forgets what is typed
    clicks(page.get_by_label("Label", exact=True))
    label = next(iter(region.classes))
    page.keyboard.type(label)  # the list shows few of many classes at a time
    clicks(page.get_by_role("option", name=label, exact=True))
    settle(page, "Relabel")
    clicks(page.get_by_role("button", name=re.compile(rf"Relabel {len(region.rows):,} rows")))
    expect(page.get_by_role("button", name="Relabel them")).to_be_visible()
    settle(page, "Relabel")
    clicks(page.get_by_role("button", name="Relabel them"))
    expect(page.get_by_text("No row of this region is left")).to_be_visible()
    assert clicks.count <= MOST_CLICKS
    states = run.store.decisions(run.info.label_source or "").states("train")
    assert {states[row_id].label for row_id in run.rows().ids(region.rows)} == {label}
    settle(page, "Relabel")
    page.get_by_text("Back to the map").click()
    expect(
        page.get_by_text(f"✓ {len(region.rows):,} of {len(region.rows):,} reviewed")
    ).to_be_visible()
    settle(page, "Neighbourhoods")
    assert not faults.seen
    assert not told_errors(page)


def test_list_map_and_panel_fit_one_screen_and_keys_alone_open_a_region(
    page: Page, address: str, run: Run
) -> None:
    entries = open_regions(page, address, run)
    page.wait_for_function(FITS)
    entries.first.focus()
    wanted = page.locator(".regions details button").first.get_attribute("data-region")
    for key in ("End", "Enter", "ArrowDown", "Enter"):  # unfold those that could be chance
        page.keyboard.press(key)
    place = len(regions_of(run, run.epochs()[-1]).beyond_chance) + 1
    expect(page.get_by_text(f"Region {place} of")).to_be_visible()
    await_region(page, wanted)
    settle(page, "Neighbourhoods")
    page.wait_for_function(FITS)


def test_on_a_phone_the_list_is_below_the_map(browser: Browser, address: str, run: Run) -> None:
    page = prepare(browser.new_page(viewport={"width": 390, "height": 844}))
    entries = open_regions(page, address, run)
    page.get_by_test_id("pointmap-surface").wait_for()
    settle(page, "Neighbourhoods")
    assert below(page.get_by_test_id("pointmap-surface"), entries.first) >= 0
    first = entries.first.bounding_box()
    assert first is not None
    assert first["x"] + first["width"] <= 390
    page.close()
