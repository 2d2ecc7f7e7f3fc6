"""From the province to what meters say: which quantity of which point each meter gives, at its terminals.

Powers, energies, flows and volumes are divided by the ratio in force (see `mainsight.core.factors`). Voltages and currents are primary
values: between lines for the three-phase quantity, line to earth for a phase. A current follows from power and voltage, so
that they agree.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import RATIO_UNITS, Meter, Role
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.topology import meters_on, upstream
from mainsight.core.zonetime import day_start_ms
from mainsight.simulator import noise
from mainsight.simulator.plan import timezone_of
from mainsight.simulator.power import Outages
from mainsight.simulator.province import Province, Snapshot
from mainsight.simulator.scene import BANDED, Places, Scene

SnapshotAt = Callable[[int], Snapshot]
Reader = Callable[[Scene], FloatArray]

_HOURS_OF_A_YEAR = 8760
_CHECK_ERROR = 0.004
_PHASE_SPREAD = 0.04
_PHASE_VOLTAGE_SPREAD = 0.008
_LOW_VOLTAGE_V = 400.0
_SINGLE_PHASE_BELOW_V = 350.0
_NEVER_FLOWS = frozenset({"power_export", "energy_export", "reactive_power_export", "reactive_energy_export"})
_SYNONYMS = {"reactive_power_import": "reactive_power"}
_USUAL_TAP, _TAPS_PER_LOAD = 8, 5.0


class InstrumentError(ValueError):
    """A meter has a quantity that nothing at its place can give."""


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """All meters that have one quantity.

    Attributes:
        meters: their ids, in order of rows.
        read: values at the points, ratios not taken out.
        ratios: for each meter, instants from which a factor is in force (the first before all time) and the factors.
        start: register at the epoch, at the terminals; None for what is not a register.
        turns_at: value at which a register rolls over, infinite for never, shape (n, 1).

    """

    meters: tuple[str, ...]
    read: Reader
    ratios: tuple[tuple[IntArray, FloatArray], ...]
    start: FloatArray | None
    turns_at: FloatArray


class Instruments:
    """Reads all meters of a network at once."""

    def __init__(self, province: Province, at_epoch: Snapshot, epoch_ms: int) -> None:
        """Connect every meter.

        Raises:
            InstrumentError: a meter has a quantity that its place cannot give.

        """
        self._province, self._epoch_ms = province, epoch_ms
        customers = {c.name: c.place for c in province.grid.customers.all}
        self._places = Places(province.network, province.grid.points, customers)
        by_quantity: dict[str, list[Meter]] = defaultdict(list)
        for meter in province.network.meters.values():
            for name in meter.quantities:
                by_quantity[name].append(meter)
        self._rows = {Series(m.id, name): row for name, meters in by_quantity.items() for row, m in enumerate(meters)}
        scene = Scene(province, self._places, {}, at_epoch)
        self._groups = {name: self._group(name, meters, scene) for name, meters in by_quantity.items()}

    def row(self, series: Series) -> int:
        """Row of a series in its quantity's array."""
        return self._rows[series]

    def meters(self, name: str) -> tuple[str, ...]:
        """Meters that have a quantity, in order of rows."""
        return self._groups[name].meters

    def read(self, snapshot: Snapshot, dead: Outages, snapshot_at: SnapshotAt) -> dict[str, FloatArray]:
        """What all meters say, by quantity, shape (meters that have it, t)."""
        scene = Scene(self._province, self._places, dead, snapshot)
        return {name: self._at_terminals(group, scene, snapshot_at) for name, group in self._groups.items()}

    def _at_terminals(self, group: _Group, scene: Scene, snapshot_at: SnapshotAt) -> FloatArray:
        values = group.read(scene)
        time_ms = scene.snapshot.moments.time_ms
        divisor = np.array([[factors[0]] for _, factors in group.ratios])
        told = values / divisor
        for row, (since, factors) in enumerate(group.ratios):
            if len(since) > 1:
                told[row] = values[row] / factors[np.searchsorted(since, time_ms, side="right") - 1]
                if group.start is not None:
                    told[row] += self._before_changes(group, row, time_ms, snapshot_at)
        if group.start is not None:
            return np.asarray(np.mod(told + group.start, group.turns_at), dtype=np.float64)
        return np.asarray(told, dtype=np.float64)

    def _before_changes(self, group: _Group, row: int, time_ms: IntArray, snapshot_at: SnapshotAt) -> FloatArray:
        """What a register had counted under earlier ratios more than it would have under the present one."""
        since, factors = group.ratios[row]
        more = np.zeros(len(time_ms))
        for number in range(1, len(since)):
            if self._epoch_ms < since[number] <= time_ms[-1]:
                counted = group.read(Scene(self._province, self._places, {}, snapshot_at(int(since[number]))))[row, 0]
                more += np.where(time_ms >= since[number], counted * (1 / factors[number - 1] - 1 / factors[number]), 0.0)
        return more

    def _group(self, name: str, meters: list[Meter], at_epoch: Scene) -> _Group:
        kind = quantity(name)
        read = self._reader(name, meters)
        ratios = tuple(self._ratios(meter) if kind.unit in RATIO_UNITS else _no_ratio() for meter in meters)
        turns_at = np.array([[np.inf if m.register_max is None else m.register_max] for m in meters])
        start = None
        if kind.kind is Kind.REGISTER:
            years = noise.uniform(noise.keys(self._province.settings.seed, [m.id for m in meters], "register"), np.zeros(1, np.int64))
            now = np.array([[self._ratio_at_epoch(r)] for r in ratios])
            rate = self._reader(_RATE_OF[kind.base] + name.removeprefix(kind.base), meters)(at_epoch)
            start = np.rint(rate * _HOURS_OF_A_YEAR * (0.4 + 1.4 * years) / now)
        return _Group(tuple(m.id for m in meters), read, ratios, start, turns_at)

    def _ratio_at_epoch(self, ratios: tuple[IntArray, FloatArray]) -> float:
        since, factors = ratios
        return float(factors[np.searchsorted(since, self._epoch_ms, side="right") - 1])

    def _ratios(self, meter: Meter) -> tuple[IntArray, FloatArray]:
        """Instants and factors; what came before the epoch is folded into the first."""
        zone = timezone_of(self._province.network, meter.asset)
        changes = [(day_start_ms(r.valid_from, zone), r.factor) for r in meter.ratios]
        past = [factor for since, factor in changes if since <= self._epoch_ms]
        future = [(since, factor) for since, factor in changes if since > self._epoch_ms]
        first = past[-1] if past else 1.0
        return np.array([np.iinfo(np.int64).min, *(s for s, _ in future)]), np.array([first, *(f for _, f in future)])

    def _reader(self, name: str, meters: list[Meter]) -> Reader:
        """How to read one quantity for some meters."""
        base = quantity(name).base
        base = _SYNONYMS.get(base, base)
        if base in _NEVER_FLOWS:
            return lambda scene: np.zeros((len(meters), len(scene.snapshot.moments.time_ms)))
        if base in BANDED:
            return lambda scene: scene.banded(base, [m.id for m in meters])
        if base in _OF_POWER:
            return self._power_reader(name, base, meters)
        if base in _OF_WEATHER:
            wet = np.array([[float(base == "temperature" and _carries_water(self._province, m))] for m in meters])
            return partial(_weather, base, wet)
        if base in _OF_WATER:
            return self._water_reader(name, base, meters)
        message = f"meter {meters[0].id!r}: the simulator cannot give {name!r}; take it out of its quantities"
        raise InstrumentError(message)

    def _power_reader(self, name: str, base: str, meters: list[Meter]) -> Reader:
        points = self._province.grid.points
        rows = np.array([self._point(points, m, name) for m in meters], dtype=np.int64)
        phase = _phase(name)
        phases = np.array([[_phase_share(self._province.settings.seed, m.id, phase)] for m in meters])
        share = np.array([[self._share(m, name)] for m in meters])
        to_earth = np.array([[bool(phase) or _is_single_phase(m)] for m in meters])
        uneven = np.array([[self._phase_voltage(m, phase)] for m in meters])
        volts = np.array([[self._nominal_v(m)] for m in meters]) * np.where(to_earth, 3**-0.5, 1.0) * uneven
        wires = _Wires(rows, share, phases, volts, to_earth, self._places.transformer[rows])
        return partial(_OF_POWER[base], wires)

    def _water_reader(self, name: str, base: str, meters: list[Meter]) -> Reader:
        water, pipes = self._province.water, self._province.pipes
        places = {
            "flow": water.points,
            "volume": water.points,
            "pressure": water.pressure_points,
            "level": {reservoir.id: row for row, reservoir in enumerate(pipes.reservoirs)},
            "pump_running": {station.id: row for row, station in enumerate(pipes.stations)},
        }
        if base == "valve_open":
            return lambda scene: np.ones((len(meters), len(scene.snapshot.moments.time_ms)))
        rows = np.array([self._point(places[base], m, name) for m in meters], dtype=np.int64)
        share = np.array([[self._share(m, name)] for m in meters]) if base in {"flow", "volume"} else np.ones((len(meters), 1))
        circuit = np.array([[_circuit(m, name)] for m in meters])
        return partial(_water, base, rows, share, circuit)

    def _point(self, points: dict[str, int], meter: Meter, name: str) -> int:
        place = meter.id if meter.role is Role.SUB and meter.id in points else meter.asset
        if place not in points:
            kind = self._province.network.kind(meter.asset)
            message = f"meter {meter.id!r}: a {kind} has no {name!r} to measure; take it out of its quantities or move the meter"
            raise InstrumentError(message)
        return points[place]

    def _share(self, meter: Meter, name: str) -> float:
        """Main meters of one quantity share an asset's flow evenly; a check meter is slightly off."""
        if meter.role is Role.MAIN:
            return 1 / sum(name in other.quantities for other in meters_on(self._province.network, meter.asset, Role.MAIN))
        if meter.role is Role.CHECK:
            return 1 + _CHECK_ERROR * (noise.one(self._province.settings.seed, "check", meter.id) - 0.5)
        return 1.0

    def _phase_voltage(self, meter: Meter, phase: int) -> float:
        """Phase voltages differ a little from each other."""
        return 1 + _PHASE_VOLTAGE_SPREAD * (noise.one(self._province.settings.seed, "volts", meter.id, str(phase)) - 0.5) if phase else 1.0

    def _nominal_v(self, meter: Meter) -> float:
        """Voltage between lines, V: low voltage where the limits or the kind of device say so, else that of the feeder."""
        network = self._province.network
        places = (meter.asset, *upstream(network, meter.asset))
        feeder = next((network.feeders[p] for p in places if p in network.feeders), None)
        transformer = next((network.transformers[p] for p in places if p in network.transformers), None)
        kv = feeder.kv if feeder else transformer.lv_kv if transformer else _LOW_VOLTAGE_V / 1000
        highest = max((limit[1] for name, limit in meter.limits.items() if name.startswith("voltage")), default=None)
        small = _is_single_phase(meter) or meter.protocol == "shelly_gen2" or (highest is not None and highest < kv * 500)
        return _LOW_VOLTAGE_V if small else kv * 1000


