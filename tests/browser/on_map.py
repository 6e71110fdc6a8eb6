"""Where rows are on a drawn map, and how a lasso is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from playwright.sync_api import Page

from hamr.views.base.packing import Frame

# A frame that was asked for, a flight and a change of the layout all show in the next frames.
_STILL = """map => new Promise(done => {
  const surface = map.querySelector("[data-testid=pointmap-surface]");
  let [before, same] = ["", 0];
  const look = () => {
    const { x, y, width, height } = surface.getBoundingClientRect();
    const now = JSON.stringify([map.dataset.view, x, y, width, height]);
    same = now === before ? same + 1 : 0;
    before = now;
    const view = JSON.parse(map.dataset.view ?? "null");
    if (!view || same < 5) requestAnimationFrame(look);
    else done({ ...view, x, y, width, height });
  };
  look();
})"""


def still(page: Page) -> dict[str, Any]:
    """The map's own account of its view, and its box on the page, once neither moves any more."""
    found: dict[str, Any] = page.get_by_test_id("pointmap").evaluate(_STILL)
    return found


def place(page: Page, xy: np.ndarray, row: int) -> tuple[float, float]:
    """Where a row is drawn, in pixels of the page, by the map's own account of its view."""
    view = still(page)
    left, top, width, height = view["plot"]
    share = Frame.around(xy).to_packed(xy[row : row + 1])[0] / 65535
    x = view["x"] + left + width / 2 + (share[0] - view["centre"][0]) * view["scale"][0]
    return x, view["y"] + top + height / 2 - (share[1] - view["centre"][1]) * view["scale"][1]


def loneliest(xy: np.ndarray) -> int:
    """The row farthest from all others: no neighbour can catch its click."""
    distance = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return int(distance.min(axis=1).argmax())


def draw_lasso(page: Page) -> None:
    """Draw a lasso around the middle of the map."""
    page.get_by_test_id("pointmap-lasso").click()
    box = still(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 90, y - 70)
    page.mouse.down()
    for dx, dy in ((80, -90), (110, 60), (-20, 100), (-90, -70)):
        page.mouse.move(x + dx, y + dy, steps=3)
    page.mouse.up()
