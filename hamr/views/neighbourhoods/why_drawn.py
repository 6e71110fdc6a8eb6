"""Why a row was drawn: the state that stood before the epoch, and the draws it led to.

The draws of epoch e follow hardness and boost as epoch e - 1 left them; epoch 1 starts with
hardness 1 and boost 0 everywhere. Axes: N training rows, S hard seeds, K neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.sampler import FLOOR, probabilities
from hamr.store import Run
from hamr.views.base.binning import spread
from hamr.views.base.figures import epoch_axis
from hamr.views.base.panes import axes_of, panes
from hamr.views.base.reduced import Pick
from hamr.views.base.theme import ACCENT, NEUTRAL, WARM, finish


@dataclass(frozen=True)
class Links:
    """Rows at the other end of an edge, nearest first, with cosine similarities."""

    rows: np.ndarray
    similarities: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Why:
    """Everything that led to the draws of one row in one epoch."""

    row: int
    epoch: int
    hardness: float  # before the epoch, as is the boost
    boost: float
    tau: float
    boost_strength: float  # lambda as the draws used it
    resamples: bool  # whether draws follow hardness at all
    probability: float  # of this row at each single draw; 0 if it was moved into the meta set
    rank: int  # 1 for the most probable row; ties share the best rank
    row_count: int
    draws: int  # of this row
    draw_count: int  # of all rows
    boosters: Links  # the seeds that the row is a neighbour of
    largest_count: int  # how many seeds boost the most boosted row
    neighbours: Links | None  # None unless the row is a seed itself

    @property
    def mass(self) -> float:
        """(h + 1e-6)^tau * (1 + lambda * b)."""
        found: float = (self.hardness + FLOOR) ** self.tau * (1 + self.boost_strength * self.boost)
        return found

    @property
    def total(self) -> float:
        """The sum of the mass over all rows that can be drawn; NaN if this one cannot."""
        return self.mass / self.probability if self.probability else float("nan")

    @property
    def expected(self) -> float:
        """Draws of the row to be expected in the epoch."""
        return self.probability * self.draw_count

    def formula(self) -> str:
        """The probability written out with its numbers, as LaTeX."""
        return (
            r"p = \frac{(h + 10^{-6})^{\tau}\,(1 + \lambda b)}{\sum_j (\cdot)} = "
            rf"\frac{{{self.hardness:.4f}^{{{self.tau:g}}} \cdot "
            rf"(1 + {self.boost_strength:g} \cdot {self.boost:.3f})}}{{{_tex(self.total)}}} = "
            rf"\frac{{{self.mass:.4f}}}{{{_tex(self.total)}}} = {_tex(self.probability)}"
        )


def _tex(value: float) -> str:
    """A number in LaTeX: 1.2e-05 becomes a power of ten, 16345 gets its comma."""
    if value and abs(value) < 1e-3:
        digits, power = f"{value:.3e}".split("e")
        return rf"{digits} \cdot 10^{{{int(power)}}}"
    return f"{value:,.2f}".replace(",", "{,}") if abs(value) >= 10 else f"{value:.4g}"


def why_drawn(run: Run, epoch: int, row: int) -> Why:
    """The account of one row's draws in one epoch.

    Raises DamagedError or StoreError where the epoch before is missing or damaged.
    """
    settings = run.info.settings.training
    hardness, boost = _hardness_and_boost(run, epoch)
    probability = _probability(run, epoch, hardness, boost)
    boosters, largest_count, neighbours = _links(run, epoch, row)
    draws = run.signal("draws", epoch)
    return Why(
        row=row,
        epoch=epoch,
        hardness=float(hardness[row]),
        boost=float(boost[row]),
        tau=settings.tau,
        boost_strength=settings.effective_boost,
        resamples=settings.resamples,
        probability=float(probability[row]),
        rank=int((probability > probability[row]).sum()) + 1,
        row_count=len(probability),
        draws=int(draws[row]),
        draw_count=int(draws.sum()),
        boosters=boosters,
        largest_count=largest_count,
        neighbours=neighbours,
    )


def _hardness_and_boost(run: Run, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """Hardness and boost before the epoch, [N] each."""
    if epoch == 1:
        count = len(run.rows())
        return np.ones(count, np.float32), np.zeros(count, np.float32)
    return run.signal("hardness", epoch - 1), run.signal("boost", epoch - 1)


def _probability(run: Run, epoch: int, hardness: np.ndarray, boost: np.ndarray) -> np.ndarray:
    """p [N], by the sampler's own formula, so that page and training cannot drift apart."""
    settings = run.info.settings.training
    drawable = run.signal("expected_draws", epoch) > 0  # others were moved into the meta set
    if not settings.resamples:
        found: np.ndarray = drawable / max(1, drawable.sum())
        return found
    return probabilities(
        hardness,
        boost,
        tau=settings.tau,
        boost_strength=settings.effective_boost,
        drawable=drawable,
    )


