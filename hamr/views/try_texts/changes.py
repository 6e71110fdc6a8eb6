"""Which words of a text are other ones than before, and which are where they were."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

MOST_WORDS = 3_000  # compared word by word; longer texts are compared as sets of words


def kept_words(before: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """The words that both have: the index in `after` -> that in `before`."""
    if max(len(before), len(after)) > MOST_WORDS:
        there = {word: at for at, word in enumerate(before)}
        return {at: there[word] for at, word in enumerate(after) if word in there}
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return {
        block.b + step: block.a + step
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def changed_words(before: Sequence[str], after: Sequence[str]) -> set[int]:
    """The indices of the words of `after` that `before` does not have there."""
    return set(range(len(after))) - kept_words(before, after).keys()
