"""The stops of the tour, read from the guide's topic, so that panel and printed page say the same.

    ## 4. Hardness: which rows the model finds hard

    **See.** The table lists the hardest rows first.

    **Try.** Open the tab *Rows* and tick two rows.

A name in italics is that of a control on the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STOP = re.compile(
    r"^## (?P<number>\d+)\. (?P<page>[^:\n]+): (?P<title>.+)\n+"
    r"\*\*See\.\*\* (?P<see>(?:.+\n)+)\n+\*\*Try\.\*\* (?P<act>(?:.+\n)+)",
    re.MULTILINE,
)
_CONTROL = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")


@dataclass(frozen=True)
class Stop:
    """One stop: a page, one thing to see there and one to try."""

    number: int  # from 1
    page: str
    title: str
    see: str  # Markdown
    act: str  # Markdown: what to try

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls of the page that the stop names."""
        return tuple(_CONTROL.findall(f"{self.see} {self.act}"))


def stops_of(text: str) -> tuple[Stop, ...]:
    """The stops of the tour's topic in their order.

    Raises ValueError where they are not numbered from 1 on.
    """
    found = tuple(
        Stop(int(one["number"]), one["page"], one["title"], _line(one["see"]), _line(one["act"]))
        for one in _STOP.finditer(text)
    )
    if [stop.number for stop in found] != list(range(1, text.count("\n## ") + 1)):
        raise ValueError("each section of the tour must be a stop, numbered from 1 on")
    return found


def _line(text: str) -> str:
    return " ".join(text.split())
