"""The Hardness page's tab on support: are the hard rows hard, or were they only just drawn?"""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.hardness.filters import show_support
from hamr.ui.shell.cached import chart, view
from hamr.views.base.recency import MEANINGS, SUPPORT_NAMES, visits_needed
from hamr.views.hardness import recency


def hard_or_just_drawn(run: Run, epoch: int, flat: bool) -> None:
    """How many hard rows have which support, the rule, and charts of what it rests on."""
    if flat:
        st.text("No row is harder than another, so there are no hard rows to examine.")
        return
    _counts(run, epoch)
    _rule(run)
    _recency(run, epoch)
    _by_class(run, epoch)


def _counts(run: Run, epoch: int) -> None:
    counts = view(recency.support_counts, run, epoch)
    columns = st.columns(3)
    for column, (kind, meaning) in zip(columns, MEANINGS.items(), strict=True):
        name = SUPPORT_NAMES[kind]
        with column.container(border=True, height="stretch"):
            st.metric(name.capitalize(), f"{counts[name]:,}", help=f"{meaning.capitalize()}.")
            st.caption(f"{meaning.capitalize()}.")
            st.button(
                "Show these rows",
                key=f"show-{kind}",
                on_click=show_support,
                args=(name,),
                disabled=not counts[name],
            )


def _rule(run: Run) -> None:
    training = run.info.settings.training
    st.caption(
        f"The rule: a row is *hard* when it is among the hardest {training.hard_share:.0%}. It is "
        "*only just drawn* when it was drawn in this epoch and its hardness without that last "
        "visit, (h − (1 − γ)·w) / γ, is below the threshold. It has *few visits* when it has "
        f"fewer than {visits_needed(training.gamma)}, because then γ^visits > ½ with "
        f"γ = {training.gamma:g}."
    )


def _recency(run: Run, epoch: int) -> None:
    since, visits = view(recency.recency_correlations, run, epoch)
    chart(
        recency.recency_density,
        run,
        epoch,
        key="recency",
        how_to_read="Rows above the dashed line are hard. If they gather at the left of the first "
        "map, hardness mostly shows which rows were drawn last. Here its rank correlation with "
        f"steps since the last draw is {since:+.2f}, and with visits {visits:+.2f}.",
        alt="Heat maps of hardness against steps since last seen and against visits",
    )


def _by_class(run: Run, epoch: int) -> None:
    words = TaskWords.of(run.info.task)
    chart(
        recency.support_by_class,
        run,
        epoch,
        key="support",
        how_to_read=f"{words.note}Each bar shows a {words.one}'s hard {words.unit}, divided by the "
        f"rule above. The {words.one} with the most hard {words.unit} is on top.",
        alt=f"Stacked bars of hard {words.unit} by {words.by}: well supported, only just drawn, "
        "few visits",
    )
