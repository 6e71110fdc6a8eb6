"""Where rows are on a drawn map, and how a lasso is drawn."""

from __future__ import annotations

import json

import numpy as np
from playwright.sync_api import Page

from hamr.views.base.packing import Frame


def place(page: Page, xy: np.ndarray, row: int) -> tuple[float, float]:
    """Where a row is drawn, in pixels of the page, by the map's own account of its view."""
    box = page.get_by_test_id("pointmap-surface").bounding_box()
    view = json.loads(page.get_by_test_id("pointmap").get_attribute("data-view") or "{}")
    assert box is not None
    left, top, width, height = view["plot"]
    share = Frame.around(xy).to_packed(xy[row : row + 1])[0] / 65535
    x = box["x"] + left + width / 2 + (share[0] - view["centre"][0]) * view["scale"][0]
    return x, box["y"] + top + height / 2 - (share[1] - view["centre"][1]) * view["scale"][1]


def loneliest(xy: np.ndarray) -> int:
    """The row farthest from all others: no neighbour can catch its click."""
    distance = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return int(distance.min(axis=1).argmax())


def draw_lasso(page: Page) -> None:
    """Draw a lasso around the middle of the map."""
    box = page.get_by_test_id("pointmap-surface").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.get_by_test_id("pointmap-lasso").click()
    page.mouse.move(x - 90, y - 70)
    page.mouse.down()
    for dx, dy in ((80, -90), (110, 60), (-20, 100), (-90, -70)):
        page.mouse.move(x + dx, y + dy, steps=3)
    page.mouse.up()
