"""Detects that a database is gone or empty while the folders of its runs exist.

A new database in its place would show an empty store, as if nothing had ever been trained.
"""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from hamr.errors import GoneError, LostError
from hamr.store.journal import journals

RESTORE = "python -m hamr restore --from-folders"
# A run's folder has at least one of these, unless the run was only just created.
CONTENT = ("run.json", "events.jsonl", "epochs", "model.safetensors")


def run_folders(home: Path) -> list[Path]:
    """The folders of runs that hold something."""
    folders = sorted((home / "runs").glob("*")) if (home / "runs").is_dir() else []
    return [path for path in folders if any((path / name).exists() for name in CONTENT)]


def dataset_folders(home: Path) -> list[Path]:
    """The folders of data sets that hold rows."""
    return sorted({path.parent for path in (home / "datasets").glob("*/*.arrow")})


def check_file(home: Path, database: Path) -> None:
    """Raises GoneError, or LostError where run folders are there, if the file is gone or empty."""
    try:
        if database.stat().st_size:
            return
        what = "is empty, 0 bytes"
    except FileNotFoundError:
        what = "is missing (deleted, or moved?)"
    except OSError as error:
        what = f"can't be read ({error.strerror})"
    check_empty(home, f"its file {database.name} {what}")
    raise GoneError(
        f"The database of the store in {home} can't be reached: its file {database.name} {what}. "
        "Bring it back, then try again"
    )


def check_empty(home: Path, what: str) -> None:
    """Raises LostError if the home has runs, data sets or decisions of a lost database."""
    there = contents(home)
    if there:
        raise LostError(sentence(home, what, there), field="home")


def contents(home: Path) -> list[str]:
    """What the home contains: "3 run folders", ..."""
    counts = (
        (len(run_folders(home)), "run folder"),
        (len(dataset_folders(home)), "data set"),
        (len(journals(home)), "journal of decisions", "journals of decisions"),
    )
    return [_count(*count) for count in counts if count[0]]


def sentence(home: Path, what: str, there: list[str]) -> str:
    """The error for a lost database, and how to restore it."""
    return (
        f"The database of the store in {home} is gone: {what}. Still there: "
        f"{', '.join(there)}. {RESTORE} --home {quote(str(home))} makes a new database from them; "
        "or restore a backup, or put back a copy of hamr.db. If the runs are on a PostgreSQL "
        "server, set HAMR_DATABASE_URL. To begin with an empty store, choose another folder"
    )


def command(home: Path) -> str:
    """The shell command that restores a database from the folders of its home."""
    return f"{RESTORE} --home {quote(str(home))}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
