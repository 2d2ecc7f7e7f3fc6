"""The simulated province with random faults, of which it knows the truth."""

from collections.abc import Mapping

import numpy as np

from mainsight.app.holidays import kinds_of_holidays
from mainsight.app.vee.case import DAY_MS, WARM_UP_MS, Case, readings
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Network
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import to_datetime
from mainsight.metering.parameters import Parameters
from mainsight.metering.rules import Rule
from mainsight.metering.score import Fault
from mainsight.simulator.faults import Fault as Planned
from mainsight.simulator.faults import FaultKind
from mainsight.simulator.random_faults import random_plan
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.truth import affected
from mainsight.simulator.world import World

_SEND_MS = 900_000
_DECIMALS = 3
RATES = {
    FaultKind.METER_SILENT: 10.0,
    FaultKind.METER_STUCK: 15.0,
    FaultKind.SPIKE: 20.0,
    FaultKind.REGISTER_RESET: 8.0,
    FaultKind.WRONG_RATIO: 8.0,
    FaultKind.CLOCK_DRIFT: 5.0,
    FaultKind.FEEDER_TRIP: 6.0,
    FaultKind.MAIN_BURST: 1.0,
    FaultKind.PUMP_STOP: 1.0,
}
"""Faults a week, all over the province."""


def simulated(
    network: Network,
    settings: SimulatorSettings,
    start_ms: int,
    days: int,
    seed: int,
    parameters: Parameters,
    rates: Mapping[FaultKind, float] = RATES,
) -> Case:
    """Readings every 15 minutes of all meters, with faults from the fifth week on.

    A rule is asked to find a fault only on series for which it is on, and that lasts as long as the rule looks.
    """
    end_ms = start_ms + days * DAY_MS
    plan = random_plan(network, seed, start_ms + WARM_UP_MS, end_ms - DAY_MS, rates)
    holidays = kinds_of_holidays(network, settings.epoch, to_datetime(end_ms + 30 * DAY_MS).date())
    world = World(network, settings, holidays, plan)
    time_ms = np.arange(start_ms, end_ms, _SEND_MS, dtype=np.int64)
    told = world.series(list(network.meters), time_ms)
    raw = {}
    for meter in network.meters:
        stamps = world.stamps(meter, time_ms)
        for name in network.meters[meter].quantities:
            raw[Series(meter, name)] = readings(stamps, told[Series(meter, name)].round(_DECIMALS), time_ms + 2_000)
    truth = _Truth(network, parameters, told, time_ms)
    return Case(network, raw, [one for planned in plan.faults for one in truth.of(planned)], start_ms, end_ms)


class _Truth:
    """Planned faults by what they do to registers and to gauges, since different rules find these."""

    def __init__(self, network: Network, parameters: Parameters, told: Mapping[Series, FloatArray], time_ms: IntArray) -> None:
        self._network = network
        self._parameters = parameters
        self._told = told
        self._time_ms = time_ms

    def of(self, fault: Planned) -> list[Fault]:
        """What is to be found of a fault; of an outage nothing, since its breaker explains it."""
        series = affected(self._network, fault)
        end_ms = min(fault.end_ms, int(self._time_ms[-1]))
        if fault.kind is FaultKind.FEEDER_TRIP:
            return []
        if fault.kind is FaultKind.CLOCK_DRIFT:
            fast_s = fault.parameter("s_per_day") * (end_ms - fault.start_ms) / DAY_MS
            return [Fault(fault.kind, frozenset({Rule.V4} if fast_s > 60 else ()), series, fault.start_ms, end_ms)]
        found = []
        for kind in (Kind.GAUGE, Kind.REGISTER):
            of_kind = tuple(one for one in series if quantity(one.quantity).kind is kind)
            asked = _ASKED.get((fault.kind, kind))
            looked = tuple(one for one in of_kind if asked is not None and self._looks(one, fault, *asked[1:]))
            if looked and asked is not None:
                found.append(Fault(fault.kind, frozenset({asked[0]}), looked, fault.start_ms, end_ms))
            elif of_kind:
                found.append(Fault(fault.kind, frozenset(), of_kind, fault.start_ms, end_ms))
        return found

    def _looks(self, series: Series, fault: Planned, check: str, intervals: int) -> bool:
        """Whether a rule looks at a series, for long enough, and the series would have moved."""
        meter = self._network.meters[series.meter]
        checks = self._parameters.checks(self._network, meter, series.quantity)
        if check and getattr(checks, check) is None:
            return False
        least = (checks.static or 0) if check == "static" else intervals
        inside = (self._time_ms >= fault.start_ms) & (self._time_ms < fault.end_ms)
        before = (self._time_ms < fault.start_ms) & (self._time_ms >= fault.start_ms - DAY_MS)
        limits = meter.limits.get(series.quantity, (-np.inf, np.inf))
        if fault.kind is FaultKind.SPIKE and not np.all(
            (self._told[series][inside] >= limits[0]) & (self._told[series][inside] <= limits[1])
        ):
            return False  # V7 leaves it out
        moved = len(np.unique(self._told[series][before].round(_DECIMALS))) > 8
        return int(inside.sum()) > least and moved


_ASKED: dict[tuple[FaultKind, Kind], tuple[Rule, str, int]] = {
    (FaultKind.SPIKE, Kind.GAUGE): (Rule.V9, "spike", 0),
    (FaultKind.WRONG_RATIO, Kind.GAUGE): (Rule.V13, "history", 16),
    (FaultKind.WRONG_RATIO, Kind.REGISTER): (Rule.V13, "history", 16),
    (FaultKind.METER_STUCK, Kind.GAUGE): (Rule.V11, "static", 0),
    (FaultKind.METER_STUCK, Kind.REGISTER): (Rule.V12, "zero", 4),
    (FaultKind.REGISTER_RESET, Kind.REGISTER): (Rule.V15, "", 0),
}
"""Kind of fault and of series -> rule that ought to find it, its parameter, and more than so many intervals it needs."""
