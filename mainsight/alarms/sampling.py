"""Samples of points: from readings of one series, worked out over time, or out of the live picture of an asset's load."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from math import isnan, nan
from typing import Any

from mainsight.alarms.derived.build import derivation
from mainsight.alarms.derived.heat import Heat
from mainsight.alarms.derived.port import Derivation, Fed
from mainsight.alarms.derived.water import HoursLeft
from mainsight.alarms.points import Key, Point, quiet_ms
from mainsight.alarms.rules import ForecastRule, LimitRule, Measure, SupplyOrderRule
from mainsight.alarms.signal import Sample
from mainsight.core.factors import Entered
from mainsight.core.forecasts import Forecast
from mainsight.core.network import Meter, Network, Role, Utility
from mainsight.core.picture import ADDED_UP, Load, Picture
from mainsight.core.presence import Presence
from mainsight.core.readings import Flag, Reading, Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters

Samples = dict[Key, list[Sample]]
_THERMAL = "thermal"


class Sampler:
    """Turns committed readings into the samples of points. Keeps the picture and each meter's newest time; no clock."""

    def __init__(self, network: Network, points: Iterable[Point], lateness_ms: int, presence: Presence) -> None:
        """Index points by what feeds them."""
        self._network = network
        self._lateness_ms = lateness_ms
        self._presence = presence
        self.picture = Picture(network, presence)
        self.last_ms: dict[str, int] = {}
        self._by_series: dict[Series, list[Point]] = {}
        self._by_load: dict[str, list[Point]] = {}
        self._worked_out: list[Point] = []
        self._derived: dict[Key, Derivation] = {}
        self._by_input: dict[Series, list[Key]] = {}
        self._ending: dict[str, list[Key]] = {}
        self._predicted = False
        for point in points:
            self._index(point)
        self._load_meters = {asset: _load_meters(network, asset, found) for asset, found in self._by_load.items()}
        self._loads_of: dict[str, list[str]] = {}
        for asset, meters in self._load_meters.items():
            for meter in {m.id for m in meters}:
                self._loads_of.setdefault(meter, []).append(asset)
        self._added = _added_up(network) if self._by_load or self._predicted else set()
        self._due: list[tuple[int, str]] = []
        self._gone: set[str] = set()
        self._alone: Collection[str] = ()

    def _index(self, point: Point) -> None:
        if point.series is not None:
            self._by_series.setdefault(point.series, []).append(point)
            self._ending.setdefault(point.series.meter, []).append(point.key)
        elif point.inputs:
            working = self._begin_anew(point)
            self._worked_out.append(point)
            for series in working.inputs:
                self._by_input.setdefault(series, []).append(point.key)
            if working.ends_with_input:
                self._ending.setdefault(working.inputs[0].meter, []).append(point.key)
        elif point.criterion is not None and point.utility is not None:
            self._by_load.setdefault(point.asset, []).append(point)
        self._predicted |= isinstance(point.rule, ForecastRule)

    def _begin_anew(self, point: Point) -> Derivation:
        working = derivation(self._network, point.rule, point.asset, point.meter, self._lateness_ms)
        assert working is not None, "points with inputs have a derivation"
        self._derived[point.key] = working
        return working

    def enter(self, entered: Entered) -> set[str]:
        """Take the factors that people entered; meters whose factors are others now. What is worked out of these begins anew."""
        changed = self.picture.factors.enter(entered)
        for point in self._worked_out:
            if any(series.meter in changed for series in point.inputs):
                self._begin_anew(point)
        return changed

    @property
    def series(self) -> set[Series]:
        """Series that any point needs: its own, what it is worked out from, and what adds up to the loads."""
        return set(self._by_series) | set(self._by_input) | self._added

    def past(self, now_ms: int) -> tuple[int, set[Series]]:
        """From when on, and of which series, readings are to be given to `warm` before the first samples are right."""
        begins = [self._begin(working, now_ms) for working in self._derived.values()]
        return min(begins, default=now_ms), set(self._by_input)

    def _begin(self, working: Derivation, now_ms: int) -> int:
        known = working.kept() if isinstance(working, Heat) else None
        return now_ms - working.looks_back_ms if known is None else max(known["at_ms"], now_ms - working.looks_back_ms)

    def warm(self, readings: Iterable[Reading]) -> None:
        """Take readings of the past without giving samples."""
        for key, fed in self._feed(readings).items():
            self._derived[key].take(fed)

    def leave_alone(self, meters: Collection[str]) -> None:
        """Do not tell when these go quiet: whoever feeds them has left readings out, and knows."""
        self._alone = meters

    def direct(self) -> Mapping[Series, Sequence[Point]]:
        """Points that are sampled by a series as it is, of series that nothing else is worked out from."""
        return {s: points for s, points in self._by_series.items() if s not in self._by_input and s not in self._added}

    def follow(self, before: "Sampler", same: Iterable[Key]) -> None:
        """Go on with what another has heard of the same network, and has worked out for points that are the same."""
        self.picture = before.picture
        for meter, last_ms in before.last_ms.items():
            self.heard(meter, last_ms)
        for key in same:
            if key in self._derived:
                self._derived[key] = before._derived[key]  # noqa: SLF001 - of its own kind

    def heard(self, meter: str, time_ms: int) -> None:
        """Note that a meter has sent something."""
        last = self.last_ms.get(meter)
        if last is not None and time_ms <= last:
            return
        self.last_ms[meter] = time_ms
        if (last is None or meter in self._gone) and meter not in self._alone:
            self._gone.discard(meter)
            heappush(self._due, (time_ms + quiet_ms(self._network.meters[meter]), meter))

    def take(self, readings: Iterable[Reading], as_of_ms: int) -> Samples:
        """Samples that readings give; staleness of what is added up is judged as of an instant."""
        samples: Samples = {}
        known = [reading for reading in readings if reading.meter in self._network.meters]
        loads = []
        for reading in known:
            if not isnan(reading.value):  # a row of a history without a value is nothing that was sent
                self.heard(reading.meter, reading.time_ms)
            series = Series(reading.meter, reading.quantity)
            for point in self._by_series.get(series, ()):
                samples.setdefault(point.key, []).append(Sample(reading.time_ms, self._scaled(reading)))
            if series in self._added:
                loads.append(reading)
        for key, fed in self._feed(known).items():
            samples.setdefault(key, []).extend(self._derived[key].take(fed))
        for asset in sorted(self.picture.update(loads) & self._by_load.keys()):
            self._add_loads(asset, as_of_ms, samples)
        return samples

    def stale(self, now_ms: int) -> tuple[list[Key], Samples]:
        """Points whose source has gone quiet since the last call: those to become unknown, and samples of what is added up."""
        unknown: list[Key] = []
        samples: Samples = {}
        for meter in self._presence.gone.keys() - self._gone:
            self._lose(meter, now_ms, unknown, samples)
        while self._due and self._due[0][0] < now_ms:
            _, meter = heappop(self._due)
            due = self.last_ms[meter] + quiet_ms(self._network.meters[meter])
            if due >= now_ms:
                heappush(self._due, (due, meter))
                continue
            self._lose(meter, now_ms, unknown, samples)
        return unknown, samples

    def _lose(self, meter: str, now_ms: int, unknown: list[Key], samples: Samples) -> None:
        self._gone.add(meter)
        unknown += self._ending.get(meter, ())
        for asset in self._loads_of.get(meter, ()):
            self._add_loads(asset, now_ms, samples)

    def forecast(self, forecast: Forecast) -> None:
        """Hand a zone's forecast to what stands on it."""
        for working in self._derived.values():
            if isinstance(working, HoursLeft) and forecast.quantity == DEMAND_QUANTITY[Utility.WATER]:
                working.forecast(forecast)

    def forecast_targets(self) -> set[tuple[str, str]]:
        """(zone, quantity) of the forecasts that what is worked out stands on."""
        name = DEMAND_QUANTITY[Utility.WATER]
        return {(zone, name) for working in self._derived.values() if isinstance(working, HoursLeft) for zone in working.zones}

    def heated(self) -> list[Key]:
        """Points with a thermal state, which is to be stored now and then."""
        return [key for key, working in self._derived.items() if isinstance(working, Heat)]

    def kept(self, key: Key) -> dict[str, Any]:
        """What a restart needs of a point's samples: the thermal state; empty for others."""
        working = self._derived.get(key)
        kept = working.kept() if isinstance(working, Heat) else None
        return {} if kept is None else {_THERMAL: kept}

    def restore(self, key: Key, data: Mapping[str, Any]) -> None:
        """Go on from what `kept` gave."""
        working = self._derived.get(key)
        if isinstance(working, Heat) and _THERMAL in data:
            working.restore(data[_THERMAL])

    def _feed(self, readings: Iterable[Reading]) -> dict[Key, list[Fed]]:
        """Readings by the derived points they are for."""
        feeding: dict[Key, list[Fed]] = {}
        for reading in readings:
            series = Series(reading.meter, reading.quantity)
            keys = self._by_input.get(series)
            if keys:
                fed = Fed(series, reading.time_ms, self._scaled(reading), self._doubted(reading))
                for key in keys:
                    feeding.setdefault(key, []).append(fed)
        return feeding

    def _doubted(self, reading: Reading) -> bool:
        least, greatest = self._network.meters[reading.meter].limits.get(reading.quantity, (-float("inf"), float("inf")))
        return bool(reading.flags & Flag.DEVICE) or isnan(reading.value) or not least <= reading.value <= greatest

    def _add_loads(self, asset: str, now_ms: int, samples: Samples) -> None:
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

    def _scaled(self, reading: Reading) -> float:
        return reading.value * self.picture.factors.of(reading.meter, reading.quantity, reading.time_ms)


def _load_meters(network: Network, asset: str, points: Iterable[Point]) -> tuple[Meter, ...]:
    """Meters that add up to an asset's loads, of each utility that its points measure."""
    utilities = {point.utility for point in points if point.utility is not None}
    return tuple(meter for utility in sorted(utilities) for meter in demand_meters(network, asset, utility))


def _added_up(network: Network) -> set[Series]:
    """What the picture needs: loads, the neighbours' that help out, power factors."""
    mains = (meter for meter in network.meters.values() if meter.role is Role.MAIN)
    return {Series(meter.id, name) for meter in mains for name in meter.quantities if name in ADDED_UP}


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
