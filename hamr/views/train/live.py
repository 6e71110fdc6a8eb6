"""The live charts of the Train page, as ECharts options.

ECharts, because a chart with a key keeps its node in the browser while its data change;
Plotly would build the chart again each second. Colours of text and grid come from the
page's theme.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hamr.legible import distinct
from hamr.views.base.theme import ACCENT, OKABE_ITO, WARM, class_colours
from hamr.views.train.livelog import COLUMNS

MANY_CLASSES = 16  # more lines than these can't be told apart
SMALL = 12  # pixels of the text of axes and legend, as ECharts has it
DASHES = ("solid", "dashed", "dotted")


def loss_option(points: list[list[float]]) -> dict[str, Any]:
    """Training and meta loss, nats, per step."""
    frame = pd.DataFrame(points, columns=list(COLUMNS))[["step", "loss", "meta_loss"]]
    frame.columns = pd.Index(["step", "training rows", "meta set"])
    if len(frame) and frame["meta set"].isna().all():
        frame = frame.drop(columns="meta set")
    return {
        **_step_frame("Loss per step", "loss (nats)", points),
        "dataset": {"source": frame},
        "color": [ACCENT, WARM],
        "series": [_line(name, column + 1) for column, name in enumerate(frame.columns[1:])],
    }


def macro_f1_option(scalars: list[dict[str, Any]], epochs: int, best: int | None) -> dict[str, Any]:
    """macro-F1 and accuracy on validation per epoch; the best epoch is marked."""
    frame = pd.DataFrame(
        [[s["epoch"], s.get("macro_f1"), s.get("accuracy")] for s in scalars],
        columns=["epoch", "macro-F1", "accuracy"],
        dtype="float64",
    )
    macro = _line("macro-F1", 1, symbols=True)
    title = "Validation after each epoch"
    if best is not None and best in set(frame["epoch"]):
        title = f"Validation: best at epoch {best}"
        macro["markLine"] = {
            "symbol": "none",
            "silent": True,
            "data": [{"xAxis": best}],
            "label": {"show": False},
            "lineStyle": {"type": "dashed", "color": ACCENT},
        }
    option = _frame(title, "epoch", "score (0 to 1)")
    option["xAxis"].update(_epoch_axis(epochs))
    if frame.empty:
        option["yAxis"].update(min=0, max=1)
    return {
        **option,
        "dataset": {"source": frame},
        "color": [ACCENT, OKABE_ITO[7]],
        "series": [macro, _line("accuracy", 2, symbols=True)],
    }


def class_f1_option(
    f1: np.ndarray,
    epochs: list[int],
    support: np.ndarray,
    planned: int,
    classes: tuple[str, ...],
    one: str = "class",
) -> dict[str, Any]:
    """F1 of each class over the epochs so far.

    `f1` is [epochs, C], `support` [C]; `one` is what a class is called. Beyond 16
    classes the rarest 16 are drawn: they are what the method is for.
    """
    rarest = np.argsort(support, kind="stable")[:MANY_CLASSES]
    shown = np.sort(rarest) if len(classes) > MANY_CLASSES else np.arange(len(classes))
    colours, called = class_colours(len(classes)), distinct(classes)
    title = f"F1 of each {one}"
    many = "classes" if one == "class" else f"{one}s"
    if len(classes) > MANY_CLASSES:
        title = f"F1 of the {MANY_CLASSES} rarest of {len(classes)} {many}"
    option = _frame(title, "epoch", "F1 (0 to 1)")
    option["xAxis"].update(_epoch_axis(planned))
    option["yAxis"].update(min=0, max=1)
    # A scrolling legend clips its names to the height of its icons.
    option["legend"].update(type="scroll", itemHeight=14, itemWidth=14, icon="roundRect")
    option["series"] = [
        _class_line(called(classes[c]), int(c), colours[c], epochs, f1[:, c]) for c in shown
    ]
    # One class at a time: a tooltip of all of them would cover the chart.
    option["tooltip"] = {"trigger": "item", "valueFormatter": "%.3f"}
    return option


def _class_line(
    name: str, number: int, colour: str, epochs: list[int], f1: np.ndarray
) -> dict[str, Any]:
    return {
        "type": "line",
        "name": name,
        "data": [[epoch, round(float(v), 4)] for epoch, v in zip(epochs, f1, strict=True)],
        "symbolSize": 5,
        "lineStyle": {"width": 1.5, "type": DASHES[number // 8 % 3]},
        "itemStyle": {"color": colour},
        "emphasis": {"focus": "series"},
    }


def weights_option(points: list[list[float]], low: float, high: float) -> dict[str, Any]:
    """Percentiles of the post-meta weights of each step; 1 is the mean weight."""
    names = ["95 %", "75 %", "median", "25 %", "5 %"]
    frame = pd.DataFrame(points, columns=list(COLUMNS))[["step", "p95", "p75", "p50", "p25", "p5"]]
    frame.columns = pd.Index(["step", *names])
    styles = [("dotted", 1), ("dashed", 1.25), ("solid", 2), ("dashed", 1.25), ("dotted", 1)]
    series = []
    for column, (name, (dash, width)) in enumerate(zip(names, styles, strict=True)):
        line = _line(name, column + 1)
        line["lineStyle"] = {"type": dash, "width": width}
        series.append(line)
    colours = [WARM, OKABE_ITO[1], ACCENT, OKABE_ITO[4], OKABE_ITO[2]]
    title = f"Post-meta weights, clipped to {low:g} to {high:g}"
    return {
        **_step_frame(title, "weight (mean is 1)", points),
        "dataset": {"source": frame},
        "color": colours,
        "series": series,
    }


def _line(name: str, column: int, *, symbols: bool = False) -> dict[str, Any]:
    """A line over the frame's first column."""
    return {
        "type": "line",
        "name": name,
        "encode": {"x": 0, "y": column, "tooltip": [column]},
        "showSymbol": symbols,
        "symbolSize": 6,
        "lineStyle": {"width": 2},
    }


