"""One run under way: the steps of an epoch, its end, and the end of the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.data import meta_rows
from hamr.errors import TrainingError
from hamr.metrics import score
from hamr.neighbours import NeighbourSearch
from hamr.records import Dataset, EpochRecord, FinalRecord, Metrics, Progress, Record
from hamr.sampler import draw, meta_stream, shuffled
from hamr.training.learner import CURVE_GRID, Evaluation, Learner
from hamr.training.ledger import Ledger, Visits
from hamr.training.monitor import Monitor
from hamr.weighting import Outcome

STEP_COST = 3  # a training step costs about three evaluations of its rows


class Session:
    """A run under way on one data set: learner, ledger and the best epoch so far."""

    def __init__(
        self, dataset: Dataset, settings: TrainingSettings, embeddings: np.ndarray
    ) -> None:
        self._dataset, self._settings = dataset, settings
        counts = [len(dataset.train), len(dataset.validation), len(dataset.test)]
        bounds = np.cumsum([0, *counts])
        self._train, self._validation, self._test = (
            np.arange(bounds[i], bounds[i + 1]) for i in range(3)
        )
        supplementary = meta_rows(
            dataset.train, dataset.validation, len(dataset.classes), seed=settings.seed
        )
        self._meta = np.concatenate([self._validation, supplementary])
        drawable = np.ones(counts[0], bool)
        # Copied by default: moving the few rows of a rare class out of the training set
        # starves it (10 points of macro-F1 on a set whose rarest class has 13 rows).
        if settings.supplementary == "move":
            drawable[supplementary] = False
        self._drawable = drawable
        self._ledger = Ledger(settings, drawable)
        self._learner = Learner(dataset, settings, embeddings)
        self._search = NeighbourSearch(embeddings[: counts[0]], settings.neighbours)
        self._monitor = Monitor(settings)
        self._step = 0
        self._best_epoch, self._best_f1 = 0, -1.0
        self._best_model: dict[str, np.ndarray] = {}

    # ---- one epoch -----------------------------------------------------------------------

    def epoch(self, epoch: int, stop: Callable[[], bool]) -> Generator[Record, None, bool]:
        """Draws, steps, scores and records; returns false when it was stopped half-way."""
        began = time.perf_counter()
        generator = np.random.default_rng([self._settings.seed, epoch])
        torch.manual_seed(int(generator.integers(2**62)))  # decides the dropout masks
        probability = self._ledger.draw_probabilities()
        visits = self._draw(generator, probability)
        first_step = self._step
        meta_losses = yield from self._steps(epoch, visits, generator, stop)
        if meta_losses is None:
            return False
        stepped = time.perf_counter()

        signals = self._ledger.absorb(visits, first_step)
        signals["expected_draws"] = (probability * len(visits.rows)).astype(np.float32)
        train = yield from self._evaluate(epoch, self._train)
        validation = yield from self._evaluate(epoch, self._validation)
        refreshed = self._refresh(epoch)
        metrics = self._scores(validation, self._dataset.validation.labels)
        if metrics.macro_f1 > self._best_f1:
            self._best_epoch, self._best_f1 = epoch, metrics.macro_f1
            self._best_model = self._learner.model_weights()
        scalars = {
            **self._clipped(visits),
            "macro_f1": metrics.macro_f1,
            "accuracy": metrics.accuracy,
            "validation_loss": metrics.loss,
            "train_loss": float(visits.loss.mean()),
            "meta_loss": float(np.mean(meta_losses)) if meta_losses else None,
            "draw_count": len(visits.rows),
            "boost_refreshed": refreshed,
            "seconds": time.perf_counter() - began,
            "rows_per_second": len(visits.rows) / (stepped - began),
        }
        yield EpochRecord(
            epoch=epoch,
            step=self._step,
            signals=self._signals(signals, train),
            arrays=self._arrays(visits, metrics),
            scalars=scalars,
            checkpoint=self._checkpoint(),
        )
        return True

    def _draw(self, generator: np.random.Generator, probability: np.ndarray) -> Visits:
        """The epoch's rows in the order they will be seen, cut into batches."""
        settings = self._settings
        if settings.resamples:
            count = round(settings.draws_per_row * self._drawable.sum())
            rows = draw(generator, probability, max(1, count))
        else:
            rows = shuffled(generator, self._drawable)
        return Visits(rows, np.append(np.arange(0, len(rows), settings.batch_size), len(rows)))

    def _steps(
        self,
        epoch: int,
        visits: Visits,
        generator: np.random.Generator,
        stop: Callable[[], bool],
    ) -> Generator[Record, None, list[float] | None]:
        """All steps of the epoch; returns their meta losses, or None when stopped."""
        size, step_count = self._settings.meta_batch_size, len(visits.starts) - 1
        meta = self._meta[meta_stream(generator, len(self._meta), size * step_count)]
        meta_losses: list[float] = []
        self._monitor.start_epoch()
        for step in range(step_count):
            if stop():
                return None
            low, high = visits.starts[step], visits.starts[step + 1]
            outcome = self._learner.step(
                visits.rows[low:high], meta[step * size : (step + 1) * size]
            )
            meta_loss = self._note(visits, slice(low, high), outcome)
            if meta_loss is not None:
                meta_losses.append(meta_loss)
            self._step += 1
            if self._monitor.saw(meta_loss) or step + 1 == step_count:
                yield self._monitor.record(visits, int(high), epoch, self._step)
                yield self._progress(epoch, STEP_COST * int(high))
        return meta_losses

    def _note(self, visits: Visits, place: slice, outcome: Outcome) -> float | None:
        """Writes one step's outcome into the epoch's visits."""
        loss = outcome.loss.numpy()
        if not np.isfinite(loss).all():
            rows = visits.rows[place][~np.isfinite(loss)]
            ids = ", ".join(self._dataset.train.ids[row] for row in rows[:3])
            raise TrainingError(
                f"the loss is no number any more at step {self._step + 1} (rows {ids}): lower "
                f"learning_rate, now {self._settings.learning_rate:g}, and start again; the "
                "epochs recorded so far are kept",
                field="learning_rate",
            )
        visits.loss[place], visits.z[place] = loss, outcome.z.numpy()
        visits.pre[place], visits.post[place] = outcome.pre.numpy(), outcome.post.numpy()
        visits.hard[place] = visits.post[place]
        if self._settings.method == "no-meta-weights":
            visits.hard[place] = self._unlearned(visits.z[place])
        if outcome.weight_gradient is not None:
            visits.weight_gradient[place] = outcome.weight_gradient.numpy()
        return None if outcome.meta_loss is None else float(outcome.meta_loss)

    def _unlearned(self, z: np.ndarray) -> np.ndarray:
        """What hardness averages where no weights are learned: the weights that the fixed
        curve V(z) = z would give, so that draws still follow the loss.
        """
        s = 1 / (1 + np.exp(-z))
        return np.clip(s / s.mean(), self._settings.weight_low, self._settings.weight_high)

    def _refresh(self, epoch: int) -> bool:
        """Refreshes hard seeds and boost every F epochs; ERM learns no hardness to go by."""
        if self._settings.method == "erm" or epoch % self._settings.refresh_every:
            return False
        self._ledger.refresh(self._search)
        return True

    # ---- records -------------------------------------------------------------------------

    def _progress(self, epoch: int, done: int) -> Progress:
        """Work done in units of evaluated rows, over the whole run."""
        draws = len(self._train) * (self._settings.draws_per_row if self._settings.resamples else 1)
        whole = round(STEP_COST * draws + len(self._train) + len(self._validation))
        total = whole * self._settings.epochs
        return Progress("training", (epoch - 1) * whole + min(done, whole), total, f"epoch {epoch}")

    def _evaluate(self, epoch: int, places: np.ndarray) -> Generator[Record, None, Evaluation]:
        """Scores all rows at `places`, with progress where it takes long."""
        result: Evaluation | None = None
        told = time.monotonic()
        for item in self._learner.evaluate(places):
            if isinstance(item, Evaluation):
                result = item
            elif time.monotonic() - told > 1:
                told = time.monotonic()
                yield self._progress(epoch, STEP_COST * len(self._train) + item)
        assert result is not None  # evaluate() ends with it
        return result

    def _scores(self, evaluation: Evaluation, labels: np.ndarray) -> Metrics:
        classes = len(self._dataset.classes)
        return score(labels, evaluation.prediction, evaluation.loss, classes)

    def _clipped(self, visits: Visits) -> dict[str, float]:
        return {
            "clipped_low": float((visits.post <= self._settings.weight_low).mean()),
            "clipped_high": float((visits.post >= self._settings.weight_high).mean()),
        }

    def _signals(self, own: dict[str, np.ndarray], train: Evaluation) -> dict[str, np.ndarray]:
        seen = {
            "loss": train.loss,
            "prediction": train.prediction,
            "label_probability": train.label_probability,
        }
        return {**own, **self._ledger.state, **seen}

    def _arrays(self, visits: Visits, metrics: Metrics) -> dict[str, np.ndarray]:
        curve = np.full_like(CURVE_GRID, np.nan)
        weight = np.ones_like(CURVE_GRID)
        if self._settings.learns_weights:
            curve = self._learner.curve()
            mean = float(np.interp(visits.z, CURVE_GRID, curve).mean())
            weight = np.clip(curve / mean, self._settings.weight_low, self._settings.weight_high)
        return {
            "curve_z": CURVE_GRID,
            "curve_s": curve,
            "curve_weight": weight.astype(np.float32),
            "seeds": self._ledger.seeds,
            "neighbours": self._ledger.neighbours,
            "similarities": self._ledger.similarities,
            "confusion": metrics.confusion,
            "precision": metrics.precision,
            "recall": metrics.recall,
            "f1": metrics.f1,
            "support": metrics.support,
            "probe_step": np.zeros(0, np.int32),
            "probe_cosine": np.zeros(0, np.float32),
        }

    # ---- resume and end ------------------------------------------------------------------

    def _checkpoint(self) -> dict[str, np.ndarray]:
        best = {f"best.{name}": array for name, array in self._best_model.items()}
        counters: dict[str, Any] = {
            "step": np.int64(self._step),
            "best_epoch": np.int64(self._best_epoch),
            "best_f1": np.float64(self._best_f1),
        }
        own = {name: np.array([value]) for name, value in counters.items()}
        return {**self._learner.save(), **self._ledger.save(), **best, **own}

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """Puts back the state that the last epoch's checkpoint holds."""
        self._learner.restore(saved)
        self._ledger.restore(saved)
        self._step = int(saved["step"][0])
        self._best_epoch, self._best_f1 = int(saved["best_epoch"][0]), float(saved["best_f1"][0])
        self._best_model = {
            name.removeprefix("best."): np.array(array)
            for name, array in saved.items()
            if name.startswith("best.")
        }

    def finish(self, *, embed_seconds: float, began: float) -> Iterator[Record]:
        """The test set, scored once, with the model of the best validation epoch."""
        yield Progress("testing", 0, 1, f"scoring the test rows at epoch {self._best_epoch}")
        self._learner.load_model(self._best_model)
        validation = yield from self._evaluate(self._settings.epochs, self._validation)
        test = yield from self._evaluate(self._settings.epochs, self._test)
        total = time.perf_counter() - began
        yield FinalRecord(
            best_epoch=self._best_epoch,
            validation=self._scores(validation, self._dataset.validation.labels),
            test=self._scores(test, self._dataset.test.labels),
            test_prediction=test.prediction,
            test_label_probability=test.label_probability,
            model=self._best_model,
            seconds={"embed": embed_seconds, "train": total - embed_seconds, "total": total},
        )
