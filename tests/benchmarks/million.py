"""The map of a million rows in a real browser with software WebGL:
`python -m tests.benchmarks.million [--rows N] [--home FOLDER] [--json]`.

A home with a made-up run of so many rows is written through the store, with random embeddings of
32 dimensions, neighbours and regions; nothing is trained. Neighbourhoods is opened in Chromium, on
a server that has shown one other page, as a first reader finds it. Measured in the browser: from
the click on a link to the painted map; from a lasso closed to the number of its rows at the side,
and to its table; from a click on the legend, a stroke on the histogram or a click on a region to
the map painted anew; from a text that is searched to its rows; from a pointer that comes to rest
to the text; and how long a frame takes while zooming. The app's process is weighed at the end.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from playwright.sync_api import Page

from hamr.jobs import neighbour_evidence as near
from hamr.regions import Regions
from hamr.store import Run, Store
from hamr.triage import NEIGHBOURS
from hamr.views.base import region_cache, regions
from tests.benchmarks.serve import Figure, Memory, app, browser_page, report
from tests.browser.on_map import draw_lasso
from tests.browser.steps import HOME, settle
from tests.fake_regions import fake_region
from tests.fake_run import write_fake_run

CLASSES = 12
WIDTH = 32  # of the embeddings
REGIONS = 30
LASSOS = 3
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
        run = store.run(info.id)
        if regions.cached_regions(run, run.epochs()[-1]) is None:  # of another version
            keep_regions(run)
        return run
    run = write_fake_run(store, rows=rows, epochs=2, classes=CLASSES, name="a million rows")
    embed(run)
    keep_regions(run)
    return run


def embed(run: Run) -> None:
    """Random embeddings and neighbours in the cache, as training would leave them there."""
    random, cache, key = np.random.default_rng(0), run.store.cache, near._key(run)
    trained, others = run.info.train_rows, run.info.validation_rows + run.info.test_rows
    vectors = random.normal(size=(trained + others, WIDTH)).astype(np.float32)
    cache.put("embeddings", "made-up", vectors)
    cache.put(near.KEYS, key, np.frombuffer(b"made-up", np.uint8))
    for kinds, count in (
        ((near.NEAR, near.SIMILAR), trained),
        ((near.HELD_NEAR, near.HELD_SIMILAR), others),
    ):
        found = random.integers(0, trained, (count, NEIGHBOURS), dtype=np.int32)
        alike = np.sort(random.uniform(0.3, 0.9, found.shape).astype(np.float32), axis=1)
        cache.put(kinds[0], key, found)
        cache.put(kinds[1], key, np.ascontiguousarray(alike[:, ::-1]))


def keep_regions(run: Run) -> None:
    """Made-up regions of the last epoch: the rows round some places of the map."""
    xy, random = run.map(), np.random.default_rng(1)
    assert xy is not None
    found, of_row = [], np.full(len(xy), -1, np.int32)
    for number in range(REGIONS):
        centre = xy[random.integers(len(xy))]
        rows = np.flatnonzero(((xy - centre) ** 2).sum(1) < 0.02 * (1 + number % 5))
        of_row[rows] = number
        found.append(fake_region(f"{number:08x}", rows))
    parts = region_cache.regions_as_arrays(Regions(tuple(found), of_row))
    key = regions._key(run, run.epochs()[-1])
    region_cache.put(run.store.cache, regions.REGIONS, key, parts)


def seconds_since(start: float) -> float:
    """Seconds from a reading of the clock until now."""
    return round(perf_counter() - start, 2)


def open_map(page: Page, address: str, run: Run, rows: int) -> float:
    """Open the map; seconds until all rows are painted."""
    start = perf_counter()
    page.goto(f"{address}/Neighbourhoods?run={run.id}")
    page.wait_for_selector(f"[data-testid=pointmap][data-painted='{rows}']")
    return seconds_since(start)


def lasso(page: Page) -> tuple[float, float]:
    """Draw one round the middle; seconds from letting go to the number of its rows at the side, and
    to its table.
    """
    draw_lasso(page)
    start = perf_counter()
    page.get_by_text("in the lasso").first.wait_for()
    answered = seconds_since(start)
    settle(page, "Neighbourhoods")
    found = answered, seconds_since(start)
    page.get_by_test_id("pointmap-clear").click()
    page.wait_for_timeout(300)
    settle(page, "Neighbourhoods")
    return found


def search(page: Page, text: str) -> float:
    """Search for a text; seconds until its rows are at the side."""
    page.get_by_placeholder("Search text or id").fill(text)
    start = perf_counter()
    page.keyboard.press("Enter")
    page.get_by_text(f"with '{text}'").first.wait_for()
    taken = seconds_since(start)
    settle(page, "Neighbourhoods")
    return taken


def legend(page: Page) -> float:
    """Show one class alone, then all; the slower of both in seconds."""
    click = "root.querySelector('[data-testid=pointmap-legend-2]').click()"
    return _slowest(page, click, 6)


def region(page: Page) -> float:
    """Open the first region of the list; seconds until the map shows it alone."""
    click = (
        "[...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector("
        "'button[data-region]')).find(Boolean).click()"
    )
    return _slowest(page, click, 1)


def brush(page: Page) -> float:
    """Move the upper end of the histogram's range; the slowest in seconds."""
    stroke = (
        "const bar = root.querySelector('[data-testid=pointmap-to]'); bar.value = bar.value - 10; "
        "bar.dispatchEvent(new Event('input'))"
    )
    return _slowest(page, stroke, 4)


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
            found += [*_lassos(page), Figure("region opened on the map", region(page), None, "s")]
            settle(page, "Neighbourhoods")
            open_map(page, server.address, run, rows)
            settle(page, "Neighbourhoods")
            found.append(Figure("histogram brushed", brush(page), None, "s"))
            settle(page, "Neighbourhoods")
            found.append(Figure("slowest frame while zooming", frame(page), None, "s"))
            found += [
                Figure(f"text searched{again}", search(page, text), None, "s")
                for text, again in (("text 77", ""), ("text 78", ", once more"))
            ]
        memory = Memory.of(server.pid)
    return [*found, Figure("app process", memory.rss / 1000, 2.5, "GB")]


def _lassos(page: Page) -> list[Figure]:
    """The first lasso, for which some things are read, and the slowest of those after it."""
    first, *later = [lasso(page) for _ in range(1 + LASSOS)]
    return [
        Figure("lasso answered, the first", first[0], 0.5, "s"),
        Figure("lasso answered, later ones", max(one[0] for one in later), 0.5, "s"),
        Figure("table of the lasso, the first", first[1], None, "s"),
        Figure("table of the lasso, later ones", max(one[1] for one in later), None, "s"),
    ]


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
