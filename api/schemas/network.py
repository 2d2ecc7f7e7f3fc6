"""The network as it stands in the registry."""

from api.schemas.base import Load, Schema, Text, UtilityName

Position = tuple[float, float]
Polygon = tuple[tuple[Position, ...], ...]


class ZonePlace(Schema):
    """A zone on the map."""

    id: str
    name: Text
    position: Position
    boundary: Polygon


class Place(Schema):
    """Anything else on the map."""

    id: str
    name: Text
    position: Position
    zone: str | None


class FeederPath(Schema):
    """A feeder on the map."""

    id: str
    name: Text
    zone: str
    path: tuple[Position, ...]


class Province(Schema):
    """What the map and the menus need, once."""

    id: str
    name: Text
    as_of: str
    timezone: str
    country: str
    now_ms: int
    utilities: list[UtilityName]
    zones: list[ZonePlace]
    substations: list[Place]
    water_plants: list[Place]
    pump_stations: list[Place]
    reservoirs: list[Place]
    feeders: list[FeederPath]


class Asset(Schema):
    """An asset in a list."""

    id: str
    kind: str
    name: Text
    zone: str | None
    load: Load | None


class Assets(Schema):
    """A page of assets; `next` is the `cursor` of the page after."""

    items: list[Asset]
    next: str | None


class AssetMeter(Schema):
    """A meter on an asset."""

    id: str
    name: Text
    role: str
    quantities: tuple[str, ...]


class AssetDetail(Schema):
    """An asset with what feeds it and what measures it."""

    id: str
    kind: str
    name: Text
    zone: str | None
    loads: list[Load]
    upstream: list[str]
    meters: list[AssetMeter]


class Meter(Schema):
    """A meter in a list."""

    id: str
    name: Text
    asset: str
    zone: str | None
    role: str
    utility: UtilityName
    protocol: str
    device: str
    quantities: tuple[str, ...]
    last_ms: int | None
    silent: bool


class Meters(Schema):
    """A page of meters; `next` is the cursor of the following one."""

    items: list[Meter]
    next: str | None


class LastValue(Schema):
    """The latest reading of one quantity, at the meter's terminals."""

    quantity: str
    unit: str
    value: float
    time_ms: int
    arrival_ms: int
    limits: tuple[float, float] | None


class RatioFrom(Schema):
    """What a meter's readings are multiplied by from an instant on: CT times VT ratio, or the worth of a pulse."""

    from_ms: int
    factor: float


class MeterDetail(Meter):
    """A meter with its latest readings; `ratio` is in force now, `ratios` are all in order of time, 1 before the first."""

    values: list[LastValue]
    ratio: float
    ratios: list[RatioFrom]
    customer: Text | None
    sector: str | None
    contracted: float | None
