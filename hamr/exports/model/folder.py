"""A folder, or a .zip file, that is there whole or not at all.

It is written under another name beside its own and renamed at the end. What a killed export left
there is removed by the next export to the same place.
"""

from __future__ import annotations

import errno
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hamr.errors import HamrError, NoSpaceError, SettingError, StoreError

ZIP = ".zip"
FULL = (errno.ENOSPC, errno.EDQUOT)
SHRINKS = (".json", ".md", ".txt", ".csv")  # weights hardly do


def check_target(target: Path) -> None:
    """Raises SettingError for a place where something is already, or that can't be."""
    if not target.parent.is_dir():
        raise SettingError(f"--to: the folder {target.parent} does not exist", field="to")
    if target.suffix.lower() == ZIP:
        if target.exists():
            raise SettingError(
                f"--to: {target} exists, and nothing is overwritten: choose another name",
                field="to",
            )
        return
    if target.exists() and not target.is_dir():
        raise SettingError(
            f"--to: {target} is a file, and a model is written to a folder or a .zip file: choose "
            "another name",
            field="to",
        )
    if target.is_dir() and any(target.iterdir()):
        raise SettingError(
            f"--to: the folder {target} is not empty, and nothing is overwritten: choose a new "
            "folder",
            field="to",
        )


@contextmanager
def written(target: Path) -> Iterator[Path]:
    """Within, a new folder to write to; afterwards it is the target, or packed as the target.

    After an error nothing of it is left. Raises NoSpaceError where the disk is full, StoreError
    where the place can't be written, SettingError as `check_target`.
    """
    check_target(target)
    _sweep(target)
    part = _part(target, os.getpid())
    try:
        with _sentences(target):
            part.mkdir()
            yield part
            _finish(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        part.with_suffix(ZIP).unlink(missing_ok=True)


def _finish(part: Path, target: Path) -> None:
    """Give what is written its name, once it is on the disk."""
    for path in part.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    if target.suffix.lower() == ZIP:
        packed = part.with_suffix(ZIP)
        pack(part, packed)
        check_target(target)  # something may have come there meanwhile
        packed.replace(target)
        return
    if target.is_dir():
        target.rmdir()  # only an empty one goes
    part.rename(target)


def pack(folder: Path, target: Path) -> None:
    """The files of a folder as a .zip file."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                way = zipfile.ZIP_DEFLATED if path.suffix in SHRINKS else zipfile.ZIP_STORED
                archive.write(path, path.relative_to(folder).as_posix(), way)


def _part(target: Path, process: int) -> Path:
    return target.with_name(f".{target.name}~{process}~part")


def _sweep(target: Path) -> None:
    """Remove what exports to this place left behind whose process is gone."""
    for path in target.parent.glob(f".{target.name}~*~part*"):
        process = path.name.split("~")[-2]
        if process.isdigit() and not _lives(int(process)):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # under another user
        return True
    return True


@contextmanager
def _sentences(target: Path) -> Iterator[None]:
    """The errors of the system, and of libraries that write by themselves, as sentences."""
    try:
        yield
    except HamrError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) else None
        if number in FULL or "No space left" in str(error):
            raise NoSpaceError(
                f"{target} can't be written, because the disk is full: make room and export again. "
                "Nothing is left of it",
                field="to",
            ) from error
        if isinstance(error, OSError):
            why = error.strerror or str(error)
            raise StoreError(
                f"{target} can't be written ({why}): choose another place", field="to"
            ) from error
        raise
