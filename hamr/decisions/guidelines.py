"""Guidelines: what a class is for, in Markdown, with all earlier versions.

    guideline   content {"class", "text", "restores"?: version}      "" for no guideline

A guideline belongs to the class, whatever it is called; where two classes were merged, that of
the one that remains counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from hamr.decisions.class_acts import Names
from hamr.decisions.records import Event
from hamr.errors import DecisionError

LONGEST = 20_000  # characters of a guideline


@dataclass(frozen=True)
class Guideline:
    """One version of a class's guideline."""

    version: int
    text: str
    author: str
    time: datetime
    restores: int | None = None  # the earlier version that it brings back


class Guidelines:
    """All guidelines of a data set. Not thread-safe."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Guideline]] = {}  # by key of the class

    def add(self, event: Event, names: Names) -> None:
        """Add a version; `names` are those right before it."""
        content = event.content or {}
        key = names.key(str(content["class"]))
        restores = content.get("restores")
        self._versions.setdefault(key, []).append(
            Guideline(event.version, content["text"], event.annotator, event.time, restores)
        )

    def of(self, key: str) -> tuple[Guideline, ...]:
        """The versions of a class's guideline, oldest first."""
        return tuple(self._versions.get(key, ()))

    def check(self, event: Event, names: Names, there: tuple[str, ...]) -> None:
        """Raises DecisionError unless the new version fits; `there` are the classes."""
        content = event.content or {}
        name, text = content["class"], content["text"]
        if name not in there:
            raise DecisionError(f"there is no class {name!r}: look at the classes again")
        if not isinstance(text, str) or len(text) > LONGEST:
            raise DecisionError(
                f"a guideline has at most {LONGEST:,} characters, this one {len(text):,}: shorten "
                "it",
                field="guideline",
            )
        known = self.of(names.key(name))
        if text == (known[-1].text if known else ""):
            raise DecisionError(f"the guideline of {name!r} reads so already: nothing to save")


# What would load something by itself, be a link, or look like a part of the page, is parted by a
# character that takes no room and no ink, so that it reads as it was written, also within code.
_PARTED = re.compile(
    r"(?<=<)(?=[a-z/!?])"  # HTML, and addresses in angle brackets
    r"|(?<=!)(?=\[)|(?<=\])(?=[(\[:])"  # images, links, and where links lead
    r"|(?<=:)(?=[a-z/+])|(?<=www)(?=\.)|(?<=@)(?=\S)",  # addresses; Streamlit's icons and colours
    re.IGNORECASE,
)
_JOINER = "\N{WORD JOINER}"


def safe_markdown(text: str) -> str:
    """Markdown in which headings, lists, bold, italics and code work, and nothing else.

    HTML is shown as text. Images and links are shown as they are written: nothing is loaded, and
    nothing can be clicked. Formulas, colours and icons, which Streamlit adds, are off too.
    """
    return _PARTED.sub(_JOINER, text).replace("$", "\\$")
