"""What the database lists of one run: its epochs, and its files with their checksums."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Table, select

from hamr.errors import DamagedError
from hamr.store import checkpoints
from hamr.store.checkpoints import Listed
from hamr.store.checksums import is_intact
from hamr.store.copies import RUN as COPY
from hamr.store.copies import instance
from hamr.store.copies import read as read_copy
from hamr.store.database import Database
from hamr.store.reading import Written
from hamr.store.tables import WHOLE_RUN, EpochRow, FileRow, RunRow

T = TypeVar("T")
FILES = cast(Table, FileRow.__table__)  # row objects would double the time of a query
NO_ENTRY = Written("", -1)  # of a file whose entry is damaged


class Listing:
    """The list of one run's epochs and files. Entries that are damaged come from its copy."""

    def __init__(self, home: Path, folder: Path, database: Database, run_id: str) -> None:
        self.home, self.folder, self.database, self.run_id = home, folder, database, run_id

    def path(self, epoch: int, name: str) -> Path:
        """Where a file of an epoch lies."""
        folder = self.folder if epoch == WHOLE_RUN else self.folder / "epochs" / f"{epoch:06d}"
        return folder / name

    @property
    def copy_path(self) -> Path:
        """The copy of the list in the run's folder."""
        return self.folder / COPY

    def run_name(self) -> str:
        """The name of the run; its id once it is deleted."""
        with self.database.read() as session:
            run = session.get(RunRow, self.run_id)
            return run.name if run else self.run_id

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

    def checkpoints(self) -> dict[Listed, Written]:
        """The checkpoints as they were written, the newest first."""
        query = select(FileRow).where(*of_checkpoints(self.run_id))
        with self.database.read() as session:
            rows = {(row.epoch, row.name): row for row in session.scalars(query)}
        ordered = checkpoints.newest_first(rows)
        return {
            file: NO_ENTRY if rows[file].damaged else Written(rows[file].sha256, rows[file].bytes)
            for file in ordered
        }

    def copied(self, table: str) -> list[dict[str, Any]]:
        """The run's rows of a table from the copy in its folder. Raises DamagedError."""
        content = read_copy(self.copy_path)
        if content is None:
            raise DamagedError(
                f'The database has damaged {table} of run "{self.run_name()}": an entry does not '
                f"match its checksum, and {self.copy_path} has no intact copy of it. Other runs "
                "are not affected: restore a backup, or delete the run and train it again",
                field="run",
            )
        return content.get(table, [])

    def _recall(self, key: Hashable, ask: Callable[[], T]) -> T:
        return self.database.memory.recall((self.run_id, key), ask)

    def _read_scalars(self) -> list[dict[str, Any]]:
        query = select(EpochRow).where(EpochRow.run_id == self.run_id).order_by(EpochRow.epoch)
        with self.database.read() as session:
            rows: Sequence[Any] = session.scalars(query).all()
        if any(row.damaged for row in rows):
            rows = [instance(EpochRow, values) for values in self.copied("epochs")]
        return [{"epoch": row.epoch, "step": row.step, **row.scalars} for row in rows]

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


def of_checkpoints(run_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions on a run's files that are checkpoints."""
    name = FileRow.name.startswith(checkpoints.PREFIX, autoescape=True)
    return FileRow.run_id == run_id, name


def _entry(row: Mapping[str, Any]) -> Written:
    """A file as the database lists it; NO_ENTRY if that does not match its checksum."""
    return Written(row["sha256"], row["bytes"]) if is_intact(row) else NO_ENTRY
