"""The live curves: when a summary of the latest steps is due, and what it holds."""

from __future__ import annotations

import time

import numpy as np

from hamr.config import TrainingSettings
from hamr.records import WEIGHT_PERCENTILES, StepRecord
from hamr.training.ledger import Visits

FIRST_INTERVAL = 0.2  # seconds between two records when a run begins
SHARE_OF_ELAPSED = 1 / 1000  # later: a thousandth of the time so far, so that logs stay short


class LossTracker:
    """Says when a StepRecord is due, and makes it from the visits since the last one."""

    def __init__(self, settings: TrainingSettings) -> None:
        self._settings = settings
        self._began = self._recorded = time.monotonic()
        self._meta_losses: list[float] = []
        self._from = 0  # first visit of the epoch that is in no record yet

    def start_epoch(self, first: int) -> None:
        """Visits are counted from 0 in each epoch; a resumed one continues at `first`."""
        self._from = first

    def saw(self, meta_loss: float | None) -> bool:
        """Notes one step's meta loss; true when a record is due."""
        if meta_loss is not None:
            self._meta_losses.append(meta_loss)
        now = time.monotonic()
        interval = max(FIRST_INTERVAL, (now - self._began) * SHARE_OF_ELAPSED)
        return now - self._recorded >= interval

    def record(self, visits: Visits, upto: int, epoch: int, step: int) -> StepRecord:
        """The summary of the visits since the last record, up to visit `upto` of the epoch."""
        now = time.monotonic()
        recent = slice(self._from, upto)
        post, clips = visits.post[recent], self._settings.traits.clips
        record = StepRecord(
            step=step,
            epoch=epoch,
            loss=float(visits.loss[recent].mean()),
            meta_loss=float(np.mean(self._meta_losses)) if self._meta_losses else None,
            weight_percentiles=tuple(np.percentile(post, WEIGHT_PERCENTILES).tolist()),
            clipped_low=clips * float((post <= self._settings.weight_low).mean()),
            clipped_high=clips * float((post >= self._settings.weight_high).mean()),
            rows_per_second=(upto - self._from) / max(now - self._recorded, 1e-9),
        )
        self._recorded, self._from, self._meta_losses = now, upto, []
        return record
