"""The terms of a text: its words, phrases of two of them, and pieces of unspaced writing.

Where writing has no spaces (Chinese, Japanese, Thai and others) a term is any 2 to 4 characters in
a row; vowels and tone marks count with their consonant, so that no term begins with one. A term is
compared in its case-folded form; which spelling to show is decided later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 5_000  # characters of a text that are read
SHORTEST, PIECES = 2, (2, 3, 4)  # letters of a word; characters of a piece of unspaced writing
# Han, kana, Thai, Lao, Myanmar, Khmer: scripts that put no spaces between words.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
_WORD = re.compile(f"[{UNSPACED}]+|[^\\W{UNSPACED}]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
# A vowel written before its consonant, a character, and what is written on or after it: of Thai,
# Lao, Myanmar and Khmer.
_CHARACTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?."
    "[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u17b4-\u17d3]*"
)
_JOINED = frozenset((" ", "-", "_", "/"))  # what may stand between the words of a phrase


def terms(text: str) -> Iterator[str]:
    """The terms of a text as they are written, with repetitions; a phrase has a blank in it."""
    text, before, end = text[:LONGEST], "", -1
    for found in _WORD.finditer(text):
        word = found.group().strip("_")
        if _UNSPACED.match(word):
            yield from _pieces(word)
            before = ""
        elif len(word) < SHORTEST or word.isdecimal():
            before = ""  # a number names nothing, and no phrase reaches across it
        else:
            yield word
            if before and text[end : found.start()] in _JOINED:
                yield f"{before} {word}"
            before, end = word, found.end()


def _pieces(run: str) -> Iterator[str]:
    characters = _CHARACTER.findall(run)
    for length in PIECES:
        for start in range(len(characters) - length + 1):
            yield "".join(characters[start : start + length])


def is_unspaced(term: str) -> bool:
    """Whether a term is a piece of writing without spaces."""
    return _UNSPACED.match(term) is not None


def alike(one: str, other: str) -> bool:
    """Whether two folded terms say the same: one holds the other, or they share their stem."""
    if is_unspaced(one) or is_unspaced(other):
        return any(one[at : at + 2] in other for at in range(len(one) - 1))
    return any(_same_stem(a, b) for a in one.split() for b in other.split())


def _same_stem(one: str, other: str) -> bool:
    """Whether two words differ in an ending alone: "dll", "dlls"; "encrypt", "encrypted"."""
    shorter, longer = sorted((one, other), key=len)
    if longer.startswith(shorter) and (shorter == longer or len(shorter) >= 3):
        return len(longer) - len(shorter) <= 3
    # "encrypting", "encrypted"; "files", "filed"
    stem = min(len(one), len(other)) - 3
    return stem >= 4 and one[:stem] == other[:stem] and abs(len(one) - len(other)) <= 2
