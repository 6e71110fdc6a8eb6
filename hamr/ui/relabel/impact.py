"""What all decisions together change: the classes, a run on the corrected rows, agreement."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from hamr.decisions import State
from hamr.errors import HamrError
from hamr.jobs.again import EPOCHS, retrain, retrained
from hamr.jobs.neighbour_evidence import cached_neighbours
from hamr.store import Decisions, Run
from hamr.ui.relabel.issues import queue_of
from hamr.ui.relabel.progress import judged
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.status import ACTIVE, STATUS_ICONS
from hamr.ui.shell.text import count
from hamr.ui.widgets.tables import show_table
from hamr.views.base.current_labels import InForce
from hamr.views.relabel import impact as effect
from hamr.views.relabel import queue as queues


def after_all(
    run: Run, decisions: Decisions, epoch: int, states: Mapping[str, State], now: InForce
) -> None:
    """What all decisions together do to classes and queue, and how far annotators agree."""
    if not states:
        return
    box = st.expander("What the decisions change", key="effect", on_change="rerun")
    if box.open:
        with box:
            _origin(run)
            _effect(run, states, now)
            _above_knee(run, epoch, states, now)
            _counts(run, now)
            _retrain(run)
            _agreement(decisions)


def _origin(run: Run) -> None:
    """Of a run on corrected rows: where they come from."""
    info = run.info
    if info.parent is None:
        return
    parent = next((other for other in store().runs() if other.id == info.parent), None)
    name = "a run that was deleted" if parent is None else parent.name
    st.text(
        f"This run was trained on the rows of {name} as decisions up to number "
        f"{info.origin_version:,} corrected them. Decisions made there and here are the same ones, "
        "and an export of either writes all of them into the original data."
    )
    if parent is not None:
        navigation.link("Relabel", "Go on there", query={"run": parent.id})


def _effect(run: Run, states: Mapping[str, State], now: InForce) -> None:
    text = f"{count(len(now.changes), 'training row')} would carry another label now"
    conflicts = sum(state.conflict for state in states.values())
    if conflicts:
        text += f"; {count(conflicts, 'row')} in conflict {'keeps' if conflicts == 1 else 'keep'} "
        text += "the file's until settled"
    st.text(f"{text}.")
    neighbours = None if run.info.task == "token" else cached_neighbours(run)
    if neighbours is not None and now.changes:
        before, after = effect.neighbour_agreement(run, now, neighbours)
        st.text(
            f"Of a row's {effect.AGREEING} nearest rows {before:.2%} have its label, with the "
            f"decisions {after:.2%}."
        )


def _above_knee(run: Run, epoch: int, states: Mapping[str, State], now: InForce) -> None:
    """How long the list of likely wrong labels was, and what is left of it."""
    before, after = queue_of(run, epoch, InForce({}, run.classes)), queue_of(run, epoch, now)
    if after.judged is None:
        return
    ids = view(queues.ids, run).ids
    left = sum(not judged(states.get(ids[row])) for row in after.order[: after.knee].tolist())
    st.text(
        f"{count(before.knee, 'row')} stood above the score's knee by the labels that the run was "
        f"trained on; by those in force it is {after.knee:,}, {left:,} of them not yet judged."
    )


def _counts(run: Run, now: InForce) -> None:
    table = effect.class_counts(run, now)
    show_table(table, csv="class-counts", alt="Rows of each class before and after", key="counts")


def _agreement(decisions: Decisions) -> None:
    found = decisions.agreement()
    if not found.rows:
        st.caption("No row has labels of two annotators yet, so there is no agreement to tell.")
        return
    kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
    st.text(f"Agreement on {count(found.rows, 'row')} that two or more labelled: Fleiss' κ {kappa}")
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
        alt="Agreement of each two annotators",
    )


def _retrain(run: Run) -> None:
    """A short run on the corrected rows, and what it did to each class."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Retrain from here", key="retrain", icon="🔁"):
            try:
                retrain(store(), run.id)
            except HamrError as error:
                show_error(error)
        epochs = min(EPOCHS, run.info.epochs)
        st.caption(
            f"Queues a run of {count(epochs, 'epoch')} with these settings on the corrected rows; "
            "validation rows stay as they are. Decisions are the rows': go on here or on that run."
        )
    after = retrained(store(), run.info)
    if after is not None:
        st.fragment(_after, run_every=3.0 if after.status in ACTIVE else None)(run, after.status)


def _after(run: Run, was: str) -> None:
    """How the run on the corrected rows stands, and its F1 beside that of this one."""
    after = retrained(store(), run.info)
    if after is None or (was in ACTIVE and after.status not in ACTIVE):
        st.rerun()
    st.text(f"{STATUS_ICONS[after.status]} {after.name} is {after.status}.")
    navigation.link("Train", "Watch it on Train", query={"run": after.id})
    if after.epochs_done:
        navigation.link("Relabel", "Relabel by what it has learned", query={"run": after.id})
    if not after.epochs_done:
        return
    number = st.column_config.NumberColumn
    show_table(
        effect.f1_before_after(run, Run(store(), after.id)),
        key="f1-after",
        alt="F1 of each class on validation before and after, most changed first",
        column_config={
            "F1 before": number(format="%.3f"),
            "F1 after": number(format="%.3f"),
            "change": number(format="%+.3f"),
        },
    )
    st.caption(
        "F1 on the same validation rows, each run at its best epoch. Both runs draw at random, "
        "and rare classes have few validation rows: trust large changes only."
    )
