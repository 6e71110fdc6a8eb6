"""Files of a home that are cut short while pages show them: sentences, and the server lives on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hamr.store import Store
from tests.browser.server import ROOT, Server
from tests.browser.steps import settle
from tests.fake_run import write_fake_run

PAGES = ("Hardness", "Weights", "Neighbourhoods", "Relabel")


@pytest.fixture
def server(tmp_path: Path):
    """An app on a home with one run of its own."""
    write_fake_run(Store.open(tmp_path / "home"), rows=3000, epochs=3)
    server = Server(ROOT / "app.py", tmp_path / "log.txt", HAMR_HOME=str(tmp_path / "home"))
    server.start()
    yield server
    server.stop()


def test_no_file_that_is_cut_short_under_open_pages_ends_the_server(
    page: Page, server: Server, tmp_path: Path
) -> None:
    home, kept = tmp_path / "home", tmp_path / "kept"
    shutil.copytree(home, kept)
    for name in PAGES:
        page.goto(f"{server.address}/{name}")
        settle(page, name)
        for file in home.rglob("*"):
            if file.suffix in (".arrow", ".npy", ".safetensors"):
                os.truncate(file, file.stat().st_size // 2)
        # Another epoch is read from its files; what was drawn before may still be remembered.
        page.goto(f"{server.address}/{name}?epoch=2")
        expect(page.get_by_test_id("stAlertContentError").first).to_be_visible()
        assert server.lives, name
        for file in kept.rglob("*"):
            if file.suffix in (".arrow", ".npy", ".safetensors"):
                shutil.copy(file, file.with_suffix(".back"))
                os.replace(file.with_suffix(".back"), home / file.relative_to(kept))
    page.goto(f"{server.address}/Hardness?epoch=2")
    settle(page, "Hardness")
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    assert server.lives
