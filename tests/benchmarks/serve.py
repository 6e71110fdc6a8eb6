"""What the benchmarks of the app share: a timed server, a browser, the process's memory."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.browser.server import BROWSER_FLAGS, ROOT, Server, chromium
from tests.browser.steps import prepare

PLAIN, LAUNCHER = ("-m", "streamlit"), ("-m", "tests.benchmarks.timed")
HEAVY = ("libtorch", "_umap", "numba/", "faiss")  # parts of files that the app must not map


@contextmanager
def browser_page() -> Iterator[Page]:
    """A tab of a browser that has just started."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(BROWSER_FLAGS))
        yield prepare(browser.new_page(viewport={"width": 1300, "height": 1000}))
        browser.close()


@contextmanager
def app(home: Path, folder: Path, *, timed: bool = True) -> Iterator[Server]:
    """A server of the app, not started yet; `timed` writes `folder`/timings.jsonl."""
    server = Server(
        ROOT / "app.py", folder / "server.log",
        HAMR_HOME=str(home), HAMR_TIMINGS=str(folder / "timings.jsonl"),
        launcher=LAUNCHER if timed else PLAIN,
    )  # fmt: skip
    try:
        yield server
    finally:
        server.stop()


def script_runs(folder: Path) -> list[dict[str, Any]]:
    """The script runs that a timed server wrote down."""
    path = folder / "timings.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@dataclass(frozen=True)
class Memory:
    """The app process alone: its workers train in processes of their own. Megabytes."""

    rss: float
    pss: float  # as RSS, pages that several processes share split between them
    heavy: tuple[str, ...]  # libraries it should not have loaded

    @classmethod
    def of(cls, pid: int) -> Memory:
        """What the process holds now."""
        process = psutil.Process(pid)
        full = process.memory_full_info()
        files = {part.path for part in process.memory_maps()}
        heavy = tuple(name for name in HEAVY if any(name in file for file in files))
        return cls(round(full.rss / 1e6, 1), round(full.pss / 1e6, 1), heavy)


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that at least that share of all reaches (the nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * share // 1))
    return round(ordered[int(rank) - 1], 1)


def median(values: Sequence[float]) -> float:
    """The median, to hundredths."""
    return round(statistics.median(values), 2)


@dataclass(frozen=True)
class Figure:
    """A measured value next to its upper limit."""

    name: str
    value: float
    target: float | None
    unit: str

    def __str__(self) -> str:
        line = f"{self.name:52} {self.value:>9,.2f} {self.unit:3}"
        if self.target is None:
            return line
        return f"{line} (target <= {self.target:g}: {'met' if self.met else 'MISSED'})"

    @property
    def met(self) -> bool:
        """Whether it is within its target; true where there is none."""
        return self.target is None or self.value <= self.target


def report(figures: Sequence[Figure], details: dict[str, Any], *, as_json: bool) -> None:
    """Print the figures next to their targets; with `as_json` one object on the last line."""
    load = [round(value, 2) for value in os.getloadavg()]
    print(*figures, f"load averages {load}", sep="\n")
    if as_json:
        values = {figure.name.strip(): round(figure.value, 2) for figure in figures}
        targets = {figure.name: figure.target for figure in figures if figure.target is not None}
        met = all(figure.met for figure in figures)
        whole = {"figures": values, "targets": targets, "met": met, "load": load, **details}
        print(json.dumps(whole))
