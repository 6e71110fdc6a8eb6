"""A real browser and real servers for the tests of this folder.

A missing browser fails these tests and does not skip them: what is drawn is part of what
is promised.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str:
    """Where the browser is: $HAMR_CHROMIUM, or the first known name on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("HAMR_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None or not Path(found).exists():
        pytest.fail(
            f"no Chromium ({found or ', '.join(names)}): install it (apt install chromium, or "
            "playwright install chromium) and name it in HAMR_CHROMIUM",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`serve(script, **environment)` starts a Streamlit server and gives its address."""
    servers: list[subprocess.Popen[bytes]] = []

    def start(script: Path, **environment: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = tmp_path_factory.mktemp("server") / "log.txt"
        command = [sys.executable, "-m", "streamlit", "run", str(script)]
        flags = ["--server.port", str(port), "--server.headless", "true",
                 "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false",
                 "--server.fileWatcherType", "none"]  # fmt: skip
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with log.open("wb") as sink:
            server = subprocess.Popen(
                command + flags, cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": path, **environment},
            )  # fmt: skip
        servers.append(server)
        address = f"http://127.0.0.1:{port}"
        _await_health(address, server, log)
        return address

    yield start
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait(20)


def _await_health(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not come up: {log.read_text('utf-8', 'replace')[-2000:]}")
