"""The learned weight curve, and how many weights it clips."""

from __future__ import annotations

from hamr.store import Run
from hamr.ui.shell.cached import chart
from hamr.views.weights import curve


def curve_section(run: Run, epoch: int) -> None:
    """The curve after each epoch, and how many weights are clipped."""
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
