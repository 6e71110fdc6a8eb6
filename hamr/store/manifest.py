"""The epochs and files of one run: what exists is what the database lists.

A run's folder:

    run.lock, events.jsonl
    model.safetensors, final.safetensors, map.npy
    epochs/000001/loss.npy ...            one per signal, [N]
                  arrays.safetensors      EPOCH_ARRAYS: a dozen small ones, one sync
                  checkpoint.safetensors  of the last two epochs only
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hamr.errors import DamagedError, StoreError
from hamr.records import EPOCH_ARRAYS, ROW_SIGNALS, EpochRecord
from hamr.store.database import Database
from hamr.store.events import finite
from hamr.store.files import Chunks, Written, npy, read_npy, tensors, verify, write_files
from hamr.store.tables import WHOLE_RUN, EpochRow, FileRow, RunRow

CHECKPOINT = "checkpoint.safetensors"
ARRAYS = "arrays.safetensors"
CHECKPOINTS_KEPT = 2


class Manifest:
    """The epochs and files of one run."""

    def __init__(self, home: Path, folder: Path, database: Database, run_id: str) -> None:
        self.home, self.folder, self.database, self.run_id = home, folder, database, run_id

    def write_epoch(self, record: EpochRecord, row_count: int) -> None:
        """Write an epoch's files, then list them: with that one commit the epoch exists.

        An epoch that is there already, and all after it, give way to the new one.
        """
        written = self.write(record.epoch, _epoch_files(record, row_count))
        with self.database.write() as session:
            self._forget(session, record.epoch)
            session.flush()
            session.add(self._epoch_row(record))
            self._list(session, record.epoch, written)
            session.flush()
            outdated = self._retire_checkpoints(session)
            self._recount(session)
        for path in outdated:
            with suppress(OSError):
                path.unlink()

    def write(self, epoch: int, files: Mapping[str, Chunks]) -> dict[str, Written]:
        """Write files of an epoch (or of the WHOLE_RUN), without listing them."""
        paths = {self.path(epoch, name): chunks for name, chunks in files.items()}
        written = write_files(self.home, paths)
        return {path.name: entry for path, entry in written.items()}

    def list_whole_run(self, session: Session, written: Mapping[str, Written]) -> None:
        """List files of the whole run, in place of earlier ones of those names."""
        for name in written:
            session.execute(self._files().where(FileRow.name == name, FileRow.epoch == WHOLE_RUN))
        self._list(session, WHOLE_RUN, written)

    def forget_after(self, epoch: int) -> None:
        """Take all epochs after that one off the list."""
        with self.database.write() as session:
            self._forget(session, epoch + 1)
            session.flush()
            self._recount(session)

    def epochs(self) -> list[int]:
        """The complete epochs, in order."""
        with self.database.read() as session:
            query = select(EpochRow.epoch).where(EpochRow.run_id == self.run_id)
            return list(session.scalars(query.order_by(EpochRow.epoch)))

    def listed(self, name: str, epochs: Sequence[int] | None = None) -> dict[int, Written]:
        """Per epoch (of all, or of those asked for), the file of that name as it was written."""
        query = select(FileRow.epoch, FileRow.sha256, FileRow.bytes)
        query = query.where(FileRow.run_id == self.run_id, FileRow.name == name)
        if epochs is not None:
            query = query.where(FileRow.epoch.in_(epochs))
        with self.database.read() as session:
            rows = session.execute(query.order_by(FileRow.epoch)).all()
        return {epoch: Written(sha256, size) for epoch, sha256, size in rows}

    def read(self, name: str, epoch: int) -> Path:
        """The checked path of a file of an epoch. Raises StoreError or DamagedError."""
        return self.read_each(name, [epoch])[0]

    def read_each(self, name: str, epochs: Sequence[int]) -> list[Path]:
        """`read` for each of the epochs, with one question to the database."""
        return [path for path, _ in self.read_with_hashes(name, epochs)]

    def read_with_hashes(self, name: str, epochs: Sequence[int]) -> list[tuple[Path, str]]:
        """`read_each`, each path with the SHA-256 of its content.

        A page that runs over all epochs would otherwise wait for each of them while a
        worker commits.
        """
        listed = self.listed(name, epochs)
        for epoch in epochs:
            if epoch not in listed:
                raise StoreError(self._not_listed(name, epoch), field="epoch")
        return [(self.check(name, e, listed[e]), listed[e].sha256) for e in epochs]

    def check(self, name: str, epoch: int, expected: Written) -> Path:
        """The path of a listed file, once its content is what was written."""
        path = self.path(epoch, name)
        return verify(path, expected, lambda what: self._damaged(path, epoch, what))

    def signals(self, name: str) -> list[np.ndarray]:
        """A signal at every epoch, as read-only views that read nothing yet."""
        listed = self.listed(f"{name}.npy")
        return [read_npy(self.check(f"{name}.npy", epoch, listed[epoch])) for epoch in listed]

    def path(self, epoch: int, name: str) -> Path:
        """Where a file of an epoch lies."""
        folder = self.folder if epoch == WHOLE_RUN else self.folder / "epochs" / f"{epoch:06d}"
        return folder / name

    def _epoch_row(self, record: EpochRecord) -> EpochRow:
        scalars = finite(record.scalars)
        return EpochRow(
            run_id=self.run_id,
            epoch=record.epoch,
            step=record.step,
            macro_f1=scalars.get("macro_f1"),
            scalars=scalars,
            written=datetime.now(UTC),
        )

    def _list(self, session: Session, epoch: int, written: Mapping[str, Written]) -> None:
        session.add_all(
            FileRow(run_id=self.run_id, epoch=epoch, name=name, **vars(entry))
            for name, entry in written.items()
        )

    def _files(self):  # type: ignore[no-untyped-def]  # SQLAlchemy's Delete has no short name
        return delete(FileRow).where(FileRow.run_id == self.run_id)

    def _forget(self, session: Session, first: int) -> None:
        session.execute(self._files().where(FileRow.epoch >= first))
        later = EpochRow.run_id == self.run_id, EpochRow.epoch >= first
        session.execute(delete(EpochRow).where(*later))

    def _retire_checkpoints(self, session: Session) -> list[Path]:
        query = select(FileRow.epoch).where(FileRow.run_id == self.run_id)
        query = query.where(FileRow.name == CHECKPOINT).order_by(FileRow.epoch.desc())
        outdated = list(session.scalars(query))[CHECKPOINTS_KEPT:]
        for epoch in outdated:
            old = self._files().where(FileRow.name == CHECKPOINT, FileRow.epoch == epoch)
            session.execute(old)
        return [self.path(epoch, CHECKPOINT) for epoch in outdated]

    def _recount(self, session: Session) -> None:
        query = select(EpochRow.epoch, EpochRow.macro_f1).where(EpochRow.run_id == self.run_id)
        rows = session.execute(query.order_by(EpochRow.epoch)).all()
        scored = [(epoch, score) for epoch, score in rows if score is not None]
        best = max(scored, key=lambda pair: pair[1], default=(None, None))  # the first of equals
        run = session.get_one(RunRow, self.run_id)
        run.epochs_done, (run.best_epoch, run.macro_f1) = len(rows), best

    def _name(self) -> str:
        with self.database.read() as session:
            run = session.get(RunRow, self.run_id)
            return run.name if run else self.run_id

    def _not_listed(self, name: str, epoch: int) -> str:
        epochs = self.epochs()
        if epoch in epochs:
            return f'Run "{self._name()}" has no {name} at epoch {epoch}'
        has = f"it has {epochs[0]} to {epochs[-1]}" if epochs else "no epoch is complete yet"
        return f'Run "{self._name()}" has no epoch {epoch}: {has}'

    def _damaged(self, path: Path, epoch: int, what: str) -> DamagedError:
        return DamagedError(
            f'A file of run "{self._name()}" {what}: {path}. {_remedy(epoch)}', field="epoch"
        )


def _remedy(epoch: int) -> str:
    if epoch == WHOLE_RUN:
        return "Put it back from a copy, or train the run again; its epochs are not concerned"
    return (
        "Put it back from a copy, look at another epoch, or delete the run and train it again; "
        "the other epochs are not concerned"
    )


def _epoch_files(record: EpochRecord, row_count: int) -> dict[str, Chunks]:
    """The files of an epoch by name, once its arrays have been checked against the records."""
    unknown = (record.signals.keys() - ROW_SIGNALS.keys()) | (
        record.arrays.keys() - EPOCH_ARRAYS.keys()
    )
    if unknown:
        raise ValueError(f"records.py knows no {', '.join(sorted(unknown))}")
    files: dict[str, Chunks] = {}
    for name, values in record.signals.items():
        if values.shape != (row_count,):
            raise ValueError(f"{name} must be [{row_count}], one per row, got {values.shape}")
        files[f"{name}.npy"] = npy(values.astype(ROW_SIGNALS[name].dtype, copy=False))
    if record.arrays:
        files[ARRAYS] = tensors(record.arrays)
    if record.checkpoint:
        files[CHECKPOINT] = tensors(record.checkpoint)
    return files
