"""The app's helper: one warm process that holds encoders, so that the app never imports torch.

It is started when it is first needed and ends when nobody has asked it anything for ten minutes.
Requests have names, so that searching, predicting and explaining share one process:

    app -> helper   {"do": "embed", "run": "...", "texts": [...]}      one line of JSON each,
    helper -> app   {"done": {...}} or {"error": {"kind", "sentence"}}  over standard input, output

A thread of the app sends one request at a time and waits for its answer, so that of a request
which the process dies of only that one fails. The process is then started once again for it.
"""

from __future__ import annotations

import atexit
import queue
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hamr.errors import HamrError, HelperError
from hamr.jobs.helper_pipe import Ended, HelperPipe, TooLong

ANSWER_SECONDS = 120.0  # for loading an encoder from a slow disk, and embedding
TRIES = 2
# What to do again after an error, and what works without the process: by the name of the request.
SEARCH = ("search again", "Search by text needs no encoder")
ADVICE = {"embed": SEARCH, "key": SEARCH}
ELSE = ("try again", "All other pages work without it")


@dataclass(frozen=True)
class _Request:
    message: dict[str, Any]
    seconds: float
    answer: Future[dict[str, Any]] = field(default_factory=Future)


class Helper:
    """The helper process of one home. Any thread may ask it."""

    def __init__(
        self, home: Path, *, command: Sequence[str] = (), seconds: float = ANSWER_SECONDS
    ) -> None:
        self._home, self._seconds = home, seconds
        self._command = list(command) or [sys.executable, "-m", "hamr", "helper"]
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pipe: HelperPipe | None = None

    @property
    def pid(self) -> int | None:
        """The process, where one runs."""
        pipe = self._pipe
        return pipe.pid if pipe is not None and pipe.lives else None

    def submit(
        self, do: str, *, seconds: float | None = None, **values: Any
    ) -> Future[dict[str, Any]]:
        """Ask without waiting; requests are carried out in the order in which they come.

        The future's result may raise HelperError, or the error that the process met: ModelError,
        StoreError, ...
        """
        request = _Request({"do": do, **values}, seconds or self._seconds)
        self._requests.put(request)
        with self._guard:
            if self._thread is None:
                # A daemon: an app that ends does not wait for an answer.
                self._thread = threading.Thread(target=self._work, name="helper", daemon=True)
                self._thread.start()
                atexit.register(self.close)
        return request.answer

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """As `submit`, and wait for the answer."""
        return self.submit(do, **values).result()

    def close(self) -> None:
        """End the process; a later request starts another one."""
        with self._guard:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._requests.put(None)
            pipe = self._pipe
            if pipe is not None:
                pipe.end()
            thread.join(timeout=5)
            atexit.unregister(self.close)

    def _work(self) -> None:
        while (request := self._requests.get()) is not None:
            if not request.answer.set_running_or_notify_cancel():
                continue
            try:
                request.answer.set_result(self._answer(request))
            except Exception as error:  # whoever asked has to know, and the thread goes on
                request.answer.set_exception(error)

    def _answer(self, request: _Request) -> dict[str, Any]:
        ends: list[str] = []
        again, without = ADVICE.get(request.message["do"], ELSE)
        while len(ends) < TRIES:
            try:
                return _result(self._running().ask(request.message, request.seconds))
            except Ended as error:
                if self._thread is None:
                    raise HelperError("The app ends, and with it the helper process") from None
                ends.append(error.how)
            except TooLong:
                self._running().end()
                raise HelperError(
                    f"The encoder did not answer within {request.seconds:.0f} seconds, so its "
                    f"process was ended. Wait until the machine is less busy, and {again}. "
                    f"{without}"
                ) from None
            except OSError as error:  # no process can be started
                raise HelperError(
                    f"The process that holds the encoder could not be started "
                    f"({error.strerror or error}): free some memory, and {again}. {without}"
                ) from error
        raise HelperError(
            f"The process that holds the encoder {ends[-1]}, and so did the one started in its "
            "place. Memory may have run out: close other programs, or wait until no run trains, "
            f"and {again}. {without}"
        )

    def _running(self) -> HelperPipe:
        if self._pipe is None or not self._pipe.lives:
            self._pipe = HelperPipe(self._command, self._home)
        return self._pipe


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    """What was done. Raises the error that the process met, as it was there."""
    if "error" not in answer:
        done: dict[str, Any] = answer["done"]
        return done
    import hamr.errors

    kind = getattr(hamr.errors, answer["error"]["kind"], HelperError)
    known = isinstance(kind, type) and issubclass(kind, HamrError)
    raise (kind if known else HelperError)(answer["error"]["sentence"])


_helpers: dict[Path, Helper] = {}
_guard = threading.Lock()


def helper_of(home: Path) -> Helper:
    """The one helper of this server for that home."""
    with _guard:
        return _helpers.setdefault(home, Helper(home))
