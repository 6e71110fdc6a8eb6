"""`python -m hamr.files.server`: forks a decoding process for each request.

Starting Python and importing pyarrow takes a fifth of a second; a fork takes milliseconds, and
what one file does to its process affects no other. The server itself never opens a file. It
receives a socket for each request over its standard input, and ends when its caller does.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

PLAIN, ARROW = b"p", b"a"  # what a request needs: Python alone, or pyarrow as well


def main() -> None:
    """Serve until the caller's end of standard input is closed."""
    from hamr.files import decoder

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    gc.freeze()
    with socket.socket(fileno=sys.stdin.fileno()) as control:
        while True:
            need, sockets, _, _ = socket.recv_fds(control, 1, 1)
            if not need:
                return
            if need == ARROW:
                import hamr.files.parquet.reader  # noqa: F401 - so that it is loaded in the children
            if os.fork() == 0:
                control.close()
                with socket.socket(fileno=sockets[0]) as own, own.makefile("rwb") as stream:
                    decoder.answer(stream)
                os._exit(0)
            for descriptor in sockets:
                os.close(descriptor)


if __name__ == "__main__":
    main()
