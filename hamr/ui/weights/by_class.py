"""Learned weights by class, or by rarest entity type."""

from __future__ import annotations

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell.cached import chart
from hamr.ui.widgets.classpicker import pick_classes
from hamr.views.base.labels import Labels
from hamr.views.weights import curve


def by_class_section(run: Run, epoch: int) -> None:
    """How the meta step moves the weights of each class."""
    words = TaskWords.of(run.info.task)
    chart(
        curve.drift,
        run,
        epoch,
        key="drift",
        how_to_read=f"{words.note}Purple: the meta steps of the epoch raised the weights of the "
        f"{words.one}; orange: they lowered them. Rarest {words.one} on top; blank where no "
        f"{words.each} of it was drawn.",
        alt=f"Heat map of the mean change of weights in the meta step, by {words.by} and epoch",
    )
    chosen = pick_classes(Labels.of(run))
    chart(
        curve.weight_by_class,
        run,
        epoch,
        tuple(chosen),
        key="weight-by-class",
        how_to_read=f"Above the dotted line a {words.one} counts more than the mean {words.each} "
        f"of a batch, below it less; {words.many} that are not chosen are grey.",
        alt=f"Mean post-meta weight by {words.by} over the epochs",
    )
