"""One run under way: its epochs, its checkpoints, and its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.errors import TrainingError
from hamr.models import FineTuned, Head, merged_weights
from hamr.neighbours import NeighbourSearch
from hamr.ranks import ALONE, Ranks
from hamr.records import (
    CheckpointRecord,
    Dataset,
    EpochRecord,
    FinalRecord,
    Progress,
    Record,
)
from hamr.training import summary
from hamr.training.best import Best
from hamr.training.checkpoint import above, below, check_version, version
from hamr.training.chosen import ChosenRows
from hamr.training.devices import DeviceSetup, random_states, set_random_states
from hamr.training.embedded import Embedded
from hamr.training.epoch import Epoch, draws_per_epoch, plan, steps_per_epoch
from hamr.training.evaluation import Evaluation
from hamr.training.faults import not_finite
from hamr.training.heads import kept_head
from hamr.training.learner import Learner
from hamr.training.ledger import Ledger
from hamr.training.loss_tracker import LossTracker
from hamr.training.row_partition import RowPartition
from hamr.training.row_vectors import RowVectors, epochs_embedded
from hamr.training.soft_targets import SoftTargets
from hamr.training.step_keeper import StepKeeper
from hamr.training.steps import Steps
from hamr.training.tasks import TokenTask
from hamr.training.warm_start import WarmStart

STEP_COST = 3  # a training step costs about three evaluations of its rows


class Session:
    """A run under way on one data set: learner, ledger and the best epoch so far."""

    def __init__(
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        embedded: Embedded,
        partition: RowPartition,
        setup: DeviceSetup,
        ranks: Ranks = ALONE,
        chosen: ChosenRows | None = None,
    ) -> None:
        self._settings, self._partition, self._setup, self._ranks = (
            settings,
            partition,
            setup,
            ranks,
        )
        factor = None if chosen is None else chosen.factor
        self._ledger = Ledger(settings, partition.drawable, factor)
        kept = None if chosen is None else chosen.kept
        self._learner = Learner(dataset, settings, embedded, setup, ranks, kept)
        # Of the frozen embeddings; None where each refresh embeds the rows with the encoder then.
        self._search: NeighbourSearch | None = None
        self._embeds_again = settings.fine_tunes and settings.neighbours_from == "current"
        if not self._embeds_again:
            own = embedded.rows[: len(partition.train)]
            self._search = NeighbourSearch(own, settings.neighbours)
        self._soft = SoftTargets(dataset, settings, self._learner.examples, ranks, kept)
        self._task = self._learner.task
        self._tracker = LossTracker(settings)
        total = settings.epochs * steps_per_epoch(settings, partition)
        self._steps = Steps(dataset, settings, self._learner, total)
        self._keeper = StepKeeper(settings, self._learner.network)
        self.best = Best(settings.patience)
        self._within: dict[str, np.ndarray] = {}  # of a checkpoint within an epoch
        self._kept = time.monotonic()  # when a checkpoint was last yielded

    def prepare(self) -> Iterator[tuple[int, int]]:
        """Computes what the first step needs; yields (rows done, rows)."""
        return self._learner.prepare()

    # ---- one epoch -----------------------------------------------------------------------

    def epoch(self, number: int, stop: Callable[[], bool]) -> Generator[Record, None, bool]:
        """Draws, steps, scores and records; returns false when it was stopped before its end."""
        began = time.perf_counter()
        epoch = self._begin(number)
        if not (yield from self._take_steps(epoch, stop, began)):
            return False
        stepping = epoch.seconds + time.perf_counter() - began
        record = yield from self._end(epoch, began, stepping)
        self._kept = time.monotonic()
        yield record
        return True

    def _end(
        self, epoch: Epoch, began: float, stepping: float
    ) -> Generator[Record, None, EpochRecord]:
        """Updates the ledger, scores, refreshes seeds and boost, and makes the record."""
        settings, ledger, number = self._settings, self._ledger, epoch.number
        steps = self._keeper.arrays(epoch, ledger)  # of hardness as the epoch began
        own = ledger.absorb(epoch.visits, epoch.step - epoch.steps)
        vectors = self._row_vectors(number)
        with self._learner.averaged():
            train = yield from self._evaluate(number, self._partition.train, vectors)
            self._soft.renew(number, vectors)
            validation = yield from self._evaluate(number, self._partition.validation)
            refreshed = yield from self._refresh(number)
            metrics = self._task.scores("validation", validation)
            if self.best.beaten_by(metrics.macro_f1):
                self.best.replace(number, metrics.macro_f1, self._learner.state.model_weights())
            head = self._head(number)
        return EpochRecord(
            epoch=number,
            step=epoch.step,
            signals={**summary.signals(ledger, own, epoch, train), **self._task.signals(train)},
            arrays=summary.arrays(settings, ledger, epoch, self._learner.network, train, metrics),
            scalars=summary.scalars(
                settings,
                epoch,
                metrics,
                refreshed=refreshed,
                stepping=stepping,
                seconds=epoch.seconds + time.perf_counter() - began,
            ),
            checkpoint=self._checkpoint(epoch.step) if self._ranks.main else {},
            embeddings=vectors.embeddings() if vectors and vectors.recorded else None,
            head=head,
            steps=steps,
        )

    def _head(self, number: int) -> dict[str, np.ndarray]:
        """The weights to keep of the epoch where they are those of a head alone; else none."""
        words = isinstance(self._task, TokenTask)
        if words or not (self._ranks.main and isinstance(self._learner.model, Head)):
            return {}
        return kept_head(self._learner.state.model_weights(), number, self._settings.epochs)

    def _row_vectors(self, number: int) -> RowVectors | None:
        """What collects the embeddings of the epoch; None where nothing needs them."""
        model, rows = self._learner.model, self._partition.train
        if not isinstance(model, FineTuned):
            return None
        width = model.classifier.in_features
        recorded = number in epochs_embedded(self._settings.epochs, len(rows), width)
        if not (recorded or self._soft.due(number, width)):
            return None
        row_of = self._learner.examples.row_of(rows)
        return RowVectors(len(rows), width, row_of, recorded=recorded)

    def _begin(self, number: int) -> Epoch:
        """The epoch of that number at its first step, or where the checkpoint left it."""
        lengths = self._learner.examples.lengths
        # Every rank has them. They are sent all the same, since the last bit can differ between
        # different machines, and after a single different draw the ranks would never agree again.
        probability = self._ranks.broadcast(self._ledger.draw_probabilities())
        epoch = plan(self._settings, self._partition, lengths, probability, number)
        torch.manual_seed(epoch.seed)  # for models that use random numbers in a way of their own
        self._keeper.begin(epoch, below("within.kept.", self._within))
        if self._within:
            epoch.restore(below("within.", self._within))
            set_random_states(below("random.", self._within), self._setup.device)
            self._within = {}
        return epoch

    def _take_steps(
        self, epoch: Epoch, stop: Callable[[], bool], began: float
    ) -> Generator[Record, None, bool]:
        """The steps of the epoch still to do; false when it was stopped."""
        first = epoch.steps_done
        self._tracker.start_epoch(int(epoch.visits.starts[epoch.steps_done]))
        while epoch.steps_done < epoch.steps:
            if stop():
                if epoch.steps_done > first and self._keeps_within:
                    yield self._keep(epoch, began)
                return False
            meta_loss = self._keeper.take(epoch, self._steps.take)
            if self._tracker.saw(meta_loss) or epoch.steps_done == epoch.steps:
                done = int(epoch.visits.starts[epoch.steps_done])
                yield self._tracker.record(epoch.visits, done, epoch.number, epoch.step)
                yield self._progress(epoch.number, STEP_COST * done)
            if self._checkpoint_is_due():
                yield self._keep(epoch, began)
        return True

    def _refresh(self, number: int) -> Generator[Record, None, bool]:
        """Refreshes hard seeds and boost every F epochs, for methods that learn hardness."""
        if not self._settings.learns_hardness or number % self._settings.refresh_every:
            return False
        search = self._search
        if search is None:
            search = NeighbourSearch((yield from self._embed(number)), self._settings.neighbours)
        self._ledger.refresh(search)
        return True

    # ---- passes over many rows -----------------------------------------------------------

    def _progress(self, number: int, done: int) -> Progress:
        """Work done in units of evaluated rows, over the whole run."""
        rows = len(self._partition.train)
        draws = draws_per_epoch(self._settings, self._partition)
        passes = 2 if self._embeds_again else 1
        whole = round(STEP_COST * draws + passes * rows + len(self._partition.validation))
        total = whole * self._settings.epochs
        done = (number - 1) * whole + min(done, whole)
        return Progress("training", done, total, f"epoch {number}")

    def _evaluate(
        self, number: int, index: np.ndarray, vectors: RowVectors | None = None
    ) -> Generator[Record, None, Evaluation]:
        """Scores all rows of `index`. Raises TrainingError where a loss is NaN or infinite."""
        work = self._learner.evaluator.evaluate(index, vectors)
        result = yield from self._with_progress(number, work)
        assert isinstance(result, Evaluation)  # evaluate() ends with it
        if not np.isfinite(result.loss).all():
            raise self._not_finite(number)
        return result

    def _embed(self, number: int) -> Generator[Record, None, np.ndarray]:
        work = self._learner.evaluator.embed(self._partition.train)
        result = yield from self._with_progress(number, work)
        assert isinstance(result, np.ndarray)  # embed() ends with it
        return result

    def _with_progress(
        self, number: int, work: Iterator[int | Evaluation | np.ndarray]
    ) -> Generator[Record, None, Evaluation | np.ndarray | None]:
        """Does the work, with progress where it takes long; returns its last item."""
        shown = time.monotonic()
        result: Evaluation | np.ndarray | None = None
        for item in work:
            if not isinstance(item, int):
                result = item
            elif time.monotonic() - shown > 1:
                shown = time.monotonic()
                yield self._progress(number, STEP_COST * len(self._partition.train) + item)
        return result

    # ---- resume and end ------------------------------------------------------------------

    @property
    def _keeps_within(self) -> bool:
        return self._settings.checkpoint_minutes > 0 and self._ranks.main

    def _checkpoint_is_due(self) -> bool:
        since = time.monotonic() - self._kept
        return self._keeps_within and since >= 60 * self._settings.checkpoint_minutes

    def _keep(self, epoch: Epoch, began: float) -> CheckpointRecord:
        """A checkpoint within the epoch. Raises TrainingError for a model with NaN or infinity."""
        if not self._learner.state.is_finite():
            raise self._not_finite(epoch.number)
        self._kept = time.monotonic()
        within = epoch.save(seconds=epoch.seconds + time.perf_counter() - began)
        within |= above("kept.", self._keeper.save())
        arrays = {**self._checkpoint(epoch.step), **above("within.", within)}
        return CheckpointRecord(epoch.number, epoch.step, arrays)

    def _not_finite(self, number: int) -> TrainingError:
        return not_finite("the model", f"in epoch {number}", self._settings, lower="learning_rate")

    def _checkpoint(self, step: int) -> dict[str, np.ndarray]:
        return {
            **version(),
            "step": np.array([step]),
            **self._learner.state.save(),
            **self._ledger.save(),
            **self._soft.save(),
            **above("search.", self._search.save() if self._search else {}),
            **self.best.save(),
            **above("random.", random_states(self._setup.device)),
        }

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """Puts back the state that a checkpoint holds, an epoch's or one within an epoch.

        Raises TrainingError when another version of the program wrote it.
        """
        check_version(saved)
        self._learner.state.restore(saved)
        self._ledger.restore(saved)
        self._soft.restore(saved)
        if self._search:
            self._search.restore(below("search.", saved))
        self.best.restore(saved)
        self._within = saved if "within.place" in saved else {}

    def start_from(self, start: WarmStart) -> None:
        """Gives the model the weights of another run; TrainingError where they do not fit."""
        self._learner.start_from(start)

    def _choose_tags(self) -> Generator[Record, None, None]:
        """Decides how the tags of a sentence are chosen together, where they are."""
        decoding = self._learner.examples.decoding
        if decoding is None:
            return
        decoding.keeps = True
        found = yield from self._evaluate(self._settings.epochs, self._partition.validation)
        assert isinstance(self._task, TokenTask)  # no other has tags
        chosen = self._task.choose_tags(decoding, found) if self._ranks.main else None
        self._learner.tag_by(self._ranks.broadcast(chosen))

    def finish(self, *, embed_seconds: float, began: float) -> Iterator[Record]:
        """Scores the test set, once, with the model of the best validation epoch."""
        yield Progress("testing", 0, 1, f"scoring the test rows at epoch {self.best.epoch}")
        self._learner.state.load_model(self.best.model)
        yield from self._choose_tags()
        validation = yield from self._evaluate(self._settings.epochs, self._partition.validation)
        test = yield from self._evaluate(self._settings.epochs, self._partition.test)
        total = time.perf_counter() - began
        yield FinalRecord(
            best_epoch=self.best.epoch,
            validation=self._task.scores("validation", validation),
            test=self._task.scores("test", test),
            test_prediction=test.prediction,
            test_label_probability=test.label_probability,
            model=merged_weights(self._learner.model),
            seconds={"embed": embed_seconds, "train": total - embed_seconds, "total": total},
            tags=self._task.tags({"validation": validation, "test": test}),
            held_out=summary.held_out({"validation": validation, "test": test}),
        )
