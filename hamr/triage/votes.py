"""What class all other rows give to a row: class centres and a regression, heard together.

    log p(c | x_i) = t ((1 - a) log p_centres + a log p_ridge) + const,

a product of experts (Hinton 2002) whose share a, and whose temperature t, are those under which
the labels, each seen from outside, are likeliest.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int

from hamr.triage.centres import calibrated, centre_votes
from hamr.triage.ridge import ridge_votes

SHARES = np.linspace(0, 1, 11)  # a


def votes(
    vectors: Float32[np.ndarray, "m d"], labels: Int[np.ndarray, " m"], class_count: int
) -> Float32[np.ndarray, "m c"]:
    """log p(c | x_i) of every row by all other rows; classes without a row get next to nothing."""
    centres = centre_votes(vectors, labels, class_count)
    ridge = ridge_votes(vectors, labels, class_count)
    rows = np.arange(len(labels))
    mixed = (calibrated((1 - a) * centres + a * ridge, labels) for a in SHARES)
    return max(mixed, key=lambda log_p: float(log_p[rows, labels].mean())).astype(np.float32)
