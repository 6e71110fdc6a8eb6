"""Hardness: which rows the model finds hard, since when, and whether to believe it."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.hardness.rowpages import (
    PAGE_ROWS,
    current_page,
    filters,
    first_page,
    pager,
    row_grid,
    untick,
)
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import chart, view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.state import chosen_rows
from hamr.ui.shell.text import plain_name
from hamr.ui.widgets.sentence import row_text
from hamr.views.base import alignment, hard_rows, rowtable
from hamr.views.base import recency as hard_support
from hamr.views.hardness import by_mistake, crossing, recency
from hamr.views.hardness import distribution as hardness

TABS = ("Distribution", "Rows", "Hard or just drawn")


def hardness_page() -> None:
    """Show the page."""
    open_page(
        "Hardness",
        "Each time a row is drawn, its hardness moves a step towards the weight the row was "
        "given. Hard rows are drawn more often, and so are their neighbours.",
    )
    run = choose_run()
    epoch = choose_epoch(run)
    with guard():
        flat = tiles(run, epoch)
        distribution_tab, rows_tab, recency_tab = st.tabs(TABS, key="view", bind="query-params")
        for tab, section in (
            (distribution_tab, distribution),
            (rows_tab, rows_section),
            (recency_tab, hard_or_just_drawn),
        ):
            if tab.open:
                with tab, guard():
                    section(run, epoch, flat)


def tiles(run: Run, epoch: int) -> bool:
    """The epoch in five figures; says whether all rows are equally hard."""
    facts = view(hardness.summary, run, epoch)
    share = run.info.settings.training.hard_share
    columns = st.columns(5)
    columns[0].metric("Median hardness", f"{facts['median']:.3f}", help="1 is the start.")
    columns[1].metric("95th percentile", f"{facts['high']:.3f}")
    columns[2].metric(
        f"Hardest {share:.0%} from",
        f"{facts['threshold']:.3f}",
        help="The least hardness that is still among the hard rows.",
    )
    one = TaskWords.of(run.info.task).one
    columns[3].metric(
        f"Hardest {one}",
        f"{facts['hardest_median']:.3f}",
        delta=plain_name(facts["hardest_class"]),
        delta_color="off",
        delta_arrow="off",
        help=f"The {one} with the highest median hardness."
        + (" A sentence counts under every type it holds." if one == "type" else ""),
    )
    columns[4].metric(
        "Never drawn", f"{facts['never_drawn']:,}", help=f"Of {facts['rows']:,} training rows."
    )
    flat = view(hard_rows.is_flat, run, epoch)
    if flat:
        st.info(
            "All rows are equally hard here, so there is no order among them. "
            + (
                "Its method learns no weights: hardness stays at 1. "
                if not run.info.settings.training.learns_hardness
                else "Nothing has moved hardness from 1 yet. "
            )
            + "Sort the rows by loss, or train with HAMR to see which rows it finds hard.",
            icon="ℹ️",
        )
    return flat


def distribution(run: Run, epoch: int, flat: bool) -> None:
    if flat:
        st.text("There is no distribution to draw. Rows lists them by loss.")
        return
    left, right = st.columns(2)
    with left:
        chart(
            hardness.over_epochs,
            run,
            epoch,
            key="hardness-epochs",
            how_to_read="The line is the median row; the dark band holds half of the rows, the "
            "light one 90 %. A widening band means that the rows part into easy and hard.",
            alt="Quantiles of hardness over the epochs: median, middle half and middle 90 %",
        )
    with right:
        chart(
            hardness.histogram,
            run,
            epoch,
            key="hardness-histogram",
            how_to_read="Bars count rows by hardness; the outline is the first epoch. Rows right "
            "of the dashed line are the hard ones.",
            alt=f"Histogram of hardness over the training rows at epoch {epoch}",
        )
    token, words = run.info.task == "token", TaskWords.of(run.info.task)
    if run.info.settings.training.learns_weights:
        chart(
            alignment.against_hardness,
            run,
            epoch,
            key="alignment-hardness",
            how_to_read="Right of the dashed line are the hard seeds. Those above the dotted line "
            "have helped the balanced meta set when they had more weight, those below it have "
            "harmed it: many of these are labelled wrong.",
            alt=f"Density of the rows over hardness and alignment at epoch {epoch}",
        )
    chart(
        hardness.by_class,
        run,
        epoch,
        key="hardness-classes",
        how_to_read=("A sentence counts under every entity type that it holds. " if token else "")
        + f"A box holds the middle half of a {words.one}'s {words.unit}, its whiskers 90 %, the "
        f"dot is the median; hardest on top. The dashed line is where hard {words.unit} begin.",
        alt=f"Box plots of hardness by {'entity type' if token else 'class'} at epoch {epoch}, "
        f"hardest {words.one} first",
    )
    if token:
        chart(
            by_mistake.by_kind,
            run,
            epoch,
            key="hardness-mistakes",
            how_to_read="Boxes as above, by what is wrong with a sentence; one with mistakes of "
            "several kinds counts under each. Hard sentences that are all right may be ones the "
            "model learnt late.",
            alt=f"Box plots of hardness by kind of mistake at epoch {epoch}",
        )
        chart(
            crossing.by_type_and_kind,
            run,
            epoch,
            key="mistakes-by-type",
            how_to_read="Numbers count wrong entities, rarest type on top; the darker a cell, the "
            "more of the type's entities they are. Missed ones, and those of a wrong type or "
            "boundary, stand under their type in the file; spurious ones under the type that the "
            "model gives them.",
            alt=f"Heat map of wrong entities by entity type and kind of mistake at epoch {epoch}",
        )


def rows_section(run: Run, epoch: int, flat: bool) -> None:
    frame = view(rowtable.measures, run, epoch)
    wanted, sort = filters(run, flat)
    found = rowtable.matching(run, frame, wanted, sort)
    chosen = chosen_rows(len(frame), hardness.MOST_ROWS)
    page, pages = current_page(len(found))
    on_page = found[page * PAGE_ROWS : (page + 1) * PAGE_ROWS].tolist()
    if not on_page:
        st.info("No row passes these filters. Take one away, or search for less.", icon="🔎")
    else:
        pager(run, frame, found, page, pages)
        state, words = (run.id, epoch, wanted, sort), TaskWords.of(run.info.task)
        row_grid(rowtable.table(run, frame, on_page), on_page, chosen, state, words)
    paths(run, epoch, chosen, on_page)


def paths(run: Run, epoch: int, chosen: list[int], on_page: list[int]) -> None:
    """Trajectories of the ticked rows, or of the first of the table while none is ticked."""
    rows = chosen or on_page[:4]
    if not rows:
        return
    if chosen:
        st.multiselect(
            f"Chosen rows (at most {hardness.MOST_ROWS})",
            chosen,
            default=chosen,
            format_func=lambda row: run.rows().ids([row])[0],
            key=f"chosen-{'-'.join(map(str, chosen))}",
            on_change=untick,
            args=(f"chosen-{'-'.join(map(str, chosen))}",),
        )
    else:
        st.caption("Tick rows in the table to follow them. Until then: the first of the table.")
    chart(
        hardness.trajectories,
        run,
        tuple(rows),
        epoch,
        key="trajectories",
        how_to_read="One line is one row. Loss that falls while hardness stays high means the "
        "weight network still favours the row; a gap in the weight is an epoch without a draw.",
        alt="Hardness, loss, post-meta weight and "
        f"{TaskWords.of(run.info.task).probability} of the chosen rows over the epochs",
    )
    for place, (row, row_id) in enumerate(zip(rows, run.rows().ids(rows), strict=True)):
        with st.container(border=True):
            st.text(row_id)
            row_text(run, epoch, row, limit=600, explain=not place)
            navigation.relabel_row(run.id, epoch, row)


def hard_or_just_drawn(run: Run, epoch: int, flat: bool) -> None:
    if flat:
        st.text("No row is harder than another, so there is nothing to tell apart.")
        return
    gamma, words = run.info.settings.training.gamma, TaskWords.of(run.info.task)
    counts = view(recency.reading_counts, run, epoch)
    columns = st.columns(3)
    for column, (kind, meaning) in zip(columns, hard_support.MEANINGS.items(), strict=True):
        name = hard_support.READINGS[kind]
        with column.container(border=True, height="stretch"):
            st.metric(name.capitalize(), f"{counts[name]:,}", help=meaning)
            st.caption(meaning.capitalize() + ".")
            st.button(
                "Show these rows",
                key=f"show-{kind}",
                on_click=show_reading,
                args=(name,),
                disabled=not counts[name],
            )
    st.caption(
        "The rule. A row is hard when it is among the hardest "
        f"{run.info.settings.training.hard_share:.0%}. It is *only just drawn* when it was drawn "
        f"in this epoch and (h − (1 − γ)·w) / γ, its hardness without that last visit, lies below "
        f"the hard ones. It has *few visits* below "
        f"{hard_support.visits_needed(gamma)}, because then "
        f"γ^visits > ½ with γ = {gamma:g}."
    )
    since, visits = view(recency.recency_correlations, run, epoch)
    chart(
        recency.recency_density,
        run,
        epoch,
        key="recency",
        how_to_read="Rows over the dashed line are hard. If they crowd at the left of the first "
        "map, hardness tells little but what was drawn last; here its rank correlation with "
        f"steps since last seen is {since:+.2f}, and with visits {visits:+.2f}.",
        alt="Heat maps of hardness against steps since last seen and against visits",
    )
    chart(
        recency.readings_by_class,
        run,
        epoch,
        key="readings",
        how_to_read=f"{words.note}Each bar is a {words.one}'s hard {words.unit}, parted by the "
        f"rule above; the {words.one} with the most hard {words.unit} is on top.",
        alt=f"Stacked bars of hard {words.unit} by {words.by}: well supported, only just drawn, "
        "few visits",
    )


def show_reading(name: str) -> None:
    st.session_state["reading"] = name
    st.session_state["view"] = "Rows"
    first_page()
