"""Neighbourhoods in a real browser: from the lasso to the table, from the click to the why."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from hamr.store import Run, Store
from hamr.views.base.geometry import inside, lasso_from_text
from hamr.views.base.packing import Frame
from tests.browser.on_map import draw_lasso, loneliest, place
from tests.browser.server import ROOT
from tests.browser.steps import prepare, settle
from tests.fake_run import write_fake_run

ROWS = 400


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_fake_run(Store.open(tmp_path_factory.mktemp("home")), rows=ROWS)


@pytest.fixture(scope="module")
def opened(browser: Browser, serve: Callable[..., str], run: Run) -> Iterator[Page]:
    address = serve(ROOT / "app.py", HAMR_HOME=str(run.store.home))
    page = prepare(browser.new_page(viewport={"width": 1300, "height": 1000}))
    page.goto(f"{address}/Neighbourhoods?run={run.id}")
    page.wait_for_selector(f"[data-testid=pointmap][data-painted='{ROWS}']")
    yield page
    page.context.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The page as the test before left it, with nothing under way."""
    settle(opened, "Neighbourhoods")
    return opened


def test_a_lasso_gives_the_table_of_exactly_its_rows(page: Page, run: Run) -> None:
    draw_lasso(page)
    head = page.get_by_text(re.compile("rows? in the lasso"))
    expect(head).to_be_visible()
    page.wait_for_url("**lasso=*")
    settle(page, "Neighbourhoods")
    packed = lasso_from_text(parse_qs(urlsplit(page.url).query)["lasso"][0])
    xy = run.map()
    assert xy is not None
    held = np.flatnonzero(inside(Frame.around(xy).to_data(packed), xy))
    assert 10 < len(held) < ROWS
    expect(head).to_contain_text(f"{len(held)} rows")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV of these rows").click()
    with open(waiting.value.path(), newline="", encoding="utf-8") as file:
        listed = [line["id"] for line in csv.DictReader(file)]
    assert sorted(listed) == sorted(run.rows().ids(held))


def test_a_click_explains_the_row_and_the_link_shows_it_again(page: Page, run: Run) -> None:
    xy = run.map()
    assert xy is not None
    row = loneliest(xy)
    page.get_by_test_id("pointmap-reset").click()
    page.mouse.click(*place(page, xy, row))
    title = page.get_by_text(f"Why was row {row} drawn in epoch 3?")
    expect(title).to_be_visible()
    page.wait_for_url("**row=*")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(title).to_be_visible()
    settle(page, "Neighbourhoods")
    page.get_by_text(re.compile(r"^Selection \(")).click()
    expect(page.get_by_text(re.compile("rows? in the lasso"))).to_be_visible()


def test_alignment_has_a_legend_with_0_in_its_middle(page: Page) -> None:
    page.get_by_role("combobox", name="Colour").click()
    page.get_by_role("option", name="alignment").click()
    legend = page.get_by_test_id("pointmap-scale")
    expect(legend).to_contain_text("Orange harms the balanced meta set, blue helps it")
    low, middle, high = map(float, legend.locator("b").all_inner_texts())
    assert (low, middle) == (-high, 0)
    page.wait_for_url("**colour=alignment*")
