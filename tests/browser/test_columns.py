"""Columns of one's own in the browser: a file of Excel is uploaded, a line of a table filters."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from hamr.store import Store
from tests.browser.server import Server
from tests.browser.steps import cells, settle
from tests.fake_run import write_fake_run
from tests.metadata_rows import annotator, with_metadata


def test_a_file_of_excel_is_uploaded_previewed_and_read(
    page: Page, app: Server, tmp_path: Path
) -> None:
    lines = "".join(f"café {i} – 5 €;{'ab'[i % 2]};ann {i % 3}\r\n" for i in range(40))
    (tmp_path / "excel.csv").write_bytes(f"text;label;who\r\n{lines}".encode("cp1252"))
    page.goto(f"{app.address}/Dataset")
    settle(page, "Dataset")
    page.get_by_text("Upload a file", exact=True).click()
    settle(page, "Dataset")
    upload = page.locator("[data-testid=stFileUploader] input[type=file]").first
    upload.set_input_files(tmp_path / "excel.csv")
    expect(page.get_by_text("line 2: café 0 – 5 €;a;ann 0")).to_be_visible()
    settle(page, "Dataset")
    page.get_by_role("button", name="Read as Windows-1252").click()
    expect(page.get_by_role("button", name="Train on this data")).to_be_visible()
    expect(page.get_by_text("and written back in it")).to_be_visible()
    expect(page).to_have_url(re.compile("encoding=cp1252"))


def test_a_line_of_errors_by_column_filters_the_queue_and_keys_still_work(
    page: Page, app: Server, home: Path
) -> None:
    run = write_fake_run(Store.open(home), dataset=with_metadata(who=annotator))
    page.goto(f"{app.address}/Relabel?run={run.id}&annotator=ada")
    settle(page, "Relabel")
    page.get_by_role("button", name="Yes, that is me").click()
    expect(page.get_by_role("button", name="Yes, that is me")).to_have_count(0)
    settle(page, "Relabel")
    page.get_by_role("button", name="Errors by column").click()
    table = page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame").first
    expect(table.locator("canvas").first).to_be_visible()
    cells(table)  # once it has told its lines they are there to be clicked
    settle(page, "Relabel")
    table.click(position={"x": 15, "y": 35 * 1.5})  # the box of the first line
    expect(page).to_have_url(re.compile("column=who&value="))
    expect(page.get_by_role("button", name="Clear who")).to_be_visible()
    settle(page, "Relabel")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_be_hidden()
    settle(page, "Relabel")
    page.keyboard.press("a")
    expect(page.get_by_text("Saved: row")).to_be_visible()
    settle(page, "Relabel")
    page.get_by_role("button", name="Clear who").click()
    expect(page).not_to_have_url(re.compile("value="))
