"""The map of a million rows in a real browser with software WebGL:
`python -m tests.benchmarks.million [--rows N] [--home FOLDER] [--json]`.

A home with a made-up run of so many rows is written through the store; nothing is trained. Then
Neighbourhoods is opened in Chromium, on a server that has shown one other page, as a first reader
finds it. Measured in the browser: from the click on a link to the painted map, from a lasso closed
to its rows at the side, from a click on the legend to the map painted without the other classes,
from a pointer that comes to rest to the text, and how long a frame takes while zooming. The app's
process is weighed at the end.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page

from hamr.store import Run, Store
from tests.benchmarks.serve import Figure, Memory, app, browser_page, report
from tests.browser.on_map import draw_lasso
from tests.browser.steps import HOME, settle
from tests.fake_run import write_fake_run

CLASSES = 12
# Milliseconds from an act until the map is painted next, on the browser's own clock.
PAINTED = """act => new Promise(done => {
  const map = (element) => element.shadowRoot?.querySelector("[data-testid=pointmap]");
  const root = [...document.querySelectorAll("*")].map(map).find(Boolean);
  const start = performance.now();
  new MutationObserver((_, watcher) => { watcher.disconnect(); done(performance.now() - start); })
    .observe(root, { attributes: true, attributeFilter: ["data-painted"] });
  new Function("root", act)(root);
})"""


def make_home(folder: Path, rows: int) -> Run:
    """A home with one finished run of so many rows; one that was made before is kept."""
    store = Store.open(folder)
    for info in store.runs():
        return store.run(info.id)
    return write_fake_run(store, rows=rows, epochs=2, classes=CLASSES, name="a million rows")


def seconds_since(start: float) -> float:
    """Seconds from a reading of the clock until now."""
    return round(perf_counter() - start, 2)


def open_map(page: Page, address: str, run: Run, rows: int) -> float:
    """Open the map; seconds until all rows are painted."""
    start = perf_counter()
    page.goto(f"{address}/Neighbourhoods?run={run.id}")
    page.wait_for_selector(f"[data-testid=pointmap][data-painted='{rows}']")
    return seconds_since(start)


def lasso(page: Page) -> float:
    """Draw one round the middle; seconds from letting go to its rows at the side."""
    draw_lasso(page)
    start = perf_counter()
    page.get_by_text("Selection (").first.wait_for()
    return seconds_since(start)


def legend(page: Page) -> float:
    """Show one class alone, then all; the slower of both in seconds."""
    click = "root.querySelector('[data-testid=pointmap-legend-2]').click()"
    return _slowest(page, click, 2)


def frame(page: Page) -> float:
    """Zoom in a few steps; the slowest frame in seconds."""
    zoom = "root.querySelector('[data-testid=pointmap-zoom-in]').click()"
    return _slowest(page, zoom, 12)


def _slowest(page: Page, act: str, times: int) -> float:
    """Seconds to the next painted map, the most of that many acts."""
    taken: list[float] = [page.evaluate(PAINTED, act) for _ in range(times)]
    return round(max(taken) / 1000, 2)


def hover(page: Page) -> float:
    """Rest the pointer where points are; seconds to a text."""
    box = page.get_by_test_id("pointmap-surface").bounding_box()
    assert box is not None
    tip = page.locator("[data-testid=pointmap-tip] .text")
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(middle[0] + 60, middle[1] + 40)
    start = perf_counter()
    page.mouse.move(*middle)
    tip.wait_for()
    return seconds_since(start)


def measure(home: Path, rows: int) -> list[Figure]:
    """Make the home, open its map and use it."""
    start = perf_counter()
    run = make_home(home, rows)
    made = seconds_since(start)
    with tempfile.TemporaryDirectory() as logs, app(home, Path(logs)) as server:
        server.start()
        with browser_page() as page:
            page.goto(server.address)
            settle(page, HOME)
            first = open_map(page, server.address, run, rows)
            settle(page, "Neighbourhoods")
            again = open_map(page, server.address, run, rows)
            settle(page, "Neighbourhoods")
            found = [
                Figure("home written", made, None, "s"),
                Figure("first paint", first, 4.0, "s"),
                Figure("first paint, opened again", again, 4.0, "s"),
                Figure("text under a resting pointer", hover(page), None, "s"),
                Figure("filter by legend", legend(page), 0.3, "s"),
            ]
            settle(page, "Neighbourhoods")
            found.append(Figure("lasso answered", lasso(page), 0.5, "s"))
            settle(page, "Neighbourhoods")
            found.append(Figure("slowest frame while zooming", frame(page), None, "s"))
        memory = Memory.of(server.pid)
    return [*found, Figure("app process", memory.rss / 1000, 2.5, "GB")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("--home", type=Path, help="keep the made-up home here, for another call")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(options.home or Path(folder), options.rows)
    report(figures, {"rows": options.rows}, as_json=options.json)


if __name__ == "__main__":
    main()
