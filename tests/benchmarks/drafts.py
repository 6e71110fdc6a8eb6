"""What is left of unsaved entities when a tab or the server is killed: `--json`.

    python -m tests.benchmarks.drafts --json [--kills 50]

Each time somebody edits a sentence on *Relabel* in a real browser, a few gestures long, and then
the tab crashes, the tab is closed, the server is killed, or the server is killed while the edit is
being saved. Then the page is opened again (after some kills of the server it reconnects by itself).
The edit is *back* if the words show it, *acknowledged* if it is in the database. What is back is
saved by one key then, and what the database has in the end is compared with what was made.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from hamr.store import Run, Store
from tests.browser.on_words import draft, drag, shown, words_of
from tests.browser.server import BROWSER_FLAGS, ROOT, Server, chromium
from tests.browser.steps import prepare, settle
from tests.fake_run import write_fake_token_run

KILLS = ("tab crashed", "tab closed", "server", "server, reconnected", "server while saving")
PATIENCE = 40.0  # seconds
LOOK_MS = 1_500  # somebody looks at the words before saving them
_READY = """() => window.settled("Relabel") && document.querySelector(
    "[data-testid=stApp]").dataset.testConnectionState === "CONNECTED" """
NAME = {"name": "hamr_annotator", "value": "ada"}  # the browser has been here before


class Round:
    """One edit of one sentence, and its kill."""

    def __init__(
        self, context: BrowserContext, server: Server, run: Run, row: int, dice: random.Random
    ) -> None:
        self.context, self.server, self.run, self.row, self.dice = context, server, run, row, dice
        self.row_id = run.rows().ids([row])[0]
        self.page: Page | None = None

    def result(self, kill: str) -> str:
        """How it ended: "back", "acknowledged", or in what way it was lost."""
        self.page = self.open()
        made = self.edit()
        self.kill(kill)
        if kill != "server, reconnected":
            self.page = self.open()
        return self.outcome(made)

    def open(self) -> Page:
        """Relabel with the sentence."""
        page = prepare(self.context.new_page())
        page.goto(f"{self.server.address}/Relabel?run={self.run.id}&annotator=ada&row={self.row}")
        page.get_by_test_id("span-words").wait_for()
        settle(page, "Relabel")
        return page

    def edit(self) -> list[list[Any]]:
        """Up to four gestures, by mouse or keyboard; the entities that are on the words then."""
        page, before = self.page, shown(self.page)
        assert page is not None
        count = words_of(page).count()
        while shown(page) == before:
            for _ in range(self.dice.randint(1, 4)):
                first = self.dice.randrange(count)
                drag(page, first, min(count - 1, first + self.dice.randint(0, 2)))
                page.keyboard.press(self.dice.choice(("1", "2", "3", "3", "Delete")))
        return shown(page)

    def kill(self, kill: str) -> None:
        """Kill what is to be killed, at some moment right after the last gesture."""
        page = self.page
        assert page is not None
        if kill == "server while saving":
            page.keyboard.press("Control+Enter")
        time.sleep(self.dice.uniform(0, 0.3))
        if kill.startswith("server"):
            self.server.kill()
            if kill != "server, reconnected":
                page.close()
            self.server.start()
        elif kill == "tab closed":
            page.close()
        else:
            with suppress(Error):
                page.goto("chrome://crash")
            page.close()

    def outcome(self, made: list[list[Any]]) -> str:
        """Look for the edit in the database and on the page, save it, and look again."""
        assert self.page is not None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.saved() == made:
                self.page.close()
                return "acknowledged"
            kept = draft(self.page, self.row_id)
            if shown(self.page) == kept == made and self.is_ready():
                break
            time.sleep(0.1)
        else:
            return f"lost: {made} was made, {shown(self.page)} is shown"
        self.page.wait_for_timeout(LOOK_MS)
        settle(self.page, "Relabel")
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("a")
        while self.saved() != made:
            if time.monotonic() > deadline:
                return f"back, but saved as {self.saved()} and not {made}"
            time.sleep(0.1)
        self.page.close()
        return "back"

    def is_ready(self) -> bool:
        """Whether the page is connected and drawn."""
        assert self.page is not None
        return bool(self.page.evaluate(_READY))

    def saved(self) -> list[list[Any]] | None:
        """The label that the database has of the sentence by a decision."""
        state = (
            Store.open(self.run.store.home)
            .decisions(self.run.info.fingerprint or "")
            .state(self.row_id)
        )
        if state is None or state.label is None or isinstance(state.label, str):
            return None
        return [list(span) for span in state.label]


def measure(home: Path, kills: int, seed: int) -> dict[str, Any]:
    """Make so many edits and kills; how they ended, by kill."""
    run = write_fake_token_run(Store.open(home), rows=max(60, kills + 10))
    dice = random.Random(seed)
    rows = [row for row in range(len(run.rows())) if len(run.rows().words(row)) > 3][:kills]
    server = Server(ROOT / "app.py", home / "log.txt", HAMR_HOME=str(home))
    server.start()
    found: dict[str, Counter[str]] = {kill: Counter() for kill in KILLS}
    lost: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(BROWSER_FLAGS))
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{**NAME, "url": server.address}])
        for number, row in enumerate(rows):
            kill = KILLS[number % len(KILLS)]
            end = Round(context, server, run, row, dice).result(kill)
            found[kill][end.split(":")[0].split(",")[0]] += 1
            if end not in ("back", "acknowledged"):
                lost.append(f"{kill}, row {row}: {end}")
            print(f"{number + 1}: {kill}: {end}", flush=True)
        browser.close()
    server.stop()
    kept = len(rows) - len(lost)
    by_kill = {kill: dict(own) for kill, own in found.items()}
    return {"kills": len(rows), "back_or_acknowledged": kept, "by_kill": by_kill, "lost": lost}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.drafts")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), args.kills, args.seed)))


if __name__ == "__main__":
    main()
