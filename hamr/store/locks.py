"""Locks between processes: the kernel releases them when their holder dies, however it dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from hamr.errors import BusyError
from hamr.store.files import disk_errors

# Testing a lock takes it for an instant, so whoever wants it must try a little longer.
PATIENCE_SECONDS = 2.0


def lock(path: Path) -> FileLock:
    """A lock on that file. Another thread may release it than took it."""
    # A soft lock would outlive a killed holder, and its run would show as running for ever.
    return FileLock(path, thread_local=False, poll_interval=0.01, fallback_to_soft=False)


def is_held(path: Path) -> bool:
    """Whether some process (or another lock object of this one) holds the lock now."""
    if not path.exists():
        return False
    if not os.access(path, os.W_OK):
        return _is_held_elsewhere(path)
    with disk_errors(path.parent):
        probe = lock(path)
        try:
            probe.acquire(timeout=0)
        except Timeout:
            return True
        probe.release()
    return False


def _is_held_elsewhere(path: Path) -> bool:
    """`is_held` of a lock that can't be taken, as the home is read-only."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        return False
    with disk_errors(path.parent), open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def held(path: Path, busy: str, *, patience: float = PATIENCE_SECONDS) -> Iterator[FileLock]:
    """Hold the lock inside the block; BusyError with the sentence `busy` if it is taken."""
    taken = lock(path)
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            taken.acquire(timeout=patience)
        except Timeout:
            raise BusyError(busy) from None
    try:
        yield taken
    finally:
        taken.release()
