"""What a search for hard regions finds.

Axes: N training rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

CHANCE = 0.05  # a region with a higher p-value could be chance


@dataclass(frozen=True)
class Confusion:
    """Rows of one class that the model takes for another."""

    label: str
    prediction: str
    rows: int


@dataclass(frozen=True)
class Region:
    """A group of similar rows that are harder than the rest of their classes.

    Where the run has recorded no hardness (plain training), or it ranks rows of low loss first,
    the loss takes its place in `hardness`, `rest_hardness` and `hard_share`; `ranked_by` says
    which it is.
    """

    id: str  # short; kept over epochs, and across runs on the same rows
    terms: tuple[str, ...]  # distinctive terms, best first
    name: str  # "regsvr32, DLL · execution ↔ defense-evasion"
    rows: Int[np.ndarray, " m"]  # training rows, ascending
    held_out: Int[np.ndarray, " h"]  # validation and test rows that fall in it, ascending
    hardness: float  # mean over its rows
    rest_hardness: float  # mean over all other training rows
    hard_share: float  # of its rows that are hard seeds
    p_value: float  # against chance, corrected for the number of regions looked at
    expected_label_errors: float  # rows
    confusions: tuple[Confusion, ...]  # label -> prediction, most rows first
    classes: dict[str, int]  # training rows of each class, most first
    validation_f1: float | None  # macro-F1 of the validation rows in it; None: too few
    test_f1: float | None
    pre_weight: float | None  # means; None where the run has none
    post_weight: float | None
    draws: float  # of the last epoch, mean over its rows
    parent: str | None  # the id of the smallest region that holds most of its rows
    gain: float  # rows that a fix would set right, see `hamr.regions.orders`
    score: float  # log-likelihood ratio of its evidence against the rest
    ranked_by: str  # "hardness" or "loss"

    @property
    def beyond_chance(self) -> bool:
        """Whether its evidence is more than chance explains, at 5 % over all regions together."""
        return self.p_value <= CHANCE


@dataclass(frozen=True)
class Regions:
    """The regions of a run at an epoch, most important first."""

    found: tuple[Region, ...]
    of_row: Int[np.ndarray, " n"]  # the index of the smallest region of a row, or -1
    why_none: str = ""  # a sentence where nothing was found

    @property
    def beyond_chance(self) -> tuple[Region, ...]:
        """Those that chance does not explain, most important first."""
        return tuple(region for region in self.found if region.beyond_chance)

    def by_id(self, region_id: str) -> Region | None:
        """The region of that id, if there is one."""
        return next((region for region in self.found if region.id == region_id), None)
