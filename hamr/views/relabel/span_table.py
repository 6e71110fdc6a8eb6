"""The entities of a sentence as a table that people edit, and back.

The table counts words from 1 and has the last word of an entity; spans count from 0 and have the
word after the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from hamr.decisions import Label
from hamr.errors import DecisionError

FIRST, LAST, TYPE, TEXT = "first word", "last word", "type", "words"
SpanLabel = tuple[tuple[int, int, str], ...]


def table_of(words: Sequence[str], label: Label) -> pd.DataFrame:
    """One line per entity: its first and last word, its type and its words."""
    spans = () if isinstance(label, str) else label
    return pd.DataFrame(
        {
            FIRST: pd.Series([start + 1 for start, _, _ in spans], dtype="Int64"),
            LAST: pd.Series([end for _, end, _ in spans], dtype="Int64"),
            TYPE: pd.Series([kind for _, _, kind in spans], dtype="object"),
            TEXT: pd.Series([" ".join(words[a:b]) for a, b, _ in spans], dtype="object"),
        }
    )


def label_of(table: pd.DataFrame, count: int) -> SpanLabel:
    """The entities in an edited table, for a sentence of `count` words.

    Empty lines are left out. Raises DecisionError, with word numbers as in the table, for a line
    that is incomplete, lies outside the sentence or overlaps another one.
    """
    spans: list[tuple[int, int, str]] = []
    for first, last, kind in table[[FIRST, LAST, TYPE]].itertuples(index=False):
        missing = [pd.isna(value) or value == "" for value in (first, last, kind)]
        if all(missing):
            continue
        if any(missing):
            raise DecisionError("an entity needs a first word, a last word and a type: fill in all")
        begin, end = int(first), int(last)
        if not 1 <= begin <= end <= count:
            raise DecisionError(
                f"words {begin} to {end} are not in this sentence, which has words 1 to {count}: "
                "choose a first word and a last word that is not before it"
            )
        spans.append((begin - 1, end, str(kind)))
    spans.sort()
    for (_, end, _), (start, _, _) in pairwise(spans):
        if start < end:
            raise DecisionError(
                f"two entities share word {start + 1}: a word can belong to one entity only"
            )
    return tuple(spans)


def numbered(words: Sequence[str]) -> str:
    """The sentence with its number before each word."""
    return "   ".join(f"{number} {word}" for number, word in enumerate(words, 1))
