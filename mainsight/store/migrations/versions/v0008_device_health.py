"""How devices are."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "device_health",
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("first_seen_ms", sa.BigInteger, nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger, nullable=False),
        sa.Column("messages", sa.BigInteger, nullable=False),
        sa.Column("interval_s", sa.Float),
        sa.Column("recent_s", sa.Float),
        sa.Column("drift_ms", sa.BigInteger),
        sa.Column("errors", sa.JSON, nullable=False),
        sa.Column("last_error_ms", sa.BigInteger),
    )
