"""The app's end of the pipes to its helper process: start it, ask it, end it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hamr.jobs.child import inherited

THREADS = min(2, os.cpu_count() or 1)  # a phrase is small, and a run may train on the same cores
# Threads sleep while they wait for each other. By default they spin, and where a run trains on the
# same cores each waits in vain for one that has none: an answer then takes ten times as long.
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
GRACE_SECONDS = 2.0


class Ended(Exception):
    """The process has ended without an answer; `how` goes on after "the process"."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class TooLong(Exception):
    """There is no answer yet."""


class HelperPipe:
    """One helper process and its pipes. For one thread, but for `lives` and `end`."""

    def __init__(self, command: Sequence[str], home: Path) -> None:
        limits = {name: str(THREADS) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        # Never a pipe: one that nobody reads would fill up and stop the process.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**inherited(home), **limits, **QUIET},
            start_new_session=True,  # Ctrl-C is for the app; the end of its input ends the child
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="helper-answers", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Its answer. Raises Ended, or TooLong after so many seconds."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise TooLong from None
        except (OSError, ValueError):  # its end of the pipe is closed, or ours
            answer = None
        if answer is None:
            raise Ended(self._how())
        found: dict[str, Any] = json.loads(answer)
        return found

    def end(self) -> None:
        """End it at once."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._answers.put(line)
        self._answers.put(None)

    def _how(self) -> str:
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.end()
            return "closed its output"
        if code < 0:
            return f"was killed by signal {-code}"
        self._stderr.seek(0)
        lines = self._stderr.read()[-20_000:].decode("utf-8", "replace").strip().splitlines()
        return f"ended with exit code {code}" + (f" ({lines[-1][:300]})" if lines else "")
