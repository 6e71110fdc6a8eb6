"""From an uploaded file to a corrected one in a real browser:
`python -m tests.benchmarks.review_journey --json`.

A scripted annotator who knows the true label of each of 600 made-up tickets, of which 48 have a
wrong one, does what a person does: uploads the CSV file, trains, reviews the queue from its top,
and downloads the corrected data. Counted is every click and every key. One for each reviewed row
is the work itself; what comes on top of that is the way. The downloaded file must be the original
to the byte, but for the labels of reviewed rows.

Needs Chromium (see `tests.browser.server`).
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, sync_playwright

from hamr.store import Store
from hamr.views.base.all_rows import AllRows
from tests.browser.server import BROWSER_FLAGS, ROOT, Server, chromium
from tests.browser.steps import prepare, settle
from tests.tickets import Ticket, tickets, write_csv

TARGET = 25
NAME = "ada"


@dataclass
class Hands:
    """The annotator's mouse and keyboard, which count."""

    page: Page
    clicks: int = 0
    keys: int = 0
    log: list[str] = field(default_factory=list)

    def click(self, what: Locator, why: str) -> None:
        """One click."""
        what.click()
        self.clicks += 1
        self.log.append(f"click {why}")

    def type(self, text: str, why: str) -> None:
        """A key for each character."""
        self.page.keyboard.type(text)
        self.keys += len(text)
        self.log.append(f"{len(text)} keys {why}")

    def press(self, key: str, why: str) -> None:
        """One key."""
        self.page.keyboard.press(key)
        self.keys += 1
        self.log.append(f"key {key} {why}")

    @property
    def total(self) -> int:
        """Clicks and keys so far."""
        return self.clicks + self.keys


def measure(folder: Path, most: int) -> dict[str, Any]:
    """The whole way once; its figures."""
    rows = tickets()
    file = write_csv(folder / "tickets.csv", rows)
    server = Server(ROOT / "app.py", folder / "log.txt", HAMR_HOME=str(folder / "home"))
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=list(BROWSER_FLAGS)
            )
            page = prepare(browser.new_page(viewport={"width": 1280, "height": 720}))
            page.goto(server.address)
            hands, began = Hands(page), time.perf_counter()
            _train(hands, file)
            _begin(hands)
            before = hands.total
            store = Store.open(folder / "home")
            ids = AllRows.of(store.run(store.runs()[0].id)).ids
            reviewed = _review(hands, {row.id: row for row in rows}, ids, most)
            in_queue = hands.total - before
            content = _download(hands)
            seconds = time.perf_counter() - began
            browser.close()
    finally:
        server.stop()
    return _figures(folder, rows, reviewed, content, hands, in_queue, seconds)


def _train(hands: Hands, file: Path) -> None:
    """Upload, train, wait, and go to Relabel."""
    page = hands.page
    link = page.get_by_role("link", name="Open your data")
    link.wait_for()
    hands.click(link, "Open your data")
    settle(page, "Dataset")
    hands.click(page.get_by_text("Upload a file", exact=True), "Upload a file")
    settle(page, "Dataset")
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(file)
    hands.clicks += 2  # the control, and the file in the browser's own dialog
    hands.log.append("2 clicks to choose the file")
    hands.click(page.get_by_role("button", name="Train on this data"), "Train on this data")
    hands.click(page.get_by_role("button", name="Start the run"), "Start the run")
    check = page.get_by_role("link", name="Check labels")
    check.wait_for()
    hands.click(check, "Check labels")
    settle(page, "Relabel")


def _begin(hands: Hands) -> None:
    """Give the name, and have label errors found if the queue does not have them yet."""
    page = hands.page
    hands.click(page.get_by_label("Your name"), "Your name")
    hands.type(NAME, "name")
    hands.press("Enter", "name")
    settle(page, "Relabel")
    find = page.get_by_role("button", name="Find label errors")
    if find.count():
        hands.click(find, "Find label errors")
        find.wait_for(state="hidden")
    page.get_by_text("Computing the neighbours").wait_for(state="hidden")
    settle(page, "Relabel")


def _review(hands: Hands, rows: dict[str, Ticket], ids: Sequence[str], most: int) -> list[Ticket]:
    """Give the true label of each row, from the top of the queue, until all errors are found.

    The row on screen is the one of the URL, an index of all rows.
    """
    reviewed: list[Ticket] = []
    wrong = {row.id for row in rows.values() if row.wrong}
    while len(reviewed) < most and wrong - {row.id for row in reviewed}:
        place = _place(hands.page)
        ticket = rows[ids[int(place)]]
        _decide(hands, ticket)
        reviewed.append(ticket)
        hands.page.wait_for_function(
            "row => new URL(location).searchParams.get('row') !== row", arg=place
        )
        settle(hands.page, "Relabel")
    return reviewed


def _place(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["row"][0]


def _decide(hands: Hands, ticket: Ticket) -> None:
    """The button of the true class, else its name in the list of all classes."""
    page, name = hands.page, ticket.true_label
    buttons = page.get_by_test_id("stMain").get_by_role("button").filter(has_text=name)
    for number in range(buttons.count()):
        button = buttons.nth(number)
        if button.is_visible() and button.is_enabled():
            hands.click(button, f"{name} of {ticket.id}")
            return
    box = page.locator(".st-key-other-box input")
    hands.click(box, f"list of classes of {ticket.id}")
    hands.type(name, f"{name} of {ticket.id}")
    hands.press("Enter", f"{name} of {ticket.id}")


def _download(hands: Hands) -> bytes:
    """The corrected data, as the browser saves it."""
    with hands.page.expect_download() as waiting:
        hands.click(
            hands.page.get_by_role("button", name="Download corrected data"),
            "Download corrected data",
        )
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        return archive.read("tickets.csv")


def _figures(
    folder: Path,
    rows: list[Ticket],
    reviewed: list[Ticket],
    content: bytes,
    hands: Hands,
    in_queue: int,
    seconds: float,
) -> dict[str, Any]:
    seen = {row.id for row in reviewed}
    corrected = [replace(row, label=row.true_label) if row.id in seen else row for row in rows]
    expected = write_csv(folder / "expected.csv", corrected).read_bytes()
    planted = sum(row.wrong for row in rows)
    return {
        "clicks_and_keys": hands.total,
        "reviewed": len(reviewed),
        "beyond_one_per_row": hands.total - len(reviewed),
        "target": TARGET,
        "beyond_one_per_row_in_the_queue": in_queue - len(reviewed),
        "same_to_the_byte": content == expected,
        "planted": planted,
        "found": sum(row.wrong for row in reviewed),
        "found_in_first_rows": sum(row.wrong for row in reviewed[:planted]),
        "seconds": round(seconds, 1),
        "way": [line for line in hands.log if " of T1" not in line],
    }


def main() -> None:
    """Print the figures next to the target; with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--most", type=int, default=150, help="rows to review at most")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), arguments.most)
    if arguments.json:
        print(json.dumps(found))
        return
    same = "the same" if found["same_to_the_byte"] else "NOT the same"
    print(
        f"{found['beyond_one_per_row']} clicks and keys beyond one for each of {found['reviewed']} "
        f"rows (target {TARGET}); the file is {same} to the byte but for reviewed labels; "
        f"{found['found']} of {found['planted']} errors found, {found['found_in_first_rows']} in "
        f"the first {found['planted']} rows; {found['seconds']:.0f} s"
    )
    for line in found["way"]:
        print(f"  {line}")


if __name__ == "__main__":
    main()
