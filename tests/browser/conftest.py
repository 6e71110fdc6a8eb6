"""A real browser and real servers for the tests of this folder.

A missing browser fails these tests and does not skip them: what is drawn is part of what
is promised.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from hamr.store import Store
from tests.browser.server import BROWSER_FLAGS, ROOT, Server, chromium
from tests.browser.steps import HOME, PATIENCE, Look, look, prepare, settle

DEMO_SECONDS = 900  # for embedding and ten epochs on a slow and busy machine
LOOK_SECONDS = 0.2
WINDOW: ViewportSize = {"width": 1300, "height": 1000}

expect.set_options(timeout=PATIENCE)  # its own five seconds are too few for a busy machine


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        path = chromium()
    except FileNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`serve(script, **environment)` starts a Streamlit server and gives its address."""
    yield from _serving(tmp_path_factory)


@pytest.fixture
def serve_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Like `serve`; the servers end with the test, so that none goes on beside later ones."""
    yield from _serving(tmp_path_factory)


def _serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    servers: list[Server] = []

    def start(script: Path, **environment: str) -> str:
        log = tmp_path_factory.mktemp("server") / "log.txt"
        servers.append(Server(script, log, **environment))
        servers[-1].start()
        return servers[-1].address

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a file's tests, and of no other file's: an empty folder."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def app_server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("app") / "log.txt"
    server = Server(ROOT / "app.py", log, HAMR_HOME=str(home))
    yield server
    server.stop()


@pytest.fixture
def app(app_server: Server) -> Server:
    """The app on the home of this file; started again after a test that killed it."""
    if not app_server.lives:
        app_server.start()
    return app_server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own, patient and able to `settle`."""
    page = prepare(browser.new_page(viewport=WINDOW))
    yield page
    page.close()


@dataclass(frozen=True)
class Demo:
    """What somebody saw who clicked Run the demo and watched to the end."""

    looks: list[Look]
    run: str  # its id
    home: Path  # nothing runs on it any more; to be copied

    @property
    def live(self) -> list[Look]:
        """The looks while it ran, with the bar's percentage."""
        return [look for look in self.looks if look.percent is not None]

    def copy(self, to: Path) -> Path:
        """The home with the finished demo, for tests that may change it."""
        shutil.copytree(self.home, to, dirs_exist_ok=True)
        return to


@pytest.fixture(scope="session")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, run once by its button on an empty home."""
    home = tmp_path_factory.mktemp("demo")
    server = Server(
        ROOT / "app.py", tmp_path_factory.mktemp("app") / "log.txt", HAMR_HOME=str(home)
    )
    server.start()
    try:
        looks, run = _watch_demo(prepare(browser.new_page(viewport=WINDOW)), server.address)
        deadline = time.monotonic() + DEMO_SECONDS
        while Store.open(home).run(run).map() is None:  # its worker draws it after the end
            assert time.monotonic() < deadline, "the map of the demo did not come"
            time.sleep(LOOK_SECONDS)
    finally:
        server.stop()
    return Demo(looks, run, home)


def _watch_demo(page: Page, address: str) -> tuple[list[Look], str]:
    page.goto(address)
    settle(page, HOME)
    page.get_by_role("button", name="Run the demo").click()
    page.wait_for_url("**/Train?run=*")
    looks = [look(page)]
    deadline = time.monotonic() + DEMO_SECONDS
    while "Finished in" not in looks[-1].alert:
        assert time.monotonic() < deadline, f"the demo did not end: {looks[-1]}"
        page.wait_for_timeout(1000 * LOOK_SECONDS)
        looks.append(look(page))
    settle(page, "Train")
    looks.append(look(page))
    run = page.url.split("run=")[1].split("&")[0]
    page.close()
    return looks, run
