"""Tables of the relational state. Columns carry the names of the port's fields; `mainsight.store.migrations` makes them."""

from mainsight.store.sql.tables.alarms import alarm, delivery, duty_override, planned_outage, rule_edit, secret, transition
from mainsight.store.sql.tables.devices import (
    alias,
    device_health,
    quarantine,
    quarantine_tally,
    saved_mappings,
    session_arrival,
    session_filter,
    unknown_device,
)
from mainsight.store.sql.tables.forecasts import forecast_fit, forecast_score, weather_issue
from mainsight.store.sql.tables.metadata import metadata
from mainsight.store.sql.tables.metering import (
    change_entry,
    change_mark,
    change_number,
    edit,
    final_revision,
    kept_from,
    meter_basis,
    meter_change,
    raw_revision,
)
from mainsight.store.sql.tables.people import account, api_key, audit, reply, request, session, sign_in_code, sign_in_failures

__all__ = [
    "account",
    "alarm",
    "alias",
    "api_key",
    "audit",
    "change_entry",
    "change_mark",
    "change_number",
    "delivery",
    "device_health",
    "duty_override",
    "edit",
    "final_revision",
    "forecast_fit",
    "forecast_score",
    "kept_from",
    "metadata",
    "meter_basis",
    "meter_change",
    "planned_outage",
    "quarantine",
    "quarantine_tally",
    "raw_revision",
    "reply",
    "request",
    "rule_edit",
    "saved_mappings",
    "secret",
    "session",
    "session_arrival",
    "session_filter",
    "sign_in_code",
    "sign_in_failures",
    "transition",
    "unknown_device",
    "weather_issue",
]
