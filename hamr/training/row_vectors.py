"""What a fine-tuned encoder makes of the training rows at the end of an epoch.

The map of a run that fine-tunes moves with the encoder, and these embeddings are what it is drawn
from. They are by-products of the pass that scores the training rows anyway, so keeping them takes
no further pass, no random number, and changes nothing that is learned.

What they take on the disk is bounded: nothing is kept of more than 20,000 rows
(`records.MOST_EMBEDDED`), and of a long run only some epochs, so that a run's embeddings are at
most 512 MB. Eight epochs of 20,000 rows of a 768-dimensional encoder are 246 MB.
"""

from __future__ import annotations

import numpy as np
import torch

from hamr.records import MOST_EMBEDDED
from hamr.training.evaluation import Part
from hamr.training.heads import evenly

MOST_BYTES = 512 << 20  # of all epochs of a run
WIDTH_BYTES = 2  # float16


class RowVectors:
    """Collects the vectors of n rows, part by part."""

    def __init__(
        self, count: int, width: int, row_of: np.ndarray | None, *, recorded: bool = True
    ) -> None:
        """`row_of` [W] has the row of each word, where words are scored; None where rows are;
        `recorded` says whether the run keeps them, or only makes soft targets of them.
        """
        self.sums, self.width, self.recorded = torch.zeros(count, width), width, recorded
        self._row_of = None if row_of is None else torch.from_numpy(row_of)

    def add(self, part: Part, vectors: torch.Tensor) -> None:
        """Take in what the encoder made of a part: vectors [p, D] of rows, or [b, t, D] of word
        pieces, of which those that begin the words of the part count.
        """
        found = vectors.float().cpu()
        if self._row_of is None:
            self.sums[part.own] = found
        else:
            words = found.reshape(-1, found.shape[-1])[part.taken]
            self.sums.index_add_(0, self._row_of[part.own], words)

    def unit(self) -> np.ndarray:
        """[n, D] float32, of length 1; of a sentence the mean of its words' vectors."""
        unit: np.ndarray = torch.nn.functional.normalize(self.sums, dim=1).numpy()
        return unit

    def embeddings(self) -> np.ndarray:
        """The same in float16."""
        return self.unit().astype(np.float16)


def epochs_embedded(epochs: int, rows: int, width: int) -> range:
    """The epochs, of 1 to `epochs`, whose embeddings are kept: all, or every second, third, ... up
    to the last one, so that all of them fit into MOST_BYTES; none of too many rows.
    """
    if rows > MOST_EMBEDDED:
        return range(0)
    return evenly(epochs, MOST_BYTES // max(1, rows * width * WIDTH_BYTES))
