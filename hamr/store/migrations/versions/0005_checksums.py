"""Every row holds a checksum of its values; a decision also knows the one before it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from hamr.store.checksums import digest
from hamr.store.tables import JSON, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The columns as they are at this revision; those that are read as something else than they are.
KEYS = {
    "datasets": ("fingerprint",), "runs": ("id",), "epochs": ("run_id", "epoch"),
    "files": ("run_id", "epoch", "name"), "sweeps": ("id",), "sweep_runs": ("sweep_id", "place"),
}  # fmt: skip
COLUMNS = {
    "datasets": ("fingerprint", "name", "task", "classes", "notices", "splits", "created"),
    "runs": (
        "id", "name", "status", "settings", "fingerprint", "created", "queued", "started",
        "finished", "error", "error_field", "epochs_done", "best_epoch", "macro_f1",
        "test_macro_f1", "final", "parent", "origin", "origin_version",
    ),
    "epochs": ("run_id", "epoch", "step", "macro_f1", "scalars", "written"),
    "files": ("run_id", "epoch", "name", "sha256", "bytes"),
    "sweeps": (
        "id", "name", "created", "status", "specification", "fingerprint", "error", "error_field",
    ),
    "sweep_runs": ("sweep_id", "place", "run_id"),
}  # fmt: skip
LIGHT = (
    "id", "client_id", "act_id", "annotator", "time", "fingerprint", "split", "row_id", "kind",
    "old", "new", "base",
)  # fmt: skip
DETAILS = ("text_hash", "run_id", "epoch", "evidence")
TYPES = {
    "classes": JSON(), "notices": JSON(), "splits": JSON(), "settings": JSON(), "final": JSON(),
    "scalars": JSON(), "specification": JSON(), "old": JSON(), "new": JSON(), "evidence": JSON(),
    "created": UtcTime(), "queued": UtcTime(), "started": UtcTime(), "finished": UtcTime(),
    "written": UtcTime(), "time": UtcTime(),
}  # fmt: skip
PART = 5000  # rows in memory at a time


def upgrade() -> None:
    for table in (*COLUMNS, "decisions"):
        _add(table, sa.Column("checksum", sa.String(32), nullable=True))
    _add("decisions", sa.Column("previous", sa.BigInteger(), nullable=True))
    _add("decisions", sa.Column("details", sa.String(32), nullable=True))
    for table, columns in COLUMNS.items():
        _seal(table, columns)
    _seal_decisions()


def _add(table: str, column: sa.Column[Any]) -> None:
    there = {one["name"] for one in sa.inspect(op.get_bind()).get_columns(table)}
    if column.name not in there:
        op.add_column(table, column)


def _table(name: str, columns: tuple[str, ...]) -> sa.TableClause:
    return sa.table(name, *(sa.column(column, TYPES.get(column)) for column in columns))


def _seal(name: str, columns: tuple[str, ...]) -> None:
    table, keys = _table(name, (*columns, "checksum")), KEYS[name]
    rows = op.get_bind().execute(sa.select(*(table.c[column] for column in columns))).mappings()
    found = [
        {**{f"key_{key}": row[key] for key in keys}, "sealed": digest(dict(row))}
        for row in rows.all()
    ]
    _update(table, keys, {"checksum": "sealed"}, found)


def _seal_decisions() -> None:
    columns = (*LIGHT, *DETAILS, "previous", "details", "checksum")
    table, connection = _table("decisions", columns), op.get_bind()
    wanted = sa.select(*(table.c[column] for column in (*LIGHT, *DETAILS))).order_by(table.c.id)
    last: dict[str, int] = {}  # fingerprint -> the version of its last event so far
    after = 0
    while True:
        rows = connection.execute(wanted.where(table.c.id > after).limit(PART)).mappings().all()
        if not rows:
            return
        found = []
        for row in rows:
            previous = last.get(row["fingerprint"], 0)
            details = digest({name: row[name] for name in DETAILS})
            light = {name: row[name] for name in LIGHT}
            sealed = digest({**light, "previous": previous, "details": details})
            found.append(
                {"key_id": row["id"], "before": previous, "rest": details, "sealed": sealed}
            )
            last[row["fingerprint"]] = after = row["id"]
        values = {"previous": "before", "details": "rest", "checksum": "sealed"}
        _update(table, ("id",), values, found)


def _update(
    table: sa.TableClause, keys: tuple[str, ...], values: dict[str, str], rows: list[dict[str, Any]]
) -> None:
    query = sa.update(table).values(**{n: sa.bindparam(bound) for n, bound in values.items()})
    for key in keys:
        query = query.where(table.c[key] == sa.bindparam(f"key_{key}"))
    if rows:
        op.get_bind().execute(query, rows)


def downgrade() -> None:
    for name in ("previous", "details"):
        op.drop_column("decisions", name)
    for table in (*COLUMNS, "decisions"):
        op.drop_column(table, "checksum")
