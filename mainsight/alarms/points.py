"""Alarm points: each rule on each asset it watches, with what it needs of the network, worked out once."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from mainsight.alarms.derived.build import derivation
from mainsight.alarms.rules import (
    AssetKind,
    AssetLimit,
    CompositeRule,
    ForecastRule,
    LimitRule,
    Measure,
    QualityRule,
    RateRule,
    Rule,
    Selector,
    SilenceRule,
    StorageRule,
    SupplyOrderRule,
    ThermalRule,
)
from mainsight.alarms.signal import Criterion
from mainsight.core.network import Meter, Network, Role, Text, Utility
from mainsight.core.picture import STALE_AFTER
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters, supply_of, upstream, zone_of
from mainsight.core.zonetime import SECOND_MS

_PLURAL = {kind: f"{kind}s" for kind in ("zone", "substation", "transformer", "feeder", "water_plant", "pump_station", "reservoir", "dma")}
_WATER = frozenset({"water_plant", "pump_station", "reservoir", "dma"})


class Key(NamedTuple):
    """Identity of a point."""

    rule: str
    asset: str


class Relief(NamedTuple):
    """A neighbour that can take load over: its id and name, how much (MVA or m3/h), how soon (minutes)."""

    source: str
    name: Text
    capacity: float
    minutes: int


class RuleMismatchError(ValueError):
    """A rule names what the network does not have; the message says which."""


@dataclass(frozen=True, slots=True)
class Point:
    """One rule on one asset.

    Attributes:
        rule: the rule.
        asset: id of the asset, meter or province.
        name: of the asset.
        zone: it belongs to; None for what serves several.
        timezone: of its local times.
        above: what it depends on, nearest first: its sources, then its zone, then the province.
        series: the series whose readings are its samples; None where samples are worked out.
        meter: whose values a rate or a check of quality is about.
        inputs: series from which `mainsight.alarms.derived` works its samples out; a chart of the alarm shows the first.
        members: points whose conditions a composite adds up.
        criterion: for what is sampled; None for silence of a meter and forecasts.
        meters: whose silence it judges.
        utility: of a load; None otherwise.
        reliefs: who could take load over from where a forecast is about, the soonest first.
        unit: of its value and limit.

    """

    rule: Rule
    asset: str
    name: Text
    zone: str | None
    timezone: str
    above: tuple[str, ...]
    series: Series | None = None
    meter: str | None = None
    inputs: tuple[Series, ...] = ()
    members: tuple[Key, ...] = ()
    criterion: Criterion | None = None
    meters: tuple[Meter, ...] = ()
    utility: Utility | None = None
    reliefs: tuple[Relief, ...] = ()
    unit: str = ""

    @property
    def key(self) -> Key:
        """Identity."""
        return Key(self.rule.id, self.asset)

    def told_series(self) -> tuple[str | None, str] | None:
        """Meter (where it is one) and quantity that a chart of this alarm shows."""
        if self.series is not None or self.inputs:
            return self.series or self.inputs[0]
        if self.rule.watches.kind == "meter" and self.meters:
            return self.meters[0].id, self.meters[0].quantities[0]
        return None if self.utility is None else (None, DEMAND_QUANTITY[self.utility])


def quiet_ms(meter: Meter) -> int:
    """How long a meter may be quiet before its values count as missing, milliseconds."""
    return STALE_AFTER * meter.reports_s * SECOND_MS


def build_points(network: Network, rules: Iterable[Rule]) -> dict[Key, Point]:
    """Find all points; those whose rule may inhibit others come first, the province before zones before the rest.

    Raises:
        RuleMismatchError: a rule names a zone or asset that is not there, or not of its kind.

    """
    every = list(rules)
    points = [point for rule in every if not isinstance(rule, CompositeRule) for point in _points_of(network, rule)]
    points += [
        _composite(network, rule, asset, points)
        for rule in every
        if isinstance(rule, CompositeRule)
        for asset in _watched_by(network, rule)
    ]
    points.sort(key=lambda p: (not p.rule.inhibits, len(p.above)))
    return {point.key: point for point in points}


def _points_of(network: Network, rule: Rule) -> Iterator[Point]:
    for asset in _watched_by(network, rule):
        match rule:
            case SilenceRule():
                yield _silence(network, rule, asset)
            case LimitRule():
                yield from _limit(network, rule, asset)
            case ForecastRule():
                if demand_meters(network, asset, rule.utility):
                    reliefs = _reliefs(network, asset, rule.utility)
                    yield _point(network, rule, asset, utility=rule.utility, reliefs=reliefs, unit=_capacity_unit(rule))
            case SupplyOrderRule():
                if demand_meters(network, asset, rule.utility):
                    criterion = _delayed(rule, rule.limit_percent, rule.deadband)
                    yield _point(network, rule, asset, criterion=criterion, utility=rule.utility, unit="%")
            case _:
                yield from _derived(network, rule, asset)


def _reliefs(network: Network, zone: str, utility: Utility) -> tuple[Relief, ...]:
    """Registered transfers out of what supplies a zone, from elsewhere."""
    own = supply_of(network, zone, utility)
    suppliers = network.substations if utility is Utility.POWER else network.water_plants
    transfers = [t for one in own for t in suppliers[one].transfers if t.source not in own]
    found = [Relief(t.source, name_of(network, t.source), t.capacity, t.minutes) for t in transfers]
    return tuple(sorted(found, key=lambda relief: (relief.minutes, relief.source)))


def _watched_by(network: Network, rule: Rule) -> Sequence[str]:
    return _watched(network, rule.watches, rule.id)


def _delayed(rule: Rule, limit: float, deadband: float, *, high: bool = True) -> Criterion:
    return Criterion(limit, deadband, high, rule.on_delay_s * SECOND_MS, rule.off_delay_s * SECOND_MS)


def _watched(network: Network, selector: Selector, rule_id: str) -> Sequence[str]:
    """Ids of what a selector picks, in order of id."""
    if selector.kind == "province":
        return [network.id]
    every = _every(network, selector.kind)
    if stray := [zone for zone in selector.zones if zone not in network.zones]:
        raise RuleMismatchError(f"rule {rule_id}: there is no zone {stray[0]}")
    if stray := [asset for asset in selector.assets if asset not in every]:
        raise RuleMismatchError(f"rule {rule_id}: there is no {selector.kind} {stray[0]}")
    wanted = set(selector.assets or every)
    if selector.measuring:
        wanted = {meter for meter in wanted if meter in network.meters and network.kind(network.meters[meter].asset) in selector.measuring}
    return sorted(asset for asset in wanted if not selector.zones or _zone(network, asset) in selector.zones)


def _every(network: Network, kind: AssetKind) -> Collection[str]:
    if kind == "gateway":
        return {meter.gateway for meter in network.meters.values() if meter.gateway is not None}
    every: Collection[str] = network.meters if kind == "meter" else getattr(network, _PLURAL[kind])
    return every


def _point(network: Network, rule: Rule, asset: str, **what: Any) -> Point:
    zone = _zone(network, asset)
    timezone = network.zones[zone].timezone if zone else next(z.timezone for z in network.zones.values())
    return Point(rule=rule, asset=asset, name=name_of(network, asset), zone=zone, timezone=timezone, above=above(network, asset), **what)


def _zone(network: Network, asset: str) -> str | None:
    """Zone of an asset, meter or gateway; None for the province and what serves several."""
    if asset == network.id:
        return None
    if behind := _behind(network, asset):
        zones = {zone_of(network, meter.id) for meter in behind}
        return zones.pop() if len(zones) == 1 else None
    return zone_of(network, asset)


def _behind(network: Network, asset: str) -> tuple[Meter, ...]:
    """Meters behind a gateway; none where the id is that of an asset or meter."""
    try:
        network.kind(asset)
    except KeyError:
        return tuple(meter for meter in network.meters.values() if meter.gateway == asset)
    return ()


def name_of(network: Network, asset: str) -> Text:
    """Name of an asset, meter, gateway or the province itself.

    Raises:
        KeyError: there is none of that id.

    """
    if asset == network.id:
        return network.name
    if asset in network.meters:
        return network.meters[asset].name
    return Text(f"Cổng {asset}", f"Gateway {asset}") if _behind(network, asset) else network.asset(asset).name


def above(network: Network, asset: str) -> tuple[str, ...]:
    """What an asset or meter depends on: its gateway, its sources nearest first, its zone, the province."""
    if asset == network.id:
        return ()
    zone = _zone(network, asset)
    gateway = network.meters[asset].gateway if asset in network.meters else None
    sources = () if _behind(network, asset) else upstream(network, asset)
    chain = [*([gateway] if gateway else []), *sources, *([zone] if zone and zone != asset else []), network.id]
    return tuple(dict.fromkeys(chain))


def _silence(network: Network, rule: SilenceRule, asset: str) -> Point:
    if rule.watches.kind == "meter":
        return _point(network, rule, asset, meters=(network.meters[asset],), unit="min")
    meters = tuple(m for m in network.meters.values() if asset in {network.id, m.gateway} or zone_of(network, m.id) == asset)
    return _point(network, rule, asset, meters=meters, unit="%")


def _limit(network: Network, rule: LimitRule, asset: str) -> Iterator[Point]:
    criterion = _criterion(network, rule, asset)
    if isinstance(rule.measure, Measure):
        utility = rule.utility or (Utility.WATER if rule.watches.kind in _WATER else Utility.POWER)
        if demand_meters(network, asset, utility):
            yield _point(network, rule, asset, criterion=criterion, utility=utility, unit="%")
        return
    for subject, meter in _sensing(network, asset, rule.measure):
        unit, own = _unit(rule.measure), criterion._replace(quiet_ms=quiet_ms(network.meters[meter]))
        yield _point(network, rule, subject, series=Series(meter, rule.measure), criterion=own, unit=unit)


def _sensing(network: Network, asset: str, name: str) -> Iterator[tuple[str, str]]:
    """Subject and meter of each sensor of a quantity on an asset; customers' meters only by themselves.

    An asset with several sensors of a kind has a point on each: their readings do not follow one another.
    """
    if asset in network.meters:
        meters = [asset] if name in network.meters[asset].quantities else []
    else:
        meters = [
            m.id for m in network.meters.values() if asset == m.asset and m.role not in (Role.SUB, Role.GENERATION) and name in m.quantities
        ]
    for meter in sorted(meters):
        yield asset if len(meters) == 1 else meter, meter


def _unit(name: str) -> str:
    return quantity(name).unit.removeprefix("1")


def _derived(network: Network, rule: Rule, asset: str) -> Iterator[Point]:
    """Points whose samples are worked out; none where the asset has no meters for it."""
    found: list[tuple[str, str | None]] = [(asset, None)]
    match rule:
        case RateRule():
            found = [*_sensing(network, asset, rule.measure)]
            criterion, unit = _delayed(rule, rule.threshold, rule.deadband), f"{_unit(rule.measure)}/h"
        case QualityRule():
            found = [(asset, asset if rule.watches.kind == "meter" else None)]
            limit = rule.over_h if rule.limit_percent is None else rule.limit_percent
            criterion, unit = _delayed(rule, limit, rule.deadband), "h" if rule.check == "static" else "%"
        case StorageRule():
            criterion, unit = _delayed(rule, rule.hours, rule.deadband, high=False), "h"
        case ThermalRule():
            criterion = _delayed(rule, rule.threshold, rule.deadband)
            unit = "h" if rule.measure == "loss_of_life" else "degC"
        case _:
            raise AssertionError(f"{rule.kind} is not derived")
    for subject, meter in found:
        working = derivation(network, rule, subject, meter, 0)
        if working is not None:
            quiet = quiet_ms(network.meters[working.inputs[0].meter]) if working.ends_with_input else 0
            own = criterion._replace(quiet_ms=quiet)
            yield _point(network, rule, subject, meter=meter, inputs=working.inputs, criterion=own, unit=unit)


def _composite(network: Network, rule: CompositeRule, asset: str, points: Iterable[Point]) -> Point:
    places = {asset, *(above(network, asset) if rule.where == "above" else ())}
    members = tuple(
        p.key for p in points if p.rule.id in rule.of and (places & _places(network, p) or (rule.where == "below" and asset in p.above))
    )
    needed = {"any": 1, "all": len(rule.of), "count": rule.at_least or 1}[rule.condition]
    return _point(network, rule, asset, members=members, criterion=_delayed(rule, needed - 0.5, 0.0))


def _places(network: Network, point: Point) -> set[str]:
    """Where a point is: its asset, and for a meter what that measures."""
    return {point.asset} | ({network.meters[point.asset].asset} if point.asset in network.meters else set())


def _criterion(network: Network, rule: LimitRule, asset: str) -> Criterion:
    limit = float(rule.threshold) if not isinstance(rule.threshold, AssetLimit) else _registered_limit(network, rule, rule.threshold, asset)
    return _delayed(rule, limit + rule.margin, rule.deadband, high=rule.side == "high")


def _registered_limit(network: Network, rule: LimitRule, limit: AssetLimit, asset: str) -> float:
    found = getattr(network.asset(asset), limit.value, math.nan) if asset not in network.meters else math.nan
    if math.isnan(found):
        raise RuleMismatchError(f"rule {rule.id}: {asset} has no {limit.value}; give threshold as a number")
    return float(found)


def _capacity_unit(rule: ForecastRule) -> str:
    if rule.utility is Utility.WATER:
        return "m3/h"
    return "MW" if rule.against == "order" else "MVA"


def of_present(points: Mapping[Key, Point], present: Collection[str]) -> Iterator[tuple[Key, Point]]:
    """Points with the silence of some meters left out."""
    for key, point in points.items():
        meters = tuple(meter for meter in point.meters if meter.id in present)
        if len(meters) == len(point.meters):
            yield key, point
        elif meters:
            yield key, replace(point, meters=meters)
