"""`check`: whether a home is undamaged, with a sentence for each fault."""

from __future__ import annotations

import argparse
import json
import sys

from hamr.store.checking import Findings, check_home
from hamr.store.store import home_folder


def check(arguments: argparse.Namespace) -> int:
    """Checks the database, its copies and every file; returns 1 if anything is damaged."""
    home = home_folder(arguments.home)
    found = check_home(home, repair=arguments.repair)
    if arguments.json:
        print(json.dumps(_as_json(found)))
        return 1 if found.faults else 0
    for sentence in found.repaired:
        print(sentence)
    for sentence in found.faults:
        print(sentence)
    counted = found.counted
    print(
        f"{counted['runs']:,} runs, {counted['decisions']:,} decisions, {counted['files']:,} "
        f"files ({counted['bytes'] / 1e6:,.0f} MB) in {home}: "
        + (f"{len(found.faults):,} faults" if found.faults else "no damage found"),
        file=sys.stderr,
    )
    for remedy in _remedies(found, arguments.repair):
        print(remedy, file=sys.stderr)
    return 1 if found.faults else 0


def _remedies(found: Findings, repaired: bool) -> list[str]:
    remedies = []
    if (found.database or found.copies) and not repaired:
        remedies.append(
            "python -m hamr check --repair brings the copies up to date and rebuilds a damaged "
            "database from them; the damaged one is kept under another name."
        )
    if found.files:
        remedies.append(
            "To get damaged files back, restore a backup: python -m hamr restore BACKUP --home "
            "NEW_FOLDER. A file of the cache may be deleted: it is computed again."
        )
    return remedies


def _as_json(found: Findings) -> dict[str, object]:
    return {
        "whole": not found.faults,
        "database": found.database,
        "copies": found.copies,
        "files": found.files,
        "repaired": found.repaired,
        **{f"{name}_checked": number for name, number in found.counted.items()},
    }
