"""The app of the installed package: `hamr app` from another folder shows every page."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.steps import HEADINGS, HOME, go, settle
from tests.package import build, environment, unpack


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Iterator[str]:
    """The address of the app that an installed package serves."""
    site = unpack(build(tmp_path_factory.mktemp("built")), tmp_path_factory.mktemp("site"))
    folder = tmp_path_factory.mktemp("elsewhere")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "hamr", "app", "--home", "own", "--port", str(port)]
    command += ["--", "--server.headless", "true"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(site), stdout=log, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        _wait_for_line(folder / "log", address)
        yield address
        assert (folder / "own").is_dir()
    finally:
        process.terminate()
        process.wait(60)


def _wait_for_line(log: Path, part: str) -> None:
    """Wait until the app has said this; it may answer a moment before."""
    deadline = time.monotonic() + 60
    while part not in log.read_text("utf-8"):
        assert time.monotonic() < deadline, f"{part} is not in {log.read_text('utf-8')}"
        time.sleep(0.05)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the installed app did not answer")


def test_every_page_of_the_installed_app_opens(installed, page):
    page.goto(installed)
    settle(page, HOME)
    for name in HEADINGS:
        go(page, name)
        assert page.get_by_test_id("stException").count() == 0


def test_a_direct_link_to_a_page_of_the_installed_app_opens(installed, page):
    page.goto(f"{installed}/Train")
    settle(page, "Train")


def test_the_installed_app_keeps_its_settings(installed):
    """It answers only under this machine's names, wherever it is started from."""
    port = int(installed.rsplit(":", 1)[1])
    lines = [
        "GET /_stcore/stream HTTP/1.1", "Host: evil.example", "Origin: http://evil.example",
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        assert b" 403 " in connection.recv(1000).splitlines()[0]
