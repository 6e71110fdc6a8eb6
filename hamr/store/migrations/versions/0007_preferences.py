"""What people choose for themselves, such as their keys on Relabel."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("preferences"):
        return
    op.create_table(
        "preferences",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("annotator", sa.String(100), nullable=True),
        sa.Column("fingerprint", sa.String(128), nullable=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checksum", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_preferences"),
    )


def downgrade() -> None:
    op.drop_table("preferences")
