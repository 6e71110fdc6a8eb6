"""A run is replayed epoch by epoch, and the recording moves before anything was trained."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from hamr.store import Store
from tests.browser.conftest import WINDOW
from tests.browser.server import ROOT
from tests.browser.steps import HOME, go, prepare, settle
from tests.fake_run import write_fake_run


def test_a_run_plays_to_its_end_and_the_replay_goes_along_to_other_pages(
    serve_once: Callable[..., str], page: Page, tmp_path: Path
):
    run = write_fake_run(Store.open(tmp_path), epochs=3)
    page.goto(f"{serve_once(ROOT / 'app.py', HAMR_HOME=str(tmp_path))}/Hardness?run={run.id}")
    settle(page, "Hardness")
    page.get_by_role("button", name="Replay").click()
    player = page.get_by_role("group", name="Replay")
    expect(player).to_have_attribute("data-epoch", "3")
    expect(player).to_have_attribute("data-playing", "false")
    page.wait_for_url("**replay=3**")
    settle(page, "Hardness")
    page.keyboard.press(",")
    page.wait_for_url("**replay=2**")
    go(page, "Weights")
    expect(player).to_have_attribute("data-epoch", "2")
    player.get_by_role("slider").press("ArrowLeft")
    page.wait_for_url("**replay=1**")
    player.get_by_role("button", name=re.compile("^End the replay")).click()
    expect(player).to_have_count(0)
    assert "replay" not in page.url


def test_the_recording_moves_on_a_fresh_home_and_can_be_paused(
    serve_once: Callable[..., str], browser: Browser, page: Page, tmp_path: Path
):
    address = serve_once(ROOT / "app.py", HAMR_HOME=str(tmp_path))
    page.goto(address)
    recording = page.locator(".recording")
    expect(recording).to_have_attribute("data-epoch", "2")  # by itself
    page.get_by_role("button", name="Pause").click()
    expect(recording).to_have_attribute("data-playing", "false")
    still = prepare(browser.new_page(viewport=WINDOW, reduced_motion="reduce"))
    still.goto(address)
    expect(still.locator(".recording")).to_have_attribute("data-epoch", "10")
    expect(still.locator(".recording")).to_have_attribute("data-playing", "false")
    settle(still, HOME)
    still.context.close()
