"""The rows a user has chosen on a page. They stand in the URL: ?rows=3,17."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hamr.ui.shell.page import query, set_query


def parse_rows(text: str | None, row_count: int, limit: int) -> list[int]:
    """Row indices of "3,17": each once, in order; what names no row is left out."""
    found: dict[int, None] = {}
    for part in (text or "").split(","):
        # isdecimal alone would let a number through that is too long to be an index
        if part.strip().isdecimal() and len(part.strip()) < 12 and int(part) < row_count:
            found[int(part)] = None
    return list(found)[:limit]


def chosen_rows(row_count: int, limit: int) -> list[int]:
    """The rows that the URL names."""
    return parse_rows(query("rows"), row_count, limit)


def choose_rows(rows: Iterable[int]) -> None:
    """Put the rows into the URL."""
    text = ",".join(str(row) for row in rows)
    set_query("rows", text or None)


def merge(chosen: Sequence[int], on_page: Sequence[int], ticked: Iterable[int]) -> list[int]:
    """The chosen rows after ticks on one page of a table.

    Rows of other pages stay; those of this page are exactly the ticked positions.
    """
    elsewhere = [row for row in chosen if row not in set(on_page)]
    return elsewhere + [on_page[i] for i in ticked if i < len(on_page)]
