"""The table of decisions: events are added to it and read from it, and nothing else.

Each event has a checksum and names the event before it, so that an altered or missing event is
noticed; it is then read from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from hamr.decisions import Event, as_json, as_label
from hamr.decisions.records import DECIDING
from hamr.errors import DamagedError
from hamr.store.checksums import digest, is_intact
from hamr.store.journal import Journal, Values
from hamr.store.tables import DecisionRow

TABLE = cast(Table, DecisionRow.__table__)  # row objects would double the time of an act
COLUMNS = TABLE.c
# The columns that the current labels follow from. Text hashes and evidence are most of the bytes,
# and are read only to be shown.
LIGHT = tuple(
    COLUMNS[name]
    for name in (
        "id", "previous", "client_id", "act_id", "annotator", "time", "fingerprint", "split",
        "row_id", "kind", "old", "new", "base", "details", "checksum",
    )
)  # fmt: skip
DETAILS = ("text_hash", "run_id", "epoch", "evidence")
FULL = (*LIGHT, *(COLUMNS[name] for name in DETAILS))
PART = 500  # versions in one query: databases limit its parameters


def serialise(session: Session, fingerprint: str, seconds: float) -> None:
    """Let only one writer add to a data set's decisions until the transaction ends.

    Readers continue from the last version they saw, so versions must become visible in order.
    SQLite has one writer anyway; PostgreSQL numbers rows before it commits them.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    key = int.from_bytes(sha256(fingerprint.encode()).digest()[:8], "big", signed=True)
    session.execute(text(f"SET LOCAL lock_timeout = '{max(1, round(1000 * seconds))}ms'"))
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def read_after(session: Session, version: int, journal: Journal) -> list[Event]:
    """The events after a version, in order, without hashes and evidence.

    Raises DamagedError if neither the database nor the journal has one of them intact.
    """
    return [_event(row) for row in _rows(session, LIGHT, version, journal)]


def read_full(session: Session, version: int, limit: int | None, journal: Journal) -> list[Event]:
    """The events after a version, in order, with all their values."""
    rows = _rows(session, FULL, version, journal, limit)
    return [_event(row) for row in rows]


def read_versions(session: Session, versions: Sequence[int], journal: Journal) -> list[Event]:
    """The events of those versions, with all their values."""
    found: list[Event] = []
    for start in range(0, len(versions), PART):
        wanted = versions[start : start + PART]
        query: Any = select(*FULL).where(COLUMNS.id.in_(wanted)).order_by(COLUMNS.id)
        rows = _fetch(session, query)
        if [row["id"] for row in rows] != list(wanted) or not all(map(is_whole, rows)):
            kept = {event["id"]: event for event in journal.read()[0]}
            if not kept.keys() >= set(wanted):
                raise _damaged(session, journal, wanted[0])
            rows = [kept[version] for version in wanted]
        found += [_event(row) for row in rows]
    return found


def read_rows(session: Session, fingerprint: str, version: int) -> list[Values]:
    """The events after a version with all columns, as the database has them."""
    return _fetch(session, _after(FULL, fingerprint, version))


def add(session: Session, fingerprint: str, events: Iterable[Event], previous: int) -> list[Values]:
    """Add events, which have no versions yet, after the `previous` one; their rows as stored."""
    rows = [values_of(event, fingerprint) for event in events]
    for row, version in zip(rows, _free_versions(session, len(rows)), strict=True):
        seal(row, version, previous)
        previous = version
    session.connection().execute(insert(TABLE), rows)
    return rows


def seal(row: Values, version: int, previous: int) -> None:
    """Give a row its version, the version before it, and its checksums."""
    row |= {"id": version, "previous": previous}
    row["details"] = digest({name: row[name] for name in DETAILS})
    row["checksum"] = digest({c.key: row[c.key] for c in LIGHT if c.key != "checksum"})


def is_whole(row: Values) -> bool:
    """Whether a row matches its checksums, as far as it was read."""
    if not is_intact({column.key: row[column.key] for column in LIGHT}):
        return False
    return "evidence" not in row or row["details"] == digest({n: row[n] for n in DETAILS})


def chained(rows: Sequence[Values], after: int) -> bool:
    """Whether no event is missing among these, which come after a version."""
    links = pairwise(rows)
    begins = not rows or rows[0]["previous"] <= after
    return begins and all(later["previous"] == row["id"] for row, later in links)


def _free_versions(session: Session, count: int) -> list[int]:
    """Versions that were never used, in order; read before inserting, as checksums cover them."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence("decisions", "id")
        query: Any = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return sorted(session.scalars(query))
    used = session.scalars(text("SELECT seq FROM sqlite_sequence WHERE name = 'decisions'")).first()
    first = max(used or 0, session.scalar(select(func.max(COLUMNS.id))) or 0) + 1
    return list(range(first, first + count))


def _rows(
    session: Session, columns: Sequence[Any], after: int, journal: Journal, limit: int | None = None
) -> list[Values]:
    """The events after a version: from the database or, if it is damaged, from the journal."""
    rows = _fetch(session, _after(columns, journal.fingerprint, after).limit(limit))
    if all(map(is_whole, rows)) and chained(rows, after):
        return rows
    kept = [event for event in journal.read()[0] if event["id"] > after]
    there = {row["id"] for row in rows if is_whole(row)}
    if not chained(kept, after) or not {event["id"] for event in kept} >= there:
        raise _damaged(session, journal, after)
    return kept[:limit]


def _damaged(session: Session, journal: Journal, after: int) -> DamagedError:
    rows, last = read_rows(session, journal.fingerprint, after), after
    for row in rows:
        if not is_whole(row) or row["previous"] > last:
            break
        last = row["id"]
    return DamagedError(
        f"The database has damaged decisions on the data set {journal.fingerprint[:12]}: the one "
        f"after version {last} is missing or does not match its checksum, and {journal.path} has "
        "no intact copy of it. python -m hamr check lists what is damaged; restore a backup with "
        "python -m hamr restore"
    )


def _fetch(session: Session, query: Any) -> list[Values]:
    return [dict(row) for row in session.connection().execute(query).mappings()]


def _after(columns: Sequence[Any], fingerprint: str, version: int) -> Any:
    own = (COLUMNS.fingerprint == fingerprint) & (COLUMNS.id > version)
    return select(*columns).where(own).order_by(COLUMNS.id)


def _event(row: Values) -> Event:
    moment = row["time"]
    gives = row["kind"] in DECIDING
    return Event(
        version=row["id"],
        client_id=row["client_id"],
        act_id=row["act_id"],
        annotator=row["annotator"],
        time=datetime.fromisoformat(moment) if isinstance(moment, str) else moment,
        kind=row["kind"],
        row_id=row["row_id"],
        split=row["split"],
        text_hash=row.get("text_hash"),
        old=as_label(row["old"]),
        new=as_label(row["new"]) if gives else None,
        base=row["base"],
        run=row.get("run_id"),
        epoch=row.get("epoch"),
        evidence=row.get("evidence"),
        content=None if gives else row["new"],
    )


def values_of(event: Event, fingerprint: str) -> Values:
    """The event by column, without its version and checksums."""
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
        "new": as_json(event.new) if event.content is None else dict(event.content),
        "base": event.base,
        "run_id": event.run,
        "epoch": event.epoch,
        "evidence": event.evidence,
    }


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)
