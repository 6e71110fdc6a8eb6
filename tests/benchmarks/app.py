"""The app's start, the demo and the app's memory: `python -m tests.benchmarks.app --json`.

All times are what a person at the browser waits: from the start of `streamlit run` to the
button that runs the demo, and from the click on it to what Train shows. The browser itself
has been started before. Every start and the cold demo have a home of their own, empty.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import Page

from hamr.store import Store
from tests.benchmarks.serve import (
    Figure,
    Memory,
    app,
    browser_page,
    median,
    report,
    script_runs,
)
from tests.browser.server import Server
from tests.browser.steps import HEADINGS, HOME, Look, go, look, prepare, settle

LOOK_MS = 100  # between two looks at the page: the resolution of the demo's times
DEMO_SECONDS = 900


def fresh_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for one server: its log, its timings, its home."""
    return tempfile.TemporaryDirectory(prefix="hamr-benchmark-", ignore_cleanup_errors=True)


def starts(page: Page, times: int, *, timed: bool) -> list[dict[str, float]]:
    """Seconds from the start of a server, several times, each for a browser that is new to it."""
    return [one_start(page, timed=timed) for _ in range(times)]


def bare_start(page: Page) -> float:
    """The same for a Streamlit app of one button: what no app of Streamlit's can go below."""
    browser = page.context.browser
    assert browser is not None
    visitor = browser.new_page()
    with fresh_folder() as name:
        script = Path(name) / "bare.py"
        script.write_text('import streamlit as st\nst.button("Run the demo")\n')
        server = Server(script, Path(name) / "server.log")
        begin = monotonic()
        server.start()
        visitor.goto(server.address)
        visitor.get_by_role("button", name="Run the demo").wait_for()
        found = monotonic() - begin
        server.stop()
    visitor.context.close()
    return found


def one_start(page: Page, *, timed: bool) -> dict[str, float]:
    browser = page.context.browser
    assert browser is not None
    visitor = prepare(browser.new_page())
    with fresh_folder() as name, app(Path(name) / "home", Path(name), timed=timed) as server:
        begin = monotonic()
        server.start()
        found = {"health": monotonic() - begin}
        visitor.goto(server.address)
        visitor.get_by_role("button", name="Run the demo").wait_for()
        found["usable"] = monotonic() - begin
        found["moving"] = moving(visitor)
        settle(visitor, HOME)
        if heavy := Memory.of(server.pid).heavy:
            raise SystemExit(f"the app process has loaded {', '.join(heavy)}")
        if timed:
            first = script_runs(Path(name))[0]
            found["script"] = first["ms"] / 1000
            found["served"] = first["end"] - begin
    visitor.context.close()
    return found


def moving(visitor: Page) -> float:
    """Seconds from the page's first paint until the recording on it has moved."""
    shown = """() => [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
        .map(host => host.shadowRoot?.querySelector(".recording")?.dataset.moved)
        .find(moved => moved)"""
    moved = visitor.wait_for_function(shown).json_value()
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return (float(str(moved)) - float(visitor.evaluate(paint))) / 1000


def demo(page: Page, server: Server) -> dict[str, float]:
    """Seconds from the click on Run the demo until each of its marks was seen on Train."""
    page.goto(server.address)
    settle(page, HOME)
    button = page.get_by_role("button", name="Run the demo")
    begin = monotonic()
    button.click()
    seen: dict[str, float] = {}
    while "finished" not in seen:
        now = look(page)
        if now.alert.startswith("❌") or monotonic() > begin + DEMO_SECONDS:
            raise SystemExit(f"the demo did not finish: {now}")
        for mark in marks(now):
            seen.setdefault(mark, monotonic() - begin)
        page.wait_for_timeout(LOOK_MS)
    return seen


def marks(now: Look) -> list[str]:
    """Which marks this look at Train shows as passed."""
    finished = now.alert.startswith("✅")
    passed = {
        "bar": finished or now.percent is not None,
        "progress": finished or bool(now.percent),
        "point": now.loss is not None,
        "epoch": now.epoch > 0,
        "finished": finished,
    }
    return [name for name, is_passed in passed.items() if is_passed]


def await_map(page: Page, home: Path) -> None:
    """Wait until the first run's map is drawn, which is no work of the second."""
    store = Store.open(home)
    run = store.run(store.runs()[0].id)
    while run.map() is None:
        page.wait_for_timeout(500)


def visit_all(page: Page) -> None:
    """Open every page and every tab."""
    for name, heading in HEADINGS.items():
        go(page, name)
        for tab in page.get_by_role("tab").all():
            tab.click()
            settle(page, heading)


def measure(times: int) -> tuple[list[Figure], dict[str, Any]]:
    """All figures, and what they were taken from."""
    with browser_page() as page:
        bare = [bare_start(page) for _ in range(times)]
        plain = starts(page, times, timed=False)
        timed = starts(page, times, timed=True)
        print("servers started; now the demo", file=sys.stderr)
        with fresh_folder() as name, app(Path(name) / "home", Path(name)) as server:
            server.start()
            cold = demo(page, server)
            await_map(page, Path(name) / "home")
            warm = demo(page, server)
            visit_all(page)
            memory = Memory.of(server.pid)
    served = {
        key: median([start[key] for start in timed]) for key in ("health", "script", "served")
    }
    moves = median([start["moving"] for start in plain])
    figures = [
        Figure("first page usable", median([start["usable"] for start in plain]), 3, "s"),
        Figure("  the same for an app of one button", median(bare), None, "s"),
        Figure("  of this: server answers", served["health"], None, "s"),
        Figure("  of this: first script run", served["script"], None, "s"),
        Figure("  first script run is done", served["served"], None, "s"),
        Figure("first paint until the recording moves", moves, 3, "s"),
        Figure("demo, cold: progress bar is there", cold["bar"], None, "s"),
        Figure("demo, cold: progress moves", cold["progress"], 3, "s"),
        Figure("demo, cold: first point on a curve", cold["point"], 45, "s"),
        Figure("demo, cold: first epoch", cold["epoch"], None, "s"),
        Figure("demo, cold: finished", cold["finished"], 90, "s"),
        Figure("demo, warm: finished", warm["finished"], 30, "s"),
        Figure("memory of the app process, RSS", memory.rss, 700, "MB"),
        Figure("memory of the app process, PSS", memory.pss, None, "MB"),
    ]
    details = {
        "starts": [round(start["usable"], 2) for start in plain],
        "heavy": memory.heavy,
        "warm": {mark: round(seconds, 2) for mark, seconds in warm.items()},
    }
    return figures, details


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--starts", type=int, default=3, help="how often the server is started")
    options = parser.parse_args()
    figures, details = measure(options.starts)
    report(figures, details, as_json=options.json)


if __name__ == "__main__":
    main()
