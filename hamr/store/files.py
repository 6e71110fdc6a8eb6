"""Files that are whole or absent: written aside, synced, renamed, and checked when read.

Every temporary file of a store lies in its one `tmp` folder (on the same file system, so
a rename is atomic). What a dead writer left behind is found there without a walk through
all the runs.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import socket
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import time
from typing import Any

import numpy as np

from hamr.errors import DamagedError, HamrError, NoSpaceError, StoreError

Chunks = Sequence[Any]  # bytes-like pieces of one file, in order

# fsync waits for the disk, not for the processor, and SHA-256 lets go of the GIL: so
# more threads than cores pay. Measured on 2 cores, an epoch of 200,000 rows: 67-71 ms with
# one thread, 51-53 ms with eight (python -m tests.benchmarks.store).
WRITERS = 8
LEFTOVER_SECONDS = 24 * 3600  # a temporary file of another machine counts as dead after this


@dataclass(frozen=True)
class Written:
    """What the manifest keeps of a file."""

    sha256: str
    bytes: int


def npy(array: np.ndarray) -> Chunks:
    """The array as the chunks of a .npy file (never a pickle: object arrays are refused)."""
    if array.dtype.hasobject:
        raise TypeError("arrays of Python objects can't be stored")
    array = np.asarray(array, order="C")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return [header.getvalue(), array.reshape(-1).view(np.uint8).data]


def tensors(arrays: Mapping[str, np.ndarray]) -> Chunks:
    """Named arrays as the chunk of a safetensors file."""
    from safetensors.numpy import save

    return [save({name: np.asarray(array, order="C") for name, array in arrays.items()})]


def write_files(home: Path, files: Mapping[Path, Chunks]) -> dict[Path, Written]:
    """Write a group of files; all of them are on the disk, under their names, on return.

    Raises NoSpaceError or StoreError; then no temporary file is left, and a target holds
    either its old content or the new one in full.
    """
    targets = list(files)
    aside = [scratch_path(home) for _ in targets]
    with disk_errors(home):
        try:
            fresh = [folder for target in targets for folder in _make_folder(target.parent)]
            with ThreadPoolExecutor(min(WRITERS, len(targets))) as pool:
                written = list(pool.map(_write, aside, files.values()))
            for temporary, target in zip(aside, targets, strict=True):
                os.replace(temporary, target)
            for folder in {target.parent for target in targets} | {f.parent for f in fresh}:
                sync_folder(folder)
        finally:
            for temporary in aside:
                with suppress(OSError):
                    temporary.unlink()
    return dict(zip(targets, written, strict=True))


def _write(path: Path, chunks: Chunks) -> Written:
    digest, size = hashlib.sha256(), 0
    with open(path, "wb", buffering=0) as file:
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                done = file.write(view) or 0
                digest.update(view[:done])
                size, view = size + done, view[done:]
        os.fsync(file.fileno())
    return Written(digest.hexdigest(), size)


def _make_folder(folder: Path) -> list[Path]:
    """Make the folder and its parents; the ones that are new, whose names need a sync."""
    fresh = []
    while not folder.is_dir():
        fresh.append(folder)
        folder = folder.parent
    for new in reversed(fresh):
        new.mkdir(exist_ok=True)
    return fresh


def sync_folder(folder: Path) -> None:
    """Make renames inside the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def scratch_path(home: Path) -> Path:
    """A fresh name in the store's tmp folder that tells which process it belongs to."""
    folder = home / "tmp"
    with disk_errors(home):
        folder.mkdir(exist_ok=True)
    return folder / f"{socket.gethostname()}~{os.getpid()}~{uuid.uuid4().hex}"


def sweep(home: Path) -> None:
    """Remove what dead writers left in the tmp folder; files of living ones stay."""
    for path in (home / "tmp").glob("*~*~*"):
        if _is_dead(path):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_dead(path: Path) -> bool:
    host, process, _ = path.name.split("~")
    if host != socket.gethostname() or not process.isdigit():
        with suppress(OSError):
            return time() - path.stat().st_mtime > LEFTOVER_SECONDS
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it lives, under another user
        return False
    return False


# What was read and found whole, by path and by the state of the file then: an altered
# file has another state and is read again. Kept for the life of the process.
_whole: dict[tuple[str, str], tuple[int, int, int]] = {}


def verify(path: Path, expected: Written, complain: Callable[[str], HamrError]) -> Path:
    """The path, once its content has the size and SHA-256 of the manifest.

    `complain` makes the error from "is missing" or "was altered"; a DamagedError, say.
    """
    try:
        stat = path.stat()
        state = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if _whole.get((str(path), expected.sha256)) == state:
            return path
        if stat.st_size == expected.bytes:
            with open(path, "rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == expected.sha256:
                    _whole[str(path), expected.sha256] = state
                    return path
    except FileNotFoundError:
        raise complain("is missing") from None
    except OSError as error:
        raise complain(f"can't be read ({error.strerror})") from None
    raise complain("was altered")


def read_npy(path: Path) -> np.ndarray:
    """A read-only view of a .npy file that reads from the disk only what is asked for."""
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path} can't be read as an array: {error}") from None
    return array


@lru_cache(maxsize=4096)
def reduced_npy(reduce: Callable[[np.ndarray], np.ndarray], path: Path, sha256: str) -> np.ndarray:
    """`reduce` of an array, remembered; a file of another hash is another entry."""
    result = np.asarray(reduce(read_npy(path)))
    result.setflags(write=False)
    return result


def read_tensors(path: Path, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file by name: all, or those asked for, else StoreError."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as opened:
        present = set(opened.keys())
        missing = set(names or ()) - present
        if missing:
            raise StoreError(f"{path} has no {', '.join(sorted(missing))}")
        return {name: opened.get_tensor(name) for name in (names or sorted(present))}


@contextmanager
def disk_errors(home: Path) -> Iterator[None]:
    """Turn the operating system's errors into sentences that name the folder."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, home) from error


def disk_error(error: OSError, home: Path) -> StoreError:
    """The sentence for an error of the operating system while `home` was written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space(home)
    return StoreError(
        f"The folder {home} can't be used as the store ({error.strerror or error}): "
        "choose a folder that you may write with --home or HAMR_HOME",
        field="home",
    )


def no_space(home: Path) -> NoSpaceError:
    """The sentence for a full disk."""
    free = ""
    with suppress(OSError):
        free = f" ({shutil.disk_usage(home).free / 1e6:,.0f} MB free)"
    return NoSpaceError(
        f"The disk that holds {home} is full{free}: free some space, then resume; "
        "every finished epoch is kept",
        field="home",
    )
