"""A page with a map, its histogram and its player, for browser tests and for benchmarks.

?rows=1000000 shows so many points; what Python hears is on the page as JSON.
"""

import json
from functools import cache

import numpy as np
import streamlit as st

from hamr.ui.widgets.hover import Hover
from hamr.ui.widgets.mapcontrols import Controls, FilterEvent, Histogram, Player
from hamr.ui.widgets.pointmap import Marks, ScoreScale, pointmap
from hamr.views.base.theme import class_colours
from hamr.views.neighbourhoods.colours import by_score
from hamr.views.neighbourhoods.frames import Frames
from hamr.views.neighbourhoods.levels import levels

ROWS, CLASSES, EPOCHS = 2_000, 5, 6


@cache
def data(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows in clouds: [N, 2] places, [N] class codes, [E, N] values between 0 and 1."""
    generator = np.random.default_rng(5)
    codes = generator.integers(0, CLASSES, rows).astype(np.uint8)
    angle = codes * (2 * np.pi / CLASSES)
    centre = 6 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    xy = centre + generator.normal(size=(rows, 2))
    start = generator.random(rows)
    values = np.stack([start ** (1 + epoch / 3) for epoch in range(EPOCHS)])
    return xy.astype(np.float32), codes, values.astype(np.float32)


@cache
def frames(rows: int, by_class: bool) -> Frames:
    """Every epoch: the colours of the values, and rings around the highest tenth."""
    _, _, values = data(rows)
    looks = [by_score(one, "value", 0.0, 1.0) for one in values]
    rings = np.stack([np.packbits(one > 0.9, bitorder="little") for one in values])
    return Frames(
        tuple(range(1, EPOCHS + 1)),
        None if by_class else np.stack([one.codes for one in looks]),
        rings,
        rows,
        None if by_class else [(0.0, 1.0)] * EPOCHS,
        None,
        "",
    )


def page() -> None:
    """Show the map with what the session holds, and say what that is."""
    rows = int(st.query_params.get("rows", ROWS))
    by_class = "value" not in st.query_params
    state = st.session_state
    for name, first in {"codes": (), "span": None, "epoch": 1, "open": False, "heard": 0}.items():
        state.setdefault(name, first)
    xy, codes, values = data(rows)
    now = values[state["epoch"] - 1]
    looks = by_score(now, "value", 0.0, 1.0)
    z = np.linspace(-2, 2, 21)
    curves = {
        "z": z.tolist(),
        "weights": [(1 / (1 + np.exp(-e * z / 4))).tolist() for e in range(1, EPOCHS + 1)],
    }
    player = Player(
        frames(rows, by_class),
        state["epoch"],
        f"{by_class} {rows}",
        [0.3 + 0.1 * e for e in range(EPOCHS)],
        curves,
    )

    def filtered(event: FilterEvent) -> None:
        state.update(codes=event.codes, span=event.span, heard=state["heard"] + 1)

    pointmap(
        xy,
        key="map",
        colours=codes if by_class else looks.codes,
        palette=class_colours(CLASSES) if by_class else looks.palette,
        labels=[f"class {c}" for c in range(CLASSES)] if by_class else None,
        scale=None if by_class else ScoreScale("value", 0.0, 1.0),
        hover=Hover(lambda at: [f"text of row {row}" for row in at], version=str(rows)),
        marks=Marks(ringed=now > 0.9, shapes=[("ring", "hard seed")]),
        controls=Controls(
            filtered,
            codes=state["codes"],
            histogram=Histogram(
                [("value", "value")], "value", "value", lambda: levels(now), state["span"]
            ),
            player=player if state["open"] else None,
            plays=True,
            on_player=lambda opened: state.update(open=opened),
            on_epoch=lambda epoch: state.update(epoch=epoch),
        ),
    )
    said = {name: state[name] for name in ("codes", "span", "epoch", "open", "heard")}
    st.text(json.dumps(said))


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    page()
