"""The map of a run at each of its epochs, and the embeddings that it is drawn from.

Axes: E epochs whose embeddings are kept, N training rows, A rows of all splits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.store.epoch_files import EMBEDDINGS
from hamr.store.files import tensors
from hamr.store.listing import Listing
from hamr.store.manifest import Manifest
from hamr.store.reading import Written
from hamr.store.run_files import RunFiles
from hamr.store.tables import WHOLE_RUN

MOVING_MAP = "map_epochs.safetensors"


@dataclass(frozen=True)
class MovingMap:
    """Where the rows are on the map as each epoch ended."""

    epochs: tuple[int, ...]  # [E], ascending
    xy: np.ndarray  # [E, A, 2] float32: the training rows, then the validation and test rows

    def at(self, epoch: int) -> np.ndarray:
        """The places at an epoch, [A, 2]: at the last one before it, where its own are not known,
        as in a long run that keeps only some.
        """
        place = int(np.searchsorted(self.epochs, epoch, side="right")) - 1
        found: np.ndarray = self.xy[max(place, 0)]
        return found


class MovingMaps:
    """Reads and writes the moving map of one run."""

    def __init__(self, listing: Listing, files: RunFiles, manifest: Manifest) -> None:
        self._listing, self._files, self._manifest = listing, files, manifest

    def embedded(self) -> tuple[int, ...]:
        """The epochs whose embeddings are kept, ascending; none where the encoder is frozen."""
        return tuple(self._listing.listed(EMBEDDINGS))

    def embeddings(self, epoch: int) -> np.ndarray:
        """What the encoder made of the training rows at that epoch, [N, D] float16."""
        return self._files.array(EMBEDDINGS, epoch)

    def write(self, drawn: MovingMap) -> None:
        """Store the map. Each epoch is stored with a checksum of the embeddings it shows."""
        listed = self._listing.listed(EMBEDDINGS)
        arrays = {
            "xy": drawn.xy.astype(np.float32, copy=False),
            "epochs": np.array(drawn.epochs, np.int32),
            "embeddings": np.stack([_bytes(listed[epoch]) for epoch in drawn.epochs]),
        }
        written = self._manifest.write(WHOLE_RUN, {MOVING_MAP: tensors(arrays)})
        self._manifest.list_whole_run(written)

    def read(self) -> MovingMap | None:
        """The map of those epochs whose embeddings are still those that it was drawn from: a run
        that was resumed may have trained an epoch again. None where there is none.
        """
        if not self._listing.listed(MOVING_MAP):
            return None
        stored = self._files.tensors(MOVING_MAP, [WHOLE_RUN])[0]
        listed = self._listing.listed(EMBEDDINGS)
        kept = [
            at
            for at, epoch in enumerate(stored["epochs"].tolist())
            if epoch in listed and np.array_equal(stored["embeddings"][at], _bytes(listed[epoch]))
        ]
        epochs = tuple(stored["epochs"][kept].tolist())
        return MovingMap(epochs, stored["xy"][kept]) if kept else None

    @property
    def is_due(self) -> bool:
        """Whether embeddings are kept of an epoch that the map does not show."""
        embedded = self.embedded()
        if not embedded:
            return False
        drawn = self.read()
        return drawn is None or drawn.epochs != embedded


def _bytes(written: Written) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(written.sha256), np.uint8)
