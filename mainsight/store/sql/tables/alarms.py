"""Alarms, their deliveries, rules, planned outages and duty."""

import sqlalchemy as sa

from mainsight.store.sql.tables.metadata import metadata

alarm = sa.Table(
    "alarm",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("asset", sa.Text, primary_key=True),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("suppressions", sa.JSON, nullable=False),
    sa.Column("incident", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
    sa.Column("watermark_ms", sa.BigInteger, nullable=False),
    sa.Column("pending_since_ms", sa.BigInteger),
    sa.Column("data", sa.JSON, nullable=False),
)

transition = sa.Table(
    "transition",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("asset", sa.Text, nullable=False),
    sa.Column("incident", sa.Text, nullable=False),
    sa.Column("event_ms", sa.BigInteger, nullable=False),
    sa.Column("known_ms", sa.BigInteger, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("announced", sa.Boolean, nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("limit", sa.Float),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("text_vi", sa.Text, nullable=False),
    sa.Column("text_en", sa.Text, nullable=False),
    sa.Index("transition_event", "event_ms"),
    sa.Index("transition_asset", "asset", "event_ms"),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("transition", sa.Text, sa.ForeignKey("transition.id"), primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_ms", sa.BigInteger, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False),
    sa.Index("delivery_due", "status", "due_ms"),
)

rule_edit = sa.Table(
    "rule_edit",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("definition", sa.JSON(none_as_null=True)),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("base", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)

planned_outage = sa.Table(
    "planned_outage",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("asset", sa.Text, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("reason_vi", sa.Text, nullable=False),
    sa.Column("reason_en", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("withdrawn_ms", sa.BigInteger),
    sa.Column("withdrawn_by", sa.Text, nullable=False),
    sa.Index("planned_outage_end", "end_ms"),
)

duty_override = sa.Table(
    "duty_override",
    metadata,
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
    sa.Index("duty_override_end", "end_ms"),
)

secret = sa.Table(
    "secret",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