def _step_frame(title: str, y: str, points: list[list[float]]) -> dict[str, Any]:
    """A frame over the steps. Without a point yet it has no range to draw axes by: give one."""
    frame = _frame(title, "step", y)
    frame["xAxis"]["min"] = 0
    if not points:
        frame["xAxis"]["max"] = 100
        frame["yAxis"].update(min=0, max=2)
    return frame


def enlarge(option: dict[str, Any], scale: float) -> None:
    """Make the text of a chart larger, and the room that is kept for it; for an audience."""
    text = {"fontSize": round(SMALL * scale)}
    option["title"]["textStyle"]["fontSize"] *= scale
    option["title"]["top"] = 4
    option["legend"].update(top=round(32 * scale), textStyle=text)
    option["grid"].update(top=round(64 * scale), bottom=round(28 * scale), left=round(38 * scale))
    for name, gap in (("xAxis", 24), ("yAxis", 38)):
        option[name].update(axisLabel=text, nameTextStyle=text, nameGap=round(gap * scale))


def _epoch_axis(epochs: int) -> dict[str, Any]:
    """The whole run from the start on, so that a curve grows to the right."""
    return {"min": min(1, epochs - 1), "max": epochs, "minInterval": 1}


def _frame(title: str, x: str, y: str) -> dict[str, Any]:
    """What all four charts share: title, axes with units, legend, no animation."""
    return {
        "animation": False,
        "title": {
            "text": title,
            "left": 0,
            "top": 6,
            "textStyle": {"fontSize": 15, "fontWeight": 600},
        },
        "legend": {"top": 34, "left": 0, "itemHeight": 8, "itemWidth": 20},
        "grid": {"left": 38, "right": 20, "top": 70, "bottom": 28, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3f"},
        "xAxis": {
            "type": "value",
            "name": x,
            "nameLocation": "middle",
            "nameGap": 24,
            "scale": True,
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "name": y,
            "nameLocation": "middle",
            "nameGap": 38,
            "scale": True,
        },
    }
