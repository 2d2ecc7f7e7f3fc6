"""Who draws water through whom, as matrices and constants: the fixed part of the water side."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import IntArray
from mainsight.core.network import Network
from mainsight.core.topology import sources
from mainsight.simulator.curves import union
from mainsight.simulator.customers import Customers
from mainsight.simulator.power import Outages
from mainsight.simulator.sums import Sums

BoolArray = NDArray[np.bool_]

_LEAK_M3_PER_H_PER_KM = 0.9
_LEAK_OF_MAIN = 0.06
"""Leakage at reference pressure: by length of mains, at most this share of what the inlet main can carry."""
_STILL = 0.85
_FULL_FLOW = 0.05
"""Pressure without flow and at the inlet main's capacity, share of the way from the district's least to its greatest."""
_FREEBOARD = 0.06
"""Room above the highest operating level, share of the operating range, before the pumps are throttled."""
_START, _START_SPREAD = 0.74, 0.36
_STOP, _STOP_SPREAD = 0.94, 0.14
"""Levels, as shares of the operating range, at which the first pump starts and stops; further pumps spread below."""
_DEAD_STOCK = 0.25
"""Height of the outlet, share of the lowest operating level: below it nothing flows."""


class Pipes:
    """Districts, reservoirs, pump stations and plants in fixed orders, and how they hang together.

    Attributes:
        of_customers: adds customers up to districts.
        through: draws that pass each of stations, reservoirs and plants, shape (stations + reservoirs + plants,
            districts + reservoirs): a district's flow, then what fills a reservoir, back to the first reservoir or plant.
        tank: reservoir that a district draws on, -1 for none.
        lifts: whether a station fills a reservoir, shape (stations, reservoirs).

    """

    def __init__(self, network: Network, customers: Customers) -> None:
        """Take a network without loops."""
        self.network = network
        self.dmas, self.reservoirs = list(network.dmas.values()), list(network.reservoirs.values())
        self.stations, self.plants = list(network.pump_stations.values()), list(network.water_plants.values())
        self.nodes = [*(s.id for s in self.stations), *(r.id for r in self.reservoirs), *(p.id for p in self.plants)]
        self.of_customers = Sums([dma.id for dma in self.dmas], [customer.place for customer in customers.all])
        drawers = [*(dma.id for dma in self.dmas), *(r.id for r in self.reservoirs)]
        self.chains = {name: tuple(self._chain(name)) for name in drawers}
        self.through = np.array([[float(node in self.chains[name]) for name in drawers] for node in self.nodes]).reshape(
            len(self.nodes), len(drawers)
        )
        names = [reservoir.id for reservoir in self.reservoirs]
        self.tank: IntArray = np.array([self._last(dma.id, names) for dma in self.dmas], dtype=np.int64)
        self.filled_from: IntArray = np.array([self._last(name, names) for name in names], dtype=np.int64)
        self.lifts: BoolArray = np.array([[r.source == s.id for r in self.reservoirs] for s in self.stations], dtype=bool).reshape(
            len(self.stations), len(self.reservoirs)
        )
        self._matrices()
        self._constants()
        self._level_control()

    def _matrices(self) -> None:
        """Split `through` and the tanks' draws into what districts need and what fills reservoirs."""
        districts, stations, reservoirs = len(self.dmas), len(self.stations), len(self.reservoirs)
        of_tank = np.arange(reservoirs)[:, None]
        self.need_from_tank = (self.tank[None, :] == of_tank).astype(np.float64)
        self.fill_from_tank = (self.filled_from[None, :] == of_tank).astype(np.float64)
        self.from_other_tank: BoolArray = self.filled_from >= 0
        self.need_via_station = self.through[:stations, :districts]
        self.need_via_plant, self.fill_via_plant = np.split(self.through[stations + reservoirs :], [districts], axis=1)

    def _level_control(self) -> None:
        """Levels at which each further pump starts and stops, and what the first n pumps lift, one row a station."""
        most = max((len(station.pumps_m3_per_h) for station in self.stations), default=0)
        self.start_level = np.full((len(self.stations), most), -1.0)
        self.stop_level = np.full((len(self.stations), most), -1.0)
        self.lift_of = np.zeros((len(self.stations), most + 1))
        for row, station in enumerate(self.stations):
            count = len(station.pumps_m3_per_h)
            spread = np.arange(count) / count
            self.start_level[row, :count] = _START - _START_SPREAD * spread
            self.stop_level[row, :count] = _STOP - _STOP_SPREAD * spread
            self.lift_of[row, 1 : count + 1] = np.cumsum(station.pumps_m3_per_h)

    def _constants(self) -> None:
        self.area = np.array([r.area_m2 for r in self.reservoirs])
        self.low, self.high = np.array([r.level_min_m for r in self.reservoirs]), np.array([r.level_max_m for r in self.reservoirs])
        self.floor_m3 = self.area * self.low * _DEAD_STOCK
        self.brim_m3 = self.area * (self.high + _FREEBOARD * (self.high - self.low))
        self.by_gravity: BoolArray = np.logical_not(self.lifts.any(axis=0))
        self.plant_m3_per_h = np.array([sum(plant.lines_m3_per_h) for plant in self.plants])
        self.capacity = np.array([dma.capacity_m3_per_h for dma in self.dmas])
        least, greatest = np.array([d.pressure_min_bar for d in self.dmas]), np.array([d.pressure_max_bar for d in self.dmas])
        self.still_bar = least + _STILL * (greatest - least)
        self.loss_bar = (_STILL - _FULL_FLOW) * (greatest - least)
        self.leak_m3_per_h = np.minimum(
            np.array([dma.mains_km for dma in self.dmas]) * _LEAK_M3_PER_H_PER_KM, self.capacity * _LEAK_OF_MAIN
        )
        self.usual_level = (self.low + self.high) / 2

    def _chain(self, asset_id: str) -> Iterator[str]:
        """What an asset draws through: stations up to, and with, the first reservoir or plant."""
        source = sources(self.network, asset_id)[0]
        yield source
        if source in self.network.pump_stations:
            yield from self._chain(source)

    def _last(self, asset_id: str, names: list[str]) -> int:
        end = self.chains[asset_id][-1]
        return names.index(end) if end in names else -1

    def stopped(self, stops: Outages, dead: Outages) -> Outages:
        """Windows without lift by district and reservoir and station: own stops, dead feeders, and stations before it."""
        found: Outages = {}
        for station in self.stations:
            if windows := self._station_stops((station.id, *self._stations_before(station.id)), stops, dead):
                found[station.id] = windows
        for name, chain in self.chains.items():
            if windows := self._station_stops(tuple(node for node in chain if node in self.network.pump_stations), stops, dead):
                found[name] = windows
        return found

    def _stations_before(self, station: str) -> Iterator[str]:
        yield from (node for node in self._chain(station) if node in self.network.pump_stations)

    def _station_stops(self, stations: tuple[str, ...], stops: Outages, dead: Outages) -> tuple[tuple[int, int], ...]:
        feeders = (self.network.pump_stations[station].feeder or "" for station in stations)
        windows = [
            window for station, feeder in zip(stations, feeders, strict=True) for window in (*stops.get(station, ()), *dead.get(feeder, ()))
        ]
        return union(windows)
