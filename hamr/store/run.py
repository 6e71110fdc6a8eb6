"""One run: what its worker writes and what everybody reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from hamr.config import TrainingSettings
from hamr.errors import DamagedError, RunNotFound, StoreError
from hamr.records import (
    CheckpointRecord,
    Dataset,
    EpochRecord,
    FinalRecord,
    Progress,
    Split,
    StepRecord,
)
from hamr.store import events
from hamr.store.as_of import AsOf, ListingAsOf, damaged_epochs
from hamr.store.base import StoreBase
from hamr.store.checkpoints import Checkpoint, step_of
from hamr.store.copies import instance
from hamr.store.epoch_files import ARRAYS, HEAD
from hamr.store.events import Event
from hamr.store.faulty import info_of
from hamr.store.files import npy, sweep, tensors
from hamr.store.final import Final, final_arrays, final_scalars, make_final
from hamr.store.info import Origin, RunInfo
from hamr.store.kept_steps import KeptStep, KeptSteps
from hamr.store.lifecycle import Lifecycle
from hamr.store.listing import Listing
from hamr.store.manifest import Manifest
from hamr.store.moving_map import MovingMaps
from hamr.store.progress import RunProgress, run_progress
from hamr.store.rows import RowTable
from hamr.store.run_files import RunFiles
from hamr.store.tables import WHOLE_RUN, DatasetRow, RunRow

MODEL, FINAL = "model.safetensors", "final.safetensors"
MAP, MENTION_MAP, HELD_OUT_MAP = "map.npy", "mention_map.npy", "map_held_out.npy"
HELD_OUT_MENTION_MAP = "mention_map_held_out.npy"


class Run(Lifecycle[RunInfo]):
    """A handle on one run. It holds no state, so many may look at the same one."""

    row, noun = RunRow, "run"

    def __init__(self, store: StoreBase, run_id: str, past: AsOf | None = None) -> None:
        """`past` is what of the run is shown, in place of all of it; see `as_of`."""
        super().__init__(store, run_id)
        self.past = past
        listing = Listing(store.home, self.folder, store.database, run_id)
        self._listing = listing if past is None else ListingAsOf(listing, past)
        self._files = RunFiles(self._listing)
        self._manifest = Manifest(self._listing)
        self._kept_steps = KeptSteps(self._listing, self._files)
        self.moving_maps = MovingMaps(self._listing, self._files, self._manifest)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """The worker's exclusive lock on the run. Raises BusyError if another process has it."""
        with super().hold():
            sweep(self.store.home)
            self._manifest.sweep_checkpoints()
            yield

    # --- what its worker writes ---

    def attach_dataset(self, dataset: Dataset, *, origin: Origin | None = None) -> None:
        """Store the rows, once per fingerprint, and give them to the run."""
        self.store.add_dataset(dataset)
        with self.store.database.write() as session:
            row = session.get_one(RunRow, self.id)
            row.fingerprint = dataset.fingerprint
            if origin is not None:
                row.parent, row.origin, row.origin_version = origin
        self.store.copies.write_run(self.id)

    def set_training(self, training: TrainingSettings) -> None:
        """Store the settings that the run trains with, where its rows have decided some of them."""
        with self.store.database.write() as session:
            row = session.get_one(RunRow, self.id)
            row.settings = {**row.settings, "training": training.model_dump(mode="json")}
        self.store.copies.write_run(self.id)

    def append_event(self, record: Progress | StepRecord | Mapping[str, Any]) -> None:
        """Append an event; it gets "time" (unix seconds) and "kind" if it has none."""
        events.append(self._events_path, record)

    def log(self, message: str, **details: Any) -> None:
        """Append a sentence to the run's log."""
        self.append_event({"kind": "log", "message": message, **details})

    def write_epoch(self, record: EpochRecord) -> None:
        """Store an epoch. Raises NoSpaceError or StoreError; then nothing has changed.

        If the epoch is there already, as after resuming from an earlier one, it is replaced and
        the epochs after it are removed.
        """
        self._manifest.write_epoch(record, self.info.train_rows)
        scalars = {"epoch": record.epoch, "step": record.step, **record.scalars}
        self.append_event({"kind": "epoch", **scalars})

    def write_checkpoint(self, record: CheckpointRecord) -> None:
        """Store what a run that is killed within an epoch resumes from, until that epoch ends.

        The newest two are kept. Raises NoSpaceError or StoreError; then nothing has changed.
        """
        self._manifest.write_checkpoint(record)
        self.append_event({"kind": "checkpoint", "epoch": record.epoch, "step": record.step})

    def write_final(self, record: FinalRecord) -> None:
        """Store the model at the best epoch and the scores of validation and test."""
        files = {MODEL: tensors(record.model), FINAL: tensors(final_arrays(record))}
        written = self._manifest.write(WHOLE_RUN, files)

        def end(run: RunRow) -> None:
            run.final = events.finite(final_scalars(record))
            run.best_epoch, run.macro_f1 = record.best_epoch, record.validation.macro_f1
            run.test_macro_f1 = record.test.macro_f1

        self._manifest.list_whole_run(written, end)

    def write_map(self, xy: np.ndarray) -> None:
        """Store the map of the training rows, [N, 2] float32."""
        self._write_map(MAP, xy)

    def write_held_out_map(self, xy: np.ndarray) -> None:
        """Store where the H validation and test rows are on the map, [H, 2] float32."""
        self._write_map(HELD_OUT_MAP, xy)

    def write_mention_map(self, xy: np.ndarray) -> None:
        """Store the map of the M entities in the training rows, [M, 2] float32."""
        self._write_map(MENTION_MAP, xy)

    def write_held_out_mention_map(self, xy: np.ndarray) -> None:
        """Store where the entities in validation and test rows are on that map, float32 [, 2]."""
        self._write_map(HELD_OUT_MENTION_MAP, xy)

    def _write_map(self, name: str, xy: np.ndarray) -> None:
        if xy.ndim != 2 or xy.shape[1] != 2:
            raise ValueError(f"a map is [N, 2], got {xy.shape}")
        written = self._manifest.write(WHOLE_RUN, {name: npy(xy.astype(np.float32, copy=False))})
        self._manifest.list_whole_run(written)

    def rewind(self, epoch: int, step: int | None = None) -> None:
        """Remove all that comes after that epoch, or after that step of the epoch after it."""
        self._manifest.forget_after(epoch, step or 0)

    # --- what everybody reads ---

    def as_of(self, epoch: int, whole: Sequence[int] | None = None) -> Run:
        """The run as it was when that epoch had ended: without later epochs and its result.

        At the last epoch the result is there. Epochs with damaged files are left out; `whole` are
        the others, where they are known. An epoch before the first whole one shows that one.
        Raises StoreError where no epoch is whole.
        """
        whole = self.whole_epochs() if whole is None else list(whole)
        if not whole:
            raise StoreError(
                f'No epoch of run "{self.info.name}" can be played: none is complete and intact'
            )
        shown = [one for one in whole if one <= epoch] or whole[:1]
        return Run(self.store, self.id, AsOf(tuple(shown), shown[-1] == whole[-1]))

    def whole_epochs(self) -> list[int]:
        """The complete epochs whose files are intact, in order."""
        damaged = self.damaged_epochs()
        return [epoch for epoch in self.epochs() if epoch not in damaged]

    def damaged_epochs(self) -> tuple[int, ...]:
        """The complete epochs of which a file is missing or was altered; all files are read."""
        return damaged_epochs(self._listing, self._files)

    @property
    def info(self) -> RunInfo:
        """Its state now, or as of its epoch. Raises RunNotFound once it is deleted."""
        info = super().info
        return info if self.past is None else self.past.info(info, self.scalars())

    def epochs(self) -> list[int]:
        """The complete epochs, in order."""
        return self._listing.epochs()

    def signal(self, name: str, epoch: int) -> np.ndarray:
        """A signal of every training row at an epoch, [N], or of every word, [W]; read-only.

        Raises StoreError if there is no such epoch, DamagedError if its file is missing or
        was altered.
        """
        return self._files.array(f"{name}.npy", epoch)

    def signal_part(self, name: str, epoch: int, first: int, end: int) -> np.ndarray:
        """`signal(name, epoch)[first:end]`; of WORD_SIGNALS only the blocks around it are read.

        Raises StoreError if there is no such epoch, DamagedError if the file is missing, has
        another size, or was altered in these blocks.
        """
        return self._files.part(name, epoch, first, end)

    def signal_over(self, name: str, epochs: Sequence[int]) -> list[np.ndarray]:
        """`signal` at each of the epochs; with one query, so it is faster than many calls."""
        return self._files.arrays(f"{name}.npy", epochs)

    def reduce_over(
        self, name: str, epochs: Sequence[int], reduce: Callable[[np.ndarray], np.ndarray]
    ) -> list[np.ndarray]:
        """`reduce` of a signal at each of the epochs, cached until its file changes.

        So a page over all epochs computes only those that are new. `reduce` must be a function of
        a module, so that it is the same object in the next call.
        """
        return self._files.reduced(f"{name}.npy", epochs, reduce)

    def array(self, name: str, epoch: int) -> np.ndarray:
        """One of EPOCH_ARRAYS at an epoch. Raises StoreError or DamagedError as `signal` does."""
        return self.arrays(epoch, [name])[name]

    def arrays(self, epoch: int, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Several of EPOCH_ARRAYS at an epoch, by name."""
        return self.arrays_over([epoch], names)[0]

    def arrays_over(
        self, epochs: Sequence[int], names: Sequence[str]
    ) -> list[dict[str, np.ndarray]]:
        """`arrays` at each of the epochs; with one query, so it is faster than many calls."""
        return self._files.tensors(ARRAYS, epochs, names)

    def trajectory(self, name: str, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """A signal of some training rows over all epochs, [epochs, len(rows)]."""
        where = np.asarray(rows, dtype=np.int64)
        values = self._files.trajectory(name, where)
        return np.stack(values) if values else np.empty((0, len(where)), dtype=np.float32)

    def scalars(self) -> list[dict[str, Any]]:
        """EPOCH_SCALARS of every epoch in order, each with its "epoch" and "step"."""
        return self._listing.scalars()

    def steps(self) -> dict[int, tuple[int, ...]]:
        """The steps that are kept whole, by epoch: their numbers within it, from 1.

        Training keeps the first step of each epoch and one in the middle. Epochs that an older
        version recorded have none. Raises DamagedError where a file is missing or was altered.

        >>> run = hamr.open_run("first", home="runs")
        >>> run.steps()
        {1: (1, 2)}
        """
        return {epoch: self._kept_steps.numbers(epoch) for epoch in self._kept_steps.epochs()}

    def step(self, epoch: int, index: int) -> KeptStep:
        """A step that is kept whole, with everything that it computed; `index` counts those of its
        epoch from 0, and from the end with -1.

        >>> step = hamr.open_run("first", home="runs").step(epoch=1, index=0)
        >>> step.number, len(step.rows), step.pre.shape, step.gradient_products.shape
        (1, 32, (32,), (32,))

        Raises StoreError where there is no such epoch or step, DamagedError where the epoch's file
        of steps is missing or was altered.
        """
        return self._kept_steps.read(epoch, index, self.info.settings.training)

    def steps_of(self, epoch: int) -> tuple[int, ...]:
        """The numbers of the steps of that epoch that are kept whole, from 1."""
        return self._kept_steps.numbers(epoch)

    @property
    def epochs_with_steps(self) -> list[int]:
        """The epochs of which steps are kept whole, in order, by what is listed."""
        return self._kept_steps.epochs()

    def events(self, after: int = 0) -> tuple[list[Event], int]:
        """The events from byte offset `after` on, and the offset to ask with next time."""
        if self.past is None:
            return events.read(self._events_path, after)
        found, end = events.read(self._events_path)
        if after >= end:
            return [], end
        return self.past.events(found, self._listing.scalars()[-1]["step"]), end

    def progress(self) -> RunProgress | None:
        """How far the run is and how long it will take; None unless it is being trained."""
        info = self.info
        return run_progress(info, events.tail(self._events_path)) if info.active else None

    def rows(self, split: Split = "train") -> RowTable:
        """The rows of a split. Raises StoreError until the data is loaded."""
        return self.store.rows(self._fingerprint(), split)

    def dataset(self) -> Dataset:
        """The run's data set, in memory. Raises StoreError until the data is loaded."""
        return self.store.dataset(self._fingerprint())

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty until the data is loaded."""
        return self.info.classes

    def map(self) -> np.ndarray | None:
        """The map of the training rows, [N, 2] float32; None until it is drawn."""
        return self._map(MAP)

    def held_out_map(self) -> np.ndarray | None:
        """Where the validation rows and then the test rows are on the map, [H, 2] float32.

        None until they are placed; runs of older versions have only the training rows on the map.
        """
        return self._map(HELD_OUT_MAP)

    def mention_map(self) -> np.ndarray | None:
        """The map of the entities in the training rows, [M, 2] float32; None until it is drawn.

        Row by row from left to right, as `hamr.entities.all_spans` finds them in the tags.
        """
        return self._map(MENTION_MAP)

    def held_out_mention_map(self) -> np.ndarray | None:
        """Where the entities in the validation rows and then the test rows are on that map.

        [, 2] float32; None until they are placed.
        """
        return self._map(HELD_OUT_MENTION_MAP)

    def _map(self, name: str) -> np.ndarray | None:
        return self._files.array(name, WHOLE_RUN) if self._listing.listed(name) else None

    def final(self) -> Final | None:
        """The result of the run; None until it is finished."""
        if self.past is not None and not self.past.is_end:
            return None
        final = self.store.database.memory.recall(("final", self.id), self._read_final)
        if final is None:
            return None
        return make_final(final, self._files.tensors(FINAL, [WHOLE_RUN])[0])

    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint that is intact; None if there is none.

        If one is damaged, the one before it is read, and the log says so.
        """
        return self._files.checkpoint(self.log)

    def checkpoint_at(self, epoch: int) -> dict[str, np.ndarray] | None:
        """The checkpoint at the end of that epoch, which holds its model; None if it is not kept.

        Raises DamagedError where its file is missing or was altered.
        """
        return self._files.checkpoint_at(epoch)

    def checkpointed(self) -> list[int]:
        """The complete epochs whose checkpoints are kept, in order."""
        return sorted(e for e, name in self._listing.checkpoints() if step_of(name) is None)

    def heads(self) -> dict[int, str]:
        """The checksums of the heads that are kept, by epoch; see `EpochRecord.head`."""
        return {epoch: file.sha256 for epoch, file in self._listing.listed(HEAD).items()}

    def head(self, epoch: int) -> dict[str, np.ndarray]:
        """The weights of the head after that epoch, float16. Raises StoreError, DamagedError."""
        return self._files.tensors(HEAD, [epoch])[0]

    @property
    def has_model(self) -> bool:
        """Whether the weights at the best epoch are written, as they are when a run finishes."""
        return bool(self._listing.listed(MODEL))

    @property
    def model_path(self) -> Path:
        """The weights at the best epoch, checked. Raises StoreError until the run is finished."""
        return self._files.read(MODEL, WHOLE_RUN)

    # --- inside ---

    def _write_copy(self) -> None:
        self.store.copies.write_run(self.id)

    def _info(self) -> RunInfo:
        info = self.store.database.memory.recall(("info", self.id), self._read_info)
        if info is None:
            raise RunNotFound(f"Run {self.id} has been deleted", field="run")
        return info

    def _read_info(self) -> RunInfo | None:
        query = select(RunRow, DatasetRow).outerjoin(DatasetRow).where(RunRow.id == self.id)
        with self.store.database.read() as session:
            found = session.execute(query).one_or_none()
        return info_of(self.store.home, found[0], found[1]) if found else None

    def _read_final(self) -> dict[str, Any] | None:
        with self.store.database.read() as session:
            row = session.get_one(RunRow, self.id)
        if row.damaged:
            row = instance(RunRow, self._listing.copied("runs")[0])
        return row.final

    def _fingerprint(self) -> str:
        info = self.info
        if info.fingerprint is None and info.damaged:
            raise DamagedError(info.error or "", field="run")
        if info.fingerprint is None:
            raise StoreError(f'Run "{info.name}" has no rows yet: its data has not been loaded')
        return info.fingerprint
