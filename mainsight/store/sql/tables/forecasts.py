"""How good forecasts were, and the weather they were told."""

import sqlalchemy as sa

from mainsight.store.sql.tables.metadata import metadata

forecast_score = sa.Table(
    "forecast_score",
    metadata,
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
    sa.Index("forecast_score_day", "day"),
)

forecast_fit = sa.Table(
    "forecast_fit",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("quantity", sa.Text, primary_key=True),
    sa.Column("since_ms", sa.BigInteger, primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("history_days", sa.Integer),
    sa.Column("spread", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

weather_issue = sa.Table(
    "weather_issue",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("issued_ms", sa.BigInteger, primary_key=True),
    sa.Column("heard_ms", sa.BigInteger, nullable=False),
    sa.Column("values", sa.LargeBinary, nullable=False),
    sa.Index("weather_issue_heard", "source", "heard_ms"),
)
