"""The network model: what there is, what it is rated for, and who feeds whom.

All objects are immutable. `Network` is built from validated parts (`mainsight.registry` does that for files);
`mainsight.core.topology` answers questions about who feeds whom.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from mainsight.core.tariff import Tariff

Position = tuple[float, float]
"""Longitude and latitude, degrees (WGS 84)."""
Polygon = tuple[tuple[Position, ...], ...]
"""Rings of positions: the outer first, then holes."""


class Utility(StrEnum):
    """What flows."""

    POWER = "power"
    WATER = "water"


class Role(StrEnum):
    """What a meter's readings stand for on its asset."""

    MAIN = "main"
    """All that the asset delivers: a transformer's or feeder's head, a district's inlet."""
    SUB = "sub"
    """A part of it: one customer."""
    CHECK = "check"
    """A second meter beside a main one."""
    GENERATION = "generation"
    """What is generated behind the asset's main meters: rooftop solar. It is in no balance; gross demand adds it."""
    SENSOR = "sensor"
    """Anything that is not a balance: level, pressure, states, temperature."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people in each language of the console."""

    vi: str
    en: str

    def get(self, language: str) -> str:
        """Give the text in a language, English where it is not known."""
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True, slots=True)
class Zone:
    """An area whose demand is watched, forecast and planned: an industrial park."""

    id: str
    name: Text
    timezone: str
    country: str
    position: Position
    boundary: Polygon = ()
    tariff: Tariff | None = None
    """Time of use of its power; None where the price is the same at all hours."""


@dataclass(frozen=True, slots=True)
class SeasonalRating:
    """A factor on the rated power from one day of the year (month, day) to another, both included."""

    start: tuple[int, int]
    end: tuple[int, int]
    factor: float

    def covers(self, day: date) -> bool:
        """Whether a day lies in the season, which may pass the new year."""
        month_day = (day.month, day.day)
        if self.start <= self.end:
            return self.start <= month_day <= self.end
        return month_day >= self.start or month_day <= self.end


@dataclass(frozen=True, slots=True)
class Transfer:
    """Capacity that another substation (or plant) can take over in time after an outage."""

    source: str
    """Id of the neighbour that takes over."""
    capacity: float
    """MVA, or m3/h for water."""
    minutes: int
    """Switching time."""


@dataclass(frozen=True, slots=True)
class Substation:
    """A 110 kV substation; its transformers carry the ratings."""

    id: str
    name: Text
    position: Position
    zone: str
    """Zone it stands in and is counted for."""
    transfers: tuple[Transfer, ...] = ()


@dataclass(frozen=True, slots=True)
class Transformer:
    """A power transformer."""

    id: str
    name: Text
    substation: str
    rated_mva: float
    hv_kv: float
    lv_kv: float
    emergency_factor: float = 1.0
    seasons: tuple[SeasonalRating, ...] = ()
    commissioned: date | None = None
    retired: date | None = None

    def in_service(self, day: date) -> bool:
        """Whether it is there on a day."""
        return (self.commissioned is None or self.commissioned <= day) and (self.retired is None or day < self.retired)

    def rating_mva(self, day: date) -> float:
        """Rated power on a day, MVA, the season's factor applied; 0 when not in service."""
        if not self.in_service(day):
            return 0.0
        factor = next((season.factor for season in self.seasons if season.covers(day)), 1.0)
        return self.rated_mva * factor


@dataclass(frozen=True, slots=True)
class Feeder:
    """A medium-voltage feeder from a transformer into a zone."""

    id: str
    name: Text
    transformer: str
    zone: str
    kv: float
    rated_mva: float
    path: tuple[Position, ...] = ()


@dataclass(frozen=True, slots=True)
class WaterPlant:
    """A treatment plant; its lines carry the ratings, m3/h each."""

    id: str
    name: Text
    position: Position
    lines_m3_per_h: tuple[float, ...]
    transfers: tuple[Transfer, ...] = ()


@dataclass(frozen=True, slots=True)
class PumpStation:
    """Pumps that lift water from a source, m3/h each."""

    id: str
    name: Text
    position: Position
    source: str
    """Plant, reservoir or pump station it draws from."""
    pumps_m3_per_h: tuple[float, ...]
    feeder: str | None = None
    """Feeder that powers it."""


@dataclass(frozen=True, slots=True)
class Reservoir:
    """A tank; usable volume is between its lowest and highest operating level."""

    id: str
    name: Text
    position: Position
    source: str
    """Plant or pump station that fills it."""
    area_m2: float
    level_min_m: float
    level_max_m: float

    @property
    def usable_m3(self) -> float:
        """Volume between the operating levels, m3."""
        return self.area_m2 * (self.level_max_m - self.level_min_m)


@dataclass(frozen=True, slots=True)
class Dma:
    """A district metered area."""

    id: str
    name: Text
    zone: str
    source: str
    """Reservoir, pump station or plant that supplies it."""
    capacity_m3_per_h: float
    """What its inlet main can carry."""
    pressure_min_bar: float
    pressure_max_bar: float
    mains_km: float
    connections: int
    boundary: Polygon = ()


