"""What one HAMR step on points consists of, as values that a page can show.

Axes: N training points, B points of the batch, M of the meta batch, C classes, S hard seeds, K
neighbours of a seed, G points of the weight curve, H * H points of a grid over the plane.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int

from hamr.hardness import boost, hard_seeds
from hamr.neighbours import NeighbourSearch
from hamr.sampler import probabilities

GRID = 41  # points of a picture along each axis
Z_GRID = np.linspace(-3, 3, 61, dtype=np.float32)  # of the weight curve


@dataclass(frozen=True)
class Meta:
    """The meta step of a method that learns weights."""

    rows: Int[np.ndarray, " m"]  # among all points: training points first, then validation
    loss: float  # L_meta, mean over the meta batch at phi', nats
    gradient: Float32[np.ndarray, " b"]  # dL_meta/dw_i
    alignment: Float32[np.ndarray, " b"]  # -dL_meta/dw_i over its standard deviation in the batch
    virtual: Float32[np.ndarray, "h h c"]  # class probabilities over the plane at phi'


@dataclass(frozen=True)
class OtherCurves:
    """What a method learns whose weights are no function of z, see `hamr.weighting.Curves`."""

    x: Float32[np.ndarray, " g"]
    before: Float32[np.ndarray, "k g"]  # the meta step
    after: Float32[np.ndarray, "k g"]
    of_class: Int[np.ndarray, " c"]  # the curve of each class; empty: all follow all


@dataclass(frozen=True)
class NextDraw:
    """What the epoch's end makes of hardness; before it, what it would make of it now."""

    seeds: Int[np.ndarray, " s"]
    neighbours: Int[np.ndarray, "s k"]  # -1 where a seed has fewer
    boost: Float32[np.ndarray, " n"]
    probability: Float[np.ndarray, " n"]  # of each draw of the next epoch; sums to 1


@dataclass(frozen=True)
class StepView:
    """One step: its stages, in the order in which they are computed."""

    step: int  # since the beginning, from 1
    epoch: int  # from 1
    within: int  # step of the epoch, from 1
    steps: int  # of the epoch
    rows: Int[np.ndarray, " b"]  # 1. the draw
    probability: Float[np.ndarray, " n"]  # of each draw of this epoch
    epoch_hardness: Float32[np.ndarray, " n"]  # what it follows from: hardness at the epoch's start
    epoch_boost: Float32[np.ndarray, " n"]  # and boost
    before: Float32[np.ndarray, "h h c"]  # class probabilities over the plane at phi
    loss: Float32[np.ndarray, " b"]  # 2. losses, nats, and z-scores
    z: Float32[np.ndarray, " b"]
    pre: Float32[np.ndarray, " b"]  # 3. pre-meta weights
    s_before: Float32[np.ndarray, " b"]  # sigmoid(V(z_i)) that they are made of
    curve_before: Float32[np.ndarray, " g"]  # s = sigmoid(V(z)) on Z_GRID; NaN without a curve
    meta: Meta | None  # 4. virtual update and 5. meta gradient; None without learned weights
    post: Float32[np.ndarray, " b"]  # 6. post-meta weights
    s_after: Float32[np.ndarray, " b"]
    curve_after: Float32[np.ndarray, " g"]
    after: Float32[np.ndarray, "h h c"]  # 7. class probabilities after the outer update
    hardness_before: Float32[np.ndarray, " n"]
    hardness: Float32[np.ndarray, " n"]
    next: NextDraw
    f1: Float[np.ndarray, " c"]  # of the test points after the step, by class
    # The class that the model names of each of them; none for a step of a run.
    test: Int[np.ndarray, " t"] = field(default_factory=lambda: np.zeros(0, np.int8))
    others: OtherCurves | None = None  # in place of the weight curve, which is then NaN

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes on the test points."""
        return float(self.f1.mean())


def next_draw(
    hardness: Float32[np.ndarray, " n"],
    search: NeighbourSearch,
    *,
    hard_share: float,
    tau: float,
    boost_strength: float,
) -> NextDraw:
    """Seeds, neighbours, boost and probabilities that follow from hardness.

    p_i is proportional to (h_i + 1e-6)^tau (1 + lambda b_i).
    """
    seeds = hard_seeds(hardness, hard_share)
    neighbours, _ = search.of(seeds)
    boosted = boost(neighbours, len(hardness))
    probability = probabilities(hardness, boosted, tau=tau, boost_strength=boost_strength)
    return NextDraw(seeds, neighbours, boosted, probability)


def encoded(view: StepView) -> dict[str, Any]:
    """The view as values that JSON can hold; `decoded` reads them."""
    found = {each.name: _plain(getattr(view, each.name)) for each in fields(view)}
    if view.others is None:
        del found["others"]
    return found


def decoded(values: dict[str, Any]) -> StepView:
    """The view that was encoded, equal to the bit."""
    found = {name: _array(value) for name, value in values.items()}
    found["meta"] = found["meta"] and Meta(**found["meta"])
    found["next"] = NextDraw(**found["next"])
    if "others" in found:
        found["others"] = OtherCurves(**found["others"])
    return StepView(**found)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        text = base64.b64encode(array.tobytes()).decode()
        return {"array": text, "dtype": array.dtype.str, "shape": array.shape}
    if isinstance(value, Meta | NextDraw | OtherCurves):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def _array(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" not in value:
        return {name: _array(inner) for name, inner in value.items()}
    flat = np.frombuffer(base64.b64decode(value["array"]), np.dtype(value["dtype"]))
    return flat.reshape(value["shape"])
