"""Names that people give to runs and sweeps, and prefixes of ids."""

from __future__ import annotations

from hamr.errors import SettingError

SHORTEST_PREFIX = 4
LONGEST_NAME = 100


def checked_name(name: str, what: str = "run") -> str:
    """The name with single blanks. Raises SettingError if it is empty, too long or unprintable."""
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise SettingError(
            f"A {what}'s name must have 1 to {LONGEST_NAME} printable characters, "
            f"got {name[:40]!r}",
            field="name",
        )
    return clean
