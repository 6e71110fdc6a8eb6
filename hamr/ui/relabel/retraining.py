"""Runs on the current labels: how they are queued, and what became of those that were."""

from __future__ import annotations

import streamlit as st

from hamr.errors import HamrError
from hamr.jobs.again import QUICK_EPOCHS, Retrained, Retraining, retrain, retrained
from hamr.legible import legible_name
from hamr.store import Decisions, Run, RunInfo
from hamr.store.held import held_corrections
from hamr.ui.relabel.before_after import before_after
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import count

SAME, QUICK = "Same training", "Quick check"
SEEDS = {1: "1 (quick)", 3: "3", 5: "5"}
CHOSEN = "retrained"  # in the URL: which retraining is shown


def retraining(run: Run, decisions: Decisions) -> None:
    """What is to be trained on current labels, the button, and the runs before and after."""
    st.markdown("**Retrain and compare**")
    how = _how(run.info)
    if st.button("Retrain on current labels", key="retrain", icon=":material/refresh:"):
        try:
            retrain(store(), run.id, how)
            set_query(CHOSEN, None)
        except HamrError as error:
            show_error(error)
    found = retrained(store(), run.info)
    if found:
        shown = _chosen(found)
        active = any(pair.after.status in ACTIVE for pair in shown.pairs) or any(
            pair.before is not None and pair.before.status in ACTIVE for pair in shown.pairs
        )
        follow = st.fragment(before_after, run_every=3.0 if active else None)
        follow(run, decisions, shown.key, active)


def _how(info: RunInfo) -> Retraining:
    """The controls of a retraining, and a sentence on what it queues."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        training = st.segmented_control(
            "Training", [SAME, QUICK], default=SAME, required=True, key="retrain-how"
        )
        warm = training == QUICK
        seeds = 1
        if not warm:
            chosen = st.segmented_control(
                "Seeds",
                list(SEEDS),
                default=1,
                required=True,
                format_func=lambda number: SEEDS[number],
                key="retrain-seeds",
            )
            seeds = int(chosen or 1)
        reviewed = st.checkbox(
            "Choose the best epoch by reviewed labels",
            value=info.settings.validation_labels == "reviewed",
            key="retrain-validation",
            help="Validation rows then have their reviewed labels in training too. Otherwise they "
            "keep the labels they came with, as in the run before.",
        )
    st.caption(_said(info, seeds, warm=warm))
    return Retraining(seeds, warm, reviewed)


def _said(info: RunInfo, seeds: int, *, warm: bool) -> str:
    if warm:
        epochs = count(min(QUICK_EPOCHS, info.epochs), "epoch")
        return (
            f"Quick check: continue from this run's weights for {epochs}. The new run then has had "
            "more training in total than this one, so compare with care."
        )
    words = f"Trains with the same settings and {count(info.epochs, 'epoch')} on the same rows"
    if seeds == 1:
        return f"{words} with their current labels and the same seed. Decisions are shared."
    return (
        f"{words} with {seeds} seeds: with current labels, and with the labels of this run where "
        "such a run is missing. Decisions are shared by all runs."
    )


def _chosen(found: list[Retrained]) -> Retrained:
    """The retraining that the link names, else the newest; a choice where there are several."""
    if len(found) == 1:
        return found[0]
    by_key = {one.key: one for one in found}
    asked = query(CHOSEN)
    key = st.selectbox(
        "Compare with",
        list(by_key),
        index=list(by_key).index(asked) if asked in by_key else 0,
        format_func=lambda key: _named(by_key[key]),
        key="retrained-choice",
    )
    set_query(CHOSEN, None if key == found[0].key else key)
    return by_key[key]


def _named(one: Retrained) -> str:
    held = held_corrections(store(), one.info)
    return f"{legible_name(one.info.name)}: {held}, {count(len(one.pairs), 'seed')}"
