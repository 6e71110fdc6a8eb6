"""Writing the epochs and files of one run: what exists is what the database lists.

A run's folder:

    run.lock, events.jsonl, run.json        the last a copy of what is listed, see `copies`
    model.safetensors, final.safetensors, map.npy, map_held_out.npy,
    mention_map.npy (of a token run)
    map_epochs.safetensors (of a run that fine-tunes)   see `moving_map`
    epochs/000001/loss.npy ...            one per signal, [N], or [W] of words
                  arrays.safetensors      EPOCH_ARRAYS: a dozen small arrays in one file
                  steps.safetensors       STEP_ARRAYS: the few steps kept whole, see `kept_steps`
                  blocks.safetensors      checksums of the word signals' blocks, see `blocks`
                  embeddings.npy          [N, D] float16, see `EpochRecord.embeddings`
                  head.safetensors        see `EpochRecord.head`
                  checkpoint.safetensors  and others within an epoch, see `checkpoints`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from sqlalchemy import Delete, delete, select, tuple_
from sqlalchemy.orm import Session

from hamr.records import CheckpointRecord, EpochRecord
from hamr.store import checkpoints
from hamr.store.checkpoints import Listed, step_of
from hamr.store.copies import Copies
from hamr.store.epoch_files import epoch_files
from hamr.store.events import finite
from hamr.store.files import Chunks, tensors, write_files
from hamr.store.listing import Listing, of_checkpoints
from hamr.store.reading import Written
from hamr.store.tables import WHOLE_RUN, EpochRow, FileRow, RunRow


class Manifest:
    """Writes the epochs and files of one run, and lists them."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._database, self._run_id = listing.database, listing.run_id

    def write_epoch(self, record: EpochRecord, row_count: int) -> None:
        """Write an epoch's files, then list them: the epoch exists from that one commit on.

        It replaces an epoch that is there already, and removes those after it.
        """
        written = self.write(record.epoch, epoch_files(record, row_count))
        with self._change() as session:
            self._forget(session, record.epoch)
            session.flush()
            session.add(self._epoch_row(record))
            self._list(session, record.epoch, written)

    def write_checkpoint(self, record: CheckpointRecord) -> None:
        """Write a checkpoint within an epoch, then list it; what came later is removed."""
        name = checkpoints.file_name(record.step)
        written = self.write(record.epoch, {name: tensors(record.checkpoint)})
        with self._change() as session:
            self._forget(session, record.epoch, record.step - 1)
            session.flush()
            self._list(session, record.epoch, written)

    def write(self, epoch: int, files: Mapping[str, Chunks]) -> dict[str, Written]:
        """Write files of an epoch (or of the WHOLE_RUN), without listing them."""
        paths = {self._listing.path(epoch, name): chunks for name, chunks in files.items()}
        written = write_files(self._listing.home, paths)
        return {path.name: entry for path, entry in written.items()}

    def list_whole_run(
        self,
        written: Mapping[str, Written],
        change: Callable[[RunRow], None] = lambda run: None,
    ) -> None:
        """List files of the whole run, in place of earlier ones, and change the run in the same
        transaction.
        """
        with self._database.write() as session:
            for name in written:
                own = self._files().where(FileRow.name == name, FileRow.epoch == WHOLE_RUN)
                session.execute(own)
            self._list(session, WHOLE_RUN, written)
            change(session.get_one(RunRow, self._run_id))
        Copies(self._database).write_run(self._run_id)

    def forget_after(self, epoch: int, step: int = 0) -> None:
        """Remove all epochs after that one from the list, but not the next epoch's checkpoints up
        to that step.
        """
        with self._change() as session:
            self._forget(session, epoch + 1, step)

    def sweep_checkpoints(self) -> None:
        """Remove checkpoint files that are not listed, as a killed writer leaves them."""
        listed = {self._listing.path(*file) for file in self._listing.checkpoints()}
        for path in self._listing.folder.glob(f"epochs/*/{checkpoints.PREFIX}*.safetensors"):
            if path not in listed:
                with suppress(OSError):
                    path.unlink()

    def _epoch_row(self, record: EpochRecord) -> EpochRow:
        scalars = finite(record.scalars)
        return EpochRow(
            run_id=self._run_id,
            epoch=record.epoch,
            step=record.step,
            macro_f1=scalars.get("macro_f1"),
            scalars=scalars,
            written=datetime.now(UTC),
        )

    def _list(self, session: Session, epoch: int, written: Mapping[str, Written]) -> None:
        session.add_all(
            FileRow(run_id=self._run_id, epoch=epoch, name=name, **vars(entry))
            for name, entry in written.items()
        )

    def _files(self) -> Delete:
        return delete(FileRow).where(FileRow.run_id == self._run_id)

    @contextmanager
    def _change(self) -> Iterator[Session]:
        """One transaction on epochs and checkpoints; files that it unlists are removed after it."""
        with self._database.write() as session:
            before = self._listed_checkpoints(session)
            yield session
            session.flush()
            for file in checkpoints.outdated(self._listed_checkpoints(session)):
                session.execute(self._files().where(tuple_(FileRow.epoch, FileRow.name) == file))
            self._recount(session)
            after = self._listed_checkpoints(session)
        Copies(self._database).write_run(self._run_id)
        for file in before - after:
            with suppress(OSError):
                self._listing.path(*file).unlink()

    def _forget(self, session: Session, epoch: int, until: int = 0) -> None:
        """Unlist that epoch and all after it, except its checkpoints up to a step."""
        listed = self._listed_checkpoints(session)
        within = {file: step_of(file[1]) for file in listed if file[0] == epoch}
        kept = [file for file, step in within.items() if step is not None and step <= until]
        later = self._files().where(FileRow.epoch >= epoch)
        session.execute(later.where(tuple_(FileRow.epoch, FileRow.name).not_in(kept)))
        rows = delete(EpochRow).where(EpochRow.run_id == self._run_id)
        session.execute(rows.where(EpochRow.epoch >= epoch))

    def _listed_checkpoints(self, session: Session) -> set[Listed]:
        query = select(FileRow.epoch, FileRow.name).where(*of_checkpoints(self._run_id))
        return {(epoch, name) for epoch, name in session.execute(query)}

    def _recount(self, session: Session) -> None:
        query = select(EpochRow.epoch, EpochRow.macro_f1).where(EpochRow.run_id == self._run_id)
        rows = session.execute(query.order_by(EpochRow.epoch)).all()
        scored = [(epoch, score) for epoch, score in rows if score is not None]
        best = max(scored, key=lambda pair: pair[1], default=(None, None))  # the first of equals
        run = session.get_one(RunRow, self._run_id)
        run.epochs_done, (run.best_epoch, run.macro_f1) = len(rows), best
