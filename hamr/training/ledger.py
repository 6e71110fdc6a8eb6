"""The state of every training row: what steers the draws, and what is recorded of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hamr.config import TrainingSettings
from hamr.hardness import boost, ema, hard_seeds, visit_order
from hamr.neighbours import NeighbourSearch
from hamr.sampler import probabilities

VISIT_VALUES = ("loss", "z", "pre", "post", "hard", "weight_gradient")


@dataclass
class Visits:
    """The visits of one epoch in time order, written step by step; V = the epoch's draws."""

    rows: np.ndarray  # [V] int64
    starts: np.ndarray  # [steps + 1], where each step's batch begins
    loss: np.ndarray = field(init=False)  # [V] float32, as are those below
    z: np.ndarray = field(init=False)
    pre: np.ndarray = field(init=False)
    post: np.ndarray = field(init=False)
    hard: np.ndarray = field(init=False)  # what hardness averages
    weight_gradient: np.ndarray = field(init=False)  # dL_meta/dw

    def __post_init__(self) -> None:
        for name in VISIT_VALUES:
            setattr(self, name, np.zeros(len(self.rows), np.float32))

    def informed(self) -> np.ndarray:
        """[V] bool: whether the visit's step was a meta step, which gives an alignment."""
        informed = np.add.reduceat(self.weight_gradient != 0, self.starts[:-1]) > 0
        return np.repeat(informed, np.diff(self.starts))

    def alignment(self) -> np.ndarray:
        """-dL_meta/dw_i over its standard deviation in the row's batch, [V]; 0 where that is 0.

        Positive: more weight on the row would have lowered the loss on the balanced meta
        set. The scale alpha/|B| of the gradient drops out, so no floor is put under it.
        """
        sizes = np.diff(self.starts)
        batch = np.repeat(np.arange(len(sizes)), sizes)
        gradient = self.weight_gradient.astype(np.float64)
        mean = np.bincount(batch, gradient) / sizes
        deviation = gradient - mean[batch]
        spread = np.sqrt(np.bincount(batch, deviation * deviation) / sizes)[batch]
        result = np.divide(-gradient, spread, out=np.zeros_like(gradient), where=spread > 0)
        return result.astype(np.float32)


# The arrays [N] that a resumed run needs, with their value before the first visit.
STATE: dict[str, tuple[str, float]] = {
    "hardness": ("float32", 1.0),
    "alignment": ("float32", 0.0),
    "boost": ("float32", 0.0),
    "visits": ("int32", 0),
    "last_step": ("int32", -1),
    "visit_loss_last": ("float32", np.nan),
    "z_last": ("float32", np.nan),
    "pre_last": ("float32", np.nan),
    "post_last": ("float32", np.nan),
}
LAST = {"visit_loss_last": "loss", "z_last": "z", "pre_last": "pre", "post_last": "post"}
MEANS = {"visit_loss": "loss", "z": "z", "pre": "pre", "post": "post"}


class Ledger:
    """Hardness, alignment, boost and visits of the N training rows."""

    def __init__(
        self, settings: TrainingSettings, drawable: np.ndarray, factor: np.ndarray | None = None
    ) -> None:
        """`drawable` [N] bool: rows moved into the meta set or excluded are never drawn; `factor`
        [N]: of the probability of a draw.
        """
        self._settings, self._drawable, self.factor = settings, drawable, factor
        self.state = {
            name: np.full(len(drawable), start, dtype) for name, (dtype, start) in STATE.items()
        }
        self.seeds = np.zeros(0, np.int32)
        self.neighbours = np.zeros((0, settings.neighbours), np.int32)
        self.similarities = np.zeros((0, settings.neighbours), np.float32)

    def draw_probabilities(self) -> np.ndarray:
        """p [N] of the next epoch; uniform over drawable rows for methods that do not resample."""
        if not self._settings.resamples:
            uniform: np.ndarray = self._drawable / self._drawable.sum()
            return uniform
        return probabilities(
            self.state["hardness"],
            self.state["boost"],
            tau=self._settings.tau,
            boost_strength=self._settings.effective_boost,
            drawable=self._drawable,
            factor=self.factor,
        )

    def absorb(self, visits: Visits, first_step: int) -> dict[str, np.ndarray]:
        """Adds one epoch's visits; returns the epoch's own signals, NaN where a row was not drawn.

        Visits of made-up rows, which come after all others, are left out.
        """
        count, state, gamma = len(self._drawable), self.state, self._settings.gamma
        own = visits.rows < count
        rows, seen = visits.rows[own], {n: getattr(visits, n)[own] for n in VISIT_VALUES}
        state["hardness"] = ema(state["hardness"], rows, seen["hard"], gamma)
        informed, alignment = visits.informed()[own], visits.alignment()[own]
        state["alignment"] = ema(state["alignment"], rows[informed], alignment[informed], gamma)
        draws = np.bincount(rows, minlength=count).astype(np.int32)
        state["visits"] = state["visits"] + draws

        _, after = visit_order(rows)
        last = after == 0
        steps = np.repeat(np.arange(len(visits.starts) - 1), np.diff(visits.starts))[own]
        state["last_step"] = _with(state["last_step"], rows[last], first_step + steps[last])
        for name, source in LAST.items():
            state[name] = _with(state[name], rows[last], seen[source][last])

        with np.errstate(invalid="ignore"):  # 0 / 0 is NaN on purpose: not drawn
            means = {
                name: (np.bincount(rows, seen[source], count) / draws).astype("float32")
                for name, source in MEANS.items()
            }
        return {**means, "draws": draws}

    def refresh(self, search: NeighbourSearch) -> None:
        """Hard seeds, their neighbours, and the boost these give, from the current hardness."""
        hardness = np.where(self._drawable, self.state["hardness"], -np.inf)
        seeds = hard_seeds(hardness, self._settings.hard_share)
        self.seeds = seeds[self._drawable[seeds]]
        self.neighbours, self.similarities = search.of(self.seeds)
        self.state["boost"] = boost(self.neighbours, len(self._drawable))

    def save(self) -> dict[str, np.ndarray]:
        """Everything a resumed run needs, by name."""
        own = {"seeds": self.seeds, "neighbours": self.neighbours, "near": self.similarities}
        return {f"ledger.{name}": array for name, array in {**self.state, **own}.items()}

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """The state of `save`."""
        self.state = {name: np.array(saved[f"ledger.{name}"]) for name in STATE}
        self.seeds = np.array(saved["ledger.seeds"])
        self.neighbours = np.array(saved["ledger.neighbours"])
        self.similarities = np.array(saved["ledger.near"])


def _with(array: np.ndarray, index: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A changed copy. State is never written in place: records and checkpoints hold it."""
    changed = array.copy()
    changed[index] = values
    return changed
