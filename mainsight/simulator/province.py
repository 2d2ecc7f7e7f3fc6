"""The whole province, a day at a time: power, water and transformers' oil, each day from the state in which the last one ended."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from mainsight.core.intervals import FloatArray
from mainsight.core.network import Network, Transformer
from mainsight.core.zonetime import day_start_ms as local_day_start_ms
from mainsight.simulator.control import WaterState, knots
from mainsight.simulator.curves import DAY_MS, STEPS, Moments, Window
from mainsight.simulator.customers import growth_factor
from mainsight.simulator.days import Days
from mainsight.simulator.faults import FOREVER_MS, FaultKind, FaultPlan
from mainsight.simulator.pipes import Pipes
from mainsight.simulator.plan import power_customers, timezone_of, water_customers
from mainsight.simulator.power import Amounts, Outages, PowerDay, PowerGrid
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.water import Water, WaterDay, WaterMoments
from mainsight.simulator.weather import Weather

_OIL_RISE_K = 55.0
_OIL_LOSS_RATIO = 6.0
_OIL_EXPONENT = 0.8
_OIL_TIME_CONSTANT_MIN = 0.5 * 210
"""Top-oil model of IEC 60076-7:2018 for an ONAN power transformer (k11 tau_o)."""
_WINDING_GRADIENT_K = 21.0
_WINDING_EXPONENT = 1.3
_LONG_AGO_MS = -62_135_596_800_000


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What the province remembers at the start of a UTC day: registers since the epoch (kWh, kvarh, m3), tanks, oil (degC)."""

    energy: FloatArray
    reactive_energy: FloatArray
    volume: FloatArray
    water: WaterState
    oil: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """One UTC day as it was integrated."""

    start_ms: int
    state: State
    power: PowerDay
    water: WaterDay
    oil: FloatArray
    """Top oil at the knots, degC, shape (transformers, 97)."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything at some moments of one day; arrays of shape (points, t).

    Attributes:
        moments: the moments.
        active: kW, and kWh since the epoch, at the power points.
        reactive: kvar, and kvarh since the epoch.
        water: flows (integrals since the epoch), levels, pressures.
        loading: apparent power of transformers, share of their rating.
        oil: top-oil temperature of transformers, degC.
        winding: hot-spot temperature, degC.

    """

    moments: Moments
    active: Amounts
    reactive: Amounts
    water: WaterMoments
    loading: FloatArray
    oil: FloatArray
    winding: FloatArray


