"""Compare's tab of rows: where two runs disagree, on test and on training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from hamr.ui.cached import of_two
from hamr.ui.compare_pair import Pair, choose_common_epoch, choose_pair, other_rows
from hamr.ui.pointmap import PointMapEvent, pointmap
from hamr.ui.text import as_csv, count
from hamr.views import compare_rows
from hamr.views.compare import Candidate
from hamr.views.compare_rows import BOTH, NEITHER, ONLY_A, ONLY_B, SIDES, Counts
from hamr.views.geometry import inside
from hamr.views.theme import ACCENT, NEUTRAL, OKABE_ITO

SHOWN = 300  # a longer table is no help to the eye and slow to send
MOST_MARKS = 5_000
ONE = "Only one right"
KINDS = {
    ONE: (ONLY_A, ONLY_B),
    "Only A right": (ONLY_A,),
    "Only B right": (ONLY_B,),
    "Both wrong": (NEITHER,),
}
PALETTE = [NEUTRAL, ACCENT, OKABE_ITO[1], OKABE_ITO[5]]


def rows_section(found: Sequence[Candidate]) -> None:
    """The test rows of two runs by who is right, then their training rows on the map."""
    pair = choose_pair(found, "rows")
    if pair is None:
        return
    rows = "sentences" if pair.a.info.task == "token" else "rows"
    st.subheader(f"Test {rows}", anchor=False)
    if not pair.same("test"):
        other_rows(pair, "test", "what they say of them")
    elif not all(one.info.status == "finished" for one in (pair.a, pair.b)):
        st.info("The test rows are scored once, when a run has finished.", icon="⏳")
    else:
        _test(pair)
    st.subheader(f"Training {rows}", anchor=False)
    if pair.same("train"):
        _training(pair)
    else:
        other_rows(pair, "train", "what they say of them")


def _test(pair: Pair) -> None:
    sides = of_two(compare_rows.final_sides, pair.a, pair.b)
    counts = Counts.of(sides)
    tiles = st.columns(4)
    for tile, name, number in zip(
        tiles, SIDES, (counts.both, counts.only_a, counts.only_b, counts.neither), strict=True
    ):
        tile.metric(name[0].upper() + name[1:], f"{number:,}")
    token = pair.a.info.task == "token"
    right = "A sentence is right when all its entities are. " if token else ""
    st.caption(
        f"{right}If both were as often right, rows would fall to A or B like a fair coin: "
        f"p = {counts.p:.3f} (McNemar's exact test, of these two runs alone)."
    )
    kind = st.segmented_control(
        "Which rows", list(KINDS), default=ONE, required=True, key="side", bind="query-params"
    )
    rows = np.flatnonzero(np.isin(sides, KINDS[kind or ONE]))
    gap = of_two(compare_rows.final_gap, pair.a, pair.b)
    _grid(
        rows[np.argsort(-gap[rows], kind="stable")],
        lambda some: compare_rows.table(pair.a, pair.b, some),
        key="test-rows",
        what=f"test {'sentence' if token else 'row'}",
    )


def _training(pair: Pair) -> None:
    epoch = choose_common_epoch(pair, "rows")
    arguments = (pair.a, pair.b, epoch, epoch)
    sides = of_two(compare_rows.train_sides, *arguments)
    differ = of_two(compare_rows.differ, *arguments)
    token = pair.a.info.task == "token"
    xy = pair.a.map()
    if xy is None:
        xy = pair.b.map()
    event = PointMapEvent()
    if xy is None:
        st.caption("Neither run has a map yet, so the rows stand in the table alone.")
    else:
        event = _map(xy, sides, differ, "sentences" if token else "rows")
    rows, what = np.flatnonzero(differ), "on which the two differ"
    if event.lasso and xy is not None:
        rows, what = np.flatnonzero(inside(event.lasso, xy) & differ), f"in the lasso {what}"
    elif event.clicked is not None:
        rows, what = np.array([event.clicked]), "clicked"
    gap = of_two(compare_rows.train_gap, *arguments)
    _grid(
        rows[np.argsort(-gap[rows], kind="stable")],
        lambda some: compare_rows.train_table(*arguments, some),
        key="train-rows",
        what=f"training {'sentence' if token else 'row'}",
        which=f" {what}",
    )


def _map(xy: np.ndarray, sides: np.ndarray, differ: np.ndarray, rows: str) -> PointMapEvent:
    event = pointmap(
        xy,
        key="compare-map",
        colours=sides,
        palette=PALETTE,
        labels=list(SIDES),
        dimmed=(sides == BOTH) & ~differ,
        highlight=np.flatnonzero(differ)[:MOST_MARKS],
        shapes=[("highlight", f"the two differ ({int(differ.sum()):,})")],
        description=f"UMAP of {len(xy):,} training {rows}, coloured by which run is right",
        height=480,
    )
    st.caption(
        f"The map is of training {rows}: test {rows} have no place on it. Diamonds are those of "
        "which the two runs say different things; click one, or draw a lasso (button, or shift "
        "and drag), to list it below."
    )
    return event


def _grid(
    rows: np.ndarray,
    table: Callable[[np.ndarray], pd.DataFrame],
    *,
    key: str,
    what: str,
    which: str = "",
) -> None:
    """The first SHOWN rows, and all of them as CSV; those of the widest gap come first."""
    if not len(rows):
        st.success(f"No {what}{which}." if which else f"No such {what}.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-head"):
        more = f"; {SHOWN} are shown" if len(rows) > SHOWN else ""
        order = ", where P(label) differs most first" if len(rows) > 1 else ""
        st.text(f"{count(len(rows), what)}{which}{order}{more}", width="stretch")
        st.download_button(
            "CSV of these rows",
            lambda: as_csv(table(rows)),
            f"{key}.csv",
            "text/csv",
            on_click="ignore",
            key=f"{key}-csv",
        )
    frame: pd.DataFrame = table(rows[:SHOWN])
    chance = st.column_config.NumberColumn(
        format="%.2f",
        width=85,
        help="Softmax probability of the label; of a sentence, of its hardest tag",
    )
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        height=min(36 * (len(frame) + 1) + 2, 400),
        alt=f"{what.capitalize()}s{which}: text, label and what each run says",
        column_order=[
            "text", "label", "A says", "B says", "P(label) A", "P(label) B", "id", "row"
        ],
        column_config={
            "text": st.column_config.TextColumn(width=300),
            **dict.fromkeys(("label", "A says", "B says"), st.column_config.TextColumn(width=160)),
            "P(label) A": chance,
            "P(label) B": chance,
        },
    )  # fmt: skip
