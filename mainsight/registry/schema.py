"""What the network's files may hold: one strict model for each kind of thing, and how it becomes a part of the network.

What only shows between things (references, duplicate ids, loops) is checked in `mainsight.registry.references`.
"""

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, model_validator

from mainsight.core import network as core
from mainsight.core.units import UnknownUnitError, conversion
from mainsight.registry.fields import (
    Country,
    Date,
    DayOfYear,
    Id,
    Identified,
    Name,
    NotNegative,
    Number,
    Position,
    Positive,
    Strictly,
    TimeZone,
    Whole,
)
from mainsight.registry.meters import Meter
from mainsight.registry.tariffs import Tariff

_LARGE_UNIT = {core.Utility.POWER: ("MW", "kW", 1e-3), core.Utility.WATER: ("m3/h", "m3/h", 1.0)}
"""Utility -> unit of an order, canonical unit its spellings are converted to, and the factor from there."""


class Province(Identified):
    """`province.yaml`: what is true of all, and which files hold the rest."""

    name: Name
    as_of: Date
    timezone: TimeZone
    country: Country
    planning_power_factor: float = Field(default=0.9, strict=True, gt=0, le=1)
    tariff: Id | None = None
    files: tuple[str, ...] = Field(min_length=1)
    geometry: tuple[str, ...] = ()
    zones: list[dict[str, Any]] = Field(min_length=1)


class Zone(Identified):
    """An industrial park. Time zone, country and tariff are the province's unless it says otherwise."""

    name: Name
    position: Position
    timezone: TimeZone | None = None
    country: Country | None = None
    tariff: Id | None = None


class Season(Strictly):
    """A factor on a rating between two days of the year, both included."""

    start: DayOfYear
    end: DayOfYear
    factor: Positive

    def part(self) -> core.SeasonalRating:
        """Give the core's season."""
        return core.SeasonalRating(self.start, self.end, self.factor)


class Transfer(Strictly):
    """What a neighbour takes over in time."""

    source: Id
    capacity: Positive
    minutes: Annotated[Whole, Field(ge=0)]

    def part(self) -> core.Transfer:
        """Give the core's transfer."""
        return core.Transfer(self.source, self.capacity, self.minutes)


class Substation(Identified):
    """A 110 kV substation."""

    name: Name
    position: Position
    zone: Id
    transfers: tuple[Transfer, ...] = ()

    def part(self) -> core.Substation:
        """Give the core's substation."""
        return core.Substation(self.id, self.name.text(), self.position, self.zone, tuple(t.part() for t in self.transfers))


class Transformer(Identified):
    """A power transformer."""

    name: Name
    substation: Id
    rated_mva: Positive
    hv_kv: Positive
    lv_kv: Positive
    emergency_factor: Annotated[Number, Field(ge=1, le=2)] = 1.0
    seasons: tuple[Season, ...] = ()
    commissioned: Date | None = None
    retired: Date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lv_kv >= self.hv_kv:
            raise ValueError(f"lv_kv {self.lv_kv:g} is not below hv_kv {self.hv_kv:g}; swap them")
        if self.commissioned and self.retired and self.retired <= self.commissioned:
            raise ValueError("is retired before it is commissioned; check both dates")
        return self

    def part(self) -> core.Transformer:
        """Give the core's transformer."""
        seasons = tuple(season.part() for season in self.seasons)
        plain = self.model_dump(exclude={"name", "seasons"})
        return core.Transformer(name=self.name.text(), seasons=seasons, **plain)


class Feeder(Identified):
    """A medium-voltage feeder; its path is in the geometry files."""

    name: Name
    transformer: Id
    zone: Id
    kv: Positive
    rated_mva: Positive

    def part(self) -> core.Feeder:
        """Give the core's feeder."""
        return core.Feeder(name=self.name.text(), **self.model_dump(exclude={"name"}))


class WaterPlant(Identified):
    """A treatment plant; m3/h of each of its lines."""

    name: Name
    position: Position
    lines_m3_per_h: list[Positive] = Field(min_length=1)
    transfers: tuple[Transfer, ...] = ()

    def part(self) -> core.WaterPlant:
        """Give the core's plant."""
        transfers = tuple(t.part() for t in self.transfers)
        return core.WaterPlant(self.id, self.name.text(), self.position, tuple(self.lines_m3_per_h), transfers)


class PumpStation(Identified):
    """A pump station; m3/h of each of its pumps."""

    name: Name
    position: Position
    source: Id
    pumps_m3_per_h: list[Positive] = Field(min_length=1)
    feeder: Id | None = None

    def part(self) -> core.PumpStation:
        """Give the core's pump station."""
        return core.PumpStation(self.id, self.name.text(), self.position, self.source, tuple(self.pumps_m3_per_h), self.feeder)


class Reservoir(Identified):
    """A tank."""

    name: Name
    position: Position
    source: Id
    area_m2: Positive
    level_min_m: NotNegative
    level_max_m: Positive

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.level_min_m >= self.level_max_m:
            raise ValueError(f"level_min_m {self.level_min_m:g} is not below level_max_m {self.level_max_m:g}; swap them")
        return self

    def part(self) -> core.Reservoir:
        """Give the core's reservoir."""
        return core.Reservoir(name=self.name.text(), **self.model_dump(exclude={"name"}))


class Dma(Identified):
    """A district metered area; its boundary is in the geometry files."""

    name: Name
    zone: Id
    source: Id
    capacity_m3_per_h: Positive
    pressure_min_bar: NotNegative
    pressure_max_bar: Positive
    mains_km: Positive
    connections: Annotated[Whole, Field(ge=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.pressure_min_bar >= self.pressure_max_bar:
            raise ValueError("pressure_min_bar is not below pressure_max_bar; swap them")
        return self

    def part(self) -> core.Dma:
        """Give the core's district."""
        return core.Dma(name=self.name.text(), **self.model_dump(exclude={"name"}))


class SupplyOrder(Identified):
    """A quota for zones from above, in force from start to before end."""

    zones: list[Id] = Field(min_length=1)
    utility: core.Utility
    quota: Positive
    unit: str
    start: AwareDatetime
    end: AwareDatetime
    reason: Name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("ends before it starts; check both times")
        self._quota()
        return self

    def _quota(self) -> float:
        """Quota in MW or m3/h, whatever unit of power or flow it was written in."""
        unit, canonical, factor = _LARGE_UNIT[self.utility]
        try:
            return conversion(self.unit, canonical)(self.quota) * factor
        except UnknownUnitError as error:
            raise ValueError(f"{error}; write {unit}") from error

    def part(self) -> core.SupplyOrder:
        """Give the core's order."""
        return core.SupplyOrder(self.id, tuple(self.zones), self.utility, self._quota(), self.start, self.end, self.reason.text())


MODELS: dict[str, type[Identified]] = {
    "zones": Zone,
    "substations": Substation,
    "transformers": Transformer,
    "feeders": Feeder,
    "water_plants": WaterPlant,
    "pump_stations": PumpStation,
    "reservoirs": Reservoir,
    "dmas": Dma,
    "supply_orders": SupplyOrder,
    "tariffs": Tariff,
    "meters": Meter,
}
"""Key of a file's list -> model of its items."""
