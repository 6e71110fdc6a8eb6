"""Arrays that are dear to compute and cheap to keep: embeddings, neighbours, maps.

An entry is one file named `KEY.SHA256.npy`: its checksum is part of its name, so that
it appears whole, with one rename, and needs no record elsewhere.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np

from hamr.errors import DamagedError
from hamr.store.files import Written, disk_errors, npy, read_npy, scratch_path, verify, write_files


class Cache:
    """A store's cache; safe with many readers and writers, losing it costs only time."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The array kept under that key, memory-mapped and checked; None if there is none.

        An entry whose content does not fit its checksum is removed and counts as none.
        """
        for path in self._entries(kind, key):
            expected = Written(path.name.split(".")[1], path.stat().st_size)
            with suppress(DamagedError, FileNotFoundError):
                return read_npy(verify(path, expected, DamagedError))
            with suppress(OSError):
                path.unlink()
        return None

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

    def clear(self) -> None:
        """Forget everything; what is needed again is computed again."""
        aside = scratch_path(self._home)
        with suppress(FileNotFoundError), disk_errors(self._home):
            (self._home / "cache").rename(aside)
        shutil.rmtree(aside, ignore_errors=True)

    def _entries(self, kind: str, key: str) -> list[Path]:
        return sorted(self._folder(kind).glob(f"{_name(key)}.*.npy"))

    def _folder(self, kind: str) -> Path:
        if not kind.isidentifier():
            raise ValueError(f"a kind of cache entries is one word, got {kind!r}")
        return self._home / "cache" / kind


def _name(key: str) -> str:
    # Keys may hold model paths and be long; a hash of them is a safe file name.
    return hashlib.sha256(key.encode()).hexdigest()[:32]
