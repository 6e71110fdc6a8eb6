"""The entities of a sentence as a table that people edit, and back.

People count words from 1 and name the last word of an entity; spans count from 0 and name the
word after it.
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
    """One line an entity: its first and last word, its type and what it reads."""
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
    """The entities that an edited table tells, of a sentence of so many words.

    Lines without any number or type are left out. Raises DecisionError, in the numbers of the
    table, for a line that is incomplete, leaves the sentence or overlaps another one.
    """
    spans: list[tuple[int, int, str]] = []
    for first, last, kind in table[[FIRST, LAST, TYPE]].itertuples(index=False):
        missing = [pd.isna(value) or value == "" for value in (first, last, kind)]
        if all(missing):
            continue
        if any(missing):
            raise DecisionError("an entity has a first word, a last word and a type: fill the line")
        begin, end = int(first), int(last)
        if not 1 <= begin <= end <= count:
            raise DecisionError(
                f"words {begin} to {end} are no part of this sentence, which has the words 1 to "
                f"{count}: the first word comes before the last one"
            )
        spans.append((begin - 1, end, str(kind)))
    spans.sort()
    for (_, end, _), (start, _, _) in pairwise(spans):
        if start < end:
            raise DecisionError(
                f"two entities share word {start + 1}: a word belongs to one entity at most"
            )
    return tuple(spans)


def numbered(words: Sequence[str]) -> str:
    """The sentence with a number before each word, to look its places up."""
    return "   ".join(f"{place} {word}" for place, word in enumerate(words, 1))
