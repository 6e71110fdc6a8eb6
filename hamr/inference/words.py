"""The words of a text, as people see them. No torch: pages mark the same words.

A word stands between blanks. Signs of scripts that are written without blanks (Han, kana) are words
of their own.
"""

from __future__ import annotations

import re

_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_ALONE}]|[^\s{_ALONE}]+")


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of a text are: the first character of each, and the one after its last."""
    return [found.span() for found in _WORD.finditer(text)]


def words_of(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text)
