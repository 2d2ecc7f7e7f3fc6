"""Alarm points: each rule on each asset it watches, with what it needs of the network, worked out once."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mainsight.alarms.rules import AssetLimit, ForecastRule, LimitRule, Measure, Rule, Selector, SilenceRule
from mainsight.alarms.signal import Criterion
from mainsight.core.network import Meter, Network, Role, Text, Utility
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters, upstream, zone_of
from mainsight.core.zonetime import SECOND_MS

_PLURAL = {kind: f"{kind}s" for kind in ("zone", "substation", "transformer", "feeder", "water_plant", "pump_station", "reservoir", "dma")}
_WATER = frozenset({"water_plant", "pump_station", "reservoir", "dma"})


class Key(NamedTuple):
    """Identity of a point."""

    rule: str
    asset: str


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
        series: the series whose readings are its samples; None where samples are worked out from several.
        criterion: for what is sampled; None for silence of a meter and forecasts.
        meters: whose silence it judges.
        utility: of a load; None otherwise.
        unit: of its value and limit.

    """

    rule: Rule
    asset: str
    name: Text
    zone: str | None
    timezone: str
    above: tuple[str, ...]
    series: Series | None = None
    criterion: Criterion | None = None
    meters: tuple[Meter, ...] = ()
    utility: Utility | None = None
    unit: str = ""

    @property
    def key(self) -> Key:
        """Identity."""
        return Key(self.rule.id, self.asset)

    def told_series(self) -> tuple[str | None, str] | None:
        """Meter (where it is one) and quantity that a chart of this alarm shows."""
        if self.series is not None:
            return self.series
        if self.rule.watches.kind == "meter" and self.meters:
            return self.meters[0].id, self.meters[0].quantities[0]
        return None if self.utility is None else (None, DEMAND_QUANTITY[self.utility])


def build_points(network: Network, rules: Iterable[Rule]) -> dict[Key, Point]:
    """Find all points; those whose rule may inhibit others come first, the province before zones before the rest.

    Raises:
        RuleMismatchError: a rule names a zone or asset that is not there, or not of its kind.

    """
    points = [point for rule in rules for point in _points_of(network, rule)]
    points.sort(key=lambda p: (not p.rule.inhibits, len(p.above)))
    return {point.key: point for point in points}


def _points_of(network: Network, rule: Rule) -> Iterator[Point]:
    for asset in _watched(network, rule.watches, rule.id):
        if isinstance(rule, SilenceRule):
            yield _silence(network, rule, asset)
        elif isinstance(rule, LimitRule):
            yield from _limit(network, rule, asset)
        elif isinstance(rule, ForecastRule):
            if demand_meters(network, asset, rule.utility):
                yield _point(network, rule, asset, utility=rule.utility, unit=_capacity_unit(rule))
        elif demand_meters(network, asset, rule.utility):
            limit = Criterion(rule.limit_percent, rule.deadband, on_delay_ms=rule.on_delay_s * 1000, off_delay_ms=rule.off_delay_s * 1000)
            yield _point(network, rule, asset, criterion=limit, utility=rule.utility, unit="%")


def _watched(network: Network, selector: Selector, rule_id: str) -> Sequence[str]:
    """Ids of what a selector picks, in order of id."""
    if selector.kind == "province":
        return [network.id]
    group: Iterable[str] = network.meters if selector.kind == "meter" else getattr(network, _PLURAL[selector.kind])
    every = set(group)
    if stray := [zone for zone in selector.zones if zone not in network.zones]:
        raise RuleMismatchError(f"rule {rule_id}: there is no zone {stray[0]}")
    if stray := [asset for asset in selector.assets if asset not in every]:
        raise RuleMismatchError(f"rule {rule_id}: there is no {selector.kind} {stray[0]}")
    wanted = set(selector.assets) or every
    return sorted(asset for asset in wanted if not selector.zones or zone_of(network, asset) in selector.zones)


def _point(
    network: Network,
    rule: Rule,
    asset: str,
    *,
    series: Series | None = None,
    criterion: Criterion | None = None,
    meters: tuple[Meter, ...] = (),
    utility: Utility | None = None,
    unit: str = "",
) -> Point:
    zone = None if asset == network.id else zone_of(network, asset)
    timezone = network.zones[zone].timezone if zone else next(z.timezone for z in network.zones.values())
    return Point(
        rule=rule,
        asset=asset,
        name=name_of(network, asset),
        zone=zone,
        timezone=timezone,
        above=above(network, asset),
        series=series,
        criterion=criterion,
        meters=meters,
        utility=utility,
        unit=unit,
    )


def name_of(network: Network, asset: str) -> Text:
    """Name of an asset, meter or the province itself."""
    if asset == network.id:
        return network.name
    return network.meters[asset].name if asset in network.meters else network.asset(asset).name


def above(network: Network, asset: str) -> tuple[str, ...]:
    """What an asset or meter depends on: its sources nearest first, its zone, the province."""
    if asset == network.id:
        return ()
    zone = zone_of(network, asset)
    chain = [*upstream(network, asset), *([zone] if zone and zone != asset else []), network.id]
    return tuple(dict.fromkeys(chain))


def _silence(network: Network, rule: SilenceRule, asset: str) -> Point:
    if rule.watches.kind == "meter":
        return _point(network, rule, asset, meters=(network.meters[asset],), unit="min")
    meters = tuple(m for m in network.meters.values() if asset == network.id or zone_of(network, m.id) == asset)
    return _point(network, rule, asset, meters=meters, unit="%")


def _limit(network: Network, rule: LimitRule, asset: str) -> Iterator[Point]:
    criterion = _criterion(network, rule, asset)
    if isinstance(rule.measure, Measure):
        utility = rule.utility or (Utility.WATER if rule.watches.kind in _WATER else Utility.POWER)
        if demand_meters(network, asset, utility):
            yield _point(network, rule, asset, criterion=criterion, utility=utility, unit="%")
        return
    name: str = rule.measure
    meters = sorted(m.id for m in network.meters.values() if asset in (m.asset, m.id) and m.role is not Role.SUB and name in m.quantities)
    for meter in meters:
        # An asset with several sensors of a kind has a point on each: their readings do not follow one another.
        subject = asset if len(meters) == 1 else meter
        yield _point(network, rule, subject, series=Series(meter, name), criterion=criterion, unit=quantity(name).unit.removeprefix("1"))


def _criterion(network: Network, rule: LimitRule, asset: str) -> Criterion:
    limit = float(rule.threshold) if not isinstance(rule.threshold, AssetLimit) else _registered_limit(network, rule, rule.threshold, asset)
    return Criterion(limit + rule.margin, rule.deadband, rule.side == "high", rule.on_delay_s * SECOND_MS, rule.off_delay_s * SECOND_MS)


def _registered_limit(network: Network, rule: LimitRule, limit: AssetLimit, asset: str) -> float:
    found = getattr(network.asset(asset), limit.value, math.nan) if asset not in network.meters else math.nan
    if math.isnan(found):
        raise RuleMismatchError(f"rule {rule.id}: {asset} has no {limit.value}; give threshold as a number")
    return float(found)


def _capacity_unit(rule: ForecastRule) -> str:
    if rule.utility is Utility.WATER:
        return "m3/h"
    return "MW" if rule.against == "order" else "MVA"