def _no_ratio() -> tuple[IntArray, FloatArray]:
    return np.array([np.iinfo(np.int64).min]), np.ones(1)


def _phase(name: str) -> int:
    return next((n for n in (1, 2, 3) if f"_l{n}" in name), 0)


def _phase_share(seed: int, meter: str, phase: int) -> float:
    """Share of the whole that runs on a phase; 1 for the three-phase quantity."""
    if not phase:
        return 1.0
    weights = [1 + _PHASE_SPREAD * (noise.one(seed, "phase", meter, str(n)) - 0.5) for n in (1, 2, 3)]
    return weights[phase - 1] / sum(weights)


def _is_single_phase(meter: Meter) -> bool:
    highest = meter.limits.get("voltage", (0.0, np.inf))[1]
    return meter.protocol == "tasmota" or highest < _SINGLE_PHASE_BELOW_V


def _circuit(meter: Meter, name: str) -> int:
    """Which pump of a station a status stands for, from 0: the meter's lowest channel is the first pump."""
    channels = [int(q.rpartition("_ch")[2]) for q in meter.quantities if "_ch" in q]
    return int(name.rpartition("_ch")[2]) - min(channels) if "_ch" in name else 0


def _carries_water(province: Province, meter: Meter) -> bool:
    return meter.asset in province.water.pressure_points


