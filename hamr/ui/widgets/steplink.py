"""Links to a run's step on the page Learn."""

from __future__ import annotations

from hamr.store import Run
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.widgets.learnview import RUN_STEP
from hamr.views.base import kept_steps


def see_step(run: Run, epoch: int, row: int, *, stage: int = 1) -> None:
    """A link to the kept step of the epoch that drew the row, at a stage from 1; nothing where
    none did.
    """
    number = view(kept_steps.step_with, run, epoch, row)
    if number is not None:
        here = _place(run, epoch) | {"step": str(number), "row": str(row), "stage": str(stage)}
        navigation.link("Learn", "See this step", query=here)


def see_steps(run: Run, epoch: int, *, stage: int = 1) -> None:
    """A link to the first kept step of the epoch, where any is kept."""
    if view(kept_steps.has_steps, run, epoch):
        here = _place(run, epoch) | {"stage": str(stage)}
        navigation.link("Learn", f"See a step of epoch {epoch}", query=here)


def _place(run: Run, epoch: int) -> dict[str, str]:
    return {"view": RUN_STEP, "run": run.id, "epoch": str(epoch)}
