"""The impact of all decisions together: on labels, on the queue, and of each on the others."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from hamr.decisions import State
from hamr.jobs.neighbour_evidence import cached_neighbours
from hamr.records import SPLITS
from hamr.store import Decisions, Run
from hamr.store.held import held_corrections
from hamr.tasks import features
from hamr.ui.relabel.issues import queue_of
from hamr.ui.relabel.retraining import retraining
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.server import store
from hamr.ui.shell.text import count
from hamr.ui.widgets.tables import show_table
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.current_labels import LabelChanges
from hamr.views.relabel.filters import is_reviewed
from hamr.views.relabel.impact import AGREEING, class_counts, neighbour_agreement
from hamr.views.relabel.queue import Queue


def impact_section(
    run: Run,
    decisions: Decisions,
    epoch: int,
    states: Mapping[str, State],
    changes: LabelChanges,
) -> None:
    """What all decisions together change, a run on the result, and how far annotators agree."""
    if not states:
        return
    box = st.expander("Impact of your changes", key="effect", on_change="rerun")
    if box.open:
        with box:
            _origin(run)
            _changed(run, states, changes)
            _likely_errors(run, epoch, states, changes)
            table = class_counts(run, changes)
            alt = "Rows of each class before and after"
            show_table(table, csv="class-counts", alt=alt, key="counts")
            retraining(run, decisions)
            _agreement(decisions)


def _origin(run: Run) -> None:
    """Of a run on corrected rows: which run they come from."""
    info = run.info
    if info.parent is None:
        return
    parent = next((other for other in store().runs() if other.id == info.parent), None)
    name = "a run that was deleted" if parent is None else parent.name
    st.text(
        f"This run was trained on the rows of {name}: {held_corrections(store(), info)}. "
        "Decisions are shared by both runs, and a download from either applies all of them to the "
        "original data."
    )
    if parent is not None:
        navigation.link("Relabel", "Relabel with that run", query={"run": parent.id})


def _changed(run: Run, states: Mapping[str, State], changes: LabelChanges) -> None:
    rows = view(AllRows.of, run)
    by_split = {
        split: len(changes.of_split(rows, split))
        for split in SPLITS
        if split == "train" or changes.of_split(rows, split)
    }
    number = sum(by_split.values())
    changed = [count(of, f"{SPLIT_NAMES[split]} label") for split, of in by_split.items()]
    text = f"{' and '.join(changed)} changed since training"
    conflicts = sum(state.conflict for state in states.values())
    if conflicts:
        keep = "keeps its" if conflicts == 1 else "keep their"
        text += f"; {count(conflicts, 'row')} in conflict {keep} original label until resolved"
    st.text(f"{text}.")
    asked = features(run.info.task).neighbour_evidence
    neighbours = cached_neighbours(run) if asked else None
    if neighbours is not None and number:
        before, after = neighbour_agreement(run, changes, neighbours)
        st.text(
            f"On average, {100 * before:.2f} % of a row's {AGREEING} nearest rows shared its label "
            f"before; {100 * after:.2f} % do now."
        )


def _likely_errors(
    run: Run, epoch: int, states: Mapping[str, State], changes: LabelChanges
) -> None:
    """How long the list of likely wrong labels was, and what is left of it."""
    before, after = queue_of(run, epoch, LabelChanges.none(run)), queue_of(run, epoch, changes)
    if after.issues is None:
        return
    known = view(AllRows.of, run).ids
    likely = after.order[: after.likely_errors].tolist()
    left = sum(not is_reviewed(states.get(known[row])) for row in likely)
    st.text(
        f"Estimated label errors: {_with_interval(before)} in the labels the run was trained on, "
        f"{_with_interval(after)} in the current labels. Likely mislabelled there: "
        f"{after.likely_errors:,} rows, {left:,} of them not yet reviewed."
    )


def _with_interval(queue: Queue) -> str:
    """ "about 40 (12 to 160)"."""
    if queue.error_interval is None:
        return f"{queue.likely_errors:,}"
    low, high = queue.error_interval
    return f"about {queue.likely_errors:,} ({low:,} to {high:,})"


def _agreement(decisions: Decisions) -> None:
    found = decisions.agreement()
    if not found.rows:
        st.caption(
            "Agreement is shown once two annotators have labelled the same row, neither having "
            "seen the other's label."
        )
        return
    kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
    rows = count(found.rows, "row")
    st.text(f"Agreement on {rows} labelled blind by two or more people: Fleiss' κ {kappa}")
    show_table(
        pd.DataFrame(
            {
                "annotators": [f"{pair.first}, {pair.second}" for pair in found.pairs],
                "rows": [pair.rows for pair in found.pairs],
                "same label": [pair.same for pair in found.pairs],
                "Cohen's κ": [pair.kappa for pair in found.pairs],
            }
        ),
        key="agreement",
        alt="Agreement of each pair of annotators",
    )
