"""What MQTT sessions must remember: filters they asked for, and when messages without a time of their own arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "session_filter",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("filter", sa.Text, primary_key=True),
    )
    op.create_table(
        "session_arrival",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("packet_id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("arrival_ms", sa.BigInteger, nullable=False),
    )
