"""The tables. A change here needs a migration in `migrations/versions`.

datasets   the rows of a data set are stored once, however many runs use them
runs       the settings, status and result of each run
epochs     an epoch exists once its row exists here
files      the manifest: readers trust no file that it does not list
decisions  what people decide about rows: entries are added, never changed, never deleted
sweeps     comparisons of methods, settings and seeds: the specification and status of each
sweep_runs the run at each place of a sweep's plan; a run that is still to come has no entry
preferences what people choose for themselves or for a data set, such as keys

Every row holds a checksum of its values: see `checksums`. It is computed when a row is written
through its class here, and compared when a row is read through it; `damaged` has the result.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy import inspect as state_of
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from hamr.errors import DamagedError
from hamr.store.checksums import CHECKSUM, LENGTH, Unreadable, digest, is_intact

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

WHOLE_RUN = (
    0  # the epoch of files that belong to the run as a whole (model, map); epochs count from 1
)


class Base(DeclarativeBase):
    """The base of all tables; constraint names are the same on every database."""

    metadata = MetaData(naming_convention=NAMING)
    damaged = False  # whether it did not match its checksum when it was read

    checksum: Mapped[str | None] = mapped_column(String(LENGTH), sort_order=99)


class _Tolerant(TypeDecorator[Any]):
    """A type that reads invalid values as Unreadable, so that one bad row hides no other."""

    cache_ok = True

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        inner = super().result_processor(dialect, coltype)

        def process(value: Any) -> Any:
            try:
                return inner(value) if inner else value
            except (TypeError, ValueError, RecursionError):
                return Unreadable(value)

        return process


class JSON(_Tolerant):
    """A JSON value."""

    impl = sqlalchemy.JSON
    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self.impl_instance


class UtcTime(_Tolerant):
    """A time in UTC. SQLite drops the zone, so it is added when a value is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class DatasetRow(Base):
    """A data set; its rows are in one Arrow file per split."""

    __tablename__ = "datasets"

    fingerprint: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    task: Mapped[str] = mapped_column(String(32))
    classes: Mapped[list[str]] = mapped_column(JSON)
    notices: Mapped[list[str]] = mapped_column(JSON)
    # split -> {"rows", "sha256", "bytes"}
    splits: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(UtcTime)


class RunRow(Base):
    """A run. `status` is what was last written; see RunInfo for what it means now."""

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_status", "status"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    status: Mapped[str] = mapped_column(String(16))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[str | None] = mapped_column(ForeignKey("datasets.fingerprint"))
    created: Mapped[datetime] = mapped_column(UtcTime)
    queued: Mapped[datetime] = mapped_column(UtcTime)  # its place in the queue
    started: Mapped[datetime | None] = mapped_column(UtcTime)  # the latest start
    finished: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(Text)
    error_field: Mapped[str | None] = mapped_column(String(64))
    # Counted from the epochs whenever they change, so that a list of runs is one query.
    epochs_done: Mapped[int] = mapped_column(Integer, default=0)
    best_epoch: Mapped[int | None] = mapped_column(Integer)
    macro_f1: Mapped[float | None] = mapped_column(Float)
    test_macro_f1: Mapped[float | None] = mapped_column(Float)
    final: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Of a run on corrected rows: the run it was started from, the data set that the decisions are
    # about, as it was loaded, and the last decision. They are no foreign keys, as runs may be
    # deleted.
    parent: Mapped[str | None] = mapped_column(String(36))
    origin: Mapped[str | None] = mapped_column(String(128))
    origin_version: Mapped[int | None] = mapped_column(BigInteger)


class EpochRow(Base):
    """One complete epoch: written in the same transaction as the manifest of its files."""

    __tablename__ = "epochs"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer, primary_key=True)
    step: Mapped[int] = mapped_column(Integer)
    macro_f1: Mapped[float | None] = mapped_column(Float)
    scalars: Mapped[dict[str, Any]] = mapped_column(JSON)
    written: Mapped[datetime] = mapped_column(UtcTime)


