"""The tab Rows: where two runs disagree, on test and on training rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from hamr.tasks import TaskWords, features
from hamr.ui.compare.cached import of_two
from hamr.ui.compare.grid import choose, grid, open_row
from hamr.ui.compare.pair import Pair, choose_common_epoch, choose_pair, other_rows
from hamr.ui.shell import navigation
from hamr.ui.shell.state import set_query
from hamr.ui.widgets.mapchoice import Packed, corners, lasso_in_link, row_in_link
from hamr.ui.widgets.pointmap import Marks, PointMapEvent, pointmap
from hamr.views.base.all_rows import AllRows
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.theme import ACCENT, NEUTRAL, OKABE_ITO
from hamr.views.compare import rows as compare_rows
from hamr.views.compare.configurations import Configuration
from hamr.views.compare.rows import BOTH, NEITHER, ONLY_A, ONLY_B, SIDES, Counts

TEST, TRAIN, LASSO = "test_row", "train_row", "lasso"  # in the URL
MOST_MARKS = 5_000
ONE = "Only one is right"
KINDS = {
    ONE: (ONLY_A, ONLY_B),
    "Only A is right": (ONLY_A,),
    "Only B is right": (ONLY_B,),
    "Both are wrong": (NEITHER,),
}
PALETTE = [NEUTRAL, ACCENT, OKABE_ITO[1], OKABE_ITO[5]]


def rows_section(found: Sequence[Configuration]) -> None:
    """The test rows of two runs by who is right, then their training rows on the map."""
    pair = choose_pair(found, "rows")
    if pair is None:
        return
    _forget_other_rows(pair)
    rows = TaskWords.of(pair.a.info.task).unit
    st.subheader(f"Test {rows}", anchor=False)
    if not pair.same("test"):
        other_rows(pair, "test", "their predictions")
    elif not all(one.info.status == "finished" for one in (pair.a, pair.b)):
        st.info(
            "Test rows are scored once, when a run has finished.", icon=":material/hourglass_top:"
        )
    else:
        _test(pair)
    st.subheader(f"Training {rows}", anchor=False)
    if pair.same("train"):
        _training(pair)
    else:
        other_rows(pair, "train", "their predictions")


def _forget_other_rows(pair: Pair) -> None:
    """Drop what was chosen while A had other rows: the numbers would mean other rows now."""
    rows = pair.a.info.fingerprint
    if st.session_state.setdefault("compared_rows", rows) != rows:
        st.session_state["compared_rows"] = rows
        for name in (TEST, TRAIN, LASSO):
            set_query(name, None)


def _test(pair: Pair) -> None:
    sides = of_two(compare_rows.final_sides, pair.a, pair.b)
    counts = Counts.of(sides)
    tiles = st.columns(4)
    for tile, name, number in zip(
        tiles, SIDES, (counts.both, counts.only_a, counts.only_b, counts.neither), strict=True
    ):
        tile.metric(name[0].upper() + name[1:], f"{number:,}")
    task = pair.a.info.task
    right = "A sentence is right if all its entities are. " if features(task).entities else ""
    p = "p < 0.001" if counts.p < 0.001 else f"p = {counts.p:.3f}"
    st.caption(
        f"{right}McNemar's exact test of these two runs: {p}. A small p suggests that one of them "
        "is right more often."
    )
    kind = st.segmented_control(
        "Which rows", list(KINDS), default=ONE, required=True, key="side", bind="query-params"
    )
    rows = np.flatnonzero(np.isin(sides, KINDS[kind or ONE]))
    gap = of_two(compare_rows.final_gap, pair.a, pair.b)
    what, chosen = f"test {TaskWords.of(task).each}", row_in_link(pair.a, TEST, "test")
    grid(
        rows[np.argsort(-gap[rows], kind="stable")],
        lambda some: compare_rows.table(pair.a, pair.b, some),
        name=TEST,
        chosen=chosen,
        what=what,
    )
    if chosen is not None:
        line = compare_rows.table(pair.a, pair.b, np.array([chosen])).iloc[0]
        open_row(pair, line, name=TEST, what=what, links=lambda: _relabel_test(pair, chosen))


def _relabel_test(pair: Pair, position: int) -> None:
    """A link to the test row on Relabel, where rows of all splits have one index."""
    row = AllRows.of(pair.a).index("test", position)
    navigation.relabel_row(pair.a.id, pair.a.epochs()[-1], row)


def _training(pair: Pair) -> None:
    epoch = choose_common_epoch(pair, "rows")
    arguments = (pair.a, pair.b, epoch, epoch)
    sides = of_two(compare_rows.train_sides, *arguments)
    differ = of_two(compare_rows.differ, *arguments)
    words = TaskWords.of(pair.a.info.task)
    xy = pair.a.map()
    if xy is None:
        xy = pair.b.map()
    chosen, lasso = row_in_link(pair.a, TRAIN), lasso_in_link(LASSO)
    if xy is None:
        st.caption("Neither run has a map yet, so rows are shown only as a table.")
    else:
        _map(xy, sides, differ, words.unit, chosen, lasso)
    what, which = f"training {words.each}", " with different predictions"
    region = corners(lasso, xy)
    if region and xy is not None:
        differ, which = inside(region, xy) & differ, f" in the lasso{which}"
    rows = np.flatnonzero(differ)
    if chosen is not None:
        line = compare_rows.train_table(*arguments, np.array([chosen])).iloc[0]
        open_row(pair, line, name=TRAIN, what=what, links=lambda: _links(pair, epoch, chosen))
    gap = of_two(compare_rows.train_gap, *arguments)
    grid(
        rows[np.argsort(-gap[rows], kind="stable")],
        lambda some: compare_rows.train_table(*arguments, some),
        name=TRAIN,
        chosen=chosen,
        what=what,
        which=which,
    )


def _links(pair: Pair, epoch: int, row: int) -> None:
    """Links to more about the row in either run."""
    for side, run in zip("AB", (pair.a, pair.b), strict=True):
        here = {"run": run.id, "epoch": str(epoch), "row": str(row)}
        navigation.link("Neighbourhoods", f"Why {side} drew it", query=here)
    navigation.relabel_row(pair.a.id, epoch, row)


def _chosen_on_map(event: PointMapEvent) -> None:
    choose(TRAIN, event.clicked)
    set_query(LASSO, lasso_text(event.packed) if event.packed else None)


def _map(
    xy: np.ndarray,
    sides: np.ndarray,
    differ: np.ndarray,
    rows: str,
    chosen: int | None,
    lasso: Packed | None,
) -> None:
    shapes = [("highlight", f"different predictions ({int(differ.sum()):,})")]
    if chosen is not None:
        shapes.append(("selected", f"row {chosen}"))
    pointmap(
        xy,
        key="compare-map",
        colours=sides,
        palette=PALETTE,
        labels=list(SIDES),
        marks=Marks(
            dimmed=(sides == BOTH) & ~differ,
            highlight=np.flatnonzero(differ)[:MOST_MARKS],
            shapes=shapes,
        ),
        selected=chosen,
        lasso=lasso,
        description=f"UMAP of {len(xy):,} training {rows}, coloured by which run is right",
        height=480,
        on_change=_chosen_on_map,
    )
    st.caption(
        f"The map is of training {rows}: test {rows} have no place on it. Diamonds are those of "
        "which the two runs say different things; click a point to read it, or draw a lasso "
        "(button, or shift and drag) to list the diamonds in it."
    )
