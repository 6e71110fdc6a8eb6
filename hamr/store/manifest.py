"""The epochs and files of one run: what exists is what the database lists.

A run's folder:

    run.lock, events.jsonl, run.json        the last a copy of what is listed, see `copies`
    model.safetensors, final.safetensors, map.npy, mention_map.npy (of a token run)
    epochs/000001/loss.npy ...            one per signal, [N], or [W] of words
                  arrays.safetensors      EPOCH_ARRAYS: a dozen small ones, one sync
                  blocks.safetensors      checksums of the word signals' blocks, see `blocks`
                  checkpoint.safetensors  and others within an epoch, see `checkpoints`
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.orm import Session

from hamr.errors import DamagedError, StoreError
from hamr.records import WORD_SIGNALS, CheckpointRecord, EpochRecord
from hamr.store import checkpoints
from hamr.store.blocks import BLOCKS, Blocks
from hamr.store.checkpoints import Checkpoint, Listed, step_of
from hamr.store.checksums import is_intact
from hamr.store.copies import RUN as COPY
from hamr.store.copies import Copies, instance
from hamr.store.copies import read as read_copy
from hamr.store.database import Database
from hamr.store.epoch_files import epoch_files
from hamr.store.events import finite
from hamr.store.files import Chunks, tensors, write_files
from hamr.store.reading import PUT_BACK, Written, read_npy, read_tensors, read_values, verify
from hamr.store.tables import WHOLE_RUN, EpochRow, FileRow, RunRow

T = TypeVar("T")
FILES = cast(Table, FileRow.__table__)  # objects would double the time of a look
NO_ENTRY = Written("", -1)  # of a file whose entry is damaged


class Manifest:
    """The epochs and files of one run."""

    def __init__(self, home: Path, folder: Path, database: Database, run_id: str) -> None:
        self.home, self.folder, self.database, self.run_id = home, folder, database, run_id

    def write_epoch(self, record: EpochRecord, row_count: int) -> None:
        """Write an epoch's files, then list them: with that one commit the epoch exists.

        An epoch that is there already, and all after it, give way to the new one.
        """
        written = self.write(record.epoch, epoch_files(record, row_count))
        with self._change() as session:
            self._forget(session, record.epoch)
            session.flush()
            session.add(self._epoch_row(record))
            self._list(session, record.epoch, written)

    def write_checkpoint(self, record: CheckpointRecord) -> None:
        """Write a checkpoint within an epoch, then list it in place of what came later."""
        name = checkpoints.file_name(record.step)
        written = self.write(record.epoch, {name: tensors(record.checkpoint)})
        with self._change() as session:
            self._forget(session, record.epoch, record.step - 1)
            session.flush()
            self._list(session, record.epoch, written)

    def write(self, epoch: int, files: Mapping[str, Chunks]) -> dict[str, Written]:
        """Write files of an epoch (or of the WHOLE_RUN), without listing them."""
        paths = {self.path(epoch, name): chunks for name, chunks in files.items()}
        written = write_files(self.home, paths)
        return {path.name: entry for path, entry in written.items()}

    def list_whole_run(
        self,
        written: Mapping[str, Written],
        change: Callable[[RunRow], None] = lambda run: None,
    ) -> None:
        """List files of the whole run, in place of earlier ones, and change the run with that."""
        with self.database.write() as session:
            for name in written:
                own = self._files().where(FileRow.name == name, FileRow.epoch == WHOLE_RUN)
                session.execute(own)
            self._list(session, WHOLE_RUN, written)
            change(session.get_one(RunRow, self.run_id))
        Copies(self.database).write_run(self.run_id)

    def forget_after(self, epoch: int, step: int = 0) -> None:
        """Take all epochs after that one off the list; the next one's checkpoints up to a step
        stay.
        """
        with self._change() as session:
            self._forget(session, epoch + 1, step)

    def checkpoints(self) -> dict[Listed, Written]:
        """The checkpoints as they were written, the newest first."""
        query = select(FileRow).where(*self._of_checkpoints())
        with self.database.read() as session:
            rows = {(row.epoch, row.name): row for row in session.scalars(query)}
        ordered = checkpoints.newest_first(rows)
        return {
            file: NO_ENTRY if rows[file].damaged else Written(rows[file].sha256, rows[file].bytes)
            for file in ordered
        }

    def read_checkpoint(self, log: Callable[[str], None]) -> Checkpoint | None:
        """The newest checkpoint that is whole; `log` hears of those that are not."""

        def damaged(what: str) -> DamagedError:
            return DamagedError(f"The checkpoint {path} {what}: the one before it is tried")

        listed = self.checkpoints()
        for (epoch, name), written in listed.items():
            path, step = self.path(epoch, name), step_of(name)
            try:
                arrays = read_tensors(path, written, damaged)
            except DamagedError as error:
                log(str(error))
            else:
                return Checkpoint(epoch if step is None else epoch - 1, arrays, step)
        if listed:
            log("No checkpoint is whole: training begins again with the first epoch")
        return None

    def sweep_checkpoints(self) -> None:
        """Remove the checkpoints that a killed writer had not listed yet, or not any more."""
        listed = {self.path(*file) for file in self.checkpoints()}
        for path in self.folder.glob(f"epochs/*/{checkpoints.PREFIX}*.safetensors"):
            if path not in listed:
                with suppress(OSError):
                    path.unlink()

    def epochs(self) -> list[int]:
        """The complete epochs, in order."""
        return [scalars["epoch"] for scalars in self._recall("scalars", self._read_scalars)]

    def scalars(self) -> list[dict[str, Any]]:
        """EPOCH_SCALARS of every complete epoch in order, each with its "epoch" and "step"."""
        return [{**scalars} for scalars in self._recall("scalars", self._read_scalars)]

    def listed(self, name: str, epochs: Sequence[int] | None = None) -> dict[int, Written]:
        """Per epoch (of all, or of those asked for), the file of that name as it was written."""
        key = name if epochs is None else (name, *epochs)
        return self._recall(key, lambda: self._read_listed(name, epochs))

    def read(self, name: str, epoch: int) -> Path:
        """The checked path of a file of an epoch. Raises StoreError or DamagedError."""
        path, expected, complain = self._files_of(name, [epoch])[0]
        return verify(path, expected, complain)

    def array(self, name: str, epoch: int) -> np.ndarray:
        """The array of a .npy file of an epoch. Raises StoreError or DamagedError."""
        return self.arrays(name, [epoch])[0]

    def arrays(self, name: str, epochs: Sequence[int]) -> list[np.ndarray]:
        """`array` for each of the epochs, with one question to the database.

        A page that runs over all epochs would otherwise wait for each of them while a
        worker commits.
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
        epochs = list(self.listed(f"{name}.npy"))
        return [read_values(*file, where) for file in self._files_of(f"{name}.npy", epochs)]

    def part(self, name: str, epoch: int, first: int, end: int) -> np.ndarray:
        """The values [first:end] of a signal at an epoch; see `Run.signal_part`."""
        file, blocks = f"{name}.npy", self.listed(BLOCKS, [epoch])
        listed = self.listed(file, [epoch])
        # An epoch that was written before there were blocks has none: its files are read whole.
        if name not in WORD_SIGNALS or epoch not in blocks or epoch not in listed:
            return self.array(file, epoch)[first:end]
        own = Blocks.of(name, *self._files_of(BLOCKS, [epoch])[0])
        path, expected, complain = self._files_of(file, [epoch])[0]
        return own.part(path, expected.bytes, first, end, complain)

    def _files_of(
        self, name: str, epochs: Sequence[int]
    ) -> list[tuple[Path, Written, Callable[[str], DamagedError]]]:
        """Of each epoch where the file lies, what was written, and what to say of damage."""
        listed = self.listed(name, epochs)
        for epoch in epochs:
            if epoch not in listed:
                raise StoreError(self._not_listed(name, epoch), field="epoch")
        return [self._file(name, epoch, listed[epoch]) for epoch in epochs]

    def _file(
        self, name: str, epoch: int, expected: Written
    ) -> tuple[Path, Written, Callable[[str], DamagedError]]:
        path = self.path(epoch, name)
        if expected is NO_ENTRY:
            raise DamagedError(
                f'The database\'s entry of {path}, of run "{self._name()}", does not fit its '
                f"checksum, and {self.folder / COPY} has no whole copy of it; the file itself may "
                "be whole. Restore a backup; other files are not concerned",
                field="epoch",
            )
        return path, expected, self._complaint(path, epoch)

    def path(self, epoch: int, name: str) -> Path:
        """Where a file of an epoch lies."""
        folder = self.folder if epoch == WHOLE_RUN else self.folder / "epochs" / f"{epoch:06d}"
        return folder / name

    def _recall(self, key: Hashable, ask: Callable[[], T]) -> T:
        return self.database.memory.recall((self.run_id, key), ask)

    def _read_scalars(self) -> list[dict[str, Any]]:
        query = select(EpochRow).where(EpochRow.run_id == self.run_id).order_by(EpochRow.epoch)
        with self.database.read() as session:
            rows: Sequence[Any] = session.scalars(query).all()
        if any(row.damaged for row in rows):
            rows = [instance(EpochRow, values) for values in self.copied("epochs")]
        return [{"epoch": row.epoch, "step": row.step, **row.scalars} for row in rows]

    def copied(self, table: str) -> list[dict[str, Any]]:
        """The run's rows of a table from the copy in its folder. Raises DamagedError."""
        content = read_copy(self.folder / COPY)
        if content is None:
            raise DamagedError(
                f'The database has damaged {table} of run "{self._name()}": an entry does not fit '
                f"its checksum, and {self.folder / COPY} has no whole copy of it. Other runs are "
                "not concerned; restore a backup, or delete the run and train it again",
                field="run",
            )
        return content.get(table, [])

    def _read_listed(self, name: str, epochs: Sequence[int] | None) -> dict[int, Written]:
        query = select(FILES).where(FILES.c.run_id == self.run_id, FILES.c.name == name)
        if epochs is not None:
            query = query.where(FILES.c.epoch.in_(epochs))
        with self.database.read() as session:
            found = session.connection().execute(query.order_by(FILES.c.epoch)).mappings()
            rows = [dict(row) for row in found]
        listed = {row["epoch"]: _entry(row) for row in rows}
        if NO_ENTRY in listed.values():
            with suppress(DamagedError):
                copied = {(row["epoch"], row["name"]): _entry(row) for row in self.copied("files")}
                listed = {epoch: copied.get((epoch, name), NO_ENTRY) for epoch in listed}
        return listed

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

    @contextmanager
    def _change(self) -> Iterator[Session]:
        """One transaction on epochs and checkpoints; what it takes off the list goes after it."""
        with self.database.write() as session:
            before = self._listed_checkpoints(session)
            yield session
            session.flush()
            for file in checkpoints.outdated(self._listed_checkpoints(session)):
                session.execute(self._files().where(tuple_(FileRow.epoch, FileRow.name) == file))
            self._recount(session)
            after = self._listed_checkpoints(session)
        Copies(self.database).write_run(self.run_id)
        for file in before - after:
            with suppress(OSError):
                self.path(*file).unlink()

    def _forget(self, session: Session, epoch: int, until: int = 0) -> None:
        """Take that epoch and all after it off the list, but for its checkpoints up to a step."""
        listed = self._listed_checkpoints(session)
        within = {file: step_of(file[1]) for file in listed if file[0] == epoch}
        kept = [file for file, step in within.items() if step is not None and step <= until]
        later = self._files().where(FileRow.epoch >= epoch)
        session.execute(later.where(tuple_(FileRow.epoch, FileRow.name).not_in(kept)))
        rows = delete(EpochRow).where(EpochRow.run_id == self.run_id)
        session.execute(rows.where(EpochRow.epoch >= epoch))

    def _of_checkpoints(self):  # type: ignore[no-untyped-def]  # a tuple of SQLAlchemy's clauses
        name = FileRow.name.startswith(checkpoints.PREFIX, autoescape=True)
        return FileRow.run_id == self.run_id, name

    def _listed_checkpoints(self, session: Session) -> set[Listed]:
        query = select(FileRow.epoch, FileRow.name).where(*self._of_checkpoints())
        return {(epoch, name) for epoch, name in session.execute(query)}

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

    def _complaint(self, path: Path, epoch: int) -> Callable[[str], DamagedError]:
        """Makes the error from what is wrong with the file: "is missing", say."""

        def damaged(what: str) -> DamagedError:
            text = f'A file of run "{self._name()}" {what}: {path}. {_remedy(epoch)}'
            return DamagedError(text, field="epoch")

        return damaged


# As a reduction is remembered: by what it is made from, and by the file as it was found whole.
_reductions: dict[tuple[Callable[..., Any], Path, str], np.ndarray] = {}
MOST_REDUCTIONS = 4096


def _reduced(
    reduce: Callable[[np.ndarray], np.ndarray],
    path: Path,
    expected: Written,
    complain: Callable[[str], DamagedError],
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


def _entry(row: Mapping[str, Any]) -> Written:
    """A file as the database lists it; NO_ENTRY where that does not fit its checksum."""
    return Written(row["sha256"], row["bytes"]) if is_intact(row) else NO_ENTRY


def _remedy(epoch: int) -> str:
    if epoch == WHOLE_RUN:
        return f"{PUT_BACK}, or train the run again; its epochs are not concerned"
    return (
        f"{PUT_BACK}, look at another epoch, or delete the run and train it again; "
        "the other epochs are not concerned"
    )
