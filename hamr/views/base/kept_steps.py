"""Which kept step has a row in its batch."""

from __future__ import annotations

from hamr.errors import StoreError
from hamr.store import Run


def step_with(run: Run, epoch: int, row: int) -> int | None:
    """The number of a kept step of the epoch whose batch has that training row; None for none.

    Also where the file of the epoch's steps is damaged: the page that shows steps says so.
    """
    if epoch not in run.epochs_with_steps:
        return None
    try:
        numbers = run.steps_of(epoch)
        return next((n for i, n in enumerate(numbers) if row in run.step(epoch, i).rows), None)
    except StoreError:
        return None


def has_steps(run: Run, epoch: int) -> bool:
    """Whether steps of the epoch are kept."""
    return epoch in run.epochs_with_steps
