"""Corrected data is downloaded by one click in a real browser, and an error is a sentence."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hamr.config import DataSettings
from hamr.data import load
from hamr.store import Run, Store
from tests.browser.server import ROOT
from tests.browser.steps import settle
from tests.decided import decide
from tests.fake_run import write_fake_run

CSV = b"id,text,label\r\n" + b"".join(
    b'%d,"a text, %d", %s\r\n' % (n, n, (b"x", b"y")[n % 2]) for n in range(40)
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    data = DataSettings(source=str(path))
    store = Store.open(tmp_path / "home")
    found = write_fake_run(store, dataset=load(data), epochs=1, data=data)
    decide(store.decisions(found.info.fingerprint or ""), "3", "x")
    return found


@pytest.fixture
def page(page: Page, serve_once: Callable[..., str], run: Run) -> Page:
    address = serve_once(ROOT / "app.py", HAMR_HOME=str(run.store.home))
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/Relabel?run={run.id}")
    settle(page, "Relabel")
    return page


def test_one_click_saves_the_corrected_file_and_a_failure_is_a_sentence(
    page: Page, run: Run, tmp_path: Path
) -> None:
    button = page.get_by_role("button", name="Download corrected data")
    with page.expect_download() as waiting:
        button.click()
    assert waiting.value.suggested_filename == "a-corrected-1.zip"
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        assert archive.read("a.csv") == CSV.replace(b'"a text, 3", y', b'"a text, 3", x')
    settle(page, "Relabel")
    # It changes after the page was drawn, so only the click can find that out.
    (tmp_path / "a.csv").write_bytes(CSV.replace(b"a text, 7", b"another"))
    os.utime(tmp_path / "a.csv", (time.time() + 60,) * 2)
    button.click()
    expect(page.get_by_text("is not the file that the run was trained on")).to_be_visible()
