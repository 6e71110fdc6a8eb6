"""The Hardness page's tab on how hardness is distributed, over all rows and by group."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.shell.cached import chart
from hamr.views.base import alignment
from hamr.views.base.labels import Held
from hamr.views.hardness import by_mistake, crossing
from hamr.views.hardness.distribution import by_class, histogram, over_epochs


def distribution(run: Run, epoch: int, flat: bool) -> None:
    """Every chart of hardness that there is for the run."""
    if flat:
        st.text("There is no distribution to show. The tab Rows lists the rows by loss.")
        return
    left, right = st.columns(2)
    with left:
        _over_epochs(run, epoch)
    with right:
        _histogram(run, epoch)
    if run.info.settings.training.learns_weights:
        _alignment(run, epoch)
    _by_class(run, epoch)
    if features(run.info.task).mistake_kinds:
        _by_mistake(run, epoch)
        _mistakes_by_type(run, epoch)


def _over_epochs(run: Run, epoch: int) -> None:
    chart(
        over_epochs,
        run,
        epoch,
        key="hardness-epochs",
        how_to_read="The line is the median row. The dark band holds half of the rows, the light "
        "band 90 %. A widening band means that rows separate into easy and hard ones.",
        alt="Quantiles of hardness over the epochs: median, middle half and middle 90 %",
    )


def _histogram(run: Run, epoch: int) -> None:
    chart(
        histogram,
        run,
        epoch,
        key="hardness-histogram",
        how_to_read="Bars count rows by hardness; the outline is the first epoch. Rows to the "
        "right of the dashed line are the hard ones.",
        alt=f"Histogram of hardness over the training rows at epoch {epoch}",
    )


def _alignment(run: Run, epoch: int) -> None:
    chart(
        alignment.against_hardness,
        run,
        epoch,
        key="alignment-hardness",
        how_to_read="Hard seeds are to the right of the dashed line. For those above the dotted "
        "line, more weight has helped the balanced meta set; for those below it, more weight has "
        "harmed it, and many of these have a wrong label.",
        alt=f"Density of the rows over hardness and alignment at epoch {epoch}",
    )


def _by_class(run: Run, epoch: int) -> None:
    words, one = TaskWords.of(run.info.task), Held.of(run).one
    counted = "A sentence counts under every entity type that it holds. "
    chart(
        by_class,
        run,
        epoch,
        key="hardness-classes",
        how_to_read=(counted if features(run.info.task).entities else "")
        + f"A box holds the middle half of a {words.one}'s {words.unit}, its whiskers 90 %, and "
        f"the dot is the median. The hardest {words.one} is on top. Hard {words.unit} begin at "
        "the dashed line.",
        alt=f"Box plots of hardness by {one} at epoch {epoch}, hardest {words.one} first",
    )


def _by_mistake(run: Run, epoch: int) -> None:
    chart(
        by_mistake.by_kind,
        run,
        epoch,
        key="hardness-mistakes",
        how_to_read="Boxes as above, by kind of mistake. A sentence with mistakes of several "
        "kinds counts under each. Hard sentences without a mistake may be ones that the model "
        "learned late.",
        alt=f"Box plots of hardness by kind of mistake at epoch {epoch}",
    )


def _mistakes_by_type(run: Run, epoch: int) -> None:
    chart(
        crossing.by_type_and_kind,
        run,
        epoch,
        key="mistakes-by-type",
        how_to_read="Numbers count wrong entities, rarest type on top. The darker a cell, the "
        "larger its share of the type's entities. Missed entities, and those with a wrong type or "
        "boundary, count under their type in the file; spurious ones under their predicted type.",
        alt=f"Heat map of wrong entities by entity type and kind of mistake at epoch {epoch}",
    )
