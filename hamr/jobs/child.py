"""Child processes that can't outlive their parent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from hamr.jobs.execution import Job

CHILD = "HAMR_CHILD"  # set where standard input is a parent's pipe, and nobody's terminal
STDERR = "worker.err"  # in the run's or sweep's folder: what its child processes wrote
TAIL_LINES = 30


def spawn(verb: str, job: Job, **environment: str) -> subprocess.Popen[bytes]:
    """Start `python -m hamr VERB ID` on the run or sweep.

    Its standard input is a pipe that nobody writes to. The pipe ends when the parent does, however
    that happens, and then the child exits (see `process`).
    """
    return start([sys.executable, "-m", "hamr", verb, job.id], job, environment)


def start(
    command: list[str],
    job: Job,
    environment: Mapping[str, str] | None = None,
    *,
    stdout: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a command for the run or sweep, with the store's home and this package in its
    environment.
    """
    with open(job.folder / STDERR, "ab") as stderr:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env={**inherited(job.store.home), **(environment or {})},
            # Ctrl-C on the app's terminal is for the app alone; the pipe ends the child.
            start_new_session=True,
        )


def inherited(home: Path) -> dict[str, str]:
    """The environment of a child process that works on that home."""
    # The child finds the package wherever the app was started from. It keeps the app's working
    # folder, so that relative paths to data mean the same.
    package = str(Path(__file__).parents[2])
    paths = [package, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "HAMR_HOME": str(home), CHILD: "1"}
    return {**os.environ, **own}


def last_lines(job: Job) -> list[str]:
    """The last lines that its children wrote to standard error."""
    try:
        text = (job.folder / STDERR).read_bytes()[-20_000:].decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-TAIL_LINES:]
