"""Is one configuration better than another: differences to a baseline, over seeds and rows.

Axes: R resamples, S seeds that both configurations have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.errors import StoreError
from hamr.store import Run
from hamr.views.base.significance import (
    Tally,
    holm,
    paired_p,
    percentiles,
    resample,
    t_interval,
    tally,
)
from hamr.views.base.theme import ACCENT, NEUTRAL, OKABE_ITO, finish, safe
from hamr.views.compare.configurations import Configuration
from hamr.views.compare.figures import NAME
from hamr.views.compare.scores import class_order, run_scores


@dataclass(frozen=True)
class Difference:
    """The score of a configuration minus that of the baseline, on the same test rows."""

    name: str
    seeds: tuple[int, ...]  # that both have; () where none are
    mean: float  # over those seeds, else of the two means
    low: float  # 95 % t interval over the seeds; NaN below two
    high: float
    p: float  # paired t test
    rows_low: float  # middle 95 % over resampled rows
    rows_high: float
    above: float  # share of resamples in which it is better, in [0, 1]


def differences(
    found: Sequence[Configuration], baseline: str, k: int = 0
) -> tuple[Difference, ...]:
    """The difference of every other finished configuration; k is 0 for macro-F1, else a class.

    Where both have the same seeds, those are compared pair by pair. Where they share none, all
    of one are compared with all of the other, over rows only.
    """
    names, _ = class_order(found)
    finished = [one for one in found if one.finished]
    base = next((one for one in finished if one.name == baseline), None)
    if base is None:
        return ()
    runs = [run for one in finished for run in one.finished]
    scored = np.array([run_scores(run, "test", names)[k] for run in runs])
    drawn = _drawn_scores(runs, names, k)
    place = {run.id: t for t, run in enumerate(runs)}
    result = []
    for one in finished:
        if one is not base:
            seeds, sides = _paired(one, base)
            ours, theirs = ([place[run.id] for run in side] for side in sides)
            gaps = scored[ours] - scored[theirs] if seeds else np.empty(0)
            mean = float(scored[ours].mean() - scored[theirs].mean())
            rows = drawn[:, ours].mean(axis=1) - drawn[:, theirs].mean(axis=1)
            result.append(_difference(one.name, seeds, mean, gaps, rows))
    return tuple(result)


def _difference(
    name: str, seeds: tuple[int, ...], mean: float, gaps: np.ndarray, rows: np.ndarray
) -> Difference:
    """From the differences of each pair of seeds [S] and of each resample [R]."""
    low, high = t_interval(gaps) if len(gaps) > 1 else (np.nan, np.nan)
    rows_low, rows_high = percentiles(rows)
    return Difference(
        name, seeds, mean, float(low), float(high), paired_p(gaps),
        float(rows_low), float(rows_high), float((rows > 0).mean()),
    )  # fmt: skip


def _paired(
    one: Configuration, base: Configuration
) -> tuple[tuple[int, ...], tuple[list[Run], ...]]:
    """The seeds that both have, and the runs of each with them; all runs where none are."""
    sides = [{run.info.seed: run for run in side.finished} for side in (one, base)]
    seeds = tuple(sorted(sides[0].keys() & sides[1].keys()))
    return seeds, tuple([side[seed] for seed in seeds or side] for side in sides)


def _drawn_scores(runs: Sequence[Run], names: Sequence[str], k: int) -> np.ndarray:
    """The score of each run on each set of resampled test rows, [R, runs]."""
    tallies: list[Tally] = []
    for run in runs:
        found = tally(run, "test", names)
        if found is None:
            raise StoreError(f"The run {run.info.name} kept no predictions of its test rows")
        tallies.append(found)
    f1, macro = resample(tallies)
    return macro if k == 0 else f1[:, :, k - 1]


def table(found: Sequence[Difference]) -> pd.DataFrame:
    """A line for each configuration; p also with Holm's correction for all comparisons."""
    return pd.DataFrame(
        {
            NAME: [one.name for one in found],
            "difference": [one.mean for one in found],
            "paired seeds": [len(one.seeds) for one in found],
            "seeds: low": [one.low for one in found],
            "seeds: high": [one.high for one in found],
            "p": [one.p for one in found],
            "p (Holm)": holm(np.array([one.p for one in found])),
            "rows: low": [one.rows_low for one in found],
            "rows: high": [one.rows_high for one in found],
            "better in": [100 * one.above for one in found],
        }
    )


def chart(found: Sequence[Difference], baseline: str, what: str) -> go.Figure:
    """Each difference with both intervals; zero, the baseline, is a line."""
    names = [safe(one.name, 60) for one in found]
    fig = go.Figure()
    looks = (
        ("95 % over seeds", "circle", ACCENT, 0.14, [(one.low, one.high) for one in found]),
        ("95 % over rows", "diamond", OKABE_ITO[1], -0.14,
         [(one.rows_low, one.rows_high) for one in found]),
    )  # fmt: skip
    for name, mark, colour, shift, ends in looks:
        kept = [i for i, (low, _) in enumerate(ends) if np.isfinite(low)]
        mean = np.array([found[i].mean for i in kept])
        low, high = np.array([ends[i] for i in kept]).reshape(-1, 2).T
        fig.add_scatter(
            x=mean.round(4),
            y=[len(found) - 1 - i + shift for i in kept],
            customdata=np.array([[names[i], f"{a:+.3f} to {b:+.3f}"]
                                 for i, a, b in zip(kept, low, high, strict=True)], object),
            error_x={"array": high - mean, "arrayminus": mean - low, "thickness": 2, "width": 6},
            mode="markers",
            marker={"color": colour, "symbol": mark, "size": 10},
            name=name,
            hovertemplate="<b>%{customdata[0]}</b><br>%{x:+.3f}, %{customdata[1]}",
        )  # fmt: skip
    line = {"color": NEUTRAL, "width": 1.5, "dash": "dash"}
    fig.add_shape(type="line", x0=0, x1=0, yref="y domain", y0=0, y1=1, line=line)
    fig.update_yaxes(
        tickvals=list(range(len(found))), ticktext=names[::-1],
        range=[-0.6, len(found) - 0.4], showgrid=False, zeroline=False,
    )  # fmt: skip
    fig.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    fig = finish(
        fig, title=f"{what} on test, minus that of {safe(baseline, 60)}",
        x="difference in F1 (-1 to 1)", y=NAME, height=170 + 44 * len(found),
    )  # fmt: skip
    return fig.update_layout(margin={"t": 84}, showlegend=True)
