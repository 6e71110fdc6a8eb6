"""A run on points that is taken step by step: the library's own training, with a view of each step.

What `hamr.training.session` composes for a run is composed here for points: the same learner,
ledger, plan of an epoch, steps and neighbour search, in the same order. Nothing is computed by
formulas of its own, so that what is shown is what trains. Not here: checkpoints, the choice of the
best epoch, and soft targets that are made again (the encoder of points never changes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float32

from hamr.config import TrainingSettings
from hamr.errors import SettingError
from hamr.hardness import ema
from hamr.metrics import score
from hamr.neighbours import NeighbourSearch
from hamr.playground.points import PointSet, dataset_of, lifted
from hamr.playground.settings import MOST_STEPS
from hamr.playground.stages import GRID, Z_GRID, Meta, NextDraw, OtherCurves, StepView, next_draw
from hamr.training.devices import choose, repeatable
from hamr.training.embedded import Embedded
from hamr.training.epoch import Epoch, plan, steps_per_epoch
from hamr.training.evaluation import Evaluation
from hamr.training.learner import Learner
from hamr.training.ledger import Ledger
from hamr.training.row_partition import RowPartition
from hamr.training.steps import Steps
from hamr.weighting import HeadRows, VirtualHead, WeightModel


class Playground:
    """Points, a model and a method, at one step of their training."""

    def __init__(self, points: PointSet, settings: TrainingSettings) -> None:
        """At the beginning, before the first step.

        Raises DataError where the meta set lacks a class, and SettingError for a method that is
        not for whole texts.
        """
        self.points, self.settings = points, settings
        self._dataset = dataset_of(points)
        self._grid = torch.from_numpy(lifted(plane()))
        self._began: dict[int, dict[str, np.ndarray]] = {}  # by epoch, what it began with
        self._partition = RowPartition.of(self._dataset, settings)
        self._embedded = Embedded(lifted(points.all))
        own = self._embedded.rows[: len(points.train)]
        self._search = NeighbourSearch(own, settings.neighbours)
        self._restart()

    def _restart(self) -> None:
        """Build model, weight network and ledger as they are before the first step."""
        settings = self.settings
        setup = choose(settings)
        self._ledger = Ledger(settings, self._partition.drawable)
        with repeatable(setup.device):
            self._learner = Learner(self._dataset, settings, self._embedded, setup)
        self._learner.observe(self._see)
        total = settings.epochs * self.steps_per_epoch  # which rates and soft targets follow
        self._steps = Steps(self._dataset, settings, self._learner, total)
        self._virtual: VirtualHead | None = None
        self._epoch = self._begin(1)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes that the points have."""
        return self._dataset.classes

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has."""
        return steps_per_epoch(self.settings, self._partition)

    @property
    def step(self) -> int:
        """Steps taken so far."""
        return self._epoch.step

    @property
    def last_step(self) -> int:
        """The step at which the run ends."""
        return min(MOST_STEPS, self.settings.epochs * self.steps_per_epoch)

    def at(self, step: int) -> StepView:
        """That step, from 1, with its stages; steps before it are taken first.

        A step that was passed is taken again from the beginning of its epoch, with the same bits.
        Raises SettingError for a step beyond the end, TrainingError where training diverges.
        """
        if not 1 <= step <= self.last_step:
            raise SettingError(
                f"There is no step {step}: steps are numbered 1 to {self.last_step:,}",
                field="step",
            )
        with _one_thread():
            if step <= self.step:
                self._go_back((step - 1) // self.steps_per_epoch + 1)
            while self.step < step - 1:
                self._steps.take(self._epoch)
                self._end_epoch()
            return self._take()

    # ---- a step ----------------------------------------------------------------------------

    def _take(self) -> StepView:
        """The next step and what it does."""
        epoch, network = self._epoch, self._learner.network
        batch, within = epoch.batch, epoch.steps_done
        before, theta = self._surface(self._learner.model), deepcopy(network)
        hardness = self._hardness()
        self._virtual = None
        meta_loss = self._steps.take(epoch)
        visits, (named, f1) = epoch.visits, self._tested()
        view = StepView(
            step=epoch.step,
            epoch=epoch.number,
            within=epoch.steps_done,
            steps=epoch.steps,
            rows=visits.rows[batch],
            probability=epoch.probability,
            epoch_hardness=self._ledger.state["hardness"],
            epoch_boost=self._ledger.state["boost"],
            before=before,
            loss=visits.loss[batch],
            z=visits.z[batch],
            pre=visits.pre[batch],
            s_before=theta.curve(visits.z[batch]),
            curve_before=theta.curve(Z_GRID),
            meta=None if meta_loss is None else self._meta(within, batch, meta_loss),
            post=visits.post[batch],
            s_after=network.curve(visits.z[batch]),
            curve_after=network.curve(Z_GRID),
            after=self._surface(self._learner.model),
            hardness_before=hardness,
            hardness=self._hardness(),
            next=self._next(),
            test=named,
            f1=f1,
            others=_others(theta, network) if self.settings.learns_weights else None,
        )
        self._end_epoch()
        return view

    def _see(self, rows: HeadRows, share: torch.Tensor) -> None:
        """Called at the virtual update, before the model itself moves."""
        head: torch.nn.Module = self._learner.model
        self._virtual = VirtualHead.of(head, rows, share)  # type: ignore[arg-type]

    def _meta(self, within: int, batch: slice, loss: float) -> Meta:
        epoch, virtual = self._epoch, self._virtual
        assert virtual is not None  # the observer was called where there is a meta loss
        gradient = epoch.visits.weight_gradient[batch]
        alignment = epoch.visits.alignment()[batch]
        surface = self._surface(lambda x: virtual.logits(virtual.hidden(x)))
        return Meta(epoch.meta[within], loss, gradient, alignment, surface)

    def _hardness(self) -> Float32[np.ndarray, " n"]:
        """Hardness with the visits of the epoch so far: what the ledger takes in at its end."""
        done = int(self._epoch.visits.starts[self._epoch.steps_done])
        rows, hard = self._epoch.visits.rows[:done], self._epoch.visits.hard[:done]
        own = rows < len(self.points.train)  # SMOTE's rows have none
        return ema(self._ledger.state["hardness"], rows[own], hard[own], self.settings.gamma)

    def _next(self) -> NextDraw:
        settings = self.settings
        if not settings.learns_hardness:
            none = np.zeros((0, settings.neighbours), np.int32)
            flat = np.zeros(len(self.points.train), np.float32)
            return NextDraw(none[:, 0], none, flat, self._ledger.draw_probabilities())
        found = next_draw(
            self._hardness(),
            self._search,
            hard_share=settings.hard_share,
            tau=settings.tau,
            boost_strength=settings.effective_boost,
        )
        if settings.resamples:
            return found
        return replace(found, probability=self._ledger.draw_probabilities())

    @torch.no_grad()
    def _surface(
        self, logits: Callable[[torch.Tensor], torch.Tensor]
    ) -> Float32[np.ndarray, "h h c"]:
        """Class probabilities over the plane, rows from y = -1 upwards."""
        found = logits(self._grid).softmax(1).numpy()
        return found.reshape(GRID, GRID, -1).copy()

    def _tested(self) -> tuple[np.ndarray, np.ndarray]:
        """The class named of each test point and F1 of each class, by the weights a run keeps."""
        test = self._partition.test
        with self._learner.averaged():
            *_, found = self._learner.evaluator.evaluate(test)
        assert isinstance(found, Evaluation)  # evaluate() ends with it
        labels = self._dataset.test.labels
        scores = score(labels, found.prediction, found.loss, len(self.classes))
        return np.asarray(found.prediction, np.int8), scores.f1

    # ---- epochs ----------------------------------------------------------------------------

    def _begin(self, number: int) -> Epoch:
        self._began[number] = {**self._learner.state.save(), **self._ledger.save()}
        probability = self._ledger.draw_probabilities()
        epoch = plan(self.settings, self._partition, None, probability, number)
        torch.manual_seed(epoch.seed)
        return epoch

    def _end_epoch(self) -> None:
        """Take the visits into the ledger, and begin the next epoch, where this one is done."""
        epoch, settings = self._epoch, self.settings
        if epoch.steps_done < epoch.steps:
            return
        self._ledger.absorb(epoch.visits, epoch.step - epoch.steps)
        if settings.learns_hardness and epoch.number % settings.refresh_every == 0:
            self._ledger.refresh(self._search)
        self._epoch = self._begin(epoch.number + 1)

    def _go_back(self, number: int) -> None:
        """To the beginning of an epoch that was begun before."""
        saved = self._began[number]
        self._restart()
        self._learner.state.restore(saved)
        self._ledger.restore(saved)
        self._epoch = self._begin(number)


def _others(before: WeightModel, after: WeightModel) -> OtherCurves | None:
    """The curves of a weight model that has another one than s over z; None for one that has it."""
    old, new = before.curves(), after.curves()
    return OtherCurves(new.x, old.weight, new.weight, new.of_class) if len(new.x) else None


@contextmanager
def _one_thread() -> Iterator[None]:
    """Within, PyTorch computes on one core: a head this small is fastest there."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def plane() -> Float32[np.ndarray, "g 2"]:
    """The points of the grid over the plane, row by row from y = -1, each from x = -1."""
    axis = np.linspace(-1, 1, GRID, dtype=np.float32)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], 1)
