"""Try in a browser: type a text, see why, edit it, add it to the data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hamr.store import Run, Store
from tests.browser.conftest import Demo
from tests.browser.eventual import at_rest
from tests.browser.server import ROOT
from tests.browser.steps import Faults, press, settle, told_errors

TEXT = "APT29 used Mimikatz to dump credentials from LSASS memory"


@pytest.fixture(scope="module")
def run(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Store.open(demo.copy(tmp_path_factory.mktemp("try"))).run(demo.run)


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], run: Run) -> str:
    return serve(ROOT / "app.py", HAMR_HOME=str(run.store.home))


def test_a_text_is_typed_edited_and_added_to_the_data(page: Page, address: str, run: Run) -> None:
    faults = Faults(address)
    page.goto(f"{address}/Try?run={run.id}")
    settle(page, "Try")
    faults.watch(page)
    field = page.get_by_role("textbox", name="Texts, one a line")
    field.fill(TEXT)
    field.press("Control+Enter")
    expect(page.locator(".st-key-try-bars .js-plotly-plot").first).to_be_visible()
    words = page.locator(".st-key-try-words")
    expect(words.get_by_text("speaks for it")).to_be_visible()
    expect(words.locator(".tw > span")).to_have_count(len(TEXT.split()))

    edit = page.get_by_role("textbox", name="Edit the text to see what changes")
    edit.fill(TEXT.replace("Mimikatz", "PowerShell"))
    edit.press("Control+Enter")
    expect(words.locator(".n", has_text="PowerShell")).to_be_visible()
    expect(page.locator(".st-key-try-words-before")).to_contain_text("Mimikatz")
    assert "edited=" in page.url

    page.get_by_label("Your name").fill("ana")
    page.get_by_label("Your name").press("Enter")
    expect(page.get_by_text("Enter your name first")).to_be_hidden()
    # A list that is open closes when the page is drawn again, as it is when the words are there.
    settle(page, "Try")
    expect(page.get_by_text("Computing which words matter")).to_have_count(0)
    settle(page, "Try")
    at_rest(page)
    page.get_by_role("combobox", name="Label of the text").click()
    page.keyboard.type("credential-access")
    expect(page.get_by_role("option")).to_have_count(1)  # the list is filtered, and stays
    page.get_by_role("option", name="credential-access").click()
    press(page, "Add to data")
    expect(page.get_by_text("Added as credential-access")).to_be_visible()
    decisions = run.store.decisions(run.info.label_source or "")
    (attached,) = decisions.attachments.values()
    state = decisions.state(attached.row_id(0))
    assert state is not None
    assert state.label == "credential-access"
    assert not faults.seen
    assert not told_errors(page)
