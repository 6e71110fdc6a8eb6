"""Texts of files and people on one line, so that they disturb nothing that is shown around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

LONGEST = 2_000  # characters of a sentence on screen
NAME = 80  # of a name in a button, a legend or a list

_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
# From the first right-to-left letter to the last one without a letter of another kind between.
_RUN = re.compile(f"[{_RIGHT_TO_LEFT}]+(?:[^\\w{_RIGHT_TO_LEFT}]+[{_RIGHT_TO_LEFT}]+)*")
_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069]")
_NO_TEXT = re.compile("[\u202d\u202e\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def legible(text: object, most: int = LONGEST) -> str:
    """A text on one line, cut where it is long, whose writing direction stays its own.

    Arabic or Hebrew would reorder the numbers and names around it, and an override turn the
    rest of a sentence round: each run of such letters is isolated (U+2068, U+2069), and other
    marks of direction are left out. Applied twice it changes nothing more.
    """
    said = str(text)
    if len(said) > most:
        said = said[: most - 1] + "…"
    said = _CONTROLS.sub(" ", _MARKS.sub("", said))
    said = _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", said)
    return _RUN.sub("\u2068\\g<0>\u2069", said)


def legible_name(text: object) -> str:
    """`legible` for the name of a class, a run, a file or a person."""
    return legible(text, NAME)


def distinct(names: Iterable[str]) -> Callable[[str], str]:
    """What each name is called in a list to choose from: legible, and no two alike.

    Streamlit tells options by what is shown of them, so that two long names cut to the same
    letters would be one.
    """
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for number, name in enumerate(dict.fromkeys(names), 1):
        said = legible(name, NAME)
        while said in taken:
            said += f" ({number})"
        shown[name] = said
        taken.add(said)
    return lambda name: shown.get(name, name)
