"""Changed stretches and replaced raw values, for a time-series store that cannot keep them itself (InfluxDB)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "change_entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("stretches", sa.Text, nullable=False),
        sa.Column("open_until_ms", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table("change_number", sa.Column("number", sa.BigInteger, nullable=False))
    op.execute("INSERT INTO change_number VALUES (0)")
    op.create_table(
        "change_mark",
        sa.Column("meter", sa.Text, primary_key=True),
        sa.Column("quantity", sa.Text, primary_key=True),
        sa.Column("start_ms", sa.BigInteger, primary_key=True),
        sa.Column("end_ms", sa.BigInteger, primary_key=True),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "raw_revision",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("meter", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("known_from_ms", sa.BigInteger, nullable=False),
        sa.Column("known_to_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("meter", "quantity", "time_ms", "value", "known_from_ms"),
    )
