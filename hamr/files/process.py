"""The caller's side of decoding: one request, answered by a process that a file may crash."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BufferedRWPair
from pathlib import Path
from typing import Any

from hamr import errors
from hamr.errors import DataError, EncodingError
from hamr.files.encoding import chosen
from hamr.files.server import ARROW, PLAIN

LONGEST_MESSAGE = 200_000_000  # bytes; a decoder splits its messages long before
WITH_ARROW = (".parquet",)
# One thread each: forking a process of several is unsafe, and one file needs no more.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYTHONHASHSEED": "random",
}


def decode(
    operation: str, path: Path, *, encoding: str | None = None, **arguments: Any
) -> Iterator[Any]:
    """What the operation of `hamr.files.decoder` yields for that file.

    It is read in the given encoding, or in the one that is chosen where the first value is asked
    for.

    Raises the DataError or ColumnError that the decoder sends, and DataError if it dies, because
    native code aborts on a damaged file or because of one of the limits.
    """
    request = {"operation": operation, "path": str(path), "encoding": encoding or chosen()}
    request |= arguments
    with _connected(path.suffix.lower() in WITH_ARROW) as stream:
        stream.write(json.dumps(request).encode("ascii") + b"\n")
        stream.flush()
        while True:
            message = _received(stream, path)
            if "error" in message:
                kind, sentence, field = message["error"]
                fault = getattr(errors, kind)(sentence, field=field)
                if isinstance(fault, EncodingError):
                    fault.path = path
                raise fault
            if "end" in message:
                return
            yield message["value"]


def _received(stream: BufferedRWPair, path: Path) -> dict[str, Any]:
    """The next message; raises DataError if the decoder is gone."""
    try:
        line = stream.readline(LONGEST_MESSAGE)
    except OSError:
        line = b""
    if not line.endswith(b"\n"):
        raise DataError(
            f"{path.name} can't be decoded: the process that read it failed or took too much time "
            "or memory, as happens with damaged files. Write it again from its source"
        )
    found: dict[str, Any] = json.loads(line)
    return found


def _connected(with_arrow: bool) -> BufferedRWPair:
    return _SERVER.connect(ARROW if with_arrow else PLAIN)


class _Server:
    """The forking server of this process, started at the first request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def connect(self, need: bytes) -> BufferedRWPair:
        """A stream to a new decoding process."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                socket.send_fds(self._running(), [need], [theirs.fileno()])
            except OSError:  # it was killed: start another
                self._stop()
                socket.send_fds(self._running(), [need], [theirs.fileno()])
        with ours:
            return ours.makefile("rwb")

    def _running(self) -> socket.socket:
        if self._control is None or self._owner != os.getpid():
            self._control, theirs = socket.socketpair()
            self._owner = os.getpid()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "hamr.files.server"],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    start_new_session=True,  # Ctrl-C on the terminal is for the caller to handle
                )
        return self._control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


def _environment() -> dict[str, str]:
    package = str(Path(__file__).parents[2])
    paths = [package, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


_SERVER = _Server()
