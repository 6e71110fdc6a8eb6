"""Pieces of a model card in Markdown, in which names of files and classes stay plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hamr.legible import NAME, legible

MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")


def plain(text: object, most: int = NAME) -> str:
    """A name as Markdown shows it: nothing in it is markup."""
    return MARKUP.sub(r"\\\1", legible(text, most))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> list[str]:
    """A table: the first column to the left, the others to the right if they hold numbers."""
    marks = ["---", *["---:" if numbers else "---"] * (len(head) - 1)]
    lines = [head, marks, *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def listed(names: Sequence[str], most: int = 12) -> str:
    """Some names in a sentence, and how many more there are."""
    shown = ", ".join(plain(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def percent(share: float) -> str:
    """A share as "61.3"."""
    return f"{100 * share:.1f}"
