"""Uploaded files, kept in the home under their content's hash."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from hamr.errors import NoSpaceError, StoreError

CHUNK = 1 << 20


def save_upload(file: IO[bytes], name: str, home: Path) -> Path:
    """Write the file to home/uploads/HASH/NAME, whole or not at all; return its path.

    The folder is the SHA-256 of the content, so the same file is kept once and a changed
    one never takes an older one's place; the file keeps its name, which people know it by.
    Raises NoSpaceError when the disk is full, StoreError when the home can't be written.
    """
    folder = Path(home).resolve() / "uploads"
    temporary = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            temporary = Path(part.name)
            file.seek(0)
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                part.write(chunk)
            part.flush()
            os.fsync(part.fileno())
        target = folder / digest.hexdigest() / _file_name(name)
        target.parent.mkdir(exist_ok=True)
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise _as_sentence(error, folder) from error
    return target


def _as_sentence(error: OSError, folder: Path) -> StoreError:
    free = shutil.disk_usage(folder).free if folder.exists() else 0
    if error.errno == 28:  # ENOSPC
        return NoSpaceError(
            f"The upload does not fit: {folder} has {free / 1e6:,.0f} MB left. Free some space, "
            "or choose Path to read the file where it is."
        )
    return StoreError(
        f"The upload can't be written to {folder}: {error.strerror}. Make the folder writable, "
        "or set HAMR_HOME to one that is."
    )


def _file_name(name: str) -> str:
    """The upload's own name, without what a file system or a shell would trip over."""
    safe = re.sub(r"[^\w.\- ]", "_", Path(name).name).strip(". ")
    return safe[-100:] or "rows"


@dataclass(frozen=True)
class Upload:
    """A file that somebody uploaded, as it lies in the home."""

    path: Path
    size: int  # bytes
    time: datetime


def kept_uploads(home: Path) -> list[Upload]:
    """The uploads of a home, the newest first."""
    found = []
    for path in (Path(home).resolve() / "uploads").glob("*/*"):
        with suppress(OSError):  # another tab may delete it between two looks
            kind = path.lstat()
            if stat.S_ISREG(kind.st_mode):
                time = datetime.fromtimestamp(kind.st_mtime, UTC)
                found.append(Upload(path, kind.st_size, time))
    return sorted(found, key=lambda upload: upload.time, reverse=True)


def delete_upload(path: Path, home: Path) -> None:
    """Delete an upload, and its folder where nothing else is in it.

    Raises StoreError for what is no upload of the home, or can't be deleted.
    """
    if path not in {upload.path for upload in kept_uploads(home)}:
        raise StoreError(f"{path.name} is no upload of {home}: load the page again")
    try:
        path.unlink()
        with suppress(OSError):  # not empty
            path.parent.rmdir()
    except OSError as error:
        raise StoreError(
            f"{path.name} can't be deleted ({error.strerror}): make {path.parent} writable"
        ) from error
