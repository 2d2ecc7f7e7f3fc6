"""Hours until a reservoir is empty, at P90 of the demand path, inflow as it is now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, nan

import numpy as np

from mainsight.alarms.derived.port import Fed
from mainsight.alarms.signal import Sample
from mainsight.core.forecasts import QUANTILES, Forecast
from mainsight.core.intervals import FloatArray
from mainsight.core.kpi import demand_path, storage_hours
from mainsight.core.network import Reservoir
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, SECOND_MS

LONGEST_H = 48.0
"""What lasts longer counts as this."""
_P50, _P90 = QUANTILES.index(0.50), QUANTILES.index(0.90)


@dataclass(frozen=True, slots=True)
class Tank:
    """A reservoir with what flows in and out of it.

    Attributes:
        reservoir: it.
        level: series of its level, m.
        inflow: flow of its source, and the share of it that this reservoir takes; None where the source has no meter.
        outflows: flow of each district below it.
        zones: share of each zone's demand that hangs on it, by id.

    """

    reservoir: Reservoir
    level: Series
    inflow: tuple[Series, float] | None
    outflows: tuple[Series, ...]
    zones: Mapping[str, float]


class HoursLeft:
    """Hours of water left, at most `LONGEST_H`, at each reading of the level.

    Demand is the forecast's where all zones below have one that reaches beyond now, and otherwise the districts' present flow.
    Inflow stays as it is now, and is 0 where no meter tells it.
    """

    ends_with_input = True
    looks_back_ms = HOUR_MS

    def __init__(self, tank: Tank) -> None:
        """Watch a reservoir."""
        self.inputs = (tank.level, *([tank.inflow[0]] if tank.inflow else []), *tank.outflows)
        self._tank = tank
        self._flows: dict[Series, tuple[int, float]] = {}
        self._forecasts: dict[str, Forecast] = {}

    @property
    def zones(self) -> Collection[str]:
        """Zones whose forecasts it takes."""
        return self._tank.zones.keys()

    def forecast(self, forecast: Forecast) -> None:
        """Take the newest forecast of a zone's water."""
        if forecast.target in self._tank.zones:
            self._forecasts[forecast.target] = forecast

    def take(self, fed: Sequence[Fed]) -> list[Sample]:
        """See `Derivation.take`."""
        for one in fed:
            if one.series != self._tank.level and one.at_ms >= self._flows.get(one.series, (0, nan))[0]:
                self._flows[one.series] = one.at_ms, one.value
        return [Sample(one.at_ms, self._hours(one.value, one.at_ms)) for one in fed if one.series == self._tank.level]

    def _hours(self, level_m: float, at_ms: int) -> float:
        tank = self._tank.reservoir
        usable = (level_m - tank.level_min_m) * tank.area_m2
        demand, step_h = self._demand(at_ms)
        inflow = 0.0 if self._tank.inflow is None else self._flow(self._tank.inflow[0]) * self._tank.inflow[1]
        hours = storage_hours(usable, demand, np.full(len(demand), inflow), step_h)
        return LONGEST_H if hours is None else min(hours, LONGEST_H)

    def _demand(self, at_ms: int) -> tuple[FloatArray, float]:
        """P90 path of the demand from an instant on, m3/h, and its step, hours."""
        paths = []
        step_h = 1.0
        for zone, share in self._tank.zones.items():
            forecast = self._forecasts.get(zone)
            ahead = None if forecast is None else forecast.time_ms + forecast.step_s * SECOND_MS > at_ms
            if forecast is None or ahead is None or not ahead.any():
                break
            step_h = forecast.step_s / 3600
            quantiles = forecast.quantiles[ahead][: round(LONGEST_H / step_h)] * share
            paths.append(demand_path(quantiles[:, _P50], quantiles[:, _P90], step_h))
        if paths and len(paths) == len(self._tank.zones):
            length = min(map(len, paths))
            return np.sum([path[:length] for path in paths], axis=0), step_h
        return np.full(round(LONGEST_H), fsum(map(self._flow, self._tank.outflows)) if self._tank.outflows else nan), 1.0

    def _flow(self, series: Series) -> float:
        return self._flows.get(series, (0, nan))[1]
