"""`backup` and `restore`: consistent copies of a home, and homes rebuilt from them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime
from pathlib import Path

from hamr.errors import SettingError
from hamr.store.store import Store, home_folder


def backup(arguments: argparse.Namespace) -> int:
    """Writes a backup; 1 if a file that it should hold is damaged."""
    from hamr.store.backup import backup as write

    home = home_folder(arguments.home)
    if not home.is_dir():
        raise SettingError(f"There is no home in {home}: name it with --home", field="home")
    name = arguments.to or f"hamr-backup-{datetime.now():%Y%m%d-%H%M%S}.tar"
    done = write(home, Path(name).expanduser().absolute(), with_cache=not arguments.without_cache)
    for sentence in done.missing:
        print(f"left out: {sentence}", file=sys.stderr)
    if arguments.json:
        print(json.dumps({**vars(done), "path": str(done.path)}))
    else:
        print(
            f"{done.runs:,} runs and {done.decisions:,} decisions in {done.files:,} files "
            f"({done.bytes / 1e6:,.0f} MB) written to {done.path}"
        )
    return 1 if done.missing else 0


def restore(arguments: argparse.Namespace) -> int:
    """Restores a home from a backup, or rebuilds the database of a home from its folders."""
    home = home_folder(arguments.home)
    if arguments.from_folders == bool(arguments.backup):
        raise SettingError(
            "Give either a backup to restore, or --from-folders to rebuild the database of a home "
            "from the folders of its runs",
            field="backup",
        )
    return _from_folders(home, arguments) if arguments.from_folders else _unpack(home, arguments)


def _unpack(home: Path, arguments: argparse.Namespace) -> int:
    from hamr.store.unpacking import restore as unpack

    listing = unpack(Path(arguments.backup).expanduser().absolute(), home)
    if os.environ.pop("HAMR_DATABASE_URL", None):
        print(
            "The backup's database is a file and was restored as one, but HAMR_DATABASE_URL names "
            "a server. To fill an empty database there: "
            f"python -m hamr restore --from-folders --home {home}",
            file=sys.stderr,
        )
    runs = Store.open(home).runs()
    for sentence in listing["missing"]:
        print(f"not in the backup: {sentence}", file=sys.stderr)
    if arguments.json:
        found = {"home": str(home), "runs": len(runs), "files": len(listing["files"])}
        print(json.dumps({**found, "missing": listing["missing"]}))
    else:
        print(
            f"{len(runs):,} runs restored to {home}, every file as in the backup of "
            f"{listing['made'][:10]}"
        )
    return 0


def _from_folders(home: Path, arguments: argparse.Namespace) -> int:
    from hamr.store.rebuild import restore_from_folders

    if not home.is_dir():
        raise SettingError(f"There is no folder {home}: name it with --home", field="home")
    found = restore_from_folders(home)
    for sentence in found.problems:
        print(sentence, file=sys.stderr)
    if arguments.json:
        print(json.dumps({**vars(found), "aside": found.aside and str(found.aside)}))
    else:
        aside = f" The earlier database is kept as {found.aside}." if found.aside else ""
        print(f"The database of {home} was rebuilt from its folders: {found}.{aside}")
    return 1 if found.problems else 0
