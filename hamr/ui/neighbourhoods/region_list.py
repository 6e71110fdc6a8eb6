"""The list of hard regions at the map's side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from hamr.regions import Region, Regions
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods.found import reviewed_by_people
from hamr.ui.neighbourhoods.side import choose_region
from hamr.ui.shell import navigation
from hamr.ui.shell.moment import RunNow
from hamr.ui.shell.region_search import is_sought_elsewhere, search_section
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.regionlist import Entry, Folded, region_list
from hamr.views.neighbourhoods.regions import (
    ORDERS,
    chance_in_words,
    in_order,
    reviewed,
    summary,
    what_is_wrong,
)
from hamr.views.neighbourhoods.subjects import Subject

_ORDER = "order-of-regions"
_WITHOUT = (
    "Mistakes and doubtful labels gather nowhere more than they would if labels were wrong at "
    "random. What gathers most is below; look at single rows rather than at whole groups."
)


def listed(run: Run, found: Regions) -> list[Region]:
    """The regions in the order of the URL."""
    return in_order(run, found, _order())


def _order() -> str:
    order = query("order") or ""
    return order if order in ORDERS else next(iter(ORDERS))


def _choose_order() -> None:
    """The control of the order, in the URL."""
    st.session_state[_ORDER] = _order()
    st.selectbox(
        "Order of the regions",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        key=_ORDER,
        required=True,
        on_change=lambda: set_query("order", st.session_state[_ORDER]),
        label_visibility="collapsed",
    )


def list_section(
    subject: Subject,
    run: RunNow,
    epoch: int,
    found: Regions,
    within: np.ndarray | None = None,
) -> None:
    """The regions in the order that is chosen, or why there are none and what to do next.

    Those that have a row or mention `within` a selection (indices among those of all splits), if
    any.
    """
    if not found.found and is_sought_elsewhere(run, epoch):
        search_section(run, epoch)
        return
    if not found.found:
        _none(run, epoch, found.why_none)
        return
    _choose_order()
    shown = [one for one in listed(run, found) if _within(subject, run, one, within)]
    left_out = _left_out(subject, len(found.found) - len(shown))
    if found.beyond_chance:
        st.caption(_progress(run, found) + left_out)
    else:
        st.info(f"**No hard region is beyond chance.** {_WITHOUT}", icon=":material/casino:")
        st.caption(left_out.removeprefix("; "))
    doubtful = [one for one in shown if not one.beyond_chance]
    more = "more" if found.beyond_chance else count(len(doubtful), "group").split()[1]
    entries = partial(_entries, subject, run, within=within)
    region_list(
        entries([one for one in shown if one.beyond_chance]),
        Folded(f"{len(doubtful)} {more} that could be chance", entries(doubtful)),
        key="region-list",
        chosen=query("region"),
        label="Hard regions",
        on_choose=choose_region,
    )


def _within(subject: Subject, run: Run, region: Region, within: np.ndarray | None) -> int:
    """How many of a region's rows or mentions a selection has; without one all of them."""
    own = subject.of_region(run, region)
    return len(own) if within is None else int(np.isin(own, within).sum())


def _left_out(subject: Subject, regions: int) -> str:
    if not regions:
        return ""
    return f"; {count(regions, 'region')} without {subject.a} in the selection left out"


def _entries(
    subject: Subject, run: Run, regions: Sequence[Region], within: np.ndarray | None
) -> list[Entry]:
    done = reviewed_by_people(run)
    entries = []
    for region in regions:
        lines: tuple[str, ...] = (summary(run, region), what_is_wrong(region))
        if within is not None:
            found = count(_within(subject, run, region, within), subject.name)
            lines = (*lines, f"{found} in the selection")
        chance, seen = chance_in_words(region), reviewed(run, region, done)
        entries.append(Entry(region.id, region.name, lines, chance, seen.rows, seen.of, str(seen)))
    return entries


def _progress(run: Run, found: Regions) -> str:
    done = reviewed_by_people(run)
    beyond = found.beyond_chance
    finished = sum(reviewed(run, region, done).done for region in beyond)
    return f"{count(len(beyond), 'hard region')} beyond chance, {finished:,} fully reviewed"


def _none(run: Run, epoch: int, why: str) -> None:
    row = TaskWords.of(run.info.task).each
    st.info(
        f"**No hard regions.** {plain(why or 'None was found.')} Draw a lasso on the map or search "
        f"for a text to look at some rows together, or look at the hardest {row}s one by one.",
        icon=":material/search_off:",
    )
    here = {"run": run.id, "epoch": str(epoch)}
    navigation.link("Hardness", f"See the hardest {row}s", query=here)
