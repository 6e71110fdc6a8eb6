"""Files that are complete or absent: written under another name, synced, and renamed.

Every temporary file of a store is in its one `tmp` folder (on the same file system, so a rename is
atomic). What a dead writer left behind is found there without a walk through all runs.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import socket
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import Any

import numpy as np

from hamr.errors import NoSpaceError, ReadOnlyError, StoreError
from hamr.store.reading import Written

Chunks = Sequence[Any]  # bytes-like pieces of one file, in order

# fsync waits for the disk, not for the processor, and SHA-256 releases the GIL, so more threads
# than cores are faster. Measured on 2 cores, an epoch of 200,000 rows: 67-71 ms with one thread,
# 51-53 ms with eight (python -m tests.benchmarks.store).
WRITERS = 8
LEFTOVER_SECONDS = 24 * 3600  # after that, a temporary file of another machine counts as dead


def npy(array: np.ndarray) -> Chunks:
    """The array as the chunks of a .npy file (never a pickle: object arrays are rejected)."""
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
    """Write a group of files; on return all of them are on the disk under their names.

    Raises NoSpaceError or StoreError; then no temporary file is left, and each target has either
    its old content or the complete new one.
    """
    targets = list(files)
    temporaries = [scratch_path(home) for _ in targets]
    with disk_errors(home):
        try:
            created = [folder for target in targets for folder in _make_folder(target.parent)]
            with ThreadPoolExecutor(min(WRITERS, len(targets))) as pool:
                written = list(pool.map(_write, temporaries, files.values()))
            for temporary, target in zip(temporaries, targets, strict=True):
                os.replace(temporary, target)
            for folder in {target.parent for target in targets} | {f.parent for f in created}:
                sync_folder(folder)
        finally:
            for temporary in temporaries:
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
    """Create the folder and its parents; the new ones, whose names need a sync."""
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
    """A new name in the store's tmp folder, with the process that it belongs to."""
    folder = home / "tmp"
    with disk_errors(home):
        folder.mkdir(exist_ok=True)
    return folder / f"{socket.gethostname()}~{os.getpid()}~{uuid.uuid4().hex}"


def sweep(home: Path) -> None:
    """Remove what dead writers left in the tmp folder; files of living writers stay."""
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


@contextmanager
def disk_errors(home: Path) -> Iterator[None]:
    """Turn the operating system's errors into sentences that name the folder."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, home) from error


def disk_error(error: OSError, home: Path) -> StoreError:
    """The error for what the operating system raised while `home` was written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space(home)
    kept = (home / "hamr.db").exists()
    if error.errno == errno.EROFS or (kept and error.errno in (errno.EACCES, errno.EPERM)):
        return ReadOnlyError(
            f"The folder {home} can't be written ({error.strerror}): runs can be viewed and "
            "exported to another place; to change anything, make it writable or copy it to a "
            "folder that you may write",
            field="home",
        )
    return StoreError(
        f"The folder {home} can't be used as the store ({error.strerror or error}): "
        "choose a folder that you may write with --home or HAMR_HOME",
        field="home",
    )


def out_of_inodes(home: Path) -> bool:
    """Whether the file system has room for bytes, but not for another file."""
    try:
        room = os.statvfs(_existing(home))
    except (OSError, AttributeError):  # gone, or a system without such figures
        return False
    # Some file systems create inodes as needed, and report 0 of 0.
    return room.f_files > 0 and room.f_favail == 0 and room.f_bavail > 0


def no_space(home: Path) -> NoSpaceError:
    """The error for a disk without room for more bytes, or for more files."""
    free = ""
    with suppress(OSError):
        free = f" ({shutil.disk_usage(_existing(home)).free / 1e6:,.0f} MB free)"
    if out_of_inodes(home):
        return NoSpaceError(
            f"The file system that holds {home} has no inodes left{free}: it can hold no more "
            "files, however small. Delete files that are not needed (many small ones rather than "
            "a large one), then resume; every finished epoch is kept",
            field="home",
        )
    return NoSpaceError(
        f"The disk that holds {home} is full{free}: free some space, then resume; "
        "every finished epoch is kept",
        field="home",
    )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest existing one above it."""
    return next((place for place in (folder, *folder.parents) if place.exists()), folder)
