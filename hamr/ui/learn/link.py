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
POINT = "point"  # in the URL, from 0: the chosen one, where it is not the hardest of the batch
STAGES = 8  # that a step has at most
_NOTES = "learn_notes"  # key of the session
DIGITS = 6  # of the longest number that there can be


def check_version() -> None:
    """Say where the link is of a version that this page does not know."""
    asked = query(VERSION_OF_LINKS)
    if asked is None:
        return
    if not (asked.isdecimal() and 1 <= len(asked) <= DIGITS and int(asked)):
        say(f"The link has {quoted(asked)} for its version, which has to be a number.")
    elif int(asked) > VERSION:
        say(
            f"The link was made by a newer version of this page ({int(asked)}; this one reads "
            f"links up to {VERSION}). What it does not know is left out: update the program to "
            "see all of it."
        )
    set_query(VERSION_OF_LINKS, None)


def number_in_link(part: str, label: str, *, low: int = 1, high: int = 10**DIGITS) -> int:
    """A number of the URL. Where it has another word, or a larger number than `high`, that is said,
    and `low` or `high` is used.
    """
    asked = query(part)
    if asked is None:
        return low
    if asked.isdecimal():
        found = int(asked) if len(asked) <= DIGITS else 10**DIGITS  # Python reads no longer ones
        if found > high:
            say(
                f"The link has {quoted(asked)} for the {label}, which is at most {high}: "
                f"{high} is used."
            )
            set_query(part, high)
            return high
        if found >= low:
            return found
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
