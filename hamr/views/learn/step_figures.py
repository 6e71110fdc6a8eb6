"""Pictures of a step of a run: a mark for each row of the batch, the weight curve, and the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.base.panes import axes_of, panes
from hamr.views.base.theme import ACCENT, NEUTRAL, SIGNED, WARM, finish, safe
from hamr.views.learn.numbers import number
from hamr.views.learn.run_step import RunStep

MOST_AROUND = 4_000  # rows of the map that are drawn behind those of the batch
HEIGHT = 330


@dataclass(frozen=True)
class Bars:
    """What the picture of a stage shows of each row of the batch."""

    title: str
    axis: str  # with its unit
    values: np.ndarray  # [U]
    before: np.ndarray | None = None  # [U] what the values were; marked as a ring
    reading: str = ""  # a sentence on how to read it
    signed: bool = False
    one: float | None = None  # where an even value lies


AVERAGE = "The dotted line is a row drawn as often as the average."
EVEN = "The dotted line is the mean of the batch."


def bars_of(found: RunStep, key: str) -> Bars:
    """What the stage of that key shows of the rows."""
    if key == "next" and not np.isfinite(found.next_chance).any():
        key = "update"
    return _BARS[key](found)


def _draw(found: RunStep) -> Bars:
    chance = found.values("probability") * found.total
    return Bars("Probability of a draw", "times the average", chance, one=1, reading=AVERAGE)


def _loss(found: RunStep) -> Bars:
    reading = "Above 0 a row is harder than the mean of its batch."
    z = found.values("z")
    return Bars("z-scores of the losses", "z-score (sd)", z, one=0, reading=reading)


def _pre(found: RunStep) -> Bars:
    weights = found.values("pre")
    return Bars("Pre-meta weights", "weight (1 = mean)", weights, one=1, reading=EVEN)


def _virtual(found: RunStep) -> Bars:
    share = found.step.alpha * found.values("pre") / len(found.step.rows)
    reading = "The higher, the further the row moves the model on trial."
    return Bars("Share in the virtual update", "α w / B", share, reading=reading)


def _gradient(found: RunStep) -> Bars:
    reading = (
        "Blue, above 0: more weight on the row lowers the loss on the meta set. Orange, below 0: "
        "it raises it."
    )
    products, axis = found.values("gradient_products"), "⟨∇l, ∇L_meta⟩"
    return Bars("Gradient products", axis, products, signed=True, one=0, reading=reading)


def _post(found: RunStep) -> Bars:
    before, reading = found.values("pre"), f"A ring is the weight before the meta step. {EVEN}"
    return Bars(
        "Post-meta weights", "weight (1 = mean)", found.values("post"), before, reading, one=1
    )


def _update(found: RunStep) -> Bars:
    reading = (
        "A ring is the hardness before the step. The dotted line is where all rows began training."
    )
    before, after = found.values("hardness_before"), found.values("hardness_after")
    return Bars("Hardness", "hardness h", after, before, reading, one=1)


def _next(found: RunStep) -> Bars:
    chance, title = found.next_chance * found.total, "Probability of a draw in the next epoch"
    return Bars(title, "times the average", chance, one=1, reading=AVERAGE)


_BARS: dict[str, Callable[[RunStep], Bars]] = {
    "draw": _draw, "loss": _loss, "pre": _pre, "virtual": _virtual, "gradient": _gradient,
    "post": _post, "update": _update, "next": _next,
}  # fmt: skip


def rows_of_batch(found: RunStep, key: str, chosen: int) -> go.Figure:
    """A bar for each row, the hardest left; `chosen` is the place of the one that is outlined."""
    shown = bars_of(found, key)
    places = list(range(1, len(found.rows) + 1))
    colour = np.where(shown.values < 0, SIGNED[0], SIGNED[2]) if shown.signed else ACCENT
    width = np.where(np.arange(len(places)) == chosen, 3, 0)
    fig = go.Figure()
    fig.add_bar(
        x=places,
        y=shown.values,
        name="now" if shown.before is not None else "",
        marker={"color": colour, "line": {"color": WARM, "width": width}},
        customdata=_hovers(found, shown.values),
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    if shown.before is not None:
        look = {"symbol": "circle-open", "size": 8, "color": NEUTRAL, "line": {"width": 2}}
        fig.add_scatter(
            x=places, y=shown.before, mode="markers", name="before", marker=look, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
    if shown.one is not None:
        line = {"color": NEUTRAL, "width": 1, "dash": "dot"}
        fig.add_shape(
            type="line", xref="x domain", x0=0, x1=1, y0=shown.one, y1=shown.one, line=line
        )
    if 0 <= chosen < len(places):
        fig.add_annotation(
            x=places[chosen], y=1, yref="y domain", yanchor="bottom", showarrow=False, text="▼",
            font={"color": WARM},
        )  # fmt: skip
    fig.update_xaxes(showticklabels=len(places) <= 40, dtick=1 if len(places) <= 16 else None)
    return finish(
        fig, title=shown.title, x="row of the batch, by loss", y=shown.axis, height=HEIGHT
    )


def _hovers(found: RunStep, values: np.ndarray) -> list[str]:
    return [
        f"row {row}: {number(float(value)) if np.isfinite(value) else 'not known'}<br>"
        f"{safe(text, 80)}"
        for row, value, text in zip(found.rows.tolist(), values, found.texts, strict=True)
    ]


def has_curve(found: RunStep) -> bool:
    """Whether the weight is one function of the z-score."""
    return bool(np.isfinite(found.step.curve_before).all())


def has_change(found: RunStep) -> bool:
    """Whether the curves are kept fine enough to show how far a step moves them.

    Those of the recording have 16 bits, whose rounding is larger than what a step does.
    """
    after = found.step.curve_after
    return not np.array_equal(after, after.astype(np.float16).astype(after.dtype))


def curves(found: RunStep, chosen: int, *, both: bool) -> go.Figure:
    """The weight curve with the rows of the batch on it; with `both` before and after the step, and
    below, where that `has_change`, how far the step moves it, which is too little to be seen above.
    """
    step, moves = found.step, both and has_change(found)
    fig = go.Figure(layout=panes((0.6, 0.4), gaps=(0, 0.08), share="x") if moves else None)
    lines = [("before the meta step", step.curve_before, {"color": NEUTRAL, "dash": "dash"})]
    if both:
        lines.append(("after it", step.curve_after, {"color": ACCENT}))
    for name, curve, line in lines:
        fig.add_scatter(x=step.curve_z, y=curve, mode="lines", name=name, line={"width": 3, **line})
    s = found.values("s_after" if both else "s_before")
    _rows_on(fig, found, s, chosen, "rows of the batch")
    if moves:
        moved, look = step.curve_after - step.curve_before, {"width": 3, "color": ACCENT}
        fig.add_scatter(
            x=step.curve_z, y=moved, mode="lines", name="change", line=look, showlegend=False,
            **axes_of(2),
        )  # fmt: skip
        _rows_on(fig, found, s - found.values("s_before"), chosen, "change of rows", **axes_of(2))
    fig.update_layout(legend={"orientation": "h", "y": -0.25})
    axis, height = "z-score of the loss (sd)", HEIGHT + 60 * moves
    fig = finish(
        fig, title="Weight curve", x="" if moves else axis, y="s = sigmoid(V(z))", height=height
    )
    if moves:
        fig.update_layout(
            xaxis2_title_text=axis,
            yaxis2_title_text="change of s",
            yaxis2_exponentformat="power",
        )
    return fig


def _rows_on(
    fig: go.Figure, found: RunStep, values: np.ndarray, chosen: int, name: str, **axes: str
) -> None:
    """The rows of the batch at their z-scores, the chosen one larger and orange."""
    own = np.arange(len(values)) == chosen
    fig.add_scatter(
        x=found.values("z"),
        y=values,
        mode="markers",
        name=name,
        showlegend=False,
        marker={
            "color": np.where(own, WARM, ACCENT), "size": np.where(own, 14, 8), "opacity": 0.85,
        },
        customdata=_hovers(found, values),
        hovertemplate="%{customdata}<extra></extra>",
        **axes,
    )  # fmt: skip


def on_map(run: Run, found: RunStep, key: str, chosen: int) -> go.Figure | None:
    """Where the rows of the batch lie on the run's map; None where it has no map yet."""
    xy = run.map()
    if xy is None:
        return None
    fig = go.Figure()
    around = np.arange(0, len(xy), max(1, -(-len(xy) // MOST_AROUND)))
    quiet: dict[str, Any] = {"mode": "markers", "hoverinfo": "skip", "showlegend": False}
    grey = {"color": NEUTRAL, "size": 3, "opacity": 0.35}
    fig.add_scattergl(x=xy[around, 0], y=xy[around, 1], marker=grey, **quiet)
    known = np.flatnonzero(found.rows < len(xy))
    shown = bars_of(found, key)
    values = shown.values[known]
    size = np.abs(values) / max(float(np.nanmax(np.abs(values), initial=0)), 1e-12)
    colour = np.where(values < 0, SIGNED[0], SIGNED[2]) if shown.signed else ACCENT
    at = xy[found.rows[known]]
    fig.add_scattergl(
        x=at[:, 0],
        y=at[:, 1],
        mode="markers",
        name="rows of the batch",
        marker={"color": colour, "size": 6 + 12 * np.sqrt(np.nan_to_num(size))},
        customdata=np.array(_hovers(found, shown.values), object)[known],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    own = known == chosen
    if own.any():
        ring = {"symbol": "circle-open", "size": 24, "color": WARM, "line": {"width": 3}}
        fig.add_scattergl(x=at[own, 0], y=at[own, 1], marker=ring, **quiet)
    fig.update_xaxes(showticklabels=False, zeroline=False)
    fig.update_yaxes(showticklabels=False, zeroline=False, scaleanchor="x")
    title = f"On the map: {shown.title[:1].lower()}{shown.title[1:]}"
    return finish(fig, title=title, x="map, first axis", y="map, second axis", height=420)
