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
_ON_FROM, _ON_SPREAD = 0.74, 0.36
_OFF_FROM, _OFF_SPREAD = 0.94, 0.14
"""Levels, as shares of the operating range, at which the first pump starts and stops; further pumps spread below."""
_GRAVITY_LEVEL, _GRAVITY_GAIN = 0.85, 4.0


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
        self._rate = pipes.of_customers @ rate + burst * BURST_WEIGHT
        self._need = pipes.of_customers @ np.diff(integral, axis=1) + np.diff(burst_m3, axis=1)
        self._open = _open_share([dma.id for dma in pipes.dmas], stopped, start_ms)
        self._lift = _open_share([reservoir.id for reservoir in pipes.reservoirs], stopped, start_ms)
        self._on_at, self._off_at = _thresholds(pipes)
        self._pump_sums = [np.concatenate(([0.0], np.cumsum(station.pumps_m3_per_h))) for station in pipes.stations]
        districts, reservoirs = len(pipes.dmas), len(pipes.reservoirs)
        self._from_tank = np.array([[float(t == r) for t in (*pipes.tank, *pipes.filled_from)] for r in range(reservoirs)]).reshape(
            reservoirs, districts + reservoirs
        )
        first = len(pipes.stations) + reservoirs
        self._via_station, self._via_plant = pipes.through[: len(pipes.stations)], pipes.through[first:]
        self.volume, self.running = state.volume.copy(), state.running.copy()
        self.leak = np.zeros((districts, STEPS + 1))
        self.leak[:, 0] = state.leak
        self.served = np.ones((districts, STEPS))
        self.fill = np.zeros((reservoirs, STEPS))

    def advance(self, step: int) -> None:
        """One step of 15 minutes."""
        pipes = self._pipes
        level = self.volume / pipes.area
        flow = self._rate[:, step + 1] + self.leak[:, step]
        pressure = district_pressure(pipes, tank_head(pipes, level[:, None]), flow[:, None])[:, 0]
        self.leak[:, step + 1] = pipes.leak_m3_per_h * np.clip(pressure / pipes.still_bar, 0, None)
        need = self._need[:, step] + (self.leak[:, step] + self.leak[:, step + 1]) * (STEP_H / 2) * self._open[:, step]
        share = (level - pipes.low) / (pipes.high - pipes.low)
        self.fill[:, step] = fill = self._filling(share, need / STEP_H)
        self._settle(step, need, fill * STEP_H * self._lift[:, step])

    def _filling(self, share: FloatArray, need_rate: FloatArray) -> FloatArray:
        """Flow into each reservoir, m3/h, by the level control."""
        pipes = self._pipes
        out = self._from_tank[:, : len(need_rate)] @ need_rate
        fill = np.where(pipes.by_gravity, np.maximum(out * (1 + _GRAVITY_GAIN * (_GRAVITY_LEVEL - share)), 0.0), 0.0)
        direct = self._via_station[:, : len(need_rate)] @ need_rate
        for row, children in enumerate(pipes.lifts):
            if not children.any():
                continue
            lowest = share[children].min()
            self.running[row] = _staged(int(self.running[row]), float(lowest), self._on_at[row], self._off_at[row])
            wanting = np.where(children, pipes.area * np.maximum(0.95 - share, 0.02), 0.0)
            fill += max(self._pump_sums[row][self.running[row]] - direct[row], 0.0) * wanting / wanting.sum()
        fill = np.minimum(fill, np.maximum((pipes.brim_m3 - self.volume) / STEP_H + 0.5 * out, 0.0))
        for row, capacity in enumerate(pipes.plant_m3_per_h):
            drawn = self._via_plant[row, len(need_rate) :]
            total = float(drawn @ fill)
            room = max(capacity - float(self._via_plant[row, : len(need_rate)] @ need_rate), 0.0)
            if total > room:
                fill = np.where(drawn > 0, fill * (room / total), fill)
        return np.asarray(fill, dtype=np.float64)

    def _settle(self, step: int, need: FloatArray, filled: FloatArray) -> None:
        """Move the water; districts on a tank that runs dry share what it has."""
        pipes = self._pipes
        onward = self._from_tank[:, len(need) :] @ filled
        wanted = self._from_tank[:, : len(need)] @ need
        has = np.maximum(self.volume + np.minimum(filled, 0.0) - onward - pipes.floor_m3, 0.0)
        ration = np.minimum(1.0, has / np.maximum(wanted, 1e-9))
        on_tank = pipes.tank >= 0
        self.served[on_tank, step] = ration[pipes.tank[on_tank]]
        self.volume += filled - onward - self._from_tank[:, : len(need)] @ (need * self.served[:, step])


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


def _staged(on: int, lowest: float, on_at: Sequence[float], off_at: Sequence[float]) -> int:
    """Pumps that run: one more below its starting level, one fewer above its stopping level."""
    while on < len(on_at) and lowest < on_at[on]:
        on += 1
    while on > 0 and lowest > off_at[on - 1]:
        on -= 1
    return on


def _thresholds(pipes: Pipes) -> tuple[list[list[float]], list[list[float]]]:
    counts = [len(station.pumps_m3_per_h) for station in pipes.stations]
    on = [[_ON_FROM - _ON_SPREAD * pump / count for pump in range(count)] for count in counts]
    off = [[_OFF_FROM - _OFF_SPREAD * pump / count for pump in range(count)] for count in counts]
    return on, off


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
