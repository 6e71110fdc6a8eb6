"""Rows with the same text: kept in one split together, or left out of training.

Texts are the same whose words are, whatever their case and blanks. Kept together are also those
that look alike: that differ in their Unicode form, or in invisible characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hamr.config import DataSettings
from hamr.data.lookalikes import forms_of, visible
from hamr.errors import DataError
from hamr.records import SPLITS, Split

LEAKED = "a text that is also in the validation or test rows"  # the rows that have it are left out


def text_key(text: str) -> str:
    """What texts that count as the same share; "" for one without words."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class Kin:
    """The groups of rows that stay in the same split."""

    groups: Sequence[str] | None  # of each row, [n]; None where every row is its own group
    notices: tuple[str, ...] = ()


def together(texts: Sequence[str], groups: Sequence[str] | None, settings: DataSettings) -> Kin:
    """The groups of the rows that validation and test rows are held out from.

    `groups` [n] are those of the group column, if there is one. Where duplicates are to be kept
    together, groups that share a text become one.
    """
    if not settings.keep_duplicates_together:
        return Kin(groups)
    joined = _Joined(len(texts))
    for keys in (groups or (), map(text_key, texts), (forms_of(text)[0] for text in texts)):
        first: dict[str, int] = {}
        for row, key in enumerate(keys):
            if key:
                joined.join(row, first.setdefault(key, row))
    sizes = Counter(map(text_key, texts))
    alike = sum(count for key, count in sizes.items() if key and count > 1)
    notice = f"{alike:,} rows share their text with another row, and stay in one split with it"
    roots = [joined.root(row) for row in range(len(texts))]
    if groups is None and len({*roots}) == len(roots):
        return Kin(None, (notice,))  # as if it were off
    return Kin([str(root) for root in roots], (notice,))


class _Joined:
    """Sets of rows that grow together (a union-find forest)."""

    def __init__(self, rows: int) -> None:
        self._above = list(range(rows))

    def root(self, row: int) -> int:
        above = self._above
        while above[row] != row:
            above[row] = above[above[row]]
            row = above[row]
        return row

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._above[high] = low


def leaking(texts: Mapping[Split, Sequence[str]]) -> np.ndarray:
    """Which training texts are also texts of validation or test rows, [n] bool."""
    others = {text_key(text) for split in SPLITS[1:] for text in texts[split]} - {""}
    return np.fromiter((text_key(text) in others for text in texts["train"]), bool)


def without_leaks(kept: np.ndarray, members: np.ndarray, names: Sequence[str]) -> tuple[str, ...]:
    """The notice on training rows that are left out because they leak.

    `kept` [n] bool are the training rows that stay, `members` [n, C] bool the classes of each.
    Raises DataError if a class would have no training row any more.
    """
    lost = np.flatnonzero(members.any(axis=0) & ~members[kept].any(axis=0))
    if lost.size:
        more = f" (so would {len(lost) - 1:,} others)" if len(lost) > 1 else ""
        raise DataError(
            f"without the training rows whose text is also in the validation or test rows, "
            f"{visible(names[lost[0]])} would have no training row{more}: add rows, or keep those "
            "rows (leave out --remove-leaks)",
            field="remove_leaks",
        )
    count = int((~kept).sum())
    rows = "1 training row is" if count == 1 else f"{count:,} training rows are"
    return (f"{rows} left out, because the same text is in the validation or test rows",)
