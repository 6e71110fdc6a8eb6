"""The files of one run, read: each is compared with its entry in the listing first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hamr.errors import DamagedError, StoreError
from hamr.records import WORD_SIGNALS
from hamr.store.blocks import BLOCKS, Blocks
from hamr.store.checkpoints import Checkpoint, file_name, step_of
from hamr.store.listing import NO_ENTRY, Listing
from hamr.store.reading import PUT_BACK, Written, read_npy, read_tensors, read_values, verify
from hamr.store.tables import WHOLE_RUN

Complain = Callable[[str], DamagedError]  # makes the error from "is missing" or "was altered"
Found = tuple[Path, Written, Complain]  # where a file is, and what was written


class RunFiles:
    """Reads the files of one run. Raises StoreError for what is not listed, DamagedError for a
    file that is missing or was altered.
    """

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def read(self, name: str, epoch: int) -> Path:
        """The checked path of a file of an epoch. Raises StoreError or DamagedError."""
        path, expected, complain = self._files_of(name, [epoch])[0]
        return verify(path, expected, complain)

    def array(self, name: str, epoch: int) -> np.ndarray:
        """The array of a .npy file of an epoch. Raises StoreError or DamagedError."""
        return self.arrays(name, [epoch])[0]

    def arrays(self, name: str, epochs: Sequence[int]) -> list[np.ndarray]:
        """`array` for each of the epochs, with one query.

        A page that reads all epochs would otherwise wait once for each while a worker commits.
        """
        return [read_npy(*file) for file in self._files_of(name, epochs)]

    def tensors(
        self, name: str, epochs: Sequence[int], names: Sequence[str] | None = None
    ) -> list[dict[str, np.ndarray]]:
        """Arrays of a safetensors file of each of the epochs, by name."""
        return [read_tensors(*file, names) for file in self._files_of(name, epochs)]

    def reduced(
        self, name: str, epochs: Sequence[int], reduce: Callable[[np.ndarray], np.ndarray]
    ) -> list[np.ndarray]:
        """`reduce` of an array at each of the epochs, remembered while its file is the same."""
        return [_reduced(reduce, *file) for file in self._files_of(name, epochs)]

    def trajectory(self, name: str, where: np.ndarray) -> list[np.ndarray]:
        """The values of a signal at those rows, at every epoch; only they are read."""
        epochs = list(self._listing.listed(f"{name}.npy"))
        return [read_values(*file, where) for file in self._files_of(f"{name}.npy", epochs)]

    def part(self, name: str, epoch: int, first: int, end: int) -> np.ndarray:
        """The values [first:end] of a signal at an epoch; see `Run.signal_part`."""
        file, blocks = f"{name}.npy", self._listing.listed(BLOCKS, [epoch])
        listed = self._listing.listed(file, [epoch])
        # Epochs of older versions have no block checksums: their files are read whole.
        if name not in WORD_SIGNALS or epoch not in blocks or epoch not in listed:
            return self.array(file, epoch)[first:end]
        own = Blocks.of(name, *self._files_of(BLOCKS, [epoch])[0])
        path, expected, complain = self._files_of(file, [epoch])[0]
        return own.part(path, expected.bytes, first, end, complain)

    def checkpoint(self, log: Callable[[str], None]) -> Checkpoint | None:
        """The newest checkpoint that is intact; `log` gets a sentence on each that is not."""

        def damaged(what: str) -> DamagedError:
            return DamagedError(f"The checkpoint {path} {what}. Trying the checkpoint before it")

        listed = self._listing.checkpoints()
        for (epoch, name), written in listed.items():
            path, step = self._listing.path(epoch, name), step_of(name)
            try:
                arrays = read_tensors(path, written, damaged)
            except DamagedError as error:
                log(str(error))
            else:
                return Checkpoint(epoch if step is None else epoch - 1, arrays, step)
        if listed:
            log("No checkpoint is intact, so training starts again from the first epoch")
        return None

    def checkpoint_at(self, epoch: int) -> dict[str, np.ndarray] | None:
        """The checkpoint at the end of that epoch; None where it is not kept."""
        listed, name = self._listing.checkpoints(), file_name()
        if (epoch, name) not in listed:
            return None
        path = self._listing.path(epoch, name)

        def damaged(what: str) -> DamagedError:
            return DamagedError(
                f"The checkpoint {path} {what}. Take another epoch's", field="epoch"
            )

        return read_tensors(path, listed[epoch, name], damaged)

    def _files_of(self, name: str, epochs: Sequence[int]) -> list[Found]:
        """For each epoch the file's path, what was written, and the error if it is damaged."""
        listed = self._listing.listed(name, epochs)
        for epoch in epochs:
            if epoch not in listed:
                raise StoreError(self._not_listed(name, epoch), field="epoch")
        return [self._file(name, epoch, listed[epoch]) for epoch in epochs]

    def _file(self, name: str, epoch: int, expected: Written) -> Found:
        path = self._listing.path(epoch, name)
        if expected is NO_ENTRY:
            run = self._listing.run_name()
            raise DamagedError(
                f'The database\'s entry of {path}, of run "{run}", does not match its checksum, '
                f"and {self._listing.copy_path} has no intact copy of it. The file itself may be "
                "intact. Restore a backup; other files are not affected",
                field="epoch",
            )
        return path, expected, self._complaint(path, epoch)

    def _not_listed(self, name: str, epoch: int) -> str:
        epochs = self._listing.epochs()
        if epoch in epochs:
            return f'Run "{self._listing.run_name()}" has no {name} at epoch {epoch}'
        has = f"it has {epochs[0]} to {epochs[-1]}" if epochs else "no epoch is complete yet"
        return f'Run "{self._listing.run_name()}" has no epoch {epoch}: {has}'

    def _complaint(self, path: Path, epoch: int) -> Complain:
        """Makes the error from what is wrong with a file, such as "is missing"."""

        def damaged(what: str) -> DamagedError:
            text = f'A file of run "{self._listing.run_name()}" {what}: {path}. {_remedy(epoch)}'
            return DamagedError(text, field="epoch")

        return damaged


# Reductions already computed, by function, path and checksum of the file.
_reductions: dict[tuple[Callable[..., Any], Path, str], np.ndarray] = {}
MOST_REDUCTIONS = 4096


def _reduced(
    reduce: Callable[[np.ndarray], np.ndarray],
    path: Path,
    expected: Written,
    complain: Complain,
) -> np.ndarray:
    """`reduce` of an array, remembered; a file of another hash is another entry."""
    verify(path, expected, complain)
    key = (reduce, path, expected.sha256)
    if key not in _reductions:
        result = np.asarray(reduce(read_npy(path, expected, complain)))
        result.setflags(write=False)
        if len(_reductions) >= MOST_REDUCTIONS:
            _reductions.clear()
        _reductions[key] = result
    return _reductions[key]


def _remedy(epoch: int) -> str:
    if epoch == WHOLE_RUN:
        return f"{PUT_BACK}, or train the run again; its epochs are not affected"
    return (
        f"{PUT_BACK}, look at another epoch, or delete the run and train it again; "
        "the other epochs are not affected"
    )
