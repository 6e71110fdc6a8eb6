"""What a map's JavaScript reads besides its bytes: legend, axes, names, and where to fly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hamr.legible import legible_name
from hamr.ui.widgets.mapmarks import AxisSpec, Marks, ScoreScale
from hamr.views.base.packing import Frame

NameKind = Literal["region", "doubtful", "class"]  # doubtful: a region that could be chance


@dataclass(frozen=True)
class Name:
    """A name drawn on the map. Where two overlap, the heavier one is drawn."""

    text: str
    x: float  # data coordinates of its middle
    y: float
    weight: float
    kind: NameKind = "class"
    id: str = ""  # of the region; a click on its name gives it


@dataclass(frozen=True)
class Guide:
    """What leads people over a map: names, and the part of it that it shows."""

    names: Sequence[Name] = ()
    region: str = ""  # the id of the region that is chosen
    # (x low, x high, y low, y high) in data coordinates: the map flies there, once for each target.
    target: tuple[float, float, float, float] | None = None


_KEYS = (
    "Arrow keys move it, plus and minus zoom, 0 shows everything. N goes to the next point, Shift "
    "and an arrow key to one in that direction, Enter opens it. L starts a lasso, "
    "Escape clears the selection"
)


def config_of(
    key: str,
    palette: list[str],
    labels: list[str] | None,
    scale: ScoreScale | None,
    axes: tuple[AxisSpec, AxisSpec] | None,
    marks: Marks,
    description: str,
    height: int | str,
) -> dict[str, Any]:
    """The legend, axes and size of the canvas."""
    return {
        "map": key,
        "palette": palette,
        "labels": labels,
        "scale": vars(scale) if scale else None,
        "axes": [vars(axis) for axis in axes] if axes else None,
        "shapes": list(marks.shapes),
        "description": f"{description}. {_KEYS}",
        "height": height,
        "filename": key,
    }


def guiding(guide: Guide, frame: Frame) -> dict[str, Any]:
    """Names and target in the unit coordinates of the canvas, 0..1 both ways."""
    if not guide.names and guide.target is None:
        return {}
    low, high = np.array([frame.x, frame.y], np.float64).T
    places = (np.array([[n.x, n.y] for n in guide.names]).reshape(-1, 2) - low) / (high - low)
    names = [
        {
            "text": legible_name(n.text),
            "x": x,
            "y": y,
            "weight": n.weight,
            "kind": n.kind,
            "id": n.id,
        }
        for n, (x, y) in zip(guide.names, places.tolist(), strict=True)
    ]
    focus = None
    if guide.target is not None:
        x0, x1, y0, y1 = guide.target
        unit = ((np.array([[x0, y0], [x1, y1]]) - low) / (high - low)).T.tolist()
        focus = {"x": unit[0], "y": unit[1]}
    return {"names": names, "region": guide.region, "focus": focus}
