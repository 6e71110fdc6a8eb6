"""The first epoch of the page Learn's own setup, as the library computes it: a file of the program.

The page shows it at once, while the process that computes later steps still starts. It is made by

    python -m hamr.playground.recorded

and a test fails where the library computes anything else today. Class probabilities over the plane
have one byte each, which is as fine as a page draws them; every other number is kept to the bit.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from hamr.methods import default_of, listed, method_of
from hamr.playground.points import preset_points
from hamr.playground.settings import playground_settings
from hamr.playground.stages import StepView, decoded, encoded
from hamr.resources import ASSETS

FILE = ASSETS / "playground" / "first.json.gz"
POINTS, SEED, STEPS = "imbalanced", 0, 12
METHODS = (default_of("quick"), next(name for name in listed()[0] if method_of(name).is_plain))
LEVELS = 255  # of a probability


def recorded_step(
    method: str, step: int, file: Path = FILE
) -> tuple[StepView, tuple[str, ...], int] | None:
    """A step on the points POINTS with the method's own settings, the classes, and the last step.

    None where it was not recorded, or where the file is missing or damaged: it is then computed.
    """
    found = _contents(file).get(method)
    if found is None or not 1 <= step <= len(found["steps"]):
        return None
    view = with_planes(decoded(found["steps"][step - 1]), _fine)
    return view, tuple(found["classes"]), int(found["last"])


@cache
def _contents(file: Path) -> dict[str, Any]:
    """The file by method; nothing where it can't be read."""
    try:
        found = json.loads(gzip.decompress(file.read_bytes()))
    except (OSError, EOFError, ValueError, zlib.error):  # missing, or not what was written
        return {}
    return found if isinstance(found, dict) else {}


def recorded() -> dict[str, Any]:
    """What the file holds, computed again."""
    from hamr.playground.playground import Playground

    found = {}
    for method in METHODS:
        own = Playground(preset_points(POINTS), playground_settings(method=method, seed=SEED))
        views = [with_planes(own.at(step), _coarse) for step in range(1, STEPS + 1)]
        steps = [encoded(view) for view in views]
        found[method] = {"steps": steps, "classes": own.classes, "last": own.last_step}
    return found


def with_planes(view: StepView, change: Callable[[np.ndarray], np.ndarray]) -> StepView:
    """The view with its class probabilities over the plane changed."""
    meta = view.meta and replace(view.meta, virtual=change(view.meta.virtual))
    return replace(view, before=change(view.before), after=change(view.after), meta=meta)


def _coarse(plane: np.ndarray) -> np.ndarray:
    return np.round(plane * LEVELS).astype(np.uint8)


def _fine(plane: np.ndarray) -> np.ndarray:
    return (plane / LEVELS).astype(np.float32)


def main() -> None:
    """Write the file."""
    text = json.dumps(recorded(), separators=(",", ":"))
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
