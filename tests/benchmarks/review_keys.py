"""The keyboard on Relabel: `python -m tests.benchmarks.review_keys --json`.

One annotator reviews rows of a made-up run by single keys, in a real browser. Measured is the time
from the key going down to the next row's text painted, in the browser, and the script runs of the
server. Then scripted steps lead through filters, a dialog and selections; after each step one key
is pressed, and a key that leads to no other row is a dead key.

The run has rows, classes and hardness as a real one, but no embeddings: its queue is sorted by
hardness. With `--home` and `--run` the keys act on a copy of a real home instead.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, TimeoutError

from hamr.store import Store
from tests.benchmarks.serve import Figure, app, browser_page, quantile, report, script_runs
from tests.browser.steps import settle
from tests.fake_run import write_fake_run

ROWS, KEYS, STEPS, SECONDS = 14_000, 60, 200, 0.25
DEAD_MS = 5_000  # a key without an effect by then is dead
KEY = "u"
# Notes when a key went down and when the text of another row was painted after it.
WATCH = """(() => {
  const text = () => document.querySelector(".st-key-row-card")?.innerText;
  const state = (window.hamrKeys = { down: null, painted: null });
  let before = text();
  addEventListener("keydown", () => {
    Object.assign(state, { down: performance.now(), painted: null });
    before = text();
  }, true);
  new MutationObserver(() => {
    if (state.down === null || state.painted !== null || !text() || text() === before) return;
    requestAnimationFrame(() => requestAnimationFrame(() => (state.painted ??= performance.now())));
  }).observe(document, { subtree: true, childList: true, characterData: true });
})()"""


def key_to_row(page: Page, key: str) -> float | None:
    """Press a key; milliseconds until another row's text is painted, None if none comes."""
    page.keyboard.press(key)
    try:
        page.wait_for_function("window.hamrKeys.painted !== null", timeout=DEAD_MS)
    except TimeoutError:
        return None
    settle(page, "Relabel")
    return float(page.evaluate("window.hamrKeys.painted - window.hamrKeys.down"))


def steps(page: Page) -> list[Callable[[], Any]]:
    """What an annotator does between keys."""

    def choose(field: str, option: str) -> Callable[[], None]:
        def step() -> None:
            opened = page.get_by_role("combobox", name=field, exact=True)
            if not opened.is_visible():
                page.get_by_role("button", name=re.compile("Filters")).click()
            opened.click()
            page.get_by_role("option", name=option, exact=True).click()

        return step

    def search(text: str) -> Callable[[], None]:
        def step() -> None:
            field = page.get_by_label("Search text or id")
            if not field.is_visible():
                page.get_by_role("button", name=re.compile("Filters")).click()
            field.fill(text)
            field.press("Enter")

        return step

    def dialog() -> None:
        page.keyboard.press("?")
        page.get_by_role("dialog").get_by_text("Reset my keys").wait_for()
        page.keyboard.press("Escape")
        page.get_by_text("Reset my keys").wait_for(state="detached")

    def field() -> None:
        page.keyboard.press("o")
        page.keyboard.type("class")
        page.keyboard.press("Escape")

    return [
        choose("Split", "training"), search("text"), dialog, field, search(""),
        choose("Split", "all"), lambda: page.get_by_role("radio", name="One by one").click(),
        lambda: page.get_by_role("heading", name="Relabel").click(),
    ]  # fmt: skip


def dead_keys(page: Page, count: int) -> list[int]:
    """The numbers of the steps after which a key had no effect."""
    dead, script = [], steps(page)
    for number in range(count):
        script[number % len(script)]()
        settle(page, "Relabel")
        if key_to_row(page, KEY) is None:
            dead.append(number)
    return dead


def measure(
    home: Path, run: str, options: argparse.Namespace
) -> tuple[list[Figure], dict[str, Any]]:
    """All figures, on a home whose decisions may change."""
    with (
        tempfile.TemporaryDirectory(prefix="hamr-benchmark-") as name,
        app(home, Path(name)) as server,
        browser_page() as page,
    ):
        server.start()
        page.add_init_script(WATCH)  # before the page listens: it keeps the keys it uses
        cookie = {"name": "hamr_annotator", "value": "bench", "url": server.address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{server.address}/Relabel?run={run}&annotator=bench")
        settle(page, "Relabel")
        times = [key_to_row(page, KEY) for _ in range(options.keys)]
        whole = [line for line in script_runs(Path(name)) if not line["fragment"]]
        dead = dead_keys(page, options.steps)
    alive = [one for one in times[5:] if one is not None] or [float("nan")]
    runs, processor = ([line[key] for line in whole[5:]] for key in ("ms", "processor_ms"))
    figures = [
        Figure("key to next row painted, p50", quantile(alive, 0.5), None, "ms"),
        Figure("key to next row painted, p95", quantile(alive, 0.95), 1000 * SECONDS, "ms"),
        Figure("  script run in the server, p50", quantile(runs, 0.5), None, "ms"),
        Figure("  script run in the server, p95", quantile(runs, 0.95), None, "ms"),
        Figure("  of that the processor's time, p50", quantile(processor, 0.5), None, "ms"),
        Figure(f"dead keys in {options.steps} steps", float(len(dead)), 0, ""),
    ]
    return figures, {"rows": options.rows, "keys": options.keys, "dead_after": dead}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--home", type=Path, help="a home to copy, in the place of a made-up run")
    parser.add_argument("--run", default="", help="a run of that home")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hamr-keys-") as folder:
        home = Path(folder) / "home"
        if options.home:
            shutil.copytree(options.home, home)
            run = Store.open(home).run(options.run).id
        else:
            run = write_fake_run(Store.open(home), rows=options.rows).id
        figures, details = measure(home, run, options)
    report(figures, details, as_json=options.json)


if __name__ == "__main__":
    main()
