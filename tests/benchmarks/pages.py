"""Switching pages while a run trains on all 13,621 rows: `python -m tests.benchmarks.pages`.

A run of the quick preset with more epochs than it can do trains throughout. The pages are
opened by their links in the sidebar, each after another, for several rounds. Measured are
the server's script runs, in the server, and the time from the click to the last chart or
table painted, in the browser. The first round warms up and is listed separately.

The rows are embedded once for a `--home`, which takes minutes; without one, at each call.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import Page

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.jobs import request_stop, submit
from hamr.store import Run, Store
from tests.benchmarks.serve import Figure, Memory, app, browser_page, quantile, report, script_runs
from tests.browser.steps import HEADINGS, settle

EPOCHS = 1000  # never reached
READY_SECONDS = 1800  # for embedding and the map
# Notes when a link of the sidebar was pressed, on the browser's own clock.
PRESSED = """addEventListener("pointerdown", () => { window.pressed = performance.now(); }, true)"""

Times = dict[str, list[float]]


def begin_run(store: Store) -> Run:
    """Queue a run on all built-in rows that will not end by itself."""
    training = TrainingSettings.of_preset("quick", epochs=EPOCHS)
    return submit(store, RunSettings(data=DataSettings(source="builtin"), training=training))


def await_training(page: Page, run: Run) -> None:
    """Wait until the run trains and its map is drawn, so that every page has its content."""
    deadline = monotonic() + READY_SECONDS
    while run.map() is None or len(run.epochs()) < 3:
        if run.info.status == "failed" or monotonic() > deadline:
            raise SystemExit(f"the run does not train: {run.info.error or run.info.status}")
        page.wait_for_timeout(1000)


def switch(page: Page, name: str) -> float:
    """Open a page by its link; milliseconds from the press to its content painted."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
    painted = settle(page, HEADINGS[name])["at"]
    return painted - page.evaluate("window.pressed")


def rounds(page: Page, run: Run, times: int) -> Times:
    """Every page opened that many times; milliseconds by page."""
    found: Times = defaultdict(list)
    for _ in range(times):
        for name in HEADINGS:
            found[name].append(switch(page, name))
        if run.info.status != "running":
            raise SystemExit(f"the run has ended ({run.info.status}) while pages were measured")
    return found


def show_all_rows(page: Page) -> None:
    """Dataset shows all built-in rows from now on, and not those of the demo."""
    switch(page, "Dataset")
    page.get_by_test_id("stMain").get_by_text("Built-in", exact=True).click()
    page.wait_for_url("**source=builtin*")
    settle(page, "Dataset")


def measure(home: Path, times: int) -> tuple[list[Figure], dict[str, Any]]:
    """All figures, and those of each page."""
    store = Store.open(home)
    with (
        tempfile.TemporaryDirectory(prefix="hamr-benchmark-") as name,
        app(home, Path(name)) as server,
        browser_page() as page,
    ):
        server.start()
        page.add_init_script(PRESSED)
        page.goto(server.address)  # the first visit starts the thread that trains
        run = begin_run(store)
        try:
            await_training(page, run)
            print("the run trains; now the pages", file=sys.stderr)
            page.goto(f"{server.address}/?run={run.id}")
            settle(page, HEADINGS["Home"])
            show_all_rows(page)
            first = rounds(page, run, 1)
            begin = monotonic()
            content = rounds(page, run, times)
            memory, epochs = Memory.of(server.pid), len(run.epochs())
            runs = [line for line in script_runs(Path(name)) if line["begin"] >= begin]
        finally:
            put_away(page, store, run)
    return figures(content, runs, memory), {
        "pages": by_page(content, runs),
        "first_round_ms": {name: round(values[0]) for name, values in first.items()},
        "epochs": epochs,
        "heavy": memory.heavy,
    }


def put_away(page: Page, store: Store, run: Run) -> None:
    """Stop the run and delete it; the embeddings stay in the home's cache."""
    request_stop(store, run.id)
    while run.is_held:
        page.wait_for_timeout(200)
    store.delete_run(run.id)


def figures(content: Times, runs: list[dict[str, Any]], memory: Memory) -> list[Figure]:
    """The figures over all pages."""
    whole = [line["ms"] for line in runs if not line["fragment"]]
    processor = [line["processor_ms"] for line in runs if not line["fragment"]]
    fragments = [line["ms"] for line in runs if line["fragment"]] or [0.0]
    painted = [value for values in content.values() for value in values]
    return [
        Figure("script run, p50", quantile(whole, 0.5), None, "ms"),
        Figure("script run, p95", quantile(whole, 0.95), 300, "ms"),
        Figure("  processor time alone, p95", quantile(processor, 0.95), None, "ms"),
        Figure("fragment run, p95", quantile(fragments, 0.95), None, "ms"),
        Figure("content in the browser, p50", quantile(painted, 0.5), None, "ms"),
        Figure("content in the browser, p95", quantile(painted, 0.95), 1500, "ms"),
        Figure("memory of the app process, RSS", memory.rss, 700, "MB"),
        Figure("memory of the app process, PSS", memory.pss, None, "MB"),
    ]


def by_page(content: Times, runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Medians and largest values of each page, milliseconds."""
    table = {}
    for name, values in content.items():
        path = "" if name == "Home" else name.replace(" ", "_").replace("-", "_")
        script = [line["ms"] for line in runs if line["page"] == path and not line["fragment"]]
        table[name] = {
            "visits": len(values),
            "script_p50": quantile(script, 0.5),
            "script_max": quantile(script, 1),
            "content_p50": quantile(values, 0.5),
            "content_max": quantile(values, 1),
        }
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--home", type=Path, help="a store whose cached embeddings are used")
    parser.add_argument("--rounds", type=int, default=8, help="how often each page is opened")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hamr-benchmark-") as fresh:
        found, details = measure(options.home or Path(fresh), options.rounds)
    for name, values in details["pages"].items():
        print(f"{name:16}", "  ".join(f"{key} {value:,.0f}" for key, value in values.items()))
    report(found, details, as_json=options.json)


if __name__ == "__main__":
    main()
