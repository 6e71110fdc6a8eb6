"""What people do on the words of a sentence, in the browser's terms."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page


def words_of(page: Page) -> Locator:
    """The words of the sentence on the page."""
    return page.get_by_test_id("span-words").locator(".w")


def middle(page: Page, word: int) -> tuple[float, float]:
    """Where a word is, in pixels of the window; lines above and below it are part of its box."""
    box = words_of(page).nth(word).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + 26


def drag(page: Page, first: int, last: int) -> None:
    """Drag over words."""
    page.mouse.move(*middle(page, first))
    page.mouse.down()
    page.mouse.move(*middle(page, last), steps=4)
    page.mouse.up()


def drag_edge(page: Page, word: int, side: str, to: int) -> None:
    """Drag the "start" or "end" border of an entity, which lies at that word, to another word."""
    grip = words_of(page).nth(word).locator(f".grip.{side}").bounding_box()
    assert grip is not None
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + 12)
    page.mouse.down()
    page.mouse.move(*middle(page, to), steps=4)
    page.mouse.up()


# The draft as the browser keeps it: what would come back if the server were gone now.
_DRAFT = """row => {
    const part = `|${encodeURIComponent(row)}|`;
    const keys = Object.keys(localStorage).filter(key => key.startsWith("hamr.draft|"));
    const own = keys.filter(key => key.includes(part));
    return own.length === 1 ? JSON.parse(localStorage.getItem(own[0])) : null;
}"""


def draft(page: Page, row_id: str) -> list[list[Any]] | None:
    """The entities of the one draft of a row that the browser keeps; None if it keeps none."""
    found = page.evaluate(_DRAFT, row_id)
    return None if found is None else found["label"]


def shown(page: Page) -> list[list[Any]]:
    """The entities that are drawn on the words: first word, word after the last, type."""
    found = (
        page.get_by_test_id("span-words")
        .locator("button.own")
        .evaluate_all(
            "all => all.map(one => JSON.stringify([one.span.start, one.span.end, one.span.type]))"
        )
    )
    return [json.loads(one) for one in found]