class Province:
    """Integrates a network day by day. It keeps no days: see `World`."""

    def __init__(self, network: Network, settings: SimulatorSettings, days: Days) -> None:
        """Size the customers and lay out the network.

        Raises:
            PlanError: the settings name a substation that is not there.

        """
        self.network, self.settings, self._days = network, settings, days
        zone = next(iter(network.zones.values()))
        offset = datetime.fromtimestamp(0, UTC) - datetime.fromtimestamp(local_day_start_ms(date(1970, 1, 1), zone.timezone) / 1000, UTC)
        self.weather = Weather(settings.seed, offset / timedelta(hours=1))
        usual = self.weather.usual_day(settings.peaks_on)
        self.grid = PowerGrid(network, power_customers(network, settings, usual))
        self._drinkers = water_customers(network, settings, usual)
        self.pipes = Pipes(network, self._drinkers)
        self.water = Water(self.pipes, self._drinkers)
        transformers = list(network.transformers.values())
        self._rated_kva = np.array([[t.rated_mva * 1000] for t in transformers]).reshape(-1, 1)
        self._out_of_service: Outages = {t.id: windows for t in transformers if (windows := _absences(network, t))}

    def dead(self, plan: FaultPlan) -> Outages:
        """Windows without voltage by feeder and transformer."""
        return self.grid.outages(plan.of_kind(FaultKind.FEEDER_TRIP), self._out_of_service)

    def begin(self, start_ms: int) -> State:
        """State at the epoch."""
        none = np.zeros(len(self.grid.points))
        ambient = self.weather.temperature(np.array([start_ms], dtype=np.int64))
        oil = np.full(len(self._rated_kva), ambient[0] + 0.4 * _OIL_RISE_K)
        return State(none, none, np.zeros(len(self.water.points)), self.water.start(), oil)

    def day(self, start_ms: int, state: State, plan: FaultPlan) -> Day:
        """Integrate a day."""
        growth = growth_factor(start_ms, self.settings.peaks_on, self.settings.growth_per_year)
        dead = self.dead(plan)
        use, tangent = self.grid.customers.draw(start_ms, self._days, self.weather, growth)
        power = self.grid.day(use, tangent, dead)
        thirst, _ = self._drinkers.draw(start_ms, self._days, self.weather, growth)
        stopped = self.pipes.stopped(plan.of_kind(FaultKind.PUMP_STOP), dead)
        bursts = [fault for fault in plan.of_assets if fault.kind is FaultKind.MAIN_BURST]
        water = self.water.day(state.water, thirst, stopped, bursts)
        at_knots = knots(start_ms)
        active, reactive = self.grid.at(power, at_knots, self.water.draw(self.water.at(water, at_knots)))
        return Day(start_ms, state, power, water, self._oil(start_ms, state.oil, self._loading(active, reactive)))

    def at(self, day: Day, moments: Moments) -> Snapshot:
        """Everything at some moments of a day, integrals since the epoch."""
        water = self.water.at(day.water, moments)
        active, reactive = self.grid.at(day.power, moments, self.water.draw(water))
        loading = self._loading(active, reactive)
        before, after = day.oil[:, moments.step], day.oil[:, moments.step + 1]
        oil = before + (after - before) * moments.share
        flows = Amounts(water.flows.rate, water.flows.integral + day.state.volume[:, None])
        return Snapshot(
            moments,
            Amounts(active.rate, active.integral + day.state.energy[:, None]),
            Amounts(reactive.rate, reactive.integral + day.state.reactive_energy[:, None]),
            WaterMoments(flows, water.inflow, water.level, water.pressure, water.pumps),
            loading,
            oil,
            oil + _WINDING_GRADIENT_K * loading**_WINDING_EXPONENT,
        )

    def after(self, day: Day) -> State:
        """State at a day's end."""
        end = self.at(day, Moments.of(day.start_ms, np.array([day.start_ms + DAY_MS], dtype=np.int64)))
        return State(
            end.active.integral[:, 0],
            end.reactive.integral[:, 0],
            end.water.flows.integral[:, 0],
            self.water.after(day.water, end.water),
            day.oil[:, -1].copy(),
        )

    def _loading(self, active: Amounts, reactive: Amounts) -> FloatArray:
        rows = self._transformer_rows()
        return np.asarray(np.hypot(active.rate[rows], reactive.rate[rows]) / self._rated_kva, dtype=np.float64)

    def _transformer_rows(self) -> slice:
        first = len(self.grid.customers) + len(self.grid.feeders)
        return slice(first, first + len(self.grid.transformers))

    def _oil(self, start_ms: int, oil: FloatArray, loading: FloatArray) -> FloatArray:
        ambient = self.weather.temperature(knots(start_ms).time_ms)
        rise = _OIL_RISE_K * ((1 + _OIL_LOSS_RATIO * loading**2) / (1 + _OIL_LOSS_RATIO)) ** _OIL_EXPONENT
        course = np.empty_like(loading)
        course[:, 0] = oil
        share = 1 - np.exp(-15 / _OIL_TIME_CONSTANT_MIN)
        for step in range(STEPS):
            course[:, step + 1] = course[:, step] + (rise[:, step] + ambient[step] - course[:, step]) * share
        return course


def _absences(network: Network, transformer: Transformer) -> tuple[Window, ...]:
    """Windows before a transformer came into service and after it left."""
    timezone = timezone_of(network, transformer.id)
    windows: list[Window] = []
    if transformer.commissioned is not None:
        windows.append((_LONG_AGO_MS, local_day_start_ms(transformer.commissioned, timezone)))
    if transformer.retired is not None:
        windows.append((local_day_start_ms(transformer.retired, timezone), FOREVER_MS))
    return tuple(windows)
