"""When a device told that it is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column("device_health", sa.Column("gone_ms", sa.BigInteger))
