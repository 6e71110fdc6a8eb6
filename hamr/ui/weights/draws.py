"""Expected and actual draws."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr.methods import method_title
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell.cached import chart, view
from hamr.views.weights import draws


def draws_section(run: Run, epoch: int) -> None:
    """Expected against actual draws, over all rows, by class and by row."""
    words = TaskWords.of(run.info.task)
    _scheme(run)
    _tiles(run, epoch)
    chart(
        draws.by_class,
        run,
        epoch,
        key="draws-class",
        how_to_read=f"{words.note}Bars beyond the dotted line are {words.many} that hardness and "
        "boost make more frequent. Whiskers are two standard errors of multinomial draws: nearly "
        "all diamonds, the actual draws, should lie within.",
        alt=f"Expected and actual draws by {words.by} at epoch {epoch}",
    )
    chart(
        draws.by_row,
        run,
        epoch,
        key="draws-row",
        how_to_read="The draws of each row scatter about the dashed line; by chance about 95 % of "
        "the rows are within the dotted band.",
        alt=f"Density of the rows over expected and actual draws at epoch {epoch}",
    )


def _scheme(run: Run) -> None:
    """How the rows are drawn, where it is not by independent draws."""
    training = run.info.settings.training
    if not training.resamples:
        st.info(
            f"{method_title(run.info.method)} draws each row once an epoch, in random order: "
            "expected and actual draws are the same. HAMR draws by hardness and boost.",
            icon=":material/info:",
        )
    elif training.draw_scheme == "systematic":
        st.caption(
            "Systematic draws: each row is drawn its expected number of times, rounded up or down, "
            "so that draws scatter less than independent ones."
        )


def _tiles(run: Run, epoch: int) -> None:
    facts = view(draws.statistics, run, epoch)
    columns = st.columns(4)
    columns[0].metric("Draws in the epoch", f"{facts.drawn:,}")
    if not run.info.settings.training.resamples:
        return
    plain: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}
    columns[1].metric(
        "Correlation over rows",
        f"{facts.correlation:.3f}",
        delta=f"independent: {facts.ceiling:.3f}",
        help="Of expected and actual draws. A row is drawn a whole number of times, so chance "
        "keeps the correlation below 1 even where the draws follow their probabilities. Below: the "
        "correlation of independent draws.",
        **plain,
    )
    columns[2].metric(
        "Dispersion",
        f"{facts.dispersion:.3f}",
        delta="independent: 1",
        help="Squared difference from the expected draws over its variance, mean over rows. It is "
        "1 for independent draws.",
        **plain,
    )
    columns[3].metric(
        "Rows not drawn",
        f"{facts.never:,}",
        delta=f"independent: {facts.never_expected:,.0f}",
        help="Below: how many rows independent draws would leave out.",
        **plain,
    )
