"""The learned weight curve, and how many weights it clips."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.ui.shell.cached import chart
from hamr.ui.widgets.steplink import see_steps
from hamr.views.weights import curve, other_curves

PRE = 3  # the stage of pre-meta weights on Learn


def curve_section(run: Run, epoch: int) -> None:
    """What was learned after each epoch: the curve and how many weights it clips, or other curves
    and numbers of a method whose weights follow more than the z-score.
    """
    if reason := other_curves.without_one_curve(run):
        st.info(reason, icon=":material/info:")
        _other_curves(run, epoch)
        return
    chart(
        curve.weight_curves,
        run,
        epoch,
        key="weight-curve",
        how_to_read="Rows further right are harder than the rest of their batch. A rising curve "
        "favours hard rows, a falling one easy rows. Dots are the rows of this epoch; bars count "
        "them.",
        alt="The learned weight as a function of the z-score of the loss, one line for each epoch",
    )
    chart(
        curve.clipping,
        run,
        epoch,
        key="clipping",
        how_to_read="Weights are clipped to the range from "
        f"{run.info.settings.training.weight_low:g} to {run.info.settings.training.weight_high:g}. "
        "Where many are clipped, the curve is steeper than the weights can follow.",
        alt="Share of post-meta weights at the lower and upper clip over the epochs",
    )
    see_steps(run, epoch, stage=PRE)


def _other_curves(run: Run, epoch: int) -> None:
    """The curves of the class groups, or of the label's probability with its three numbers."""
    by_class = run.info.settings.training.traits.weight_of == "class"
    chart(
        other_curves.learned_curves,
        run,
        epoch,
        key="learned-curves",
        how_to_read="A line is the weight of the rows of one group of classes, by their loss. "
        "Classes with about as many training rows form a group."
        if by_class
        else "The weight of a row by the model's probability of its label, with the rest of the "
        "probability on one other class. Left are rows that the model gets wrong, right are easy "
        "ones.",
        alt=f"The learned weights at epoch {epoch}",
    )
    if other_curves.has_scalars(run, epoch):
        chart(
            other_curves.scalars,
            run,
            epoch,
            key="learned-scalars",
            how_to_read="The weights follow from these three numbers. Alpha can only fall and beta "
            "can only rise: easy rows, and rows the model gets wrong, come to count less.",
            alt="The three learned numbers over the epochs",
        )
