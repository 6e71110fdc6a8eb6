"""A class is renamed in its dialog, and undone by a key; a comment is typed, labelling nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hamr.store import Decisions, Run, Store, Team
from tests.browser.server import ROOT
from tests.browser.steps import enter_name, settle
from tests.fake_run import write_fake_run


@pytest.fixture
def run(tmp_path) -> Run:
    return write_fake_run(Store.open(tmp_path / "home"), rows=60)


@pytest.fixture
def decisions(run: Run) -> Decisions:
    return run.store.decisions(run.info.fingerprint or "")


@pytest.fixture
def page(page: Page, serve_once: Callable[..., str], run: Run) -> Page:
    address = serve_once(ROOT / "app.py", HAMR_HOME=str(run.store.home))
    page.goto(f"{address}/Relabel?run={run.id}")
    settle(page, "Relabel")
    enter_name(page, "ada")
    return page


def test_a_class_is_renamed_and_a_comment_written_and_no_key_labels_meanwhile(
    page: Page, decisions: Decisions
) -> None:
    page.get_by_role("button", name="Classes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("New name")).to_be_visible()
    settle(page, "Relabel")
    dialog.get_by_label("New name").fill("aua")  # letters that are keys elsewhere
    dialog.get_by_label("New name").press("Tab")
    expect(dialog.get_by_text("will read aua")).to_be_visible()
    settle(page, "Relabel")
    dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("renamed to 'aua'")).to_be_visible()
    assert decisions.names()[0] == "aua"
    settle(page, "Relabel")
    page.get_by_text("Comments", exact=True).click()
    settle(page, "Relabel")
    page.get_by_label("Add a comment").fill("")
    page.get_by_label("Add a comment").type("a <b>u</b> s")
    page.get_by_role("button", name="Add comment").click()
    expect(page.get_by_label("Add a comment")).to_have_value("")
    expect(page.get_by_text("a <b>u</b> s", exact=True)).to_be_visible()
    assert not decisions.states() and len(Team(decisions).threads()) == 1
    page.get_by_role("heading", name="Relabel").click()
    settle(page, "Relabel")
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Undone: rename 'class a' to 'aua'")).to_be_visible()
    assert decisions.names()[0] == "class a"
