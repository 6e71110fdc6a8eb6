"""Check names of files: is this a file that may be read?

This uses only the file system; nothing of the file's content is decoded.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from hamr.allowed import check_path
from hamr.errors import DataError
from hamr.files.formats import ENDINGS, TABLES
from hamr.files.table import in_words

LONGEST_SHOWN = 200  # characters of a name in a message


def shown(name: str) -> str:
    """A name in quotation marks, cut where it is long."""
    return repr(name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}...")


def as_path(name: str) -> Path:
    """The absolute path of a name, ~ expanded; raises DataError if there is none."""
    if not _is_utf8(name):
        raise DataError(f"the name {shown(name)} has bytes that are not UTF-8: rename the file")
    if "\0" in name:
        raise DataError(f"{shown(name)} contains a null character: no file has such a name")
    try:
        path = Path(os.path.abspath(Path(name).expanduser()))
    except OSError:  # a relative name, and no folder to start from
        raise DataError(
            f"{shown(name)} is relative to a folder that no longer exists: give the whole path"
        ) from None
    except RuntimeError:  # ~nosuchuser
        raise DataError(
            f"{shown(name)} starts with ~ and a user that this machine does not know: give the "
            "whole path"
        ) from None
    if not _is_utf8(str(path)):
        raise DataError(
            f"{shown(name)} is in a folder whose name contains bytes that are not UTF-8: rename it"
        )
    return path


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def checked_file(name: str, endings: Sequence[str] = ENDINGS, *, or_a_set: bool = False) -> Path:
    """The path of a file that exists, can be read, is not empty and has a known ending.

    With `or_a_set` it may also be the name of a data set, as the error for a missing file says.

    Raises DataError with the remedy; a pipe, a device or a folder is refused too.
    """
    known = in_words(list(endings), last="or")
    try:
        path = as_path(name)
        check_path(path, shown(name))
        kind = path.stat()
        if stat.S_ISDIR(kind.st_mode):
            raise DataError(f"{shown(name)} is a folder: give a file that ends in {known}")
        if not stat.S_ISREG(kind.st_mode):
            raise DataError(
                f"{shown(name)} is a device or a pipe: give a file that ends in {known}"
            )
        if path.suffix.lower() not in endings:
            ending = f"the ending {path.suffix!r}, which is not known"
            found = ending if path.suffix else "no ending"
            raise DataError(f"{shown(path.name)} has {found}: use {known}")
        if kind.st_size == 0:
            raise DataError(f"{path.name} is empty: give a file with rows")
        with path.open("rb"):  # shows that it may be read
            return path
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(
            f"there is no file {shown(name)}: give the path of a file that ends in {known}"
            + (", or demo, builtin or hub:NAME" if or_a_set else "")
        ) from None
    except OSError as error:
        raise DataError(
            f"{shown(name)} can't be read ({error.strerror}): check its name and permissions"
        ) from None


def checked_table(name: str) -> Path:
    """`checked_file` for files of columns."""
    return checked_file(name, TABLES)
