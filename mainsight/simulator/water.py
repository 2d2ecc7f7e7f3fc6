"""The water side: tanks that hold what flowed in less what flowed out, pumps that follow their levels, pressures, leakage.

The level control decides at every knot; between knots a filling flow is constant. Leakage follows the pressure of the step
before, which keeps the step explicit. Everything is integrated exactly (see `curves`), so levels obey the mass balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.simulator.control import (
    BAR_PER_M,
    BURST_WEIGHT,
    BurstRow,
    Control,
    WaterState,
    burst_rows,
    district_pressure,
    knots,
    tank_head,
)
from mainsight.simulator.curves import STEP_H, STEPS, Curves, Gated, Moments, clip, hours_inside, inside
from mainsight.simulator.customers import Customers
from mainsight.simulator.faults import Fault
from mainsight.simulator.pipes import Pipes
from mainsight.simulator.power import Amounts, Outages

_KWH_PER_M3 = 0.34
_LIFT_BAR = 4.6
_LIFT_DROP_BAR = 0.7
_PLANT_BAR = 2.6


@dataclass(frozen=True, slots=True, eq=False)
class WaterDay:
    """A day as it was integrated: flows as curves, and what the control decided in each step.

    Attributes:
        use: what customers would draw.
        leak: leakage of each district.
        served: share of its demand that each district gets in each step, shape (districts, 96).
        fill: filling flow into each reservoir while its pumps have power, m3/h, shape (reservoirs, 96).
        bursts: what runs out of broken mains.
        asked: integrals at the knots of what customers, leaks and bursts would take, m3.
        start: state at the day's start.
        running_after, leak_after: pumps on and leakage at the day's end.

    """

    use: Gated
    leak: Gated
    served: FloatArray
    fill: FloatArray
    bursts: Sequence[BurstRow]
    asked: tuple[FloatArray, FloatArray, FloatArray]
    stopped: Outages
    start: WaterState
    running_after: IntArray
    leak_after: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class WaterMoments:
    """The water side at some moments.

    Attributes:
        flows: customers, districts, stations, reservoirs (outflow), plants, by `Water.points`.
        inflow: into reservoirs.
        level: of reservoirs, m.
        pressure: districts, stations, reservoirs, plants, by `Water.pressure_points`, bar.
        pumps: pumps running at stations, shape (stations, t).

    """

    flows: Amounts
    inflow: Amounts
    level: FloatArray
    pressure: FloatArray
    pumps: FloatArray


class Water:
    """Tanks, pumps, districts."""

    def __init__(self, pipes: Pipes, customers: Customers) -> None:
        """Take the fixed part and the customers."""
        self.pipes = pipes
        self.points = {
            name: row for row, name in enumerate((*(c.name for c in customers.all), *(dma.id for dma in pipes.dmas), *pipes.nodes))
        }
        self.pressure_points = {name: row for row, name in enumerate((*(dma.id for dma in pipes.dmas), *pipes.nodes))}
        rows = {dma.id: row for row, dma in enumerate(pipes.dmas)}
        self._places = [customer.place for customer in customers.all]
        self._district_of = np.array([rows[place] for place in self._places], dtype=np.int64)

    def start(self) -> WaterState:
        """State at the epoch: tanks three quarters full, pumps off, leakage as at reference pressure."""
        pipes = self.pipes
        volume = pipes.area * (pipes.low + 0.75 * (pipes.high - pipes.low))
        return WaterState(volume, np.zeros(len(pipes.stations), np.int64), pipes.leak_m3_per_h.copy())

    def day(self, state: WaterState, use: Curves, stopped: Outages, bursts: Sequence[Fault]) -> WaterDay:
        """Integrate one day from its start."""
        gated = use.with_outages({row: stopped[place] for row, place in enumerate(self._places) if place in stopped})
        broken = burst_rows(self.pipes, bursts, stopped, use.day_start_ms)
        control = Control(self.pipes, state, gated, stopped, broken)
        for step in range(STEPS):
            control.advance(step)
        dry = {row: stopped[dma.id] for row, dma in enumerate(self.pipes.dmas) if dma.id in stopped}
        leak = Curves.through(use.day_start_ms, control.leak).with_outages(dry)
        at_knots = knots(use.day_start_ms)
        asked = (gated.at(at_knots)[1], leak.at(at_knots)[1], self._burst(broken, use.day_start_ms, at_knots)[1])
        return WaterDay(
            gated, leak, control.served, control.fill, broken, asked, stopped, state, control.running, control.leak[:, -1].copy()
        )

    def at(self, day: WaterDay, moments: Moments) -> WaterMoments:
        """Everything at some moments of a day."""
        pipes = self.pipes
        asked_use, asked_leak, asked_burst = day.asked
        use = _rationed(day.use.at(moments), asked_use, day.served[self._district_of], moments)
        leak = _rationed(day.leak.at(moments), asked_leak, day.served, moments)
        burst = _rationed(self._burst(day.bursts, day.use.curves.day_start_ms, moments), asked_burst, day.served, moments)
        fill = self._fill(day, moments)
        districts = Amounts(
            pipes.of_customers.of(use.rate) + leak.rate + burst.rate, pipes.of_customers.of(use.integral) + leak.integral + burst.integral
        )
        passing = Amounts(
            pipes.through @ np.concatenate((districts.rate, fill.rate)), pipes.through @ np.concatenate((districts.integral, fill.integral))
        )
        flows = Amounts(
            np.concatenate((use.rate, districts.rate, passing.rate)), np.concatenate((use.integral, districts.integral, passing.integral))
        )
        first = len(pipes.stations)
        out = passing.integral[first : first + len(pipes.reservoirs)]
        level = (day.start.volume[:, None] + fill.integral - out) / pipes.area[:, None]
        pumps = self._pumps(passing.rate[:first])
        return WaterMoments(flows, fill, level, self._pressure(day, moments, districts.rate, burst.rate, level, passing.rate), pumps)

    def after(self, day: WaterDay, at_end: WaterMoments) -> WaterState:
        """State at a day's end, given the moments there."""
        return WaterState(at_end.level[:, -1] * self.pipes.area, day.running_after, day.leak_after)

    def draw(self, moments: WaterMoments) -> Amounts:
        """What pump stations draw from their feeders, kW and kWh, shape (stations, t)."""
        first = len(self._places) + len(self.pipes.dmas)
        rows = slice(first, first + len(self.pipes.stations))
        return Amounts(moments.flows.rate[rows] * _KWH_PER_M3, moments.flows.integral[rows] * _KWH_PER_M3)

    def _burst(self, bursts: Sequence[BurstRow], day_start_ms: int, moments: Moments) -> tuple[FloatArray, FloatArray]:
        rate = np.zeros((len(self.pipes.dmas), len(moments.time_ms)))
        integral = np.zeros_like(rate)
        for row, flow, windows in bursts:
            rate[row] += flow * inside(windows, moments.time_ms)
            integral[row] += flow * hours_inside(windows, day_start_ms, moments.time_ms)
        return rate, integral

    def _fill(self, day: WaterDay, moments: Moments) -> Amounts:
        rate = day.fill[:, moments.step].copy()
        before = np.zeros((len(rate), STEPS + 1))
        np.cumsum(day.fill * STEP_H, axis=1, out=before[:, 1:])
        integral = before[:, moments.step] + rate * moments.hours
        day_start_ms = day.use.curves.day_start_ms
        for row, reservoir in enumerate(self.pipes.reservoirs):
            for start, end in clip(day.stopped.get(reservoir.id, ()), day_start_ms):
                rate[row, (moments.time_ms >= start) & (moments.time_ms < end)] = 0.0
                upto = Moments.of(day_start_ms, np.array([start, *np.clip(moments.time_ms, start, end)]))
                pumped = before[row, upto.step] + day.fill[row, upto.step] * upto.hours
                integral[row] -= pumped[1:] - pumped[0]
        return Amounts(rate, integral)

    def _pumps(self, through: FloatArray) -> FloatArray:
        on = np.zeros_like(through)
        for row, station in enumerate(self.pipes.stations):
            rates = np.cumsum(station.pumps_m3_per_h)
            needed = np.searchsorted(rates, through[row] * (1 - 1e-9)) + (through[row] > 0)
            on[row] = np.where(through[row] > 0, np.clip(needed, 1, len(rates)), 0)
        return on

    def _pressure(
        self, day: WaterDay, moments: Moments, flow: FloatArray, burst: FloatArray, level: FloatArray, passing: FloatArray
    ) -> FloatArray:
        pipes = self.pipes
        dry = np.array([inside(day.stopped.get(dma.id, ()), moments.time_ms) for dma in pipes.dmas]).reshape(flow.shape)
        head = tank_head(pipes, level)
        districts = district_pressure(pipes, head, flow + burst * (BURST_WEIGHT - 1)) * (1 - dry)
        districts *= np.sqrt(day.served[:, moments.step])
        capacity = np.array([[sum(station.pumps_m3_per_h)] for station in pipes.stations]).reshape(-1, 1)
        lift = passing[: len(pipes.stations)]
        stations = np.where(lift > 0, _LIFT_BAR - _LIFT_DROP_BAR * (lift / capacity) ** 2, 0.0)
        plants = np.full((len(pipes.plants), flow.shape[1]), _PLANT_BAR)
        return np.concatenate((districts, stations, level * BAR_PER_M, plants))


def _rationed(amounts: tuple[FloatArray, FloatArray], at_knots: FloatArray, served: FloatArray, moments: Moments) -> Amounts:
    """Scale flows by the share served in each step, integrals with them."""
    rate, integral = amounts
    if served.min(initial=1.0) >= 1.0:
        return Amounts(rate, integral)
    before = np.zeros_like(at_knots)
    np.cumsum(np.diff(at_knots, axis=1) * served, axis=1, out=before[:, 1:])
    share = served[:, moments.step]
    return Amounts(rate * share, before[:, moments.step] + share * (integral - at_knots[:, moments.step]))
