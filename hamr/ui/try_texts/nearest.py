"""The training rows that are most similar to a text, and the hard region that it falls in."""

from __future__ import annotations

import streamlit as st

from hamr.errors import HamrError
from hamr.jobs.trying import Tried, nearest_rows
from hamr.legible import legible
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.neighbourhoods.found import decisions_of, regions
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import guard, show_error
from hamr.ui.shell.text import as_csv, count, plain
from hamr.views.try_texts.neighbours import Neighbour, as_table, neighbours, region_of

LONGEST = 400  # characters of a row's text


def nearest_section(run: Run, tried: Tried, number: int) -> None:
    """The nearest training rows, each with its label, hardness and decisions."""
    epoch = run.epochs()[-1]
    words = TaskWords.of(run.info.task)
    try:
        ranked = nearest_rows(run, tried, number)
        near = neighbours(run, epoch, decisions_of(run), ranked)
    except HamrError as error:
        show_error(error)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="try-near-head"):
        st.subheader(f"Nearest training {words.unit}", anchor=False)
        st.download_button(
            "CSV",
            lambda: as_csv(as_table(near)),
            "nearest-rows.csv",
            "text/csv",
            key="try-near-csv",
            on_click="ignore",
            type="tertiary",
            help="These rows",
        )
    place = st.container(gap=None)
    if tried.unlike(number):
        st.warning(
            f"This {_typed(run)} is unlike anything in the training data: its nearest rows are "
            "farther away than those of nearly all validation and test rows. Don't rely on the "
            "prediction.",
            icon=":material/explore_off:",
        )
    said = [f"The {count(len(near), words.each, words.unit)} with the most similar embeddings."]
    if run.info.settings.training.fine_tunes:
        said.append("Compared by the encoder as it was before this run fine-tuned it.")
    st.caption(" ".join(said))
    for one in near:
        _card(run, epoch, one)
    with place, guard():  # last, since nothing else waits for the regions
        _region(run, epoch, near)


def _typed(run: Run) -> str:
    """What somebody typed, in a word."""
    return "sentence" if features(run.info.task).entities else "text"


def _region(run: Run, epoch: int, near: list[Neighbour]) -> None:
    """The hard region that most of the nearest rows are in, one click away."""
    each = _typed(run)
    region = region_of(run, regions(run, epoch), [one.row for one in near])
    if region is None:
        st.caption(f"The {each} falls in no hard region.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="try-region"):
        st.text(
            f"The {each} falls in the hard region {legible(region.name, 100)}, as most of its "
            "nearest rows do.",
            width="content",
        )
        here = {"run": run.id, "epoch": str(epoch), "region": region.id}
        navigation.link("Neighbourhoods", "Open the region", query=here)


def _card(run: Run, epoch: int, one: Neighbour) -> None:
    with st.container(border=True, key=f"try-near-{one.row}", gap="small"):
        st.text(legible(one.text, LONGEST))
        with st.container(horizontal=True, vertical_alignment="center", key=f"try-of-{one.row}"):
            st.caption(plain(one.facts, LONGEST), width="stretch")
            here = {"run": run.id, "epoch": str(epoch), "row": str(one.row)}
            with st.container(horizontal=True, width="content", key=f"try-links-{one.row}"):
                navigation.link("Relabel", "Relabel", query=here)
                navigation.link("Neighbourhoods", "On the map", query=here)
