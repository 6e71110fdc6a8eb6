"""Files that abort native code, or decode to gigabytes: a sentence, and the server lives on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from tests.benchmarks.mutated import whole_files
from tests.browser.server import Server
from tests.browser.steps import settle


def killer(path: Path) -> Path:
    """A file that pyarrow aborts on, within the size guard or in the decoding: one bit is wrong."""
    data = bytearray(whole_files()["parquet"][0][1])
    data[1298] ^= 1 << 2
    path.write_bytes(data)
    return path


def bomb(path: Path) -> Path:
    """4,000 rows of a million characters in less than a kilobyte."""
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 4000, pa.int32()), ["y" * 1_000_000])
    pq.write_table(pa.table({"text": long, "label": ["a", "b"] * 2000}), path, compression="zstd")
    return path


@pytest.mark.parametrize("make", [killer, bomb])
def test_an_uploaded_file_that_does_harm_is_a_sentence(page: Page, app: Server, tmp_path, make):
    before = app.pid
    page.goto(f"{app.address}/Dataset")
    settle(page, "Dataset")
    page.get_by_text("Upload a file", exact=True).click()
    settle(page, "Dataset")
    file = make(tmp_path / f"{make.__name__}.parquet")
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(file)
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text(f"{make.__name__}.parquet")
    assert app.lives
    assert app.pid == before


@pytest.mark.parametrize("make", [killer, bomb])
def test_a_link_to_a_file_that_does_harm_is_a_sentence(page: Page, app: Server, tmp_path, make):
    file = make(tmp_path / f"{make.__name__}.parquet")
    page.goto(f"{app.address}/Dataset?source={quote(str(file))}")
    settle(page, "Dataset")
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text(f"{make.__name__}.parquet")
    assert app.lives
