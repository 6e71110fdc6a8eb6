"""The statuses of runs and sweeps.

    queued    begins as running, or is stopped at once
    running   ends as finished or failed, or is asked to stop
    stopping  ends as stopped after the step under way

Whatever ended before it was finished can be queued again. A process that is killed can't write
how it ended, so "interrupted" is never written: it is what readers see where the database says
"running" or "stopping" and no living process holds the lock.
"""

from __future__ import annotations

from typing import Literal

Status = Literal["queued", "running", "stopping", "stopped", "interrupted", "finished", "failed"]

STATUSES: tuple[Status, ...] = (
    "queued", "running", "stopping", "stopped", "interrupted", "finished", "failed",
)  # fmt: skip
ACTIVE: tuple[Status, ...] = ("running", "stopping")
ENDED: tuple[Status, ...] = ("stopped", "interrupted", "finished", "failed")
# As written in the database: "running" without a living process is an interrupted run.
RESUMABLE: tuple[Status, ...] = ("stopped", "failed", *ACTIVE)


class HasStatus:
    """What follows from the status of a run or a sweep."""

    status: Status

    @property
    def active(self) -> bool:
        """Whether a process trains it now."""
        return self.status in ACTIVE

    @property
    def can_resume(self) -> bool:
        """Whether it may be queued again to train what is missing."""
        return self.status in ("stopped", "interrupted", "failed")
