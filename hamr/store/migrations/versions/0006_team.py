"""Events of new kinds may be among the decisions: class acts, comments, guidelines and settings.

No table changes: their content is in the column `new`, as JSON objects. An older version of the
program would take them for labels, so it must not open a home that may have some.
"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing to change."""


def downgrade() -> None:
    """Nothing to change back."""