@dataclass(frozen=True, slots=True, eq=False)
class _Wires:
    """How meters are connected, arrays with one row for each.

    Attributes:
        rows: power points.
        share: of the point's power that runs through the meter.
        phase: of that, the share on the phase that the quantity is of; 1 for all three.
        volts: nominal voltage of the quantity, V.
        to_earth: whether that is between line and earth.
        transformer: row of the transformer above.

    """

    rows: IntArray
    share: FloatArray
    phase: FloatArray
    volts: FloatArray
    to_earth: NDArray[np.bool_]
    transformer: IntArray

    def of(self, amounts: FloatArray) -> FloatArray:
        """What runs through the meters of an amount at all points."""
        return np.asarray(amounts[self.rows] * (self.share * self.phase), dtype=np.float64)


def _current(wires: _Wires, scene: Scene) -> FloatArray:
    """S / U to earth, or S / (sqrt 3 U) with U between lines."""
    per_unit = scene.per_unit[wires.rows]
    volts = per_unit * wires.volts * np.where(wires.to_earth, 1.0, 3**0.5)
    return np.divide(wires.of(scene.apparent) * 1000, volts, out=np.zeros_like(volts), where=volts > 0)


def _power_factor(wires: _Wires, scene: Scene) -> FloatArray:
    apparent = scene.apparent[wires.rows]
    return np.divide(scene.snapshot.active.rate[wires.rows], apparent, out=np.ones_like(apparent), where=apparent > 0)


