"""Which rows are drawn: probabilities from hardness and boost, and the draws themselves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

FLOOR = 1e-6  # keeps a row whose hardness has fallen to zero drawable


def probabilities(
    hardness: Float32[np.ndarray, " n"],
    boost: Float32[np.ndarray, " n"],
    *,
    tau: float,
    boost_strength: float,
    drawable: Bool[np.ndarray, " n"] | None = None,
) -> Float64[np.ndarray, " n"]:
    """p_i proportional to (h_i + 1e-6)^tau * (1 + lambda * b_i), summing to 1.

    Rows outside `drawable` get 0 (rows moved into the meta set). Computed in float64, since
    the cumulative sum over many rows decides the draws.
    """
    mass = np.power(hardness.astype(np.float64) + FLOOR, tau)
    mass *= 1 + boost_strength * boost.astype(np.float64)
    if drawable is not None:
        mass = np.where(drawable, mass, 0.0)
    return mass / mass.sum()


def draw(
    generator: np.random.Generator, probability: Float64[np.ndarray, " n"], count: int
) -> Int64[np.ndarray, " v"]:
    """`count` rows drawn independently, with replacement, row i with probability p_i."""
    return generator.choice(len(probability), size=count, replace=True, p=probability)


def shuffled(
    generator: np.random.Generator, drawable: Bool[np.ndarray, " n"]
) -> Int64[np.ndarray, " v"]:
    """Every drawable row once, in random order: the epoch of a method without resampling."""
    return generator.permutation(np.flatnonzero(drawable))


def meta_stream(
    generator: np.random.Generator, meta_count: int, length: int
) -> Int64[np.ndarray, " v"]:
    """`length` places in the meta set: one shuffled pass after another, cut to length."""
    passes = -(-length // meta_count)
    return np.concatenate([generator.permutation(meta_count) for _ in range(passes)])[:length]
