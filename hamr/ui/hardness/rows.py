"""The Hardness page's tab on single rows: a table to search, and the chosen rows over time."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.hardness.filters import filters
from hamr.ui.hardness.grid import PAGE_ROWS, current_page, pager, row_grid, untick
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import chart, view
from hamr.ui.shell.state import chosen_rows
from hamr.ui.widgets.sentence import row_text
from hamr.views.base import rowtable
from hamr.views.base.hardness_check import is_turned
from hamr.views.hardness.trajectories import MOST_ROWS, trajectories


def rows(run: Run, epoch: int, flat: bool) -> None:
    """The rows that pass the filters, one page at a time, and the paths of the chosen ones."""
    frame = view(rowtable.with_difficulty, run, epoch)
    wanted, sort = filters(run, rowtable.sorts(frame), _first_order(run, epoch, flat))
    found = rowtable.matching(run, frame, wanted, sort)
    chosen = chosen_rows(len(frame), MOST_ROWS)
    page, pages = current_page(len(found))
    on_page = found[page * PAGE_ROWS : (page + 1) * PAGE_ROWS].tolist()
    if not on_page:
        st.info(
            "No row passes these filters. Clear a filter or shorten the search text.",
            icon=":material/search:",
        )
    else:
        pager(run, frame, found, page, pages)
        state, words = (run.id, epoch, wanted, sort), TaskWords.of(run.info.task)
        row_grid(rowtable.table(run, frame, on_page), on_page, chosen, state, words, sort)
    _paths(run, epoch, chosen, on_page)


def _first_order(run: Run, epoch: int, flat: bool) -> str:
    """By hardness, where it means hard."""
    if flat:
        return "highest loss first"
    return rowtable.HIGHEST_MEAN_LOSS if is_turned(run, epoch) else "hardest first"


def _paths(run: Run, epoch: int, chosen: list[int], on_page: list[int]) -> None:
    """Trajectories of the chosen rows, or of the first in the table while none is chosen."""
    followed = chosen or on_page[:4]
    if not followed:
        return
    if chosen:
        _chosen_list(run, chosen)
    else:
        st.caption("Select rows in the table to follow them. For now, the first ones are shown.")
    chart(
        trajectories,
        run,
        tuple(followed),
        epoch,
        key="trajectories",
        how_to_read="Each line is one row. If loss falls while hardness stays high, the weight "
        "network still favours the row. A gap in the weight is an epoch without a draw.",
        alt="Hardness, loss, post-meta weight and "
        f"{TaskWords.of(run.info.task).probability} of the chosen rows over the epochs",
    )
    for place, (row, row_id) in enumerate(zip(followed, run.rows().ids(followed), strict=True)):
        with st.container(border=True):
            st.text(row_id)
            row_text(run, epoch, row, limit=600, explain=not place)
            navigation.relabel_row(run.id, epoch, row)


def _chosen_list(run: Run, chosen: list[int]) -> None:
    """The chosen rows by id, each with a way to drop it."""
    key = f"chosen-{'-'.join(map(str, chosen))}"
    st.multiselect(
        f"Chosen rows (at most {MOST_ROWS})",
        chosen,
        default=chosen,
        format_func=lambda row: run.rows().ids([row])[0],
        key=key,
        on_change=untick,
        args=(key,),
    )
