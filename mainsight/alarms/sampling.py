"""Samples of points: from readings of one series, or worked out from the live picture of an asset's load."""

from collections.abc import Iterable
from math import nan

from mainsight.alarms.points import Key, Point
from mainsight.alarms.rules import LimitRule, Measure, SupplyOrderRule
from mainsight.alarms.signal import Sample
from mainsight.core.network import Meter, Network, Utility
from mainsight.core.picture import ADDED_UP, STALE_AFTER, Load, Picture
from mainsight.core.readings import Reading, Series
from mainsight.core.topology import demand_meters, zone_of
from mainsight.core.zonetime import SECOND_MS, local_day


class Sampler:
    """Turns committed readings into the samples of points. Keeps the picture and each meter's newest time; no clock."""

    def __init__(self, network: Network, points: Iterable[Point]) -> None:
        """Index points by what feeds them."""
        self._network = network
        self.picture = Picture(network)
        self.last_ms: dict[str, int] = {}
        self._by_series: dict[Series, list[Point]] = {}
        self._by_load: dict[str, list[Point]] = {}
        for point in points:
            if point.series is not None:
                self._by_series.setdefault(point.series, []).append(point)
            elif point.criterion is not None and point.utility is not None:
                self._by_load.setdefault(point.asset, []).append(point)
        self._load_meters = {asset: _load_meters(network, asset, points) for asset, points in self._by_load.items()}
        self._timezones = {s.meter: _timezone(network, s.meter) for s in self._by_series}

    @property
    def series(self) -> set[Series]:
        """Series that any point needs: its own, and what adds up to the loads."""
        meters = {m.id: m for found in self._load_meters.values() for m in found}
        return set(self._by_series) | {Series(m.id, name) for m in meters.values() for name in m.quantities if name in ADDED_UP}

    def take(self, readings: Iterable[Reading], as_of_ms: int) -> dict[Key, list[Sample]]:
        """Samples that readings give; staleness of what is added up is judged as of an instant."""
        samples: dict[Key, list[Sample]] = {}
        known = [reading for reading in readings if reading.meter in self._network.meters]
        for reading in known:
            if reading.time_ms > self.last_ms.get(reading.meter, -1):
                self.last_ms[reading.meter] = reading.time_ms
            for point in self._by_series.get(Series(reading.meter, reading.quantity), ()):
                samples.setdefault(point.key, []).append(Sample(reading.time_ms, reading.value * self._factor(reading)))
        for asset in self.picture.update(known) & self._by_load.keys():
            self._add_loads(asset, as_of_ms, samples)
        return samples

    def stale(self, now_ms: int) -> dict[Key, list[Sample]]:
        """Missing values for points whose source has gone quiet, so that they become unknown."""
        samples: dict[Key, list[Sample]] = {}
        for asset, meters in self._load_meters.items():
            if any(now_ms - self.last_ms.get(m.id, now_ms) > _stale_ms(m) for m in meters):
                self._add_loads(asset, now_ms, samples)
        for series, points in self._by_series.items():
            last, allowed = self.last_ms.get(series.meter, now_ms), _stale_ms(self._network.meters[series.meter])
            if now_ms - last > allowed:
                samples |= {point.key: [Sample(last + allowed, nan)] for point in points}
        return samples

    def _add_loads(self, asset: str, now_ms: int, samples: dict[Key, list[Sample]]) -> None:
        for utility in {point.utility for point in self._by_load[asset]}:
            assert utility is not None, "points on loads have a utility"
            load = self.picture.load(asset, utility, now_ms)
            if load.at_ms is None:
                continue
            for point in self._by_load[asset]:
                if point.utility is utility:
                    value = nan if load.stale else percent(point, load)
                    # Staleness is told just after the last that is known, the same however often it is asked.
                    samples.setdefault(point.key, []).append(Sample(load.at_ms + load.stale, value))

    def _factor(self, reading: Reading) -> float:
        meter = self._network.meters[reading.meter]
        if not meter.ratios:
            return 1.0
        return meter.factor(reading.quantity, local_day(reading.time_ms, self._timezones[reading.meter]))


def _load_meters(network: Network, asset: str, points: Iterable[Point]) -> tuple[Meter, ...]:
    """Meters that add up to an asset's loads, of each utility that its points measure."""
    utilities = {point.utility for point in points if point.utility is not None}
    return tuple(meter for utility in sorted(utilities) for meter in demand_meters(network, asset, utility))


def _stale_ms(meter: Meter) -> int:
    return STALE_AFTER * meter.reports_s * SECOND_MS


def percent(point: Point, load: Load) -> float:
    """A load against what the point's rule measures it by, %; NaN where that is not known, 0 where no order is in force."""
    rule = point.rule
    if isinstance(rule, SupplyOrderRule):
        return 0.0 if load.capacity.order is None else _share(_as_ordered(load), load.capacity.order)
    assert isinstance(rule, LimitRule), "only limits and orders measure loads"
    size = load.apparent_mva if load.utility is Utility.POWER else load.value
    if rule.measure is Measure.FIRM_UTILISATION:
        return _share(size, load.capacity.firm if load.capacity.secured else None)
    return _share(size, load.capacity.rated)


def _as_ordered(load: Load) -> float | None:
    """Load in an order's unit: MW or m3/h."""
    if load.value is None or load.utility is Utility.WATER:
        return load.value
    return load.value / 1e3


def _share(size: float | None, capacity: float | None) -> float:
    return nan if size is None or not capacity else 100.0 * size / capacity


def _timezone(network: Network, meter: str) -> str:
    zone = zone_of(network, meter)
    return network.zones[zone].timezone if zone else next(z.timezone for z in network.zones.values())
