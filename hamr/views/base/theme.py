"""One look for every figure: palettes that colour-blind readers can tell apart, one layout."""

from __future__ import annotations

import colorsys
from html import escape
from typing import Any

import plotly.graph_objects as go

from hamr.legible import legible

# Okabe and Ito, "Color Universal Design" (2008), made to stand out from white and from
# near-black pages: the blue a shade lighter, the yellow a shade darker, and a mid grey, at
# the end, in place of their black.
OKABE_ITO = (
    "#1B7FBF", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#D6C200", "#8C8C8C",
)  # fmt: skip
# For the 9th class on: Paul Tol's "muted" scheme, without the two tones that look like one
# of Okabe and Ito's; its darkest blue is lightened to be seen on a dark page.
TOL_MUTED = ("#AA4499", "#6F63C9", "#999933", "#44AA99", "#CC6677", "#9E4A6A", "#88CCEE", "#B8A25A")
VALUE_COLOURS = (*OKABE_ITO[:7], *TOL_MUTED[:5])  # of values, where grey means all others

SEQUENTIAL = "Viridis"  # scores from low to high; even in lightness, fit for print
DIVERGING = "PuOr"  # signed scores around zero
# The same for marks on the page's own background, where the white middle and the dark ends of
# a scale for cells would vanish: harm, nothing, help. Orange and blue differ for all eyes.
SIGNED = ("#D55E00", "#8C8C8C", "#1B7FBF")
# Counted cells: one blue, paler or stronger with the page, light or dark, beneath it.
CELLS = ((0.0, "rgba(0,114,178,0.10)"), (1.0, "rgba(0,114,178,1)"))
DARK = 0.55  # from this share of the scale on, white is easier to read there than the page's text
NEUTRAL = "#8C8C8C"  # reference lines and "all rows" on both themes
ACCENT = OKABE_ITO[0]  # the one series that a chart is about
WARM = OKABE_ITO[3]  # its counterpart: the second series, mistakes, warnings

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"


def class_colours(n: int) -> list[str]:
    """A colour for each of n classes, in class order; the first ones differ the most.

    Sixteen are hand-picked. Beyond them hues walk round the circle by the golden angle,
    which keeps neighbours in the list far apart; no palette keeps that many distinct for
    everyone, so charts of many classes also name the class on hover.
    """
    picked = [*OKABE_ITO, *TOL_MUTED]
    return picked[:n] + [_golden(i) for i in range(max(0, n - len(picked)))]


def _golden(i: int) -> str:
    lightness = (0.48, 0.62, 0.40)[i % 3]
    red, green, blue = colorsys.hls_to_rgb((i * 0.381966) % 1, lightness, 0.55)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"


def safe(text: str, limit: int = 160) -> str:
    """A row's text or a class name, fit for hovers, labels and titles of a figure.

    Plotly reads tags such as <b> and <a> in them; text of rows is nobody's markup.
    """
    return escape(legible(" ".join(text.split()), limit), quote=False)


AROUND, LETTER = 120, 7  # pixels above and below the axes; of a letter of an axis' name


def finish(fig: go.Figure, *, title: str, x: str, y: str, height: int = 380) -> go.Figure:
    """The common layout: title, axis names (with units), see-through backgrounds.

    Text and grid colours are left to the page's theme, light or dark. A chart of few bars
    still is as high as the name of its axis is long.
    """
    axes: dict[str, Any] = {name: {} for name in fig.layout if name[1:5] == "axis"}
    axes |= {"xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}}
    axes = {
        name: fig.layout[name].to_plotly_json() | own | {"automargin": True}
        for name, own in axes.items()
    }
    legend = {"title": {"text": ""}, "itemsizing": "constant"}
    # Merged here: plotly's own merging of nested updates takes three times as long.
    fig.update_layout(
        overwrite=True,
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 16}},
        height=max(height, AROUND + LETTER * len(y)),
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT},
        hoverlabel={"align": "left"},
        legend=fig.layout.legend.to_plotly_json() | legend,
        **{
            n: fig.layout[n].to_plotly_json() | own | {"automargin": True}
            for n, own in axes.items()
        },
    )
    return fig
