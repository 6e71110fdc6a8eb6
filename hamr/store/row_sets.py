"""Named sets of rows that settings refer to: rows to exclude, to draw more often, or verified.

A set may have a million rows, so a run's settings hold only its key, a hash of the ids. The same
rows have the same key, whatever the set is called.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamr.errors import DamagedError, SettingError
from hamr.store.files import write_files

FOLDER = "rowsets"
FIELDS = ("exclude_rows", "draw_more", "verified_rows")  # the settings that hold a key
LONGEST_NAME = 200
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class RowSet:
    """Rows by their ids, each once, in the order of the ids."""

    name: str  # what people call it: "regsvr32, DLL · execution ↔ defense-evasion"
    ids: tuple[str, ...]

    @property
    def key(self) -> str:
        """What settings call it."""
        return hashlib.sha256(json.dumps(self.ids).encode()).hexdigest()[:32]


class RowSets:
    """The sets of a home. A set never changes; only its name may."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def keep(self, name: str, ids: Iterable[str]) -> str:
        """Keep these rows under their key, which is returned. Raises NoSpaceError, StoreError."""
        made = RowSet(" ".join(name.split())[:LONGEST_NAME], tuple(sorted(set(ids))))
        text = json.dumps({"name": made.name, "ids": made.ids}, ensure_ascii=False)
        write_files(self._home, {self._path(made.key): [text.encode()]})
        return made.key

    def get(self, key: str) -> RowSet:
        """The set of that key. Raises SettingError if there is none, DamagedError if it was
        altered.
        """
        path = self._path(key) if is_key(key) else None
        if path is None or not path.exists():
            raise SettingError(
                f"there is no set of rows {key[:40]!r} in this home: choose the rows again"
            )
        try:
            content = json.loads(path.read_bytes())
            found = RowSet(str(content["name"]), tuple(map(str, content["ids"])))
        except (ValueError, KeyError, TypeError):
            found = None
        if found is None or found.key != key:
            raise DamagedError(
                f"The set of rows {path} was altered: put the file back from a backup, or choose "
                "the rows again"
            )
        return found

    def keys(self) -> set[str]:
        """The keys of all sets that are kept."""
        return {path.stem for path in (self._home / FOLDER).glob("*.json")}

    def drop(self, key: str) -> None:
        """Delete a set, if it is there."""
        self._path(key).unlink(missing_ok=True)

    def size(self, key: str) -> int:
        """The bytes of its file; 0 if there is none."""
        path = self._path(key)
        return path.stat().st_size if path.exists() else 0

    def _path(self, key: str) -> Path:
        return self._home / FOLDER / f"{key}.json"


def is_key(text: str) -> bool:
    """Whether a text can be the key of a set."""
    return bool(_KEY.fullmatch(text))


def keys_in(settings: Any) -> Iterator[str]:
    """The keys that the settings of a run or the specification of a sweep hold, at any depth."""
    if isinstance(settings, dict):
        for name, value in settings.items():
            yield from _keys(value) if name in FIELDS else keys_in(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from keys_in(value)


def _keys(value: Any) -> Iterator[str]:
    """The keys in a setting's value, or in the values that a sweep tries."""
    if isinstance(value, str) and is_key(value):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _keys(one)
