"""What a link to the page Learn says besides its controls: its version, the step and the stage.

A link of an older version opens: what it lacks has its default. Of a newer one, and of one that was
damaged, what can be read is kept, and the rest is said in a sentence.
"""

from __future__ import annotations

import streamlit as st

from hamr.legible import NAME, legible
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import plain

VERSION_OF_LINKS, VERSION = "v", 1  # in the URL; links without one are of version 1, too
STEP, STAGE = "step", "stage"  # in the URL, both from 1
_NOTES = "learn_notes"  # key of the session
DIGITS = 6  # of the longest number that there can be


def check_version() -> None:
    """Say where the link is of a version that this page does not know."""
    asked = query(VERSION_OF_LINKS)
    if asked is None:
        return
    if not (asked.isdecimal() and 1 <= len(asked) <= DIGITS):
        say(f"The link has {quoted(asked)} for its version, which has to be a number.")
    elif int(asked) > VERSION:
        say(
            f"The link was made by a newer version of this page ({int(asked)}; this one reads "
            f"links up to {VERSION}). What it does not know is left out: update the program to "
            "see all of it."
        )
    set_query(VERSION_OF_LINKS, None)


def number_in_link(part: str, label: str, *, low: int = 1, high: int = 10**DIGITS) -> int:
    """A number of the URL; a larger one than `high` is that.

    Where it has another word that is said, and `low` is used.
    """
    asked = query(part)
    if asked is None:
        return low
    if asked.isdecimal():
        found = high if len(asked) > DIGITS else int(asked)  # Python reads no longer ones
        if found >= low:
            return min(found, high)
    say(
        f"The link has {quoted(asked)} for the {label}, which has to be a number from {low}: "
        f"{low} is used."
    )
    set_query(part, None)
    return low


def quoted(text: str) -> str:
    """What a link says, so that it can be shown."""
    return f'"{legible(text, NAME)}"'


def say(sentence: str) -> None:
    """Have a sentence on the link shown above the controls, which are too narrow for it."""
    st.session_state[_NOTES] = [*st.session_state.get(_NOTES, ()), sentence]


def show_notes() -> None:
    """Show the sentences on the link, once: what was wrong is out of it after that."""
    for sentence in st.session_state.pop(_NOTES, ()):
        st.warning(plain(sentence), icon=":material/link_off:")
