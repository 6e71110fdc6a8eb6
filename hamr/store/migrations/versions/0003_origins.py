"""Runs on corrected rows know where these come from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("parent", sa.String(36), nullable=True))
    op.add_column("runs", sa.Column("origin", sa.String(128), nullable=True))
    op.add_column("runs", sa.Column("origin_version", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in ("parent", "origin", "origin_version"):
        op.drop_column("runs", name)
