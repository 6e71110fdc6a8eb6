"""axe-core finds nothing serious or critical on any page, in the light and in the dark theme."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from hamr.store import Store
from tests.browser.conftest import WINDOW, Demo
from tests.browser.eventual import at_rest
from tests.browser.server import ROOT
from tests.browser.steps import HEADINGS, HOME, prepare, settle
from tests.fake_run import write_fake_token_run

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
FIND = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations
        .filter(one => ["serious", "critical"].includes(one.impact))
        .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html} ${node.failureSummary}`));
}"""
PAGES = {"": HOME, **{name: title for name, title in HEADINGS.items() if name != "Home"}}
# Pages that show other controls for tagged sentences.
OF_SENTENCES = ("Hardness", "Neighbourhoods", "Per-class F1", "Relabel")
# Parts of pages that are not shown at first.
PARTS = {
    "Per-class F1": {"on": "Test, best epoch"},
    "Relabel": {"annotator": "ana", "judge": "As a group"},
    "Compare": {"tab": "Rows"},
    "Train": {"new": "1"},
    "Learn": {"view": "A run's step", "stage": "6"},
    "Try": {"annotator": "ana", "texts": "A text about credentials", "edited": "A text about mail"},
}
# What is around a page: a stop of the tour, and the bar of the presenter.
AROUND = {"Weights": {"tour": "5"}, "Hardness": {"present": "1", "tour": "4"}}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    home = demo.copy(tmp_path_factory.mktemp("accessible"))
    write_fake_token_run(Store.open(home), name="sentences")
    return serve(ROOT / "app.py", HAMR_HOME=str(home))


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    chosen: Literal["light", "dark"] = request.param
    return chosen


def findings(browser: Browser, scheme: Any, url: str, heading: str) -> list[str]:
    page: Page = prepare(browser.new_page(viewport=WINDOW, color_scheme=scheme))
    try:
        page.goto(url)
        settle(page, heading)
        at_rest(page)  # colours on their way have other contrasts
        page.evaluate(AXE)
        found: list[str] = page.evaluate(FIND)
        return found
    finally:
        page.close()


def at(address: str, name: str, **query: str) -> str:
    return f"{address}/{name.replace('-', '_').replace(' ', '_')}?{urlencode(query)}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_finding(browser, address, demo, scheme, name):
    url = at(address, name, run=demo.run, annotator="ana")
    assert findings(browser, scheme, url, PAGES[name]) == []


@pytest.mark.parametrize("name", OF_SENTENCES)
def test_a_page_on_sentences_has_no_serious_finding(browser, address, scheme, name):
    url = at(address, name, run="sentences", annotator="ana")
    assert findings(browser, scheme, url, PAGES[name]) == []


@pytest.mark.parametrize("name", PARTS)
def test_what_a_page_shows_on_demand_has_no_serious_finding(browser, address, demo, name):
    url = at(address, name, run=demo.run, **PARTS[name])
    assert findings(browser, "dark", url, PAGES[name]) == []


@pytest.mark.parametrize("name", AROUND)
def test_tour_and_presenter_have_no_serious_finding(browser, address, demo, scheme, name):
    url = at(address, name, run=demo.run, **AROUND[name])
    assert findings(browser, scheme, url, PAGES[name]) == []
