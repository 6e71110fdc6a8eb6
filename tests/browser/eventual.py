"""Questions about a page that `expect` can't put, asked until they are answered with yes."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.steps import PATIENCE


def eventually(question: Callable[[], bool]) -> bool:
    """Ask until the answer is yes, or patience is at its end; the last answer."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


# Spinners and the like go on for ever.
_AT_REST = """() => document.querySelector("[data-test-script-state=notRunning]")
  && !document.querySelector("[data-stale=true], [data-testid=stSkeleton]")
  && document.fonts.status === "loaded"
  && document.getAnimations().every(one =>
    one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)"""


def at_rest(page: Page) -> None:
    """Wait until what has come to the page is drawn, in its fonts, and nothing on it fades.

    What was just clicked or typed may not have reached its script yet: await a sign of it first.
    """
    page.wait_for_function(_AT_REST)
