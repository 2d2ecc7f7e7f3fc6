"""Devices, quarantine, mapping rules and what the broker was asked for."""

import sqlalchemy as sa

from mainsight.store.sql.tables.metadata import metadata

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("arrival_ms", sa.BigInteger, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("quarantine_size", "reason", "size"),
    sqlite_autoincrement=True,
)

quarantine_tally = sa.Table("quarantine_tally", metadata, sa.Column("dropped", sa.BigInteger, nullable=False))

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
)

unknown_device = sa.Table(
    "unknown_device",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("first_seen_ms", sa.BigInteger, nullable=False),
    sa.Column("last_seen_ms", sa.BigInteger, nullable=False),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
    sa.Column("quantities", sa.JSON, nullable=False),
)

saved_mappings = sa.Table(
    "saved_mappings",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)

device_health = sa.Table(
    "device_health",
    metadata,
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
    sa.Column("gone_ms", sa.BigInteger),
)

session_filter = sa.Table(
    "session_filter",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("filter", sa.Text, primary_key=True),
)

session_arrival = sa.Table(
    "session_arrival",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("packet_id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("arrival_ms", sa.BigInteger, nullable=False),
)
