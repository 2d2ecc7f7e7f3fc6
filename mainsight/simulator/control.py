"""The level control: a day walked step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.simulator.curves import STEP_H, STEP_MS, STEPS, Gated, Moments, Window, clip, hours_inside, inside
from mainsight.simulator.faults import Fault
from mainsight.simulator.pipes import Pipes
from mainsight.simulator.power import Outages

BAR_PER_M = 1 / 10.197
BURST_WEIGHT = 2.5
"""How much more a burst costs in pressure than the same flow spread over a district."""
_GRAVITY_LEVEL, _GRAVITY_GAIN = 0.85, 4.0
_SHARED_BELOW = 0.95
"""Reservoirs on one pump station get water in proportion to what they lack below this share of their operating range."""


BurstRow = tuple[int, float, tuple[Window, ...]]
"""A district's row, what runs out of its broken main, m3/h, and when."""


@dataclass(frozen=True, slots=True, eq=False)
class WaterState:
    """What the water side remembers at a knot: volumes (m3), pumps running (whole numbers), leakage (m3/h)."""

    volume: FloatArray
    running: IntArray
    leak: FloatArray


class Control:
    """Walks a day step by step: which pumps run, who is served, how much leaks."""

    def __init__(self, pipes: Pipes, state: WaterState, use: Gated, stopped: Outages, bursts: Sequence[BurstRow]) -> None:
        """Begin a day: customers' use with its outages, windows without lift, what runs out of broken mains."""
        self._pipes = pipes
        start_ms = use.curves.day_start_ms
        rate, integral = use.at(knots(start_ms))
        knots_ms = knots(start_ms).time_ms
        burst = np.zeros((len(pipes.dmas), STEPS + 1))
        burst_m3 = np.zeros_like(burst)
        for row, flow, windows in bursts:
            burst[row] += flow * inside(windows, knots_ms)
            burst_m3[row] += flow * hours_inside(windows, start_ms, knots_ms)
        self._rate = pipes.of_customers.of(rate) + burst * BURST_WEIGHT
        self._need = pipes.of_customers.of(np.diff(integral, axis=1)) + np.diff(burst_m3, axis=1)
        self._open = _open_share([dma.id for dma in pipes.dmas], stopped, start_ms)
        self._lift = _open_share([reservoir.id for reservoir in pipes.reservoirs], stopped, start_ms)
        districts, reservoirs = len(pipes.dmas), len(pipes.reservoirs)
        self.volume, self.running = state.volume.copy(), state.running.copy()
        self.leak = np.zeros((districts, STEPS + 1))
        self.leak[:, 0] = state.leak
        self.served = np.ones((districts, STEPS))
        self.fill = np.zeros((reservoirs, STEPS))

    def advance(self, step: int) -> None:
        """One step of 15 minutes."""
        pipes = self._pipes
        level = self.volume / pipes.area
        flow = self._rate[:, step] + self.leak[:, step]
        pressure = district_pressure(pipes, tank_head(pipes, level[:, None]), flow[:, None])[:, 0]
        self.leak[:, step + 1] = pipes.leak_m3_per_h * pressure / pipes.still_bar
        need = self._need[:, step] + (self.leak[:, step] + self.leak[:, step + 1]) * (STEP_H / 2) * self._open[:, step]
        share = (level - pipes.low) / (pipes.high - pipes.low)
        self.fill[:, step] = fill = self._filling(share, need / STEP_H)
        self._settle(step, need, fill * STEP_H * self._lift[:, step])

    def _filling(self, share: FloatArray, need: FloatArray) -> FloatArray:
        """Flow into each reservoir, m3/h, by the level control, for a demand in m3/h."""
        pipes = self._pipes
        out = pipes.need_from_tank @ need
        gravity = np.maximum(out * (1 + _GRAVITY_GAIN * (_GRAVITY_LEVEL - share)), 0.0) * pipes.by_gravity
        fill = gravity + self._pumped(share, need)
        fill = np.minimum(fill, np.maximum((pipes.brim_m3 - self.volume) / STEP_H + 0.5 * out, 0.0))
        if pipes.from_other_tank.any():
            stock = np.maximum(self.volume - pipes.floor_m3, 0.0) / STEP_H
            fill = np.where(pipes.from_other_tank, np.minimum(fill, stock[pipes.filled_from]), fill)
        room = np.maximum(pipes.plant_m3_per_h - pipes.need_via_plant @ need, 0.0)
        drawn = pipes.fill_via_plant @ fill
        if (drawn > room).any():
            cut = np.minimum(1.0, room / np.maximum(drawn, 1e-9))
            fill *= np.where(pipes.fill_via_plant > 0, cut[:, None], 1.0).min(axis=0)
        return np.asarray(fill, dtype=np.float64)

    def _pumped(self, share: FloatArray, need: FloatArray) -> FloatArray:
        """Flow that pumps lift into each reservoir: one more pump below its starting level, one fewer above its stopping level."""
        pipes = self._pipes
        lowest = np.where(pipes.lifts, share, 1.0).min(axis=1, initial=1.0)[:, None]
        self.running = np.clip(self.running, (lowest < pipes.start_level).sum(axis=1), (lowest <= pipes.stop_level).sum(axis=1))
        lift = np.maximum(pipes.lift_of[np.arange(len(self.running)), self.running] - pipes.need_via_station @ need, 0.0)
        wanting = np.where(pipes.lifts, pipes.area * np.maximum(_SHARED_BELOW - share, 0.02), 0.0)
        total = wanting.sum(axis=1)
        return np.asarray((lift / np.where(total > 0, total, 1.0)) @ wanting, dtype=np.float64)

    def _settle(self, step: int, need: FloatArray, filled: FloatArray) -> None:
        """Move the water; districts on a tank that runs dry share what it has."""
        pipes = self._pipes
        onward = pipes.fill_from_tank @ filled
        has = np.maximum(self.volume - onward - pipes.floor_m3, 0.0)
        ration = np.minimum(1.0, has / np.maximum(pipes.need_from_tank @ need, 1e-9))
        on_tank = pipes.tank >= 0
        self.served[on_tank, step] = ration[pipes.tank[on_tank]]
        self.volume += filled - onward - pipes.need_from_tank @ (need * self.served[:, step])