def _links(run: Run, epoch: int, row: int) -> tuple[Links, int, Links | None]:
    """Seeds that boosted the row, the largest such count of any row, its own neighbours."""
    if epoch == 1:
        return Links(np.empty(0, int), np.empty(0)), 0, None
    arrays = run.arrays(epoch - 1, ["seeds", "neighbours", "similarities"])
    seeds, near, similarity = arrays["seeds"], arrays["neighbours"], arrays["similarities"]
    place, column = np.nonzero(near == row)
    boosters = _nearest_first(seeds[place], similarity[place, column])
    counts = np.bincount(near[near >= 0], minlength=1)
    own = np.flatnonzero(seeds == row)
    if not own.size:
        return boosters, int(counts.max()), None
    known = near[own[0]] >= 0
    neighbours = _nearest_first(near[own[0]][known], similarity[own[0]][known])
    return boosters, int(counts.max()), neighbours


def _nearest_first(rows: np.ndarray, similarities: np.ndarray) -> Links:
    order = np.argsort(-similarities, kind="stable")
    return Links(rows[order], similarities[order])


def link_table(run: Run, epoch: int, row: int, links: Links) -> pd.DataFrame:
    """The rows at the other ends, with what they stood at before the epoch."""
    hardness, _ = _hardness_and_boost(run, epoch)
    frame = run.rows().frame(links.rows)
    own = run.classes[run.rows().labels[row]]
    frame.insert(1, "similarity", links.similarities.round(4))
    frame["same label"] = frame["label"] == own
    frame["hardness"] = hardness[links.rows]
    return frame


def row_path(run: Run, row: int, epoch: int) -> go.Figure:
    """Hardness and boost of a row after each epoch, and its draws against the expected ones."""
    epochs = spread(run.epochs(), epoch)
    hardness, boost, draws, expected = (
        np.stack(run.reduce_over(name, epochs, Pick((row,))))[:, 0]
        for name in ("hardness", "boost", "draws", "expected_draws")
    )
    strong = {"type": "scatter", "mode": "lines+markers", "x": epochs, "line": {"color": ACCENT}}
    other = {**strong, "line": {"color": WARM, "dash": "dash"}}
    bars = {"type": "bar", "x": epochs, "marker": {"color": ACCENT}}
    traces = [
        {**strong, "y": hardness, "name": "hardness"},
        {**other, "y": boost, "name": "boost"},
        {**bars, "y": draws, "name": "draws", **axes_of(2)},
        {**other, "y": expected, "name": "expected draws", **axes_of(2)},
    ]
    titles = ("Hardness and boost", "Draws")
    fig = go.Figure(traces, panes((1,), (1, 1), gaps=(0.1, 0), titles=titles))
    epoch_axis(fig, epochs, epoch)
    fig.update_shapes(line={"color": NEUTRAL, "width": 1, "dash": "dot"})  # WARM is a series
    finish(fig, title=f"Row {row} over the epochs", x="epoch", y="hardness, boost", height=300)
    return fig.update_layout(
        xaxis2_title_text="epoch",
        yaxis2_title_text="draws in the epoch",
        legend={"orientation": "h", "y": -0.3},
        margin={"t": 72},
    )