@dataclass(frozen=True, slots=True)
class Ratio:
    """What a meter's values are multiplied by, from a day on: CT times VT ratio, or the worth of a pulse."""

    valid_from: date
    factor: float


RATIO_UNITS = frozenset({"kW", "kvar", "kVA", "kWh", "kvarh", "m3/h", "m3"})
"""Units of what a CT/VT ratio or a pulse weight scales: never a voltage, a pressure or a state."""
PROTOCOLS = ("json", "line_protocol", "thingsboard", "tasmota", "shelly_gen2")
"""Formats a registered device may speak."""


@dataclass(frozen=True, slots=True)
class Meter:
    """A registered meter or sensor.

    Attributes:
        id: unique across all kinds.
        device: the name by which the device calls itself in its messages.
        asset: what it measures: a transformer, feeder, plant, pump station, reservoir or district.
        role: what its readings stand for there.
        quantities: what it sends; names of the vocabulary.
        interval_s: registered interval of its values, seconds.
        reports_s: how often it is heard from when all is well, seconds.
        protocol: the format its device speaks, one of `PROTOCOLS`; for people and the simulator, not for decoding.
        ratios: CT/VT ratio or pulse weight by date; empty means 1.
        limits: quantity -> (least, greatest) physically possible, canonical unit, at the meter's terminals.
        register_max: value at which its registers roll over; None means never.

    """

    id: str
    name: Text
    device: str
    asset: str
    role: Role
    utility: Utility
    quantities: tuple[str, ...]
    interval_s: int = 900
    reports_s: int = 900
    protocol: str = "json"
    bidirectional: bool = False
    ratios: tuple[Ratio, ...] = ()
    limits: dict[str, tuple[float, float]] = field(default_factory=dict)
    register_max: float | None = None
    installed: date | None = None
    customer: Text | None = None
    closed: tuple[tuple[date, date | None], ...] = ()
    """First and last day of times at which the customer is closed, None for until further notice: zeros are true then."""
    sector: str | None = None
    contracted: float | None = None
    """Contracted demand of a customer, kW or m3/h."""
    gateway: str | None = None
    """Id of the gateway that all it sends goes through; several meters may share one."""


@dataclass(frozen=True, slots=True)
class SupplyOrder:
    """A quota ordered from above for zones, in force from start to end (MW or m3/h)."""

    id: str
    zones: tuple[str, ...]
    utility: Utility
    quota: float
    start: datetime
    end: datetime
    reason: Text


Asset = Zone | Substation | Transformer | Feeder | WaterPlant | PumpStation | Reservoir | Dma


@dataclass(frozen=True, slots=True)
class Network:
    """A province on a date; every mapping is by id.

    `planning_power_factor` turns MW ahead into MVA: the factor of a zone at its peak, which that of this instant does not tell.
    """

    id: str
    name: Text
    as_of: date
    zones: dict[str, Zone]
    substations: dict[str, Substation]
    transformers: dict[str, Transformer]
    feeders: dict[str, Feeder]
    water_plants: dict[str, WaterPlant]
    pump_stations: dict[str, PumpStation]
    reservoirs: dict[str, Reservoir]
    dmas: dict[str, Dma]
    meters: dict[str, Meter]
    supply_orders: dict[str, SupplyOrder] = field(default_factory=dict)
    planning_power_factor: float = 0.9
    known_upstream: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `mainsight.core.topology.upstream` has found: it is asked for thousands of times, and a network stays as it is."""

    def assets(self) -> Iterator[Asset]:
        """All assets, zones first, meters and orders left out."""
        for group in self._groups():
            yield from group.values()

    def asset(self, asset_id: str) -> Asset:
        """Find an asset of any kind.

        Raises:
            KeyError: there is none of that id.

        """
        for group in self._groups():
            if asset_id in group:
                return group[asset_id]
        raise KeyError(asset_id)

    def kind(self, asset_id: str) -> str:
        """Kind of an asset or meter: zone, substation, transformer, feeder, water_plant, ...

        Raises:
            KeyError: there is none of that id.

        """
        for kind in KINDS:
            if asset_id in getattr(self, f"{kind}s"):
                return kind
        raise KeyError(asset_id)

    def _groups(
        self,
    ) -> tuple[
        dict[str, Zone]
        | dict[str, Substation]
        | dict[str, Transformer]
        | dict[str, Feeder]
        | dict[str, WaterPlant]
        | dict[str, PumpStation]
        | dict[str, Reservoir]
        | dict[str, Dma],
        ...,
    ]:
        return (
            self.zones,
            self.substations,
            self.transformers,
            self.feeders,
            self.water_plants,
            self.pump_stations,
            self.reservoirs,
            self.dmas,
        )


KINDS = ("zone", "substation", "transformer", "feeder", "water_plant", "pump_station", "reservoir", "dma", "meter")


def with_reports(network: Network, seconds: int) -> Network:
    """Give the same network with all its meters heard from every so many seconds (a demonstration is faster than the field)."""
    return replace(network, meters={meter.id: replace(meter, reports_s=seconds) for meter in network.meters.values()})