def tank_head(pipes: Pipes, level: FloatArray) -> FloatArray:
    """Head that each district gains from its tank's level over the usual one, bar, shape (districts, t)."""
    head = np.zeros((len(pipes.dmas), level.shape[1]))
    on_tank = pipes.tank >= 0
    head[on_tank] = (level[pipes.tank[on_tank]] - pipes.usual_level[pipes.tank[on_tank], None]) * BAR_PER_M
    return head


def district_pressure(pipes: Pipes, head: FloatArray, flow: FloatArray) -> FloatArray:
    """Pressure at a district's critical point, bar: head less the loss of its inlet main, with the square of the flow."""
    loss = pipes.loss_bar[:, None] * (flow / pipes.capacity[:, None]) ** 2
    return np.asarray(np.maximum(pipes.still_bar[:, None] + head - loss, 0.0), dtype=np.float64)


def knots(day_start_ms: int) -> Moments:
    """The 97 knots of a day."""
    return Moments.of(day_start_ms, day_start_ms + np.arange(STEPS + 1, dtype=np.int64) * STEP_MS)


def _open_share(names: Sequence[str], stopped: Outages, day_start_ms: int) -> FloatArray:
    """Share of each step without a stop, shape (names, 96)."""
    times = day_start_ms + np.arange(STEPS + 1, dtype=np.int64) * STEP_MS
    lost = [np.diff(hours_inside(stopped.get(name, ()), day_start_ms, times)) / STEP_H for name in names]
    return 1.0 - np.array(lost, dtype=np.float64).reshape(len(names), STEPS)


def burst_rows(pipes: Pipes, bursts: Sequence[Fault], stopped: Outages, day_start_ms: int) -> list[BurstRow]:
    """Bursts of a day; where there is no water nothing runs out."""
    rows = {dma.id: row for row, dma in enumerate(pipes.dmas)}
    return [
        (rows[fault.at], fault.parameter("flow_m3_per_h"), without(window, stopped.get(fault.at, ())))
        for fault in bursts
        for window in clip([fault.window], day_start_ms)
    ]


def without(window: Window, holes: Sequence[Window]) -> tuple[Window, ...]:
    """What holes (apart, in order) leave of a window."""
    left, (start, end) = [], window
    for hole_start, hole_end in holes:
        if hole_end > start and hole_start < end:
            left.append((start, hole_start))
            start = hole_end
    left.append((start, end))
    return tuple((a, b) for a, b in left if a < b)
