"""The map of entity mentions in the browser: lasso, click, and the way to the other map."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from hamr.store import Run, Store
from hamr.views.base import mentions as entity_mentions
from hamr.views.base.geometry import inside, lasso_from_text
from hamr.views.base.packing import Frame
from tests.browser.on_map import draw_lasso, loneliest, place
from tests.browser.server import ROOT
from tests.browser.steps import prepare, settle
from tests.fake_run import write_fake_token_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_fake_token_run(Store.open(tmp_path_factory.mktemp("home")), rows=300)


@pytest.fixture(scope="module")
def opened(browser: Browser, serve: Callable[..., str], run: Run) -> Iterator[Page]:
    address = serve(ROOT / "app.py", HAMR_HOME=str(run.store.home))
    page = prepare(browser.new_page(viewport={"width": 1300, "height": 1200}))
    page.goto(f"{address}/Neighbourhoods?run={run.id}&map=Entity+mentions")
    count = len(entity_mentions.mentions(run).row)
    page.wait_for_selector(f"[data-testid=pointmap][data-painted='{count}']")
    yield page
    page.context.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The page as the test before left it, with nothing under way."""
    settle(opened, "Neighbourhoods")
    return opened


def link(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_lasso_lists_exactly_its_mentions(page: Page, run: Run) -> None:
    draw_lasso(page)
    head = page.get_by_text(re.compile("entity mentions? in the lasso"))
    expect(head).to_be_visible()
    page.wait_for_url("**mlasso=*")
    xy = run.mention_map()
    assert xy is not None
    corners = Frame.around(xy).to_data(lasso_from_text(link(page)["mlasso"][0]))
    held = np.count_nonzero(inside(corners, xy))
    assert 10 < held < len(xy)
    expect(head).to_contain_text(f"{held} entity mentions")


def test_a_click_marks_the_mention_and_opens_its_sentence(page: Page, run: Run) -> None:
    xy = run.mention_map()
    assert xy is not None
    mention = loneliest(xy)
    row = entity_mentions.mentions(run).row[mention]
    page.get_by_test_id("pointmap-reset").click()
    page.mouse.click(*place(page, xy, mention))
    expect(page.get_by_text(f"Why was row {row} drawn in epoch 3?")).to_be_visible()
    expect(
        page.get_by_text(f"“{entity_mentions.texts(run)[mention]}” in row {row}")
    ).to_be_visible()
    page.wait_for_url("**mention=*")
    assert link(page)["mention"] == [str(mention)]


def test_the_other_map_has_the_row_but_not_the_lasso(page: Page) -> None:
    row = link(page)["row"][0]
    page.get_by_text("Sentences", exact=True).click()
    expect(page.get_by_label(re.compile("UMAP of 300 training sentences"))).to_be_visible()
    expect(page.get_by_text(f"Why was row {row} drawn in epoch 3?")).to_be_visible()
    expect(page.get_by_text(re.compile("in the lasso"))).to_have_count(0)
