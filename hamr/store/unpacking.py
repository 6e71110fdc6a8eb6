"""Restoring a home from a backup. A backup may come from anybody: no name in it may lead out of the
new home, no link is followed, and every file must have its listed checksum.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from hamr.errors import DamagedError, StoreError
from hamr.store.archive import CONTENTS, PIECE, Hashing
from hamr.store.backup import FORMAT
from hamr.store.checksums import digest
from hamr.store.files import disk_errors, sync_folder
from hamr.store.reading import Written

PARTS = (
    "hamr.db", "runs", "datasets", "decisions", "sweeps", "preferences", "cache", "uploads",
    "rowsets", "pools",
)  # fmt: skip
LONGEST_LISTING = 512 << 20


def restore(source: Path, home: Path) -> dict[str, Any]:
    """Make a home from a backup, completely or not at all; the listing of the backup.

    Raises StoreError unless the home is a new or empty folder, and DamagedError if the backup is
    damaged.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise StoreError(
            f"{home} is not empty, and nothing is overwritten: name a new folder with --home",
            field="home",
        )
    part = home.with_name(f".{home.name}.{uuid.uuid4().hex[:8]}.part")
    with _opened(source) as backup, disk_errors(home.parent):
        listing = _listing(backup)
        part.mkdir(parents=True)
        try:
            for name, written in listing["files"].items():
                _unpack(backup, name, Written(*written), part)
            for folder, _, _ in os.walk(part):
                sync_folder(Path(folder))
            if home.exists():
                home.rmdir()
            os.replace(part, home)
            sync_folder(home.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return listing


class _Backup(ABC):
    """The files of a backup by name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Open a file. Raises DamagedError if it is no plain file of the backup."""

    def damaged(self, what: str) -> DamagedError:
        """The error for the backup."""
        return _damaged(self.path, what)


class _Folder(_Backup):
    def open(self, name: str) -> IO[bytes]:
        path = self.path / name
        try:
            inside = path.resolve(strict=True) == self.path.resolve() / name
            if not inside or not path.is_file():  # a link leads elsewhere
                raise self.damaged(f"{name} is not a plain file")
            return open(path, "rb")
        except OSError as error:
            raise self.damaged(f"{name} can't be read ({error.strerror})") from None


class _Tar(_Backup):
    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        super().__init__(path)
        self._tar = tar
        self._members = {member.name: member for member in tar}  # of one name, the last counts

    def open(self, name: str) -> IO[bytes]:
        member = self._members.get(name)
        if member is None or not member.isreg():
            raise self.damaged(f"{name} is missing, or not a plain file")
        file = self._tar.extractfile(member)
        assert file is not None  # as of every plain file
        return file


@contextmanager
def _opened(source: Path) -> Iterator[_Backup]:
    if source.is_dir():
        yield _Folder(source)
        return
    try:
        with tarfile.open(source, "r:") as tar:
            yield _Tar(source, tar)
    except FileNotFoundError:
        raise StoreError(f"There is no backup {source}: name its file or folder") from None
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise _damaged(source, f"it is no backup of HAMR, or was altered ({error})") from None


def _listing(backup: _Backup) -> dict[str, Any]:
    """The listing of the backup, after checking that all names in it stay within a home."""
    try:
        with backup.open(CONTENTS) as file:
            found = json.loads(file.read(LONGEST_LISTING))
        listing: dict[str, Any] = found["backup"]
        known = listing["format"] == FORMAT and found["sum"] == digest(listing)
        sizes = [(str(sha256), int(size)) for sha256, size in listing["files"].values()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise backup.damaged(f"its {CONTENTS} is damaged") from None
    if not known or any(size < 0 for _, size in sizes):
        raise backup.damaged(f"its {CONTENTS} was altered, or is of a newer version of HAMR")
    for name in listing["files"]:
        if not _is_safe(name):
            raise backup.damaged(f"it names a file outside a home ({name!r})")
    return listing


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    plain = name == path.as_posix() and "\\" not in name and "\0" not in name
    return plain and not path.is_absolute() and ".." not in path.parts and path.parts[0] in PARTS


def _unpack(backup: _Backup, name: str, written: Written, home: Path) -> None:
    target = home / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with backup.open(name) as source, open(target, "xb") as file:
        reader = Hashing(source, written.bytes)
        try:
            shutil.copyfileobj(reader, file, PIECE)
            reader.result(written)
        except (DamagedError, tarfile.TarError, EOFError):
            raise backup.damaged(f"its file {name} was altered") from None
        file.flush()
        os.fsync(file.fileno())


def _damaged(path: Path, what: str) -> DamagedError:
    return DamagedError(
        f"The backup {path} can't be restored: {what}. Nothing was written; take another backup",
        field="backup",
    )
