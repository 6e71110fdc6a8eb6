"""Data sets, runs, epochs and the manifest of files."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_datasets()
    _create_runs()
    _create_epochs()
    _create_files()


def _create_datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("task", sa.String(32), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("splits", sa.JSON(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_datasets"),
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(128), nullable=True),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("queued", MOMENT, nullable=False),
        sa.Column("started", MOMENT, nullable=True),
        sa.Column("finished", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_field", sa.String(64), nullable=True),
        sa.Column("epochs_done", sa.Integer(), nullable=False),
        sa.Column("best_epoch", sa.Integer(), nullable=True),
        sa.Column("macro_f1", sa.Float(), nullable=True),
        sa.Column("test_macro_f1", sa.Float(), nullable=True),
        sa.Column("final", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["fingerprint"], ["datasets.fingerprint"], name="fk_runs_fingerprint_datasets"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("name", name="uq_runs_name"),
    )
    op.create_index("ix_runs_status", "runs", ["status"])


def _create_epochs() -> None:
    op.create_table(
        "epochs",
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("macro_f1", sa.Float(), nullable=True),
        sa.Column("scalars", sa.JSON(), nullable=False),
        sa.Column("written", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_epochs_run_id_runs"),
        sa.PrimaryKeyConstraint("run_id", "epoch", name="pk_epochs"),
    )


def _create_files() -> None:
    op.create_table(
        "files",
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_files_run_id_runs"),
        sa.PrimaryKeyConstraint("run_id", "epoch", "name", name="pk_files"),
    )


def downgrade() -> None:
    for table in ("files", "epochs", "runs", "datasets"):
        op.drop_table(table)
