"""A real browser and real servers for the tests of this folder.

A missing browser fails these tests and does not skip them: what is drawn is part of what
is promised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.server import BROWSER_FLAGS, ROOT, Server, chromium
from tests.browser.steps import HOME, Look, look, prepare, settle

DEMO_SECONDS = 300  # for embedding and ten epochs on a slow machine
LOOK_SECONDS = 0.2


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
    servers: list[Server] = []

    def start(script: Path, **environment: str) -> str:
        log = tmp_path_factory.mktemp("server") / "log.txt"
        servers.append(Server(script, log, **environment))
        servers[-1].start()
        return servers[-1].address

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the journeys' runs: empty at first."""
    return tmp_path_factory.mktemp("journeys")


@pytest.fixture(scope="session")
def app_server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("app") / "log.txt"
    server = Server(ROOT / "app.py", log, HAMR_HOME=str(home))
    yield server
    server.stop()


@pytest.fixture
def app(app_server: Server) -> Server:
    """The app that the journeys share; started again after a journey that killed it."""
    if not app_server.lives:
        app_server.start()
    return app_server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own, patient and able to `settle`."""
    page = prepare(browser.new_page(viewport={"width": 1300, "height": 1000}))
    yield page
    page.close()


@dataclass(frozen=True)
class Demo:
    """What somebody saw who clicked Run the demo and watched to the end."""

    looks: list[Look]
    run: str  # its id

    @property
    def live(self) -> list[Look]:
        """The looks while it ran, with the bar's percentage."""
        return [look for look in self.looks if look.percent is not None]


@pytest.fixture(scope="session")
def demo(browser: Browser, app_server: Server) -> Demo:
    """The demo, run once by its button for all journeys that need a finished run."""
    if not app_server.lives:
        app_server.start()
    page = prepare(browser.new_page(viewport={"width": 1300, "height": 1000}))
    page.goto(app_server.address)
    settle(page, HOME)
    page.get_by_role("button", name="Run the demo").click()
    page.wait_for_url("**/Train?run=*")
    looks = [look(page)]
    deadline = time.monotonic() + DEMO_SECONDS
    while not looks[-1].alert.startswith("✅"):
        assert time.monotonic() < deadline, f"the demo did not end: {looks[-1]}"
        page.wait_for_timeout(1000 * LOOK_SECONDS)
        looks.append(look(page))
    settle(page, "Train")
    looks.append(look(page))
    run = page.url.split("run=")[1].split("&")[0]
    page.close()
    return Demo(looks, run)
