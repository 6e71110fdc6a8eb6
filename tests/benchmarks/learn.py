"""The playground: `python -m tests.benchmarks.learn --json`.

300 points, HAMR+ beside plain training. Measured are a stage (which the browser shows by itself:
what remains is one step, already there), a whole step and an epoch, each from the question to the
data of the page, through the helper process; and its first answer, which waits for torch.

A first visit is one to a server with an empty home that was just started: seconds from the page's
first paint until the first stage is there with its words, and until its picture has moved (the
batch is drawn point by point); and the first step that does not come with the program, after that.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from hamr.jobs.helper import Helper
from hamr.jobs.playing import Setup, settings_of, step_of
from hamr.views.learn.picture import Beside, picture
from tests.benchmarks.serve import browser_page
from tests.browser.server import ROOT, Server

TARGETS = {"step": 0.2, "epoch": 1.0, "visit_explained": 3.0, "visit_moving": 3.0}  # seconds
VISITS = 3
# Milliseconds since the first paint, once so many points of the first stage's batch are drawn.
DRAWN = """(count) => {
  const root = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
    .map((host) => host.shadowRoot?.querySelector(".playground")).find(Boolean);
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  if (!paint || !root?.querySelector(".why")?.textContent) return null;
  const drawn = Number(root.querySelector(".plane").dataset.drawn);
  return drawn >= count ? performance.now() - paint.startTime : null;
}"""
ROUNDS = 30
EPOCH = 12  # steps of HAMR+ on 300 points


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds; medians, and the slowest tenth."""
    ours = Setup("noise", settings=(("method", "hamr-plus"),))
    plain = Setup("noise", settings=(("method", "erm"),))
    with tempfile.TemporaryDirectory() as home:
        helper = Helper(Path(home))

        def show(step: int) -> None:
            shown = step_of(Path(home), ours, step, ask=helper.ask)
            other = step_of(Path(home), plain, min(step, 200), ask=helper.ask)
            data = picture(
                shown, ours.points(), settings_of(ours), title="HAMR+",
                beside=Beside("ERM", other.view),
            )  # fmt: skip
            json.dumps(data)

        try:
            first = _seconds(lambda: show(1))
            steps = [_seconds(lambda at=at: show(at)) for at in range(2, 2 + rounds)]
            epochs = [_seconds(lambda at=at: show(at * EPOCH)) for at in range(4, 4 + rounds // 3)]
        finally:
            helper.close()
    return {
        "first": first,
        "step": statistics.median(steps),
        "step_p90": statistics.quantiles(steps, n=10)[-1],
        "epoch": statistics.median(epochs),
        "epoch_p90": statistics.quantiles(epochs, n=10)[-1],
    }


def first_visit(page: Page) -> dict[str, float]:
    """Seconds of a visit to a server that was just started with an empty home."""
    browser = page.context.browser
    assert browser is not None
    visitor = browser.new_page()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(ROOT / "app.py", Path(folder) / "log.txt", HAMR_HOME=f"{folder}/home")
        server.start()
        try:
            visitor.goto(f"{server.address}/Learn")
            explained = visitor.wait_for_function(DRAWN, arg=1, polling=20).json_value()
            moving = visitor.wait_for_function(DRAWN, arg=4, polling=20).json_value()
            visitor.get_by_role("button", name="Next epoch").click()
            began = time.perf_counter()
            visitor.get_by_text("epoch 2 · step 1 of").wait_for(timeout=60_000)
            later = time.perf_counter() - began
        finally:
            visitor.context.close()
            server.stop()
    return {
        "visit_explained": explained / 1000, "visit_moving": moving / 1000,
        "visit_first_computed": later,
    }  # fmt: skip


def visits() -> dict[str, float]:
    """Medians of some first visits."""
    with browser_page() as page:
        found = [first_visit(page) for _ in range(VISITS)]
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main() -> None:
    """Prints the figures beside their targets; with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = {**measure(), **visits()}
    if parser.parse_args().json:
        print(json.dumps({name: round(value, 4) for name, value in found.items()}))
        return
    for name, value in found.items():
        target = TARGETS.get(name)
        print(f"{name:22} {value:.3f} s" + (f" (target {target} s)" if target else ""))


if __name__ == "__main__":
    main()
