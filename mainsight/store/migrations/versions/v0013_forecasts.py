"""How good forecasts were day by day, how targets are forecast and why, forecasts of the weather."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "forecast_score",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("quantity", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("block_h", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("volume", sa.Float, nullable=False),
        sa.Column("error", sa.Float, nullable=False),
        sa.Column("bias", sa.Float, nullable=False),
        sa.Column("square", sa.Float, nullable=False),
        sa.Column("pinball", sa.Float, nullable=False),
        sa.Column("inside", sa.Integer, nullable=False),
        sa.Column("naive_n", sa.Integer, nullable=False),
        sa.Column("naive_volume", sa.Float, nullable=False),
        sa.Column("naive_error", sa.Float, nullable=False),
        sa.Column("paired_error", sa.Float, nullable=False),
        sa.Column("above", sa.JSON, nullable=False),
        sa.Column("below", sa.JSON, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("scored_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("forecast_score_day", "forecast_score", ["day"])
    op.create_table(
        "forecast_fit",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("quantity", sa.Text, primary_key=True),
        sa.Column("since_ms", sa.BigInteger, primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("history_days", sa.Integer),
        sa.Column("spread", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "weather_issue",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("issued_ms", sa.BigInteger, primary_key=True),
        sa.Column("heard_ms", sa.BigInteger, nullable=False),
        sa.Column("values", sa.LargeBinary, nullable=False),
    )
    op.create_index("weather_issue_heard", "weather_issue", ["source", "heard_ms"])
