"""How many clicks and keys entities take: `python -m tests.benchmarks.span_gestures --json`.

In a real browser, on *Relabel*, each gesture is made with the mouse and with the keyboard, and the
clicks (a drag is one) and keys that arrive in the page are counted. Then gestures are made in a
sentence of 5,000 words, and timed from the event to the end of the frame that shows it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from hamr.store import Run, Store
from tests.browser.on_words import drag, drag_edge, middle, shown
from tests.browser.server import BROWSER_FLAGS, ROOT, Server, chromium
from tests.browser.steps import prepare, settle
from tests.fake_run import write_fake_token_run

LONG = 5_000  # words
TARGETS = {"accept": 1, "change a type": 2, "move a border": 1, "add a span": 2, "remove one": 2}
# Events of people only: a key that the page sends on to itself is not pressed again.
COUNT = """() => {
    window.gestures = 0;
    const held = ["Shift", "Control", "Alt", "Meta"];
    addEventListener("pointerdown", (event) => { window.gestures += event.isTrusted; }, true);
    addEventListener("keydown", (event) => {
        window.gestures += event.isTrusted && !held.includes(event.key);
    }, true);
}"""
# From the event to the first task after the frame in which its effect is painted.
TIME = """() => {
    window.paints = [];
    const channel = new MessageChannel();
    let began = null;
    channel.port1.onmessage = () => {
        if (began !== null) window.paints.push(performance.now() - began);
        began = null;
    };
    for (const kind of ["keydown", "pointerdown", "pointermove", "pointerup"]) {
        addEventListener(kind, (event) => {
            began ??= event.timeStamp;
            requestAnimationFrame(() => channel.port2.postMessage(0));
        }, true);
    }
}"""


def open_row(page: Page, address: str, run: Run, row: int) -> None:
    """Relabel with that sentence; the cursor is nowhere."""
    page.goto(f"{address}/Relabel?run={run.id}&annotator=ada&row={row}&show=all+rows")
    yes = page.get_by_role("button", name="Yes, that is me")
    page.get_by_test_id("span-words").wait_for()
    if yes.count():
        yes.click()
        yes.wait_for(state="detached")
    settle(page, "Relabel")
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].some(host =>"
        " host.shadowRoot.querySelector('.save') && !host.shadowRoot.querySelector('.note:not("
        "[hidden])'))"
    )


def suitable(run: Run) -> tuple[int, Any]:
    """A sentence of some length whose first entity has two words."""
    table = run.rows()
    for row in range(len(table)):
        label = run.store.decisions(run.info.fingerprint or "").label(table.ids([row])[0])
        if len(table.words(row)) > 8 and label and label[0][1] - label[0][0] == 2:
            return row, label
    raise SystemExit("no sentence has an entity of two words")


def gestures(page: Page, address: str, run: Run) -> dict[str, dict[str, Any]]:
    """What each takes by mouse and by keyboard, after the words have been entered."""
    row, label = suitable(run)
    start, end, kind = label[0]
    types = list(run.info.classes[:-1])
    other = types[(types.index(kind) + 1) % len(types)]
    key = str(types.index(other) + 1)
    moved = [start, end + 1, kind]
    added = [end + 1, end + 3, other]

    def to_free_words() -> None:
        page.keyboard.press("t")
        for _ in range(end + 1):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")

    tasks: list[tuple[str, str, Callable[[], None], Callable[[], None], list[Any], bool]] = [
        ("change a type", "mouse", lambda: None,
         lambda: (page.mouse.click(*middle(page, start)), page.keyboard.press(key)),
         [start, end, other], True),
        ("change a type", "keyboard", lambda: page.keyboard.press("t"),
         lambda: page.keyboard.press(key), [start, end, other], True),
        ("move a border", "mouse", lambda: None,
         lambda: drag_edge(page, end - 1, "end", end), moved, True),
        ("move a border", "keyboard", lambda: page.keyboard.press("t"),
         lambda: page.keyboard.press("]"), moved, True),
        ("add a span", "mouse", lambda: None,
         lambda: (drag(page, end + 1, end + 2), page.keyboard.press(key)), added, True),
        ("add a span", "keyboard", to_free_words, lambda: page.keyboard.press(key), added, True),
        ("remove one", "mouse", lambda: None,
         lambda: (page.mouse.click(*middle(page, start)), page.keyboard.press("Delete")),
         list(label[0]), False),
        ("remove one", "keyboard", lambda: page.keyboard.press("t"),
         lambda: page.keyboard.press("Delete"), list(label[0]), False),
    ]  # fmt: skip
    page.goto(address)
    found: dict[str, dict[str, Any]] = {}
    for name, how, enter, act, span, there in tasks:
        page.evaluate("localStorage.clear()")
        open_row(page, address, run, row)
        enter()
        page.evaluate("window.gestures = 0")
        act()
        page.wait_for_timeout(100)
        if (span in shown(page)) != there:
            raise SystemExit(f"{name} by {how} did not work: {span} in {shown(page)}")
        found.setdefault(name, {})[how] = page.evaluate("window.gestures")
    page.evaluate("localStorage.clear()")
    open_row(page, address, run, row)
    before = run.store.decisions(run.info.fingerprint or "").count
    page.evaluate("window.gestures = 0")
    page.keyboard.press("a")
    page.wait_for_function("row => !location.search.includes(`row=${row}&`)", arg=row)
    settle(page, "Relabel")
    assert run.store.decisions(run.info.fingerprint or "").count == before + 1
    return {"accept": {"keyboard": page.evaluate("window.gestures")}, **found}


def paints(page: Page, address: str, run: Run, row: int) -> dict[str, Any]:
    """Milliseconds from a gesture to the frame that shows it, in a long sentence."""
    open_row(page, address, run, row)
    page.evaluate(TIME)
    page.get_by_test_id("span-words").evaluate("area => { area.scrollTop = 0; }")
    page.wait_for_timeout(300)
    page.keyboard.press("t")
    moments: dict[str, list[float]] = {}

    def timed(name: str, act: Callable[[], Any]) -> None:
        page.evaluate("window.paints = []")
        act()
        page.wait_for_timeout(120)
        moments.setdefault(name, []).extend(page.evaluate("window.paints"))

    for turn in range(15):
        timed("move the cursor", lambda: page.keyboard.press("ArrowRight"))
        timed("select a word more", lambda: page.keyboard.press("Shift+ArrowRight"))
        timed("give a type", lambda turn=turn: page.keyboard.press(str(turn % 3 + 1)))  # type: ignore[misc]
        timed("move a border", lambda: page.keyboard.press("["))
        timed("drag over words", lambda: drag(page, 30, 36))
        timed("give a type", lambda: page.keyboard.press("1"))
        timed("remove one", lambda: page.keyboard.press("Delete"))
        timed("undo", lambda: page.keyboard.press("Control+z"))
        timed("list the types", lambda: page.keyboard.press("Enter"))
        timed("close the list", lambda: page.keyboard.press("Escape"))
    timed("the model's entities everywhere", lambda: page.keyboard.press("M"))
    every = [one for own in moments.values() for one in own]
    return {
        "words": len(run.rows().words(row)),
        "gestures": len(every),
        "p50_ms": round(statistics.median(every), 1),
        "p95_ms": round(statistics.quantiles(every, n=20)[-1], 1),
        "max_ms": round(max(every), 1),
        "p95_ms_of": {
            name: round(max(own) if len(own) < 5 else statistics.quantiles(own, n=20)[-1], 1)
            for name, own in moments.items()
        },
    }


def main() -> None:
    """Measure all, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.benchmarks.span_gestures"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        store = Store.open(home)
        short = write_fake_token_run(store, name="short")
        long = write_fake_token_run(store, name="long", rows=12, words=2 * LONG, seed=2)
        counts = [len(long.rows().words(row)) for row in range(len(long.rows()))]
        row = min(range(len(counts)), key=lambda i: abs(counts[i] - LONG))
        server = Server(ROOT / "app.py", home / "log.txt", HAMR_HOME=str(home))
        server.start()
        browser: Browser = playwright.chromium.launch(
            executable_path=chromium(), args=list(BROWSER_FLAGS)
        )
        try:
            page = prepare(browser.new_page(viewport={"width": 1280, "height": 900}))
            page.add_init_script(f"({COUNT})()")
            counted = gestures(page, server.address, short)
            long_page = prepare(browser.new_page(viewport={"width": 1280, "height": 900}))
            timed = paints(long_page, server.address, long, row)
        finally:
            browser.close()
            server.stop()
    worst = {name: max(own.values()) for name, own in counted.items()}
    for name, own in counted.items():
        print(f"{name}: {own}, target {TARGETS[name]}")
    print(timed)
    print(json.dumps({"gestures": counted, "worst": worst, "targets": TARGETS, "paint": timed}))


if __name__ == "__main__":
    main()
