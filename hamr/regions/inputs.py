"""What the search for hard regions reads of a run.

Axes: N training rows; H validation and test rows; D the width of an embedding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True)
class RegionSignals:
    """Signals of the N training rows after an epoch; None where the run lacks one, NaN where a
    row does.
    """

    loss: Float[np.ndarray, " n"]
    predictions: Int[np.ndarray, " n"]  # classes; -1: not known
    hardness: Float[np.ndarray, " n"] | None = None
    p_wrong: Float[np.ndarray, " n"] | None = None  # estimated probability of a wrong label
    # Estimated probability of the row's label, from all other rows and the run (`log_p` of
    # `hamr.triage.LabelErrors`); None: the nearest rows' labels give it.
    p_label: Float[np.ndarray, " n"] | None = None
    pre_weight: Float[np.ndarray, " n"] | None = None
    post_weight: Float[np.ndarray, " n"] | None = None
    draws: Float[np.ndarray, " n"] | Int[np.ndarray, " n"] | None = None
    seeds: Bool[np.ndarray, " n"] | None = None  # hard seeds; None: the fifth highest hardness


@dataclass(frozen=True)
class HeldOutRows:
    """The H validation and test rows.

    Where rows are entity mentions, those that are predicted where none is are among them: with no
    index and no label they count only against the precision of what they are predicted as.
    """

    rows: Int[np.ndarray, " h"]  # their indices among the rows of all splits; -1: none
    vectors: Float[np.ndarray, "h d"]
    labels: Int[np.ndarray, " h"]  # -1: none
    predictions: Int[np.ndarray, " h"]  # -1: not known
    is_test: Bool[np.ndarray, " h"]
