"""The overview: one line of balance, a tile per zone and utility."""

from api.schemas.base import Load, Peak, Schema, Text, UtilityName


class Least(Schema):
    """Where and when headroom at P90 is least within a day, in the capacity's unit."""

    zone: str
    headroom: float
    time_ms: int
    p90: float


class Balance(Schema):
    """A utility's balance over the province: capacity unit for headroom, demand unit for the rest."""

    utility: UtilityName
    unit: str
    capacity_unit: str
    supplied: float | None
    drawn: float | None
    headroom: float | None
    least: Least | None


class Tile(Load):
    """A load with its forecast peak and its last day."""

    peak: Peak | None
    spark: list[float | None]


class ZoneTiles(Schema):
    """Both utilities of a zone."""

    id: str
    name: Text
    loads: list[Tile]


class AlarmCounts(Schema):
    """Open alarms."""

    unacknowledged: int
    active: int
    shelved: int
    worst: str | None


class Overview(Schema):
    """What an engineer sees first."""

    now_ms: int
    balance: list[Balance]
    zones: list[ZoneTiles]
    alarms: AlarmCounts
