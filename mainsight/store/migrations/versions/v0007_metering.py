"""Edits, changes of meters, final values as they were."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "edit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("meter", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("undone", sa.JSON(none_as_null=True)),
        sqlite_autoincrement=True,
    )
    op.create_index("edit_series", "edit", ["meter", "quantity", "end_ms"])
    op.create_table(
        "meter_change",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("meter", sa.Text, nullable=False),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("factor", sa.Float),
        sa.Column("registers", sa.JSON, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("undone", sa.JSON(none_as_null=True)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "final_revision",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("meter", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("known_to_ms", sa.BigInteger, nullable=False),
        sa.Column("columns", sa.LargeBinary, nullable=False),
    )
    op.create_index("final_revision_series", "final_revision", ["meter", "quantity", "end_ms"])
    op.create_table(
        "meter_basis",
        sa.Column("meter", sa.Text, primary_key=True),
        sa.Column("basis", sa.Text, nullable=False),
    )
