"""The steps of an epoch: taken one by one, checked, and recorded."""

from __future__ import annotations

import numpy as np

from hamr.config import TrainingSettings
from hamr.errors import TrainingError
from hamr.hardness import fixed_weights
from hamr.records import Dataset
from hamr.training.epoch import Epoch
from hamr.training.faults import NotFinite, not_finite
from hamr.training.learner import Learner
from hamr.training.schedule import rate
from hamr.weighting import Outcome


class Steps:
    """Takes an epoch's next step and writes what it found into the epoch."""

    def __init__(
        self, dataset: Dataset, settings: TrainingSettings, learner: Learner, total: int
    ) -> None:
        """`total` is the number of steps of the whole run, which the learning rate follows."""
        self._ids, self._settings = dataset.train.ids, settings
        self._learner, self._total = learner, total

    def take(self, epoch: Epoch) -> float | None:
        """One step; returns its meta loss, None where no weights are learned.

        Raises TrainingError when a loss or a gradient is NaN or infinite.
        """
        settings, batch = self._settings, epoch.batch
        rows = epoch.visits.rows[batch]
        try:
            outcome = self._learner.step(
                rows,
                epoch.meta[epoch.steps_done],
                keys=epoch.keys[batch],
                rate=rate(
                    epoch.step,
                    self._total,
                    warmup_share=settings.warmup_share,
                    decay=settings.decay,
                ),
                progress=epoch.step / self._total,
                probe=self._is_probed(epoch.step),
                meta=epoch.step % settings.meta_every == 0,
            )
        except NotFinite:
            raise self._failure(epoch, "the gradient", rows, lower="learning_rate") from None
        self._note(epoch, batch, outcome)
        epoch.steps_done += 1
        return None if outcome.meta_loss is None else epoch.meta_losses[-1]

    def _is_probed(self, step: int) -> bool:
        """Whether this step checks the meta-gradient; the quick preset's is always exact."""
        settings = self._settings
        if not settings.fine_tunes or settings.meta_gradient == "exact":
            return False
        every = settings.probe_every
        if not settings.learns_weights or every == 0 or step % settings.meta_every:
            return False
        return step % every < settings.meta_every  # the first meta step from there on

    def _note(self, epoch: Epoch, batch: slice, outcome: Outcome) -> None:
        visits, loss = epoch.visits, outcome.loss.numpy()
        self._check(epoch, loss, "the loss", lower="learning_rate")
        visits.loss[batch], visits.z[batch] = loss, outcome.z.numpy()
        visits.pre[batch], visits.post[batch] = outcome.pre.numpy(), outcome.post.numpy()
        visits.hard[batch] = visits.post[batch]
        if self._settings.uses_fixed_curve:
            low, high = self._settings.weight_low, self._settings.weight_high
            visits.hard[batch] = fixed_weights(visits.z[batch], low, high)
        if outcome.weight_gradient is not None:
            gradient = outcome.weight_gradient.numpy()
            self._check(epoch, gradient, "the meta step's gradient", lower="virtual_rate")
            visits.weight_gradient[batch] = gradient
        if outcome.meta_loss is not None:
            epoch.meta_losses.append(float(outcome.meta_loss))
        if outcome.cosine is not None:
            epoch.probe_steps.append(epoch.step)
            epoch.probe_cosines.append(outcome.cosine)

    def _check(self, epoch: Epoch, values: np.ndarray, what: str, *, lower: str) -> None:
        """Raises TrainingError where the value of a row of the batch is NaN or infinite."""
        if not np.isfinite(values).all():
            bad = epoch.visits.rows[epoch.batch][~np.isfinite(values)]
            raise self._failure(epoch, what, bad, lower=lower)

    def _failure(self, epoch: Epoch, what: str, rows: np.ndarray, *, lower: str) -> TrainingError:
        ids = [self._ids[row] if row < len(self._ids) else "made up" for row in rows[:3]]
        when = f"at step {epoch.step + 1} (rows {', '.join(ids)})"
        return not_finite(what, when, self._settings, lower=lower)
