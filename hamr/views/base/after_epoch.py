"""What results that are kept in memory for a run after one epoch are kept by."""

from __future__ import annotations

from dataclasses import dataclass, field

from hamr.store import Run


@dataclass(frozen=True)
class AfterEpoch:
    """A run after one epoch. Resuming it, which may replace the epoch, changes `started`."""

    run_id: str
    started: object
    epoch: int
    run: Run = field(compare=False, repr=False)

    @classmethod
    def of(cls, run: Run, epoch: int) -> AfterEpoch:
        """A key for `functools.lru_cache`, which also holds the run to read from."""
        return cls(run.id, run.info.started, epoch, run)
