"""What people do in the app and what they see there, in the browser's terms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, expect

from hamr.views.base.theme import ACCENT
from tests.browser.server import ROOT

HOME = "Hardness-Aware Meta-Resample"
# Pages by the name of their link in the sidebar, with their headings.
HEADINGS = {
    "Home": HOME, "Dataset": "Dataset", "Train": "Train", "Hardness": "Hardness",
    "Weights": "Weights", "Neighbourhoods": "Neighbourhoods", "Per-class F1": "Per-class F1",
    "Relabel": "Relabel", "Compare": "Compare", "Try": "Try", "Learn": "Learn",
}  # fmt: skip
SETTLED = (ROOT / "tests/browser/settled.js").read_text("utf-8")
PATIENCE = 90_000  # ms; a busy machine may take its time, a broken app never comes
TRAINS = 300_000  # ms in which a run of a few epochs starts, trains and ends there

COMPARE_TABS = (
    "Scores", "Differences", "Curves", "Rows", "Regions", "Hardness", "Weight curves", "Settings",
)  # fmt: skip


def prepare(page: Page) -> Page:
    """Make a page ready for `settle` and patient."""
    page.add_init_script(SETTLED)
    page.set_default_timeout(PATIENCE)
    return page


def settle(page: Page, heading: str) -> dict[str, float]:
    """Wait until the page of that heading is painted; how many charts, tables and maps it has."""
    shown = page.wait_for_function("title => window.settled(title)", arg=heading)
    found: dict[str, float] = shown.json_value()
    return found


def go(page: Page, name: str) -> dict[str, float]:
    """Choose a page in the sidebar and wait for it."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
    return settle(page, HEADINGS[name])


def open_tab(page: Page, name: str, heading: str) -> dict[str, float]:
    """Choose a tab of the page with that heading and wait for it."""
    page.get_by_role("tab", name=name, exact=True).click()
    page.wait_for_function(
        "name => [...document.querySelectorAll('[role=tab]')].some("
        "tab => tab.innerText === name && tab.ariaSelected === 'true')",
        arg=name,
    )
    page.get_by_role("tabpanel").locator("[data-testid=stElementContainer]").first.wait_for()
    return settle(page, heading)


def enter_name(page: Page, name: str) -> None:
    """Say on Relabel who labels, and wait until the page has it."""
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your name").press("Enter")
    expect(page.get_by_text("Enter your name first")).to_have_count(0)
    settle(page, "Relabel")


def parts_of(shown: dict[str, float]) -> float:
    """How many charts, tables and maps a page shows."""
    return shown["charts"] + shown["live"] + shown["tables"] + shown["maps"]


