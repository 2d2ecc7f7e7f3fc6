"""Count of messages that left the quarantine because it was full."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the count, at 0: what went before is not known."""
    tally = op.create_table("quarantine_tally", sa.Column("dropped", sa.BigInteger, nullable=False))
    op.bulk_insert(tally, [{"dropped": 0}])
