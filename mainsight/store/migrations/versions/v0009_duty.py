"""Overrides of rotas; secrets of our own."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "duty_override",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("rota", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_ms", sa.BigInteger),
        sa.Column("withdrawn_by", sa.Text, nullable=False),
    )
    op.create_index("duty_override_end", "duty_override", ["end_ms"])
    op.create_table("secret", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.LargeBinary, nullable=False))
