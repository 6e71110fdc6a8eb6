"""What Ctrl-C and SIGTERM do while something trains: it stops after the step under way."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_on_interrupt(
    message: str = "", *, exit_on_second: bool = True
) -> Iterator[Callable[[], bool]]:
    """Whether a signal has asked for a stop, as a function to call after every step.

    The first Ctrl-C prints the message. The second signal raises KeyboardInterrupt, unless whoever
    sends the signals sends several of them and waits.
    """
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if received and exit_on_second:
            raise KeyboardInterrupt
        received.append(number)
        if message and number == signal.SIGINT:
            print(f"\n{message}", file=sys.stderr)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
