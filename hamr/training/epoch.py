"""One epoch: what is decided before its first step, and what its steps have found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hamr.config import TrainingSettings
from hamr.sampler import by_length, draw, draw_systematically, meta_stream, shuffled
from hamr.training.checkpoint import above, below
from hamr.training.ledger import VISIT_VALUES, Visits
from hamr.training.row_partition import RowPartition

KEYS = 1  # seeds the stream of dropout keys, apart from that of the draws


def steps_per_epoch(settings: TrainingSettings, partition: RowPartition) -> int:
    """The same for every epoch, since the number of draws is."""
    return -(-draws_per_epoch(settings, partition) // settings.batch_size)


def draws_per_epoch(settings: TrainingSettings, partition: RowPartition) -> int:
    """Rows that an epoch steps through, each as often as it is drawn."""
    if settings.resamples:
        return max(1, round(settings.draws_per_row * int(partition.drawable.sum())))
    return len(partition.drawn)


@dataclass
class Epoch:
    """V draws in batches of B, in the order in which they are stepped through."""

    number: int  # 1-based
    probability: np.ndarray  # [N] of a draw
    seed: int  # of PyTorch's generators
    visits: Visits
    meta: np.ndarray  # [steps, M] rows of the meta batches
    keys: np.ndarray  # [V] int64, one per draw: decides the row's dropout masks there

    steps_done: int = 0
    seconds: float = 0.0  # of those steps that an earlier process took
    meta_losses: list[float] = field(default_factory=list)
    probe_steps: list[int] = field(default_factory=list)
    probe_cosines: list[float] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return len(self.visits.starts) - 1

    @property
    def step(self) -> int:
        """Steps since the run began; every epoch has as many as this one."""
        return (self.number - 1) * self.steps + self.steps_done

    @property
    def batch(self) -> slice:
        """The visits of the step under way."""
        starts = self.visits.starts
        return slice(int(starts[self.steps_done]), int(starts[self.steps_done + 1]))

    def save(self, seconds: float) -> dict[str, np.ndarray]:
        """What was found in so many seconds; the rest follows from (seed, epoch) and the ledger."""
        return {
            "place": np.array([self.steps_done]),
            "seconds": np.array([seconds]),
            "meta_losses": np.array(self.meta_losses, np.float64),
            "probe_steps": np.array(self.probe_steps, np.int64),
            "probe_cosines": np.array(self.probe_cosines, np.float64),
            **above("visits.", {n: getattr(self.visits, n).copy() for n in VISIT_VALUES}),
        }

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """The state of `save`, in an epoch that was planned again."""
        self.steps_done, self.seconds = int(saved["place"][0]), float(saved["seconds"][0])
        self.meta_losses = saved["meta_losses"].tolist()
        self.probe_steps = saved["probe_steps"].tolist()
        self.probe_cosines = saved["probe_cosines"].tolist()
        for name, values in below("visits.", saved).items():
            getattr(self.visits, name)[:] = values


def plan(
    settings: TrainingSettings,
    partition: RowPartition,
    lengths: np.ndarray | None,
    probability: np.ndarray,
    number: int,
) -> Epoch:
    """Decides an epoch by (seed, number) and the probability of each draw, and nothing else.

    `lengths` are the token lengths of all rows, where batches are padded.
    """
    generator = np.random.default_rng([settings.seed, number])
    seed = int(generator.integers(2**62))
    steps = steps_per_epoch(settings, partition)
    if settings.resamples:
        how = draw_systematically if settings.draw_scheme == "systematic" else draw
        rows = how(generator, probability, draws_per_epoch(settings, partition))
    else:
        rows = shuffled(generator, partition.drawn)
    meta_size = settings.meta_batch_size
    meta = partition.meta[meta_stream(generator, len(partition.meta), meta_size * steps)]
    if lengths is not None:
        window = settings.length_window
        size = settings.batch_size
        rows = by_length(generator, rows, lengths, batch_size=size, window=window)
        meta = by_length(generator, meta, lengths, batch_size=meta_size, window=window)
    starts = np.append(np.arange(0, len(rows), settings.batch_size), len(rows))
    keys = np.random.default_rng([settings.seed, number, KEYS]).integers(
        -(2**63), 2**63, len(rows), np.int64
    )
    visits = Visits(rows, starts)
    meta = meta.reshape(steps, meta_size)
    return Epoch(number, probability, seed, visits, meta, keys)
