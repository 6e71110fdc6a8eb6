"""Filters and player of the map in a real browser with software WebGL:
`python -m tests.benchmarks.map_play [--rows 14000] [--repeats 7] [--json]`.

On a page with nothing but the map. An act begins with the click, the stroke or the frame and ends
when the map is painted and the graphics card (here the processor) has drawn it: the canvas's first
pixel is read, which waits for that. The median and the slowest of the repeats are printed, in
milliseconds, beside their targets. Hovering ends when the text is there to be read.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tests.benchmarks.serve import browser_page
from tests.browser.mapcontrols_app import data
from tests.browser.on_map import place
from tests.browser.server import ROOT, Server

SCRIPT = ROOT / "tests" / "browser" / "mapcontrols_app.py"
TARGETS = {"legend filter": 300, "brush": 300, "epoch frame": 50, "hover to text": 150}  # ms
# Milliseconds from an act on the map until it is painted and drawn.
DRAWN = """act => new Promise(done => {
  const inside = (element) => element.shadowRoot?.querySelector("[data-testid=pointmap]");
  const root = [...document.querySelectorAll("*")].map(inside).find(Boolean);
  const find = (name) => root.querySelector(`[data-testid=pointmap-${name}]`);
  const gl = find("canvas").getContext("webgl2");
  const start = performance.now();
  new MutationObserver((_, watcher) => {
    watcher.disconnect();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    done(performance.now() - start);
  }).observe(root, { attributes: true, attributeFilter: ["data-painted"] });
  new Function("find", act)(find);
})"""
# Milliseconds from a pointer on a point until its text is there.
SAID = """([x, y]) => new Promise(done => {
  const inside = (element) => element.shadowRoot?.querySelector("[data-testid=pointmap]");
  const root = [...document.querySelectorAll("*")].map(inside).find(Boolean);
  const tip = root.querySelector("[data-testid=pointmap-tip]");
  const start = performance.now();
  new MutationObserver((_, watcher) => {
    if (tip.hidden || !tip.querySelector(".text")) return;
    watcher.disconnect();
    done(performance.now() - start);
  }).observe(tip, { childList: true, subtree: true });
  const surface = root.querySelector("[data-testid=pointmap-surface]");
  surface.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, bubbles: true }));
})"""
PRESS = 'find("legend-{}").click()'
BRUSH = """const bar = find("to"); bar.value = {}; bar.dispatchEvent(new Event("input"))"""
STEP = """const bar = find("scrubber"); bar.value = {}; bar.dispatchEvent(new Event("input"))"""


def drawn(page: Page, act: str) -> float:
    """Milliseconds of one act."""
    taken: float = page.evaluate(DRAWN, act)
    page.wait_for_timeout(700)  # Python hears of it, and the page has run again
    return taken


def measure(page: Page, address: str, rows: int, repeats: int) -> dict[str, list[float]]:
    """Milliseconds of each repeat of each act."""

    def several(act: Callable[[int], str]) -> list[float]:
        return [drawn(page, act(repeat)) for repeat in range(repeats)]

    def hovered(row: int) -> float:
        taken: float = page.evaluate(SAID, list(place(page, data(rows)[0], row)))
        page.mouse.move(5, 5)
        return taken

    page.set_default_timeout(120_000)
    page.goto(f"{address}/?rows={rows}&value=1")
    painted = f"[data-testid=pointmap][data-painted='{rows}']"
    page.wait_for_selector(painted)
    page.get_by_test_id("pointmap-player").click()
    page.wait_for_selector("[data-testid=pointmap][data-frame]")
    page.get_by_test_id("pointmap-play").click()
    page.wait_for_timeout(3000)
    found = {"epoch frame": several(lambda repeat: STEP.format(1 + repeat % 4))}
    found["brush"] = several(lambda repeat: BRUSH.format(150 - 10 * repeat))
    page.goto(f"{address}/?rows={rows}")
    page.wait_for_selector(painted)
    page.wait_for_timeout(2000)
    found["hover to text"] = [hovered(17 * repeat) for repeat in range(repeats)]
    found["legend filter"] = several(lambda repeat: PRESS.format(repeat % 5))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=14_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(SCRIPT, Path(folder) / "log.txt")
        server.start()
        try:
            with browser_page() as page:
                found = measure(page, server.address, given.rows, given.repeats)
        finally:
            server.stop()
    figures = {
        name: {"median": round(statistics.median(took), 1), "slowest": round(max(took), 1)}
        for name, took in found.items()
    }
    if given.json:
        print(json.dumps({"rows": given.rows, "milliseconds": figures}))
        return
    print(f"{given.rows:,} rows, milliseconds    median   slowest   target")
    for name, figure in figures.items():
        print(f"{name:28}{figure['median']:9}{figure['slowest']:10}{TARGETS[name]:9}")


if __name__ == "__main__":
    main()
