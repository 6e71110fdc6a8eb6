"""Which labels of a region have probably been turned into the class that gathers in it.

With the class c and the share s that explain the region best (`hamr.regions.scan`), and p_i the
probability that the evidence gives label y_i, the label of a row was turned with the probability

    s / (s + (1 - s) p_i)   if y_i = c, else 0

by Bayes' rule. Label-error detection looks at each row by itself and asks its nearest rows, whose
labels may be wrong for the same reason; this asks the region as a whole. In regions planted in the
built-in rows, where 40 % of the labels were turned, it names most of them.

Axes: N training rows; M rows of the region.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.regions.candidates import Candidates
from hamr.regions.scan import scan

PROBABLY = 0.7  # from this probability on a label is called turned


def turned(
    rows: Int[np.ndarray, " m"], p_label: Float[np.ndarray, " n"], labels: Int[np.ndarray, " n"]
) -> Float64[np.ndarray, " m"]:
    """The probability of each row of a region that its label was turned; 0 where nothing gathers.

    `p_label` is that of each training row's label by the evidence.
    """
    alone = Candidates(
        np.asarray(rows),
        np.array([0, len(rows)]),
        near=np.zeros((len(labels), 0), np.int32),
        groups=np.zeros(len(labels), np.int32),
    )
    found = scan(alone, p_label, labels)
    if found.score[0] <= 0:
        return np.zeros(len(rows))
    share, p = found.share[0], found.p[rows]
    was: np.ndarray = np.where(labels[rows] == found.label[0], share / (share + (1 - share) * p), 0)
    return was
