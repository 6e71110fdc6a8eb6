"""Several pairs of axes in one figure: as plotly lays them out, and where traces go."""

import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from hamr.views.base.panes import axes_of, panes

GRIDS = [
    (panes((3, 1), gaps=(0, 0.04), share="x"),
     {"rows": 2, "cols": 1, "row_heights": [0.75, 0.25], "vertical_spacing": 0.04,
      "shared_xaxes": True}),
    (panes((1,), (1, 1), gaps=(0.04, 0), share="y"),
     {"rows": 1, "cols": 2, "horizontal_spacing": 0.04, "shared_yaxes": True}),
    (panes((1, 1), (1, 1), gaps=(0.1, 0.14), titles="abcd", share="x"),
     {"rows": 2, "cols": 2, "horizontal_spacing": 0.1, "vertical_spacing": 0.14,
      "subplot_titles": "abcd", "shared_xaxes": True}),
]  # fmt: skip


@pytest.mark.parametrize(("layout", "same"), GRIDS)
def test_panes_lie_where_plotly_puts_its_subplots(layout, same):
    mine, theirs = go.Figure(layout=layout).layout, make_subplots(**same).layout
    for axis in (name for name in theirs if name[1:5] == "axis"):
        assert mine[axis].domain == pytest.approx(theirs[axis].domain)
        for what in ("anchor", "matches", "showticklabels"):
            assert mine[axis][what] == theirs[axis][what]
    for title, other in zip(mine.annotations, theirs.annotations, strict=True):
        assert (title.text, title.x) == (other.text, pytest.approx(other.x))
        assert title.y == pytest.approx(other.y)


def test_the_first_pane_has_the_axes_without_a_number():
    assert axes_of(1) == {"xaxis": "x", "yaxis": "y"}
    assert axes_of(3) == {"xaxis": "x3", "yaxis": "y3"}
