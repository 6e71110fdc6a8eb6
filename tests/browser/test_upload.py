"""Somebody's own rows: a wrong column is told beside its control, the right one trains."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server
from tests.browser.steps import outcome, press, settle

COLOURS = ("red", "green", "blue")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """60 rows in three classes; `number` tells no rows apart that one could learn from."""
    path = tmp_path / "paints.csv"
    with path.open("w", newline="", encoding="utf-8") as sink:
        lines = csv.writer(sink)
        lines.writerow(("number", "sentence", "colour"))
        for number in range(60):
            colour = COLOURS[number % 3]
            lines.writerow((number, f"Wall {number} was painted {colour} again.", colour))
    return path


def column_of(page: Page, label: str) -> Locator:
    """The column of the form that holds the control of that label, and what is said below it."""
    control = page.get_by_role("combobox", name=label, exact=True).first
    return page.get_by_test_id("stColumn").filter(has=control).first


def choose(page: Page, label: str, option: str) -> None:
    expect(column_of(page, label)).to_be_visible()
    settle(page, "Dataset")  # a list that is opened before is drawn anew and closes
    column_of(page, label).get_by_role("combobox").click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_wrong_label_column_is_told_beside_it_and_the_right_one_trains(
    page: Page, app: Server, file: Path
) -> None:
    page.goto(f"{app.address}/Dataset")
    settle(page, "Dataset")
    page.get_by_text("Upload a file", exact=True).click()
    settle(page, "Dataset")
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(file)
    choose(page, "Label", "number")
    sentence = column_of(page, "Label").get_by_test_id("stAlertContentError")
    expect(sentence).to_contain_text("class '0' has a single row")
    expect(page.get_by_role("button", name="Train on this data")).to_be_hidden()
    choose(page, "Label", "colour")
    expect(sentence).to_be_hidden()
    settle(page, "Dataset")
    press(page, "Train on this data")
    settle(page, "Train")
    press(page, "Start the run")
    assert "on the test rows" in outcome(page, "Finished in")
    expect(page.get_by_text("paints.csv").first).to_be_visible()
