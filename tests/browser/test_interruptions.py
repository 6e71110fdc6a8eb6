"""Runs that are stopped, left alone, or lose their server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo
from tests.browser.server import Server
from tests.browser.steps import await_epoch, look, outcome, prepare, press, settle, start_run

MANY = 1000  # epochs; no machine is through with them before the journey is
FEW = 30


@pytest.fixture(scope="module")
def home(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the embeddings of the demo's rows: a run trains at once."""
    return demo.copy(tmp_path_factory.mktemp("interrupted"))


def epochs_of(sentence: str) -> int:
    """The epochs that a stopped or interrupted run says it has."""
    found = re.search(rf"after (\d+) of {FEW} epochs", sentence)
    assert found is not None, sentence
    return int(found[1])


def resume(page: Page, done: int) -> None:
    """Resume the run of this page; it goes on where it was left and comes to its end.

    A run that was stopped goes on within its epoch, one that was killed from the last
    checkpoint.
    """
    press(page, "Resume")
    outcome(page, "Finished in")
    settle(page, "Train")
    assert look(page).epoch == FEW
    page.get_by_test_id("stExpander").filter(has_text="Log").click()
    place = re.compile(rf"Training continues (after epoch {done}|within epoch {done + 1}, at step)")
    expect(page.get_by_text(place)).to_be_visible()


def test_a_stopped_run_resumes_where_it_was_left_and_finishes(page: Page, app: Server) -> None:
    start_run(page, app.address, FEW)
    await_epoch(page, 2)
    press(page, "Stop")
    done = epochs_of(outcome(page, "The run is stopped"))
    assert 2 <= done < FEW
    resume(page, done)


def test_a_run_goes_on_while_no_browser_looks(browser: Browser, app: Server) -> None:
    first = prepare(browser.new_page())
    link = start_run(first, app.address, MANY)
    await_epoch(first, 1)
    left = look(first).epoch
    first.context.close()
    back = prepare(browser.new_page())
    back.goto(link)
    settle(back, "Train")
    await_epoch(back, left + 2)
    expect(back.get_by_role("progressbar")).to_be_visible()
    press(back, "Stop")
    outcome(back, "The run is stopped")
    back.context.close()


def test_a_run_whose_server_was_killed_shows_as_interrupted_and_resumes_to_its_end(
    page: Page, app: Server
) -> None:
    link = start_run(page, app.address, FEW)
    await_epoch(page, 2)
    app.kill()
    app.start()
    page.goto(link)
    done = epochs_of(outcome(page, "The run is interrupted"))
    assert 2 <= done < FEW
    resume(page, done)
    expect(page.get_by_test_id("stSidebar")).not_to_contain_text("⚡")
