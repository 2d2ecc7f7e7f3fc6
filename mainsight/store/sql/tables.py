"""Tables of the relational state. Columns carry the names of the port's fields; `mainsight.store.migrations` makes them."""

import sqlalchemy as sa

metadata = sa.MetaData()

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

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("key_hash", sa.Text, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger),
    sa.Column("revoked", sa.Boolean, nullable=False),
    sa.Column("zones", sa.JSON, nullable=False),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, sa.ForeignKey("account.name"), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("used_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Index("session_user", "user"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_ms", sa.BigInteger, nullable=False),
)

sign_in_code = sa.Table(
    "sign_in_code",
    metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
)

reply = sa.Table(
    "reply",
    metadata,
    sa.Column("holder", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("reply_at", "at_ms"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Index("audit_at", "at_ms"),
)

request = sa.Table(
    "request",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("asked_ms", sa.BigInteger, nullable=False),
    sa.Column("answered_ms", sa.BigInteger),
    sa.Column("done", sa.Boolean),
    sa.Column("detail", sa.JSON),
    sa.Index("request_open", "role", sqlite_where=sa.text("answered_ms IS NULL")),
    sqlite_autoincrement=True,
)

change_entry = sa.Table(
    "change_entry",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("stretches", sa.Text, nullable=False),
    sa.Column("open_until_ms", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

change_number = sa.Table("change_number", metadata, sa.Column("number", sa.BigInteger, nullable=False))

change_mark = sa.Table(
    "change_mark",
    metadata,
    sa.Column("meter", sa.Text, primary_key=True),
    sa.Column("quantity", sa.Text, primary_key=True),
    sa.Column("start_ms", sa.BigInteger, primary_key=True),
    sa.Column("end_ms", sa.BigInteger, primary_key=True),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)

raw_revision = sa.Table(
    "raw_revision",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
    sa.Column("quantity", sa.Text, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("known_from_ms", sa.BigInteger, nullable=False),
    sa.Column("known_to_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("meter", "quantity", "time_ms", "value", "known_from_ms"),
)

edit = sa.Table(
    "edit",
    metadata,
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
    sa.Index("edit_series", "meter", "quantity", "end_ms"),
    sqlite_autoincrement=True,
)

meter_change = sa.Table(
    "meter_change",
    metadata,
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

final_revision = sa.Table(
    "final_revision",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
    sa.Column("quantity", sa.Text, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("known_to_ms", sa.BigInteger, nullable=False),
    sa.Column("columns", sa.LargeBinary, nullable=False),
    sa.Index("final_revision_series", "meter", "quantity", "end_ms"),
)

meter_basis = sa.Table(
    "meter_basis",
    metadata,
    sa.Column("meter", sa.Text, primary_key=True),
    sa.Column("basis", sa.Text, nullable=False),
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

kept_from = sa.Table(
    "kept_from",
    metadata,
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
)
