"""A real server of the app and a real browser, for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
BROWSER_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Where the browser is: $HAMR_CHROMIUM, or the first known name on the PATH.

    Raises FileNotFoundError with a sentence on how to get one.
    """
    found = os.environ.get("HAMR_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None or not Path(found).exists():
        raise FileNotFoundError(
            f"no Chromium ({found or ', '.join(NAMES)}): install it (apt install chromium, or "
            "playwright install chromium) and name it in HAMR_CHROMIUM"
        )
    return found


class Server:
    """One `streamlit run` on a port of its own; once ended it may be started again there."""

    def __init__(
        self,
        script: Path,
        log: Path,
        *,
        launcher: Sequence[str] = ("-m", "streamlit"),
        **environment: str,
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._command = [
            sys.executable, *launcher, "run", str(script), "--server.port", str(self.port),
            "--server.headless", "true", "--browser.gatherUsageStats", "false",
            "--server.fileWatcherType", "none",
        ]  # fmt: skip
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self._environment = {**os.environ, "PYTHONPATH": path, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process of the server."""
        assert self._process is not None
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self, seconds: float = 180) -> None:
        """Start it and wait until it answers. Raises RuntimeError with its log if it does not."""
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT,
                env=self._environment,
            )  # fmt: skip
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.lives:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        said = self._log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"the server did not come up: {said}")

    def kill(self) -> None:
        """End it at once, as a crash or a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if not self.lives:
            return
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
