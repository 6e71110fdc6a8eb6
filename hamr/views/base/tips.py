"""What a map says of a point under the pointer: its text, and a few facts.

The bytes are those of `hamr.views.base.packing`; assets/pointmap/tip.js reads them. Axis: N points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hamr.legible import legible, legible_name
from hamr.views.base.packing import pack

MARK_START, MARK_END = (
    "\u27e6",
    "\u27e7",
)  # around what a text is about; drawn as a mark, where one is
LONGEST = 200  # characters of a text that are shown
MOST_TEXTS = (
    50_000  # points of which all is sent to the browser; of more, one is asked for at a time
)


@dataclass(frozen=True)
class Fact:
    """One value of each point: a number, a share between 0 and 1, or one of some names."""

    title: str
    values: np.ndarray  # [N]; NaN or a negative index: not known, and then not shown
    kind: Literal["number", "share", "name"] = "number"
    names: Sequence[str] = ()


def pack_texts(map_key: str, texts: Sequence[str], *, marked: bool = False) -> bytes:
    """The texts of all points, each on one line and cut to LONGEST characters.

    With `marked` they have marks (MARK_START), which are drawn as such.
    """
    raw = [legible(text, LONGEST).encode() for text in texts]
    ends = np.cumsum([len(one) for one in raw])
    joined = np.frombuffer(b"".join(raw), np.uint8)
    return pack(map_key, "texts", {"text": ("u1", joined), "end": ("u4", ends)}, marked=marked)


def pack_facts(map_key: str, facts: Sequence[Fact]) -> bytes:
    """The facts of all points, in their order."""
    arrays = {str(i): ("f4", np.asarray(fact.values)) for i, fact in enumerate(facts)}
    return pack(map_key, "facts", arrays, facts=_described(facts))


def pack_asked(
    map_key: str,
    point: int | None,
    text: str,
    facts: Sequence[Fact] = (),
    *,
    marked: bool = False,
) -> bytes:
    """The text and the facts of the one point that was asked for, and of no other."""
    known = [] if point is None else list(facts)
    arrays = {str(i): ("f4", np.asarray(fact.values)) for i, fact in enumerate(known)}
    words = legible(text, LONGEST)
    values = {"point": point, "text": words, "facts": _described(known), "marked": marked}
    return pack(map_key, "asked", arrays, **values)


def _described(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    return [
        {"title": fact.title, "kind": fact.kind, "names": [legible_name(n) for n in fact.names]}
        for fact in facts
    ]
