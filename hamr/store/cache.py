"""A cache of arrays that take long to compute: embeddings, neighbours, maps.

An entry is one file named `KEY.SHA256.npy`: its checksum is part of its name, so that it appears
complete, with one rename, and needs no entry elsewhere.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

import numpy as np

from hamr.errors import DamagedError
from hamr.store.files import disk_errors, npy, scratch_path, write_files
from hamr.store.reading import FileRows, Written, read_npy

LARGE_BYTES = 256 << 20  # more than this is not read into memory at once


class Cache:
    """A store's cache; safe with many readers and writers, losing it costs only time."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The array kept under that key, checked; None if there is none.

        An entry that does not match its checksum is removed and counts as none. A large one is read
        when its rows are asked for (see FileRows), and then raises DamagedError if the file was
        altered meanwhile.
        """
        for path in self._entries(kind, key):
            with suppress(DamagedError, FileNotFoundError):
                expected = Written(path.name.split(".")[1], path.stat().st_size)
                complain = _complaint(path)
                if expected.bytes > LARGE_BYTES:
                    return cast(np.ndarray, FileRows(path, expected, complain))
                return read_npy(path, expected, complain)
            with suppress(OSError):
                path.unlink()
        return None

    def has(self, kind: str, key: str) -> bool:
        """Whether there is an array under that key, intact or not: nothing is read."""
        return bool(self._entries(kind, key))

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keep the array under that key, in place of any other. Raises NoSpaceError, StoreError."""
        chunks = npy(array)
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
        target = self._folder(kind) / f"{_name(key)}.{digest.hexdigest()}.npy"
        write_files(self._home, {target: chunks})
        for other in self._entries(kind, key):
            if other != target:
                with suppress(OSError):
                    other.unlink()

    def drop(self, kind: str, key: str) -> None:
        """Remove the array under that key, if there is one."""
        for path in self._entries(kind, key):
            with suppress(OSError):
                path.unlink()

    def clear(self) -> None:
        """Remove everything; what is needed is computed again."""
        aside = scratch_path(self._home)
        with suppress(FileNotFoundError), disk_errors(self._home):
            (self._home / "cache").rename(aside)
        shutil.rmtree(aside, ignore_errors=True)

    def _entries(self, kind: str, key: str) -> list[Path]:
        return sorted(self._folder(kind).glob(f"{_name(key)}.*.npy"))

    def _folder(self, kind: str) -> Path:
        if not kind.isidentifier():
            raise ValueError(f"a kind of cache entry is one word, got {kind!r}")
        return self._home / "cache" / kind


def _complaint(path: Path) -> Callable[[str], DamagedError]:
    def damaged(what: str) -> DamagedError:
        return DamagedError(
            f"A file of the cache {what}: {path}. It is computed again when it is needed: "
            "reload the page, or resume the run",
        )

    return damaged


def _name(key: str) -> str:
    # Keys may hold model paths and be long; a hash of them is a safe file name.
    return hashlib.sha256(key.encode()).hexdigest()[:32]
