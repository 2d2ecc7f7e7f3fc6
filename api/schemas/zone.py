"""One zone: power and water side by side."""

from api.schemas.base import Load, Peak, Schema, Text, UtilityName
from api.schemas.network import Polygon, Position


class ZoneLoad(Load):
    """A load with its forecast peak."""

    peak: Peak | None


class TransformerView(Schema):
    """A transformer with its load."""

    id: str
    name: Text
    rated_mva: float
    in_service: bool
    load: Load


class SubstationView(Schema):
    """A substation with its transformers."""

    id: str
    name: Text
    load: Load
    transformers: list[TransformerView]


class FeederView(Schema):
    """A feeder with its load."""

    id: str
    name: Text
    transformer: str
    kv: float
    load: Load


class Pressure(Schema):
    """A district's pressure beside its limits, bar."""

    value: float
    at_ms: int
    min: float
    max: float


class DmaView(Schema):
    """A district with its inflow and pressure."""

    id: str
    name: Text
    load: Load
    pressure: Pressure | None


class ReservoirView(Schema):
    """A reservoir: level in m, volumes in m3 above the lowest operating level, hours until that is reached."""

    id: str
    name: Text
    level: float | None
    at_ms: int | None
    level_min_m: float
    level_max_m: float
    usable_m3: float
    volume_m3: float | None
    hours_left_p50: float | None
    hours_left_p90: float | None


class SumCheck(Schema):
    """Main meters against the meters below them, over the last whole day, kWh or m3."""

    utility: UtilityName
    unit: str
    main: float | None
    sub: float | None
    difference: float | None
    share: float | None


class QualityShares(Schema):
    """Shares of the last day's intervals."""

    measured: float
    estimated: float
    suspect: float
    missing: float


class SilentMeter(Schema):
    """A meter that has not been heard from for too long."""

    meter: str
    name: Text
    last_ms: int | None


class SupplyOrderView(Schema):
    """A quota in force or to come."""

    id: str
    utility: UtilityName
    quota: float
    start_ms: int
    end_ms: int
    reason: Text


class ZoneDetail(Schema):
    """All of a zone's page but its charts."""

    id: str
    name: Text
    position: Position
    boundary: Polygon
    now_ms: int
    loads: list[ZoneLoad]
    substations: list[SubstationView]
    feeders: list[FeederView]
    dmas: list[DmaView]
    reservoirs: list[ReservoirView]
    balance: list[SumCheck]
    quality: QualityShares
    silent: list[SilentMeter]
    supply_orders: list[SupplyOrderView]


class HeadroomHour(Schema):
    """Demand forecast for one interval beside capacity, all in the capacity's unit."""

    time_ms: int
    p50: float
    p90: float
    firm: float | None
    rated: float
    headroom_p90: float
    probability: float


class ZoneHeadroom(Schema):
    """Headroom of a zone and utility: now and as forecast."""

    zone: str
    name: Text
    position: Position
    utility: UtilityName
    now: Load
    hours: list[HeadroomHour]


class Headroom(Schema):
    """Headroom of zones."""

    items: list[ZoneHeadroom]
