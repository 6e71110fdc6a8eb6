"""The table of decisions: what is added to it and what is read from it. Nothing else is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Row, Table, insert, select, text
from sqlalchemy.orm import Session

from hamr.decisions import Event, as_json, as_label
from hamr.store.tables import DecisionRow

TABLE = cast(Table, DecisionRow.__table__)  # the table itself: objects would double an act's time
COLUMNS = TABLE.c
# The columns that the current labels follow from. Texts' hashes and evidence are most of the
# bytes, and are read only where they are shown.
LIGHT = (
    COLUMNS.id, COLUMNS.client_id, COLUMNS.act_id, COLUMNS.annotator, COLUMNS.time, COLUMNS.kind,
    COLUMNS.row_id, COLUMNS.split, COLUMNS.old, COLUMNS.new, COLUMNS.base,
)  # fmt: skip
FULL = (*LIGHT, COLUMNS.text_hash, COLUMNS.run_id, COLUMNS.epoch, COLUMNS.evidence)
PART = 500  # versions asked for at once: databases limit the parameters of a query


def serialise(session: Session, fingerprint: str, seconds: float) -> None:
    """Let one writer at a time add to a data set's decisions, until the transaction ends.

    Readers go on from the last version they saw, so versions must become visible in their order.
    SQLite has one writer anyhow; PostgreSQL numbers rows before it commits them.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    key = int.from_bytes(sha256(fingerprint.encode()).digest()[:8], "big", signed=True)
    session.execute(text(f"SET LOCAL lock_timeout = '{max(1, round(1000 * seconds))}ms'"))
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def read_after(session: Session, fingerprint: str, version: int) -> list[Event]:
    """The events after a version, in their order, without hashes and evidence."""
    query = _after(LIGHT, fingerprint, version)
    return [_event(row) for row in session.connection().execute(query)]


def read_full(session: Session, fingerprint: str, version: int, limit: int | None) -> list[Event]:
    """The events after a version, in their order, with all that is kept of them."""
    query = _after(FULL, fingerprint, version).limit(limit)
    return [_event(row) for row in session.connection().execute(query)]


def read_versions(session: Session, versions: Sequence[int]) -> list[Event]:
    """The events of those versions, with all that is kept of them."""
    found: list[Event] = []
    for start in range(0, len(versions), PART):
        own = COLUMNS.id.in_(versions[start : start + PART])
        query: Any = select(*FULL).where(own).order_by(COLUMNS.id)
        found += [_event(row) for row in session.connection().execute(query)]
    return found


def add(session: Session, fingerprint: str, events: Iterable[Event]) -> list[int]:
    """Add events, whose versions are still 0; the versions that they get."""
    values = [_values(event, fingerprint) for event in events]
    connection = session.connection()
    if len(values) == 1:
        return [connection.execute(insert(TABLE).returning(COLUMNS.id), values[0]).scalar_one()]
    query = insert(TABLE).returning(COLUMNS.id, sort_by_parameter_order=True)
    return list(connection.execute(query, values).scalars())


def _after(columns: Sequence[Any], fingerprint: str, version: int) -> Any:
    own = (COLUMNS.fingerprint == fingerprint) & (COLUMNS.id > version)
    return select(*columns).where(own).order_by(COLUMNS.id)


def _event(row: Row[Any]) -> Event:
    values = dict(row._mapping)
    return Event(
        version=values.pop("id"),
        old=as_label(values.pop("old")),
        new=as_label(values.pop("new")),
        run=values.pop("run_id", None),
        **values,
    )


def _values(event: Event, fingerprint: str) -> dict[str, Any]:
    return {
        "client_id": event.client_id,
        "act_id": event.act_id,
        "annotator": event.annotator,
        "time": event.time.astimezone(UTC),
        "fingerprint": fingerprint,
        "split": event.split,
        "row_id": event.row_id,
        "text_hash": event.text_hash,
        "kind": event.kind,
        "old": as_json(event.old),
        "new": as_json(event.new),
        "base": event.base,
        "run_id": event.run,
        "epoch": event.epoch,
        "evidence": event.evidence,
    }


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)