class FileRow(Base):
    """A file of a run, with its checksum when it was written."""

    __tablename__ = "files"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)


class DecisionRow(Base):
    """One event; see `hamr.decisions.Event`.

    It has no foreign keys, because it outlives other tables: runs and data sets may be deleted,
    and what people have decided is kept.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("client_id"),  # a decision that is sent twice counts once
        Index("ix_decisions_fingerprint_id", "fingerprint", "id"),
        {"sqlite_autoincrement": True},  # an id is never used twice
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    # The event before it on the same data, 0 for the first: shows if one in between is missing.
    previous: Mapped[int | None] = mapped_column(BigInteger)
    client_id: Mapped[str] = mapped_column(String(64))
    act_id: Mapped[str] = mapped_column(String(64))
    annotator: Mapped[str] = mapped_column(String(100))
    time: Mapped[datetime] = mapped_column(UtcTime)
    fingerprint: Mapped[str] = mapped_column(String(128))
    split: Mapped[str | None] = mapped_column(String(16))
    row_id: Mapped[str | None] = mapped_column(Text)
    text_hash: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    old: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    new: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    base: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[str | None] = mapped_column(String(36))
    epoch: Mapped[int | None] = mapped_column(Integer)
    evidence: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    # The checksum of the values that are only read to be shown: `checksum` covers this checksum.
    details: Mapped[str | None] = mapped_column(String(LENGTH))


class SweepRow(Base):
    """A sweep. `status` is what was last written; see SweepInfo for what it means now."""

    __tablename__ = "sweeps"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created: Mapped[datetime] = mapped_column(UtcTime)
    status: Mapped[str] = mapped_column(String(16))
    specification: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Of the rows that all its runs train on. No foreign key: when its runs are deleted, their rows
    # are too, and must be loaded from their source again.
    fingerprint: Mapped[str | None] = mapped_column(String(128))
    error: Mapped[str | None] = mapped_column(Text)
    error_field: Mapped[str | None] = mapped_column(String(64))


class SweepRunRow(Base):
    """The run at one place of a sweep's plan."""

    __tablename__ = "sweep_runs"

    sweep_id: Mapped[str] = mapped_column(ForeignKey("sweeps.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), unique=True)


class PreferenceRow(Base):
    """What an annotator chose for themselves, or what was chosen for a data set; see `preferences`.

    It has no foreign keys: as decisions do, it outlives the data set.
    """

    __tablename__ = "preferences"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    annotator: Mapped[str | None] = mapped_column(String(100))  # NULL: everybody
    fingerprint: Mapped[str | None] = mapped_column(String(128))  # NULL: all data sets
    name: Mapped[str] = mapped_column(String(64))
    value: Mapped[Any] = mapped_column(JSON)
    changed: Mapped[datetime] = mapped_column(UtcTime)


def values_of(row: Base) -> dict[str, Any]:
    """The row's values by column."""
    return {column.key: getattr(row, column.key) for column in state_of(type(row)).columns}


def is_damaged(row: Base) -> bool:
    """Whether the row did not match its checksum when it was read."""
    return row.damaged


@event.listens_for(Base, "load", propagate=True)
def _check(row: Base, _context: Any) -> None:
    # Queries load rows whole: a value that is missing here would be asked for one by one.
    row.damaged = not is_intact(values_of(row))


@event.listens_for(Base, "before_insert", propagate=True)
@event.listens_for(Base, "before_update", propagate=True)
def _seal(_mapper: Mapper[Any], _connection: Any, row: Base) -> None:
    if row.damaged:  # else it would get a checksum that hides the damage
        raise DamagedError(
            f"A row of the table {row.__tablename__} does not match its checksum, so it can't be "
            "changed: python -m hamr check names it, and with --repair restores it from the copy "
            "in its folder"
        )
    columns = state_of(type(row)).columns
    for column in columns:
        value = getattr(row, column.key)
        if isinstance(column.type, Float) and value is not None:
            setattr(row, column.key, float(value))  # as it will be read
    row.checksum = digest({name: v for name, v in values_of(row).items() if name != CHECKSUM})