_OF_POWER: dict[str, Callable[[_Wires, Scene], FloatArray]] = {
    "power": lambda wires, scene: wires.of(scene.snapshot.active.rate),
    "energy_import": lambda wires, scene: wires.of(scene.snapshot.active.integral),
    "reactive_power": lambda wires, scene: wires.of(scene.snapshot.reactive.rate),
    "reactive_energy_import": lambda wires, scene: wires.of(scene.snapshot.reactive.integral),
    "apparent_power": lambda wires, scene: wires.of(scene.apparent),
    "voltage": lambda wires, scene: scene.per_unit[wires.rows] * wires.volts,
    "current": _current,
    "power_factor": _power_factor,
    "breaker_closed": lambda wires, scene: scene.energised[wires.rows],
    "temperature_oil": lambda wires, scene: scene.snapshot.oil[wires.transformer],
    "temperature_winding": lambda wires, scene: scene.snapshot.winding[wires.transformer],
    "tap_position": lambda wires, scene: np.rint(_USUAL_TAP + _TAPS_PER_LOAD * scene.snapshot.loading[wires.transformer]),
}
_OF_WEATHER = frozenset({"temperature", "temperature_ambient", "rain", "irradiance"})
_OF_WATER = frozenset({"flow", "volume", "pressure", "level", "pump_running", "valve_open"})
_RATE_OF = {
    "energy_import": "power",
    "energy_export": "power_export",
    "reactive_energy_import": "reactive_power",
    "reactive_energy_export": "reactive_power_export",
    "volume": "flow",
}


def _weather(base: str, wet: FloatArray, scene: Scene) -> FloatArray:
    if base in {"rain", "irradiance"}:
        course = scene.rain if base == "rain" else scene.irradiance
        return np.broadcast_to(course, (len(wet), len(course))).copy()
    return np.where(wet > 0, scene.water_temperature, scene.ambient)


def _water(base: str, rows: IntArray, share: FloatArray, circuit: IntArray, scene: Scene) -> FloatArray:
    water = scene.snapshot.water
    if base == "pump_running":
        return np.asarray(water.pumps[rows] > circuit, dtype=np.float64)
    values = {"flow": water.flows.rate, "volume": water.flows.integral, "pressure": water.pressure, "level": water.level}[base]
    return np.asarray(values[rows] * share, dtype=np.float64)
