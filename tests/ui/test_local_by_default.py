"""The app answers this machine only, and asks nobody outside, wherever it is started from."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.server import ROOT

# Writes every connection and name look-up of the process it is started with.
LISTENER = """
import os, sys

def heard(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        with open(os.environ["HEARD"], "a") as log:
            print(event, args[1:] if event != "socket.getaddrinfo" else args, file=log)

sys.addaudithook(heard)
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Iterator[tuple[int, Path]]:
    """The port of an app that was started from a foreign folder, and what it asked for."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "sitecustomize.py").write_text(LISTENER)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: v for name, v in os.environ.items() if not name.startswith("STREAMLIT_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "HEARD": str(folder / "heard"),
        "HAMR_HOME": str(folder),
    }
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    command += ["--server.port", str(port), "--server.headless", "true"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait(port)
        time.sleep(1)  # the banner with the addresses comes after the first answer
        yield port, folder / "heard"
    finally:
        process.terminate()
        process.wait(60)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the app did not answer on 127.0.0.1")


def own_addresses() -> list[str]:
    """Addresses of this machine that a server on every interface would answer on."""
    found = {"127.0.0.2"}  # on Linux all of 127.0.0.0/8 is this machine
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        try:
            outward.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the interface
            found.add(outward.getsockname()[0])
        except OSError:
            pass
    return sorted(found - {"127.0.0.1"})


@pytest.mark.parametrize("address", own_addresses())
def test_no_other_interface_is_answered(started, address):
    port, _ = started
    with pytest.raises(OSError):
        socket.create_connection((address, port), timeout=2)


def test_a_start_without_a_browser_asks_nobody(started):
    _, heard = started
    assert not heard.exists() or not heard.read_text()


def test_a_page_of_another_name_may_not_drive_the_app(started):
    """A name that somebody else makes mean 127.0.0.1 is refused (DNS rebinding)."""
    port, _ = started
    assert " 101 " in _handshake(port, f"127.0.0.1:{port}")
    assert " 403 " in _handshake(port, f"evil.example:{port}")


def _handshake(port: int, host: str) -> str:
    """The first line of the answer to a WebSocket of a page at that host."""
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}",
        f"Origin: http://{host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection.recv(1000).decode().splitlines()[0]
