"""How the system itself is."""

from api.schemas.base import Schema


class StoreStatus(Schema):
    """The time-series store."""

    ready: bool
    detail: str
    numbers: dict[str, float]


class CollectorStatus(Schema):
    """The collector, since it started."""

    connected: bool
    received: int
    committed: int
    readings: int
    stored: int
    duplicates: int
    replaced: int
    quarantined: int
    left_out: int
    """Messages not kept in quarantine because another with the same cause just was."""
    rejected: int
    waiting: int
    lag_s: float | None
    sparkplug_nodes: int
    """Sparkplug edge nodes that are online."""
    births_asked: int
    """Requests to Sparkplug edge nodes to be born again."""


class ForecastStatus(Schema):
    """The forecast service, since it started."""

    issued: int
    fallbacks: int
    last_ms: int | None


class AlarmStatus(Schema):
    """Announcements since the system started."""

    raised: int
    announced: int
    delivered: int
    given_up: int
    last_delivered_ms: int | None = None


class LiveStatus(Schema):
    """Listeners of live values."""

    listeners: int


class RoleStatus(Schema):
    """A part that runs as a process of its own, as far as it has been heard of."""

    role: str
    ready: bool
    detail: str
    heard_ms: int | None


class Status(Schema):
    """Everything a person asks first when something looks wrong."""

    version: str
    started_ms: int
    store: StoreStatus
    collector: CollectorStatus
    forecasts: ForecastStatus
    alarms: AlarmStatus
    live: LiveStatus
    roles: list[RoleStatus]
    """Empty where all parts run in one process."""
