"""What a server's owner allows to be read: folders of files and models, and the hub.

HAMR_READ_FOLDERS  folders, parted as in PATH, in which files of rows and folders of models may
                   lie, at any depth; uploads may always be read. Not set, or empty: everything
                   that the process itself may read, as fits one person's own machine.
HAMR_HUB           "off" refuses data sets and models of the Hugging Face hub.

Both are asked where a file, a model or the hub is opened, in the app and in the process that
trains alike, so that no link and no setting gets around them. Symbolic links count as what they
lead to.
"""

from __future__ import annotations

import os
from pathlib import Path

from hamr.errors import DataError, HamrError

FOLDERS, HUB = "HAMR_READ_FOLDERS", "HAMR_HUB"
UPLOADS = "uploads"  # in the home
ON = ("", "on", "1", "yes", "true")


def check_path(path: Path, shown: str, error: type[HamrError] = DataError) -> None:
    """Raise `error` where the path lies outside the folders that may be read.

    It is asked before anything else of a path, so that nothing is learnt of others, not even
    whether they exist.
    """
    folders = read_folders()
    if folders is None:
        return
    real = Path(os.path.realpath(path))
    if not any(real.is_relative_to(folder) for folder in folders):
        raise error(
            f"{shown} is outside the folders that may be read here: put it into one of those that "
            f"{FOLDERS} names, or upload the file"
        )


def check_hub(shown: str, error: type[HamrError] = DataError) -> None:
    """Raise `error` where the hub is switched off."""
    if os.environ.get(HUB, "").strip().lower() not in ON:
        raise error(
            f"{shown} is of the Hugging Face hub, which is switched off here ({HUB}): choose a "
            "local one, or what is built in"
        )


def read_folders() -> list[Path] | None:
    """The folders that may be read, all links resolved; None where nothing is refused."""
    named = os.environ.get(FOLDERS, "")
    if not named:
        return None
    home = Path(os.environ.get("HAMR_HOME") or ".hamr").expanduser()
    folders = [Path(one).expanduser() for one in named.split(os.pathsep) if one.strip()]
    return [Path(os.path.realpath(folder)) for folder in (*folders, home / UPLOADS)]