@dataclass
class Faults:
    """What went wrong in a page without anybody saying so."""

    address: str
    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Write down errors of scripts, failed requests and requests to other hosts."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"script error: {error}"))
        page.on("request", lambda request: self._host(request.url))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("websocket", lambda socket: self._host(socket.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text}")

    def _host(self, url: str) -> None:
        inner = urlsplit(url.removeprefix("blob:"))
        if inner.scheme != "data" and inner.netloc != urlsplit(self.address).netloc:
            self.seen.append(f"another host: {url}")

    def _failed(self, request: Request) -> None:
        # Leaving a page breaks off what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"failed: {request.url} ({request.failure})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.seen.append(f"status {response.status}: {response.url}")


def told_errors(page: Page) -> list[str]:
    """Tracebacks and error sentences on the page."""
    boxes = page.locator("[data-testid=stException], [data-testid=stAlertContentError]")
    return boxes.all_inner_texts()


def below(one: Locator, other: Locator) -> float:
    """How far below the one element the other begins, in pixels."""
    upper, lower = one.bounding_box(), other.bounding_box()
    assert upper is not None
    assert lower is not None
    return lower["y"] - upper["y"] - upper["height"]


# A table tells what it shows 200 ms after it was drawn, and at first may tell one line only.
_TOLD = """async table => {
  const LINE = 35, DELAY = 300, MOST = 60_000;
  const until = performance.now() + MOST;
  for (;;) {
    await new Promise(done => setTimeout(done, DELAY));
    const canvas = table.querySelector("canvas[data-testid=data-grid-canvas]");
    const told = canvas?.querySelectorAll("[role=row]").length ?? 0;
    const rows = Number(canvas?.querySelector("[role=grid]")?.getAttribute("aria-rowcount"));
    if (rows && told >= Math.min(rows, Math.floor(canvas.clientHeight / LINE))) return;
    if (performance.now() > until) throw new Error(`${told} of ${rows} lines told`);
  }
}"""


def cells(table: Locator) -> list[list[str]]:
    """What a table shows, its head first; drawn on a canvas, it is told to screen readers.

    A head whose columns have not come yet is waited for, and so are lines that are on screen.
    """
    table.locator("canvas [role=columnheader]").first.wait_for(state="attached")
    table.evaluate(_TOLD)
    found: list[list[str]] = table.locator("canvas [role=row]").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return found


def tick(table: Locator, line: int) -> None:
    """Tick a line of a table, counted from 0."""
    table.click(position={"x": 15, "y": 52 + 35 * line})


@dataclass(frozen=True)
class Look:
    """One look at a run on the page Train."""

    percent: int | None  # of the progress bar; None while there is none
    epoch: int  # complete ones
    loss: float | None  # "Loss now": the newest point of the loss curve
    reach: int  # how far right the macro-F1 curve goes, in pixels; 0 while there is none
    charts: int  # how many of them there are
    drawing: int  # which canvas the curve is on: 1 is the first, 0 while there is none
    alert: str  # the sentence of the run's end, "" before it


# Reads all at once, so that one look is one moment.
_LOOK = """accent => {
  const LEGEND = 60;  // pixels of title and legend, which is in the colour of the curve
  const text = (selector) => document.querySelector(selector)?.innerText ?? "";
  const metrics = [...document.querySelectorAll("[data-testid=stMetric]")].map(m => m.innerText);
  const metric = (name) => metrics.find(m => m.startsWith(name))?.split("\\n").at(-1) ?? "";
  const bar = document.querySelector("[data-testid=stProgress] [role=progressbar]");
  const canvas = document.querySelector(".st-key-live-macro canvas");
  let reach = 0;
  if (canvas?.width) {
    const top = Math.round(LEGEND * canvas.width / canvas.clientWidth);
    const { data } = canvas.getContext("2d")
      .getImageData(0, top, canvas.width, canvas.height - top);
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 128 && accent.every((value, c) => Math.abs(data[i + c] - value) < 40))
        reach = Math.max(reach, i / 4 % canvas.width);
  }
  if (canvas && !canvas.dataset.drawing) {
    window.drawings = (window.drawings ?? 0) + 1;
    canvas.dataset.drawing = window.drawings;
  }
  return {
    charts: document.querySelectorAll("[data-testid=stEChartsChart]").length,
    drawing: Number(canvas?.dataset.drawing ?? 0),
    percent: bar ? Number(bar.getAttribute("aria-valuenow")) : null,
    epoch: metric("Epoch"), loss: metric("Loss now"), reach,
    alert: text("[data-testid=stMain] [data-testid=stAlert]"),
  };
}"""


def look(page: Page) -> Look:
    """What Train shows of its run now."""
    accent = list(bytes.fromhex(ACCENT.lstrip("#")))
    seen: dict[str, Any] = page.evaluate(_LOOK, accent)
    epoch = re.match(r"(\d+) of \d+", seen["epoch"])
    loss = re.fullmatch(r"\d+\.\d+", seen["loss"])
    return Look(
        seen["percent"],
        int(epoch[1]) if epoch else 0,
        float(loss[0]) if loss else None,
        seen["reach"],
        seen["charts"],
        seen["drawing"],
        " ".join(seen["alert"].split()),
    )


def start_run(page: Page, address: str, epochs: int) -> str:
    """Start a run of the demo with that many epochs from the form; its link."""
    page.goto(f"{address}/Train?new=1&source=demo")
    settle(page, "Train")
    fill(page.get_by_role("spinbutton", name="Epochs"), str(epochs))
    press(page, "Start the run")
    page.wait_for_url("**/Train?run=*")
    return page.url


def press(page: Page, name: str) -> None:
    """Press a button; an icon may stand before its name and a shortcut behind it."""
    page.get_by_role("button", name=re.compile(rf"^\W*{name}\b")).click()


def fill(control: Locator, text: str) -> None:
    """Type into a field and leave it, so that the app hears of it."""
    control.fill(text)
    control.press("Tab")


def await_epoch(page: Page, least: int) -> None:
    """Wait until Train shows at least that many complete epochs."""
    page.wait_for_function(
        """least => [...document.querySelectorAll("[data-testid=stMetric]")].some(
            m => /^Epoch/.test(m.innerText) && parseInt(m.innerText.split("\\n").at(-1)) >= least
        )""",
        arg=least,
        timeout=TRAINS,
    )


def outcome(page: Page, word: str) -> str:
    """Wait for a sentence with that word above the charts of Train, and give it."""
    box = page.get_by_test_id("stAlert").filter(has_text=re.compile(word))
    box.first.wait_for(timeout=TRAINS)
    return " ".join(box.first.inner_text().split())
