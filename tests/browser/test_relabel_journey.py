"""Relabel in a real browser: ten rows by single keys, and what the database holds of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median

import pytest
from playwright.sync_api import Page, expect

from hamr.store import Run, Store
from tests.browser.server import ROOT
from tests.browser.steps import settle
from tests.fake_run import write_fake_run

ACCEPT, FIRST, UNSURE, SKIP = "a", "1", "u", "s"  # FIRST: the key of the first class
KEYS = (ACCEPT, "Enter", FIRST, "2", ACCEPT, UNSURE, SKIP, FIRST, "Enter", ACCEPT)


@pytest.fixture
def run(tmp_path) -> Run:
    return write_fake_run(Store.open(tmp_path / "home"), rows=60)


@pytest.fixture
def page(page: Page, serve_once: Callable[..., str], run: Run) -> Page:
    address = serve_once(ROOT / "app.py", HAMR_HOME=str(run.store.home))
    page.goto(f"{address}/Relabel?run={run.id}")
    settle(page, "Relabel")
    name = page.get_by_label("Your name")
    name.fill("ada")
    name.press("Enter")
    expect(page.get_by_text("Enter your name first")).to_have_count(0)
    settle(page, "Relabel")
    return page


def shown(page: Page) -> int:
    row = page.wait_for_function("new URL(location).searchParams.get('row')")
    return int(row.json_value())


def press(page: Page, key: str) -> int:
    """Decide on the row on screen by one key and wait for the next one; the row decided on."""
    row = shown(page)
    page.keyboard.press(key)
    page.wait_for_function("row => new URL(location).searchParams.get('row') !== row", arg=str(row))
    settle(page, "Relabel")
    return row


def decided(run: Run) -> list:
    return run.store.decisions(run.info.fingerprint or "").events()


def test_ten_rows_are_reviewed_by_ten_keys_and_all_of_them_are_saved(page: Page, run: Run) -> None:
    keystrokes, rows = [], []
    for key in KEYS:
        rows.append(press(page, key))
        keystrokes.append(1)
        # What the page acknowledges is in the database already.
        assert len(decided(run)) == len(rows)
    assert median(keystrokes) == 1
    events = decided(run)
    assert [event.row_id for event in events] == run.rows().ids(rows)
    assert {event.annotator for event in events} == {"ada"}
    for key, row, event in zip(KEYS, rows, events, strict=True):
        if key in (ACCEPT, "Enter"):
            assert (event.kind, event.new) == ("label", run.classes[run.rows().labels[row]])
        elif key in (UNSURE, SKIP):
            assert event.kind == {UNSURE: "unsure", SKIP: "skip"}[key]
        else:
            assert (event.kind, event.new) == ("label", run.classes[int(key) - 1])
    assert "annotator=ada" in page.url


def test_undo_redo_and_back_by_their_keys(page: Page, run: Run) -> None:
    first = press(page, ACCEPT)
    press(page, UNSURE)
    press(page, "Control+z")
    expect(page.get_by_text(re.compile("Undone: row .* marked unsure"))).to_be_visible()
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_text(re.compile("Redone: row"))).to_be_visible()
    settle(page, "Relabel")
    press(page, "ArrowLeft")
    assert shown(page) == first
    assert [event.kind for event in decided(run)] == ["label", "unsure", "undo", "redo"]


def test_another_label_is_found_by_its_first_letters(page: Page, run: Run) -> None:
    page.keyboard.press("o")
    box = page.get_by_role("combobox", name="Another label")
    expect(box).to_be_focused()
    page.keyboard.type("class e")
    press(page, "Enter")
    assert decided(run)[0].new == "class e"


def test_letters_typed_right_after_the_key_are_never_keys(page: Page, run: Run) -> None:
    for _ in range(2):  # again on the same row, after the field was left
        page.keyboard.press("o")
        page.keyboard.type("class a")
        expect(page.get_by_role("combobox", name="Another label")).to_have_value("class a")
        page.keyboard.press("Escape")
        page.get_by_role("heading", name="Relabel").click()
    assert not decided(run)


def test_a_key_that_is_hit_twice_never_decides_on_a_row_unseen(page: Page, run: Run) -> None:
    row = shown(page)
    # In one go: by itself, the second press may come when the next row is shown already.
    page.evaluate(
        """key => [1, 2].forEach(() => document.body.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, composed: true, cancelable: true})
        ))""",
        ACCEPT,
    )
    page.wait_for_function("row => new URL(location).searchParams.get('row') !== row", arg=str(row))
    expect(page.get_by_text("was pressed before this row was shown")).to_be_visible()
    settle(page, "Relabel")
    assert [event.row_id for event in decided(run)] == run.rows().ids([row])


def test_keys_work_after_filters_dialogs_and_selections(page: Page, run: Run) -> None:
    def choose(field: str, option: str) -> None:
        box = page.get_by_role("combobox", name=field, exact=True)
        if not box.is_visible():
            page.get_by_role("button", name=re.compile("Filters")).click()
        box.click()
        page.get_by_role("option", name=option, exact=True).click()

    def search() -> None:
        if not page.get_by_label("Search text or id", exact=True).is_visible():
            page.get_by_role("button", name=re.compile("Filters")).click()
        page.get_by_label("Search text or id", exact=True).fill("text")
        page.keyboard.press("Enter")

    def dialog() -> None:
        page.keyboard.press("?")
        expect(page.get_by_role("dialog").get_by_text("Reset my keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_text("Reset my keys")).to_have_count(0)

    steps: tuple[tuple[Callable[[], None], str], ...] = (  # and what the filters say after each
        (lambda: choose("Show", "all rows"), "Filters (1)"),
        (lambda: choose("Label", "class a"), "Filters (2)"),
        (search, "Filters (3)"),
        (dialog, "Filters (3)"),
        (lambda: page.get_by_role("radio", name="One by one").click(), "Filters (3)"),
    )
    for number, (step, said) in enumerate(steps, 1):
        step()
        # The browser writes a filter into the URL before the app has heard of it.
        expect(page.get_by_role("button", name=re.compile(re.escape(said)))).to_be_visible()
        settle(page, "Relabel")
        press(page, UNSURE)
        assert len(decided(run)) == number
