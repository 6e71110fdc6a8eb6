"""Which rows are drawn: probabilities from hardness and boost, and the draws themselves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int, Int64

FLOOR = 1e-6  # keeps a row whose hardness has fallen to zero drawable


def probabilities(
    hardness: Float32[np.ndarray, " n"],
    boost: Float32[np.ndarray, " n"],
    *,
    tau: float,
    boost_strength: float,
    drawable: Bool[np.ndarray, " n"] | None = None,
    factor: Float64[np.ndarray, " n"] | None = None,
) -> Float64[np.ndarray, " n"]:
    """p_i proportional to (h_i + 1e-6)^tau * (1 + lambda * b_i), summing to 1.

    With a `factor` for each row, to that times it: where people ask for more draws of some rows.
    Rows outside `drawable` get 0 (rows moved into the meta set, or excluded). Computed in float64,
    since the cumulative sum over many rows decides the draws.
    """
    mass = np.power(hardness.astype(np.float64) + FLOOR, tau)
    mass *= 1 + boost_strength * boost.astype(np.float64)
    if factor is not None:
        mass *= factor
    if drawable is not None:
        mass = np.where(drawable, mass, 0.0)
    result: np.ndarray = mass / mass.sum()
    return result


def draw(
    generator: np.random.Generator, probability: Float64[np.ndarray, " n"], count: int
) -> Int64[np.ndarray, " v"]:
    """`count` rows drawn independently, with replacement, row i with probability p_i."""
    return generator.choice(len(probability), size=count, replace=True, p=probability)


def draw_systematically(
    generator: np.random.Generator, probability: Float64[np.ndarray, " n"], count: int
) -> Int64[np.ndarray, " v"]:
    """`count` rows in random order, row i either floor or ceil of count * p_i times.

    Systematic sampling (Madow and Madow 1944): one random offset, then equal steps along the
    cumulative probabilities. Each row's expected number of draws is that of independent draws,
    without their spread: with those, a third of all rows with p_i = 1 / N are never drawn in N
    draws.
    """
    cumulated = np.cumsum(probability)
    marks = (generator.random() + np.arange(count)) / count * cumulated[-1]
    rows = np.searchsorted(cumulated, marks, side="right")
    return generator.permutation(np.minimum(rows, np.flatnonzero(probability)[-1]))


def shuffled(
    generator: np.random.Generator, rows: Int64[np.ndarray, " v"]
) -> Int64[np.ndarray, " v"]:
    """Every one of the rows once, in random order: the epoch of a method without resampling."""
    return generator.permutation(rows)


def meta_stream(
    generator: np.random.Generator, meta_count: int, length: int
) -> Int64[np.ndarray, " v"]:
    """`length` indices into the meta set: one shuffled pass after another, cut to length."""
    passes = -(-length // meta_count)
    return np.concatenate([generator.permutation(meta_count) for _ in range(passes)])[:length]


def by_length(
    generator: np.random.Generator,
    rows: Int64[np.ndarray, " v"],
    lengths: Int[np.ndarray, " n"],
    *,
    batch_size: int,
    window: int,
) -> Int64[np.ndarray, " v"]:
    """The drawn rows in an order that pads less: batches of rows of similar length.

    The sequence is cut into windows of `window` batches. Within a window the rows are sorted
    by length (in tokens, `lengths` of all n rows), cut into batches, and the batches are
    shuffled. So the same rows are drawn equally often, and move by less than a window; with a
    window of 1 no row changes its batch. A window that the rows don't fill keeps its shorter
    batch last, and which rows that batch holds is random, or it would always hold the longest.

    Why windows and not the whole epoch: z-scores compare a loss with its batch, so a batch
    must stay a fair sample of the rows. The size of the window balances the two.
    """
    if window <= 1 or not len(rows):
        return rows
    span = batch_size * window
    parts = [rows[start : start + span] for start in range(0, len(rows), span)]
    return np.concatenate([_window(generator, part, lengths, batch_size) for part in parts])


def _window(
    generator: np.random.Generator, rows: np.ndarray, lengths: np.ndarray, size: int
) -> np.ndarray:
    """One window, sorted into batches; `rows` are in random order, so ties are too."""
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    whole, rest = divmod(len(rows), size)
    gap = size * int(generator.integers(whole + 1))  # where the shorter batch is cut out
    short, full = rows[gap : gap + rest], np.delete(rows, slice(gap, gap + rest))
    shuffled_batches = generator.permutation(full.reshape(whole, size))
    return np.concatenate([shuffled_batches.reshape(-1), short])
