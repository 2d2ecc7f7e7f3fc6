"""How the system itself is."""

from pydantic import Field

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


class MeteringStatus(Schema):
    """Final values, since who computes them started."""

    stretches: int = 0
    """Changed stretches of series worked through."""
    values: int = 0
    replaced: int = 0
    """Of these, others than what was there before."""
    estimated: int = 0
    suspect: int = 0
    rules: dict[str, int] = Field(default_factory=dict)
    """By the rule that is told of them; V18 counts quarter hours without a value."""
    failures: int = 0
    """Times the store refused."""
    trouble: str = ""
    """Why it refuses now; empty while it does not."""
    turn_ms: int | None = None
    """When it last worked through what had changed, or found nothing."""


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
    metering: MeteringStatus
    forecasts: ForecastStatus
    alarms: AlarmStatus
    live: LiveStatus
    roles: list[RoleStatus]
    """Empty where all parts run in one process."""
