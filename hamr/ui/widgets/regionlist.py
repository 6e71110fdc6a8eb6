"""A ranked list of regions: each with its name, a few lines and how much of it is reviewed.

    seen = "12 of 40 reviewed"
    entries = [Entry("a1b2", "regsvr32 · execution", ("40 rows",), "beyond chance", 12, 40, seen)]
    more = Folded("9 more that could be chance", others)
    region_list(entries, more, key="regions", chosen=None, label="Regions", on_choose=...)

Each entry is a button; arrow keys move between them, and to the line that unfolds the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from hamr import resources
from hamr.legible import legible

_ASSETS = resources.ASSETS / "regionlist"

_component = st.components.v2.component(
    "hamr_regionlist",
    html='<div class="regions"></div>',
    css=(_ASSETS / "regionlist.css").read_text("utf-8"),
    js=(_ASSETS / "regionlist.js").read_text("utf-8"),
)


@dataclass(frozen=True)
class Entry:
    """A region in the list."""

    id: str
    name: str
    lines: tuple[str, ...]  # below the name
    note: str  # after the progress
    reviewed: int  # rows
    rows: int
    progress: str  # the same in words


@dataclass(frozen=True)
class Folded:
    """Further entries, shown when their line is opened, or when one of them is chosen."""

    line: str
    entries: Sequence[Entry]


def region_list(
    entries: Sequence[Entry],
    more: Folded,
    *,
    key: str,
    chosen: str | None,
    label: str,
    on_choose: Callable[[str], None],
) -> None:
    """Show the entries in their order; `on_choose` is called with the id of one that is opened."""

    def changed() -> None:
        sent = (st.session_state.get(key) or {}).get("chosen")
        if sent in {entry.id for entry in (*entries, *more.entries)}:
            on_choose(sent)

    data = {
        "label": label,
        "regions": [_item(entry, chosen) for entry in entries],
        "line": more.line,
        "folded": [_item(entry, chosen) for entry in more.entries],
    }
    _component(key=key, data=data, on_chosen_change=changed)


def _item(entry: Entry, chosen: str | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": legible(entry.name),
        "lines": [legible(line) for line in entry.lines],
        "note": legible(entry.note),
        "done": entry.reviewed,
        "of": max(1, entry.rows),
        "reviewed": entry.progress,
        "chosen": entry.id == chosen,
    }
