"""One region at the map's side: what sets it apart, what is confused in it, and its rows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.regions import Region, Regions
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.neighbourhoods.facts import bars, facts_table
from hamr.ui.neighbourhoods.found import reviewed_by_people
from hamr.ui.neighbourhoods.mention_map import mention_grid
from hamr.ui.neighbourhoods.region_list import listed
from hamr.ui.neighbourhoods.side import choose_region, open_row
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.draws import offer_draws
from hamr.ui.widgets.rowgrid import row_grid
from hamr.ui.widgets.sparkline import lines_over_epochs
from hamr.views.base.region_rows import training_rows
from hamr.views.neighbourhoods import regions as words
from hamr.views.neighbourhoods.row_map import seed_mask


def region_section(run: Run, epoch: int, found: Regions, region: Region) -> None:
    """Everything about the region, the ways to fix it first."""
    _head(listed(run, found), found, region)
    _fix(run, epoch, region)
    seeds = view(seed_mask, run, epoch)
    facts_table(words.facts(run, epoch, region, seeds))
    _confusions(run, region)
    _curves(run, region)
    if features(run.info.task).entities:
        mention_grid(run, epoch, region.rows, "in this region")
        return
    row_grid(
        run,
        epoch,
        training_rows(run, region),
        key="region-rows",
        what="in this region",
        on_pick=open_row,
    )


def _head(order: Sequence[Region], found: Regions, region: Region) -> None:
    """Its name, the regions before and after it in the list, and the one that holds it."""
    before, after = words.neighbours_in(order, region)
    st.subheader(plain(region.name), anchor=False)
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="region-steps"):
        place = [one.id for one in order].index(region.id) + 1
        st.caption(f"Region {place} of {len(order)}", width="stretch")
        for label, other in (("Previous", before), ("Next", after)):
            st.button(
                label,
                key=f"region-{label.lower()}",
                disabled=other is None,
                on_click=choose_region,
                args=(other,),
                type="tertiary",
            )
    parent = found.by_id(region.parent) if region.parent else None
    if parent is not None:
        st.button(
            f"Part of {plain(parent.name, 60)}",
            key="region-parent",
            on_click=choose_region,
            args=(parent.id,),
            type="tertiary",
        )


def _fix(run: Run, epoch: int, region: Region) -> None:
    """Progress, the links to Relabel with exactly these rows, and new runs that treat them
    otherwise.
    """
    seen = words.reviewed(run, region, reviewed_by_people(run))
    chance = words.chance_in_words(region)
    st.progress(seen.rows / max(1, seen.of), text=f"{'✓ ' if seen.done else ''}{seen} · {chance}")
    with st.container(horizontal=True, key="region-fix"):
        link = {"region": region.id}
        navigation.relabel_rows("Relabel this region", run.id, epoch, link)
        here = {"run": run.id, "epoch": str(epoch)}
        navigation.link("Relabel", "Review one by one", query={**here, **link})
    offer_draws(run, training_rows(run, region), region.name, key="region")


def _confusions(run: Run, region: Region) -> None:
    """Which labels the model takes for which, and the classes of the rows."""
    if region.confusions:
        shown = [(f"{one.label} → {one.prediction}", one.rows) for one in region.confusions]
        bars("Confusions: label → prediction", shown[: words.MOST_CONFUSIONS])
    else:
        st.caption(f"The model predicts the label of every {words.unit(run)} in it.")
    shown = list(region.classes.items())
    bars(TaskWords.of(run.info.task).scored_many.capitalize(), shown[: words.MOST_CLASSES])
    more = len(shown) - words.MOST_CLASSES
    if more > 0:
        st.caption(f"and {more:,} more")
    if len(region.held_out):
        rows = count(len(region.held_out), f"validation or test {words.unit(run)}")
        st.caption(f"{rows} would fall into this region.")


def _curves(run: Run, region: Region) -> None:
    """How it went over the epochs."""
    curves = view(words.curves, run, training_rows(run, region))
    if curves:
        lines_over_epochs([(curve.name, curve.values, curve.meaning) for curve in curves])
