"""The Weights page: the learned curve, what the meta step changes, and which rows are drawn."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.tasks.words import SENTENCES, TEXTS
from hamr.ui.shell.guard import guard
from hamr.ui.shell.hardness_warning import warn_of_hardness
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.state import query
from hamr.ui.weights.alignment import alignment_section
from hamr.ui.weights.before_after import before_and_after
from hamr.ui.weights.by_class import by_class_section
from hamr.ui.weights.draws import draws_section
from hamr.ui.weights.meta_gradient import meta_gradient_section
from hamr.ui.weights.weight_curve import curve_section
from hamr.views.weights import curve

SECTIONS = (  # in the order of the tabs, and whether a section needs a meta step
    (curve_section, True),
    (meta_gradient_section, False),
    (before_and_after, True),
    (by_class_section, True),
    (alignment_section, True),
    (draws_section, False),
)


def weights_page() -> None:
    """Show the page: a tab for each way to look at weights and draws."""
    open_page(
        "Weights",
        "A small network turns the loss of a row into a weight. The meta step changes the network "
        "so that the weighted rows help a balanced set.",
    )
    run = choose_run()
    epoch = choose_epoch(run)
    with guard():
        warn_of_hardness(run, epoch)
        missing = curve.without_meta_step(run)
        tabs = st.tabs(tab_names(run), key="view", bind="query-params")
        for tab, (section, learned) in zip(tabs, SECTIONS, strict=True):
            if not tab.open:
                continue
            with tab, guard():
                if missing and learned:
                    st.info(missing, icon=":material/info:")
                else:
                    section(run, epoch)


def tab_names(run: Run) -> list[str]:
    """The names of the tabs; a link to the tab by class or by rarest type opens it for any run."""
    own = f"By {TaskWords.of(run.info.task).by}"
    asked = st.session_state.get("view") or query("view")
    if asked in {f"By {words.by}" for words in (TEXTS, SENTENCES)} - {own}:
        st.session_state["view"] = own
    return ["Weight curve", "Meta-gradient", "Before and after", own, "Alignment", "Draws"]
