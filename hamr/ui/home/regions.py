"""The most important hard regions of a finished run, in words, on the first page.

They are read from the cache: nothing is computed here, so that the page opens at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.errors import HamrError
from hamr.legible import legible_name
from hamr.regions import Region, Regions
from hamr.store import Run, RunInfo
from hamr.tasks import features
from hamr.ui.shell import navigation
from hamr.ui.shell.hardness_warning import warn_of_hardness
from hamr.ui.shell.server import store
from hamr.ui.shell.text import count, plain_name
from hamr.views.base.regions import cached_regions

SHOWN, LOOKED_AT = 3, 20  # regions; finished runs, of which some may lack regions


def newest_regions(finished: Sequence[RunInfo]) -> None:
    """The regions of the newest finished run that has some; else an offer to find the newest's."""
    known = (info for info in finished[:LOOKED_AT] if (found := _last(info)) and found.found)
    info = next(known, finished[0])
    found = _last(info)
    if found is not None and not found.found:
        return
    st.subheader(f"Hard regions of {plain_name(info.name)}", anchor=False)
    hard_regions(info)


def hard_regions(info: RunInfo) -> None:
    """Name a run's regions, each with a link to it; or offer to find them."""
    run, found = store().run(info.id), _last(info)
    if found is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(
                f"The hard regions of {legible_name(info.name)} are not computed yet.",
                width="content",
            )
            navigation.link("Neighbourhoods", "Find hard regions", query={"run": run.id})
        return
    if not found.found:
        return
    warn_of_hardness(run, run.epochs()[-1], turned="These regions are ranked by loss.")
    if not found.beyond_chance:
        _none_beyond_chance(run, found)
        return
    unit = "mentions" if features(info.task).entities else "rows"
    shown = found.beyond_chance[:SHOWN]
    with st.container(key="home-regions"):
        for region, place in zip(shown, st.columns(len(shown)), strict=True):
            with place:
                _card(run, region, unit)


def _card(run: Run, region: Region, unit: str) -> None:
    """A region in words, a link to it on the map, and one to relabel it."""
    epoch = run.epochs()[-1]
    here = {"run": run.id, "epoch": str(epoch), "region": region.id}
    navigation.link("Neighbourhoods", plain_name(region.name), query=here)
    st.caption(in_words(region, unit))
    navigation.relabel_rows("Relabel", run.id, epoch, {"region": region.id})


def _none_beyond_chance(run: Run, found: Regions) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text("None is beyond chance: mistakes gather nowhere.", width="content")
        some = count(len(found.found), "group")
        navigation.link("Neighbourhoods", f"See {some} that could be chance", query={"run": run.id})


def _last(info: RunInfo) -> Regions | None:
    """The regions of the last epoch if they are in the cache."""
    run = store().run(info.id)
    epochs = run.epochs()
    return _known(run, epochs[-1]) if epochs else None


def _known(run: Run, epoch: int) -> Regions | None:
    """The regions of an epoch from the cache on disk, read once; None until they are there."""
    known, key = _kept(), (run.store.home, run.id, epoch)
    if key not in known:
        try:
            found = cached_regions(run, epoch)
        except HamrError:  # damage is told on the page of the run
            return None
        if found is None:
            return None
        known[key] = found
    return known[key]


@st.cache_resource(show_spinner=False)
def _kept() -> dict[tuple[object, str, int], Regions]:
    return {}


def in_words(region: Region, unit: str) -> str:
    """What is wrong in a region: its size, label errors, and what it is mistaken for."""
    said = f"{len(region.rows):,} {unit}"
    errors = round(region.expected_label_errors)
    if errors:
        said += f", about {count(errors, 'wrong label')}"
    if not region.confusions:
        return f"{said}."
    top = region.confusions[0]
    label, prediction = plain_name(top.label), plain_name(top.prediction)
    return f"{said}; {top.rows:,} labelled {label} predicted as {prediction}."
