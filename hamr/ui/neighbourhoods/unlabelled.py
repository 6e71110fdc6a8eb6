"""Unlabelled rows on the map: plus signs among its points, and the one that is chosen at its side.

pool=12            the unlabelled row that is chosen, as on Relabel
unlabelled=hidden  they are turned off in the legend
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from hamr.errors import StoreError
from hamr.jobs.pool_scores import are_sentences, probabilities_of
from hamr.store import PERSON_SECONDS, Run, patience
from hamr.store.pools import Pool
from hamr.ui.neighbourhoods.found import decisions_of
from hamr.ui.neighbourhoods.layout import is_data_map
from hamr.ui.neighbourhoods.side import open_row, show_side
from hamr.ui.relabel.place import UNLABELLED
from hamr.ui.shell import navigation
from hamr.ui.shell.scoring import is_scoring, scoring_ended, show_scoring, start_scoring
from hamr.ui.shell.state import POOL_ROW, query, set_query
from hamr.ui.shell.text import count
from hamr.ui.widgets.hover import Hover
from hamr.ui.widgets.mapchoice import choose
from hamr.ui.widgets.pointmap import Layer
from hamr.ui.widgets.pool_history import prediction_over_epochs
from hamr.views.base.tips import Fact
from hamr.views.neighbourhoods.facts import facts_of
from hamr.views.neighbourhoods.pool_layer import PoolLayer, pool_layer, verdict
from hamr.views.neighbourhoods.subjects import Subject

HIDDEN = "hidden"  # the value of ?unlabelled=
MOST_DIGITS = 9


def pool_on_map(subject: Subject, run: Run) -> Pool | None:
    """The unlabelled rows of the data; None without any, where the map shows no rows, and while the
    database can't be read, as the map is there all the same.
    """
    if not subject.are_rows:
        return None
    try:
        with patience(PERSON_SECONDS):
            pool = Pool(decisions_of(run))
    except StoreError:
        return None
    return pool if len(pool) else None


def layer_of(run: Run, epoch: int, pool: Pool | None) -> Layer | None:
    """The unlabelled rows without a decision, for the map; None where it has no places for them."""
    if pool is None or is_data_map():
        return None
    whole = _placed(run, epoch, pool)
    if whole is None:
        return None
    waiting = pool.waiting()
    found = whole.without_decision(waiting)
    left = int(waiting.sum())
    drawn = f"{len(found.rows):,}"  # of very many rows some, drawn at random
    chosen = pool_row_in_link(pool)
    return Layer(
        found.xy,
        found.rows,
        "unlabelled row",
        f"unlabelled ({drawn} of {left:,})" if len(found.rows) < left else f"unlabelled ({drawn})",
        _hover(run, pool, found),
        None if chosen is None else found.points.get(chosen),
        query(UNLABELLED) != HIDDEN,
        lambda point: open_pool_row(int(found.rows[point])),
        lambda shown: set_query(UNLABELLED, None if shown else HIDDEN),
    )


def how_placed(layer: Layer | None) -> str:
    """What the plus signs are, for the sentences on how to read the map; "" without any."""
    if layer is None:
        return ""
    return (
        " Plus signs are unlabelled rows, each near the training rows that it was most similar to "
        "before training. Colours, filters and lassos leave them as they are; a click opens one."
    )


def _placed(run: Run, epoch: int, pool: Pool) -> PoolLayer | None:
    """Kept once they are placed: where they are not, another process may be about to."""
    known = _kept()
    key = (run.id, epoch, tuple(part.sha256 for part in pool.parts), run.info.best_epoch)
    if key not in known:
        found = pool_layer(run, epoch, pool)
        if found is None:
            return None
        while len(known) >= MOST_KEPT:
            known.pop(next(iter(known)))
        known[key] = found
    return known[key]


MOST_KEPT = 16  # layers of 20,000 rows, some 0.5 MB each


@st.cache_resource(show_spinner=False)
def _kept() -> dict[object, PoolLayer]:
    return {}


def _hover(run: Run, pool: Pool, found: PoolLayer) -> Hover:
    def texts(at: Sequence[int]) -> Sequence[str]:
        return pool.texts(found.rows[np.asarray(at, np.int64)])

    def known(at: np.ndarray | None) -> tuple[Fact, ...]:
        return found.facts if at is None else facts_of(found.facts, at)

    version = f"{run.id} {len(pool)} {len(found.rows)} {hash(found.rows.tobytes())}"
    return Hover(texts, known, False, version)


def offer_to_place(run: Run, pool: Pool | None, layer: Layer | None) -> None:
    """A button that places the unlabelled rows, where there are some that the map lacks."""
    if pool is None or layer is not None or is_data_map() or run.info.active:
        return
    st.fragment(_placing, run_every=2.0 if is_scoring(run) else None)(run, len(pool))


def _placing(run: Run, rows: int) -> None:
    if is_scoring(run):
        show_scoring(run)
        st.session_state["placing"] = run.id
        return
    if scoring_ended(run) and st.session_state.pop("placing", None) == run.id:
        st.rerun()
    show_scoring(run)
    if st.button(
        f"Place {count(rows, 'unlabelled row')}",
        key="place-unlabelled",
        icon=":material/add:",
        help="Embeds them, scores them by this run's model, and shows them on the map.",
    ):
        start_scoring(run)
        st.session_state["placing"] = run.id
        st.rerun()


def pool_row_in_link(pool: Pool | None) -> int | None:
    """The unlabelled row of the URL; None where it names none that there is."""
    asked = query(POOL_ROW) or ""
    if pool is None or not asked.isdecimal() or len(asked) > MOST_DIGITS or int(asked) >= len(pool):
        return None
    return int(asked)


def open_pool_row(row: int | None) -> None:
    """Put an unlabelled row into the URL and show it; None closes it."""
    choose(row=None)
    set_query(POOL_ROW, row)
    show_side(None)


def unlabelled_section(run: Run, pool: Pool, row: int) -> None:
    """One unlabelled row at the map's side."""
    head, close = st.columns([5, 2], vertical_alignment="center")
    head.subheader(f"Unlabelled row {row}", anchor=False)
    close.button(
        "Close", key="pool-close", type="tertiary", on_click=open_row, args=(None,), width="stretch"
    )
    st.text(verdict(run, pool, row))
    text = pool.texts([row])[0]
    with st.container(border=True, key="pool-text"):
        st.text(text)
    with st.container(horizontal=True, key="pool-acts"):
        there = {"run": run.id, "split": UNLABELLED, POOL_ROW: str(row)}
        navigation.link("Relabel", "Label it", query=there)
        navigation.try_text(run.id, text)
    chances = None if are_sentences(run) else probabilities_of(run, row)
    if chances is not None:
        prediction_over_epochs(run, row, int(chances.argmax()))
