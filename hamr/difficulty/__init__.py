"""How hard a row is, by several measures, and whether they agree: pure functions over arrays."""

from hamr.difficulty.agreement import FLAT, PARTLY_BELOW, Agreement, agreement
from hamr.difficulty.correlation import (
    correlation,
    finite_pair,
    percentile,
    rank_correlation,
    ranks,
)
from hamr.difficulty.measures import MEASURES, Dynamics, Measure

__all__ = [
    "FLAT",
    "MEASURES",
    "PARTLY_BELOW",
    "Agreement",
    "Dynamics",
    "Measure",
    "agreement",
    "correlation",
    "finite_pair",
    "percentile",
    "rank_correlation",
    "ranks",
]
