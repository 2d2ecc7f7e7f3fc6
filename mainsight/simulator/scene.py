"""What can be measured at some moments besides flows: voltages, frequency, water quality, weather, states of switches."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from mainsight.core.intervals import FloatArray
from mainsight.core.network import Network
from mainsight.core.topology import upstream
from mainsight.simulator import noise
from mainsight.simulator.curves import STEP_MS
from mainsight.simulator.power import Outages, alive
from mainsight.simulator.province import Province, Snapshot

_TRANSFORMER_PU, _TRANSFORMER_SAG = 1.035, 0.035
_FEEDER_SAG = 0.030
_CUSTOMER_SAG = 0.008
_PU_NOISE = 0.003
_BAND = {  # quantity: usual value, spread, steps between turning points
    "frequency": (50.0, 0.018, 1),
    "thd_voltage": (2.4, 0.5, 24),
    "thd_current": (6.5, 1.6, 12),
    "unbalance": (0.9, 0.25, 24),
    "chlorine": (0.55, 0.07, 8),
    "turbidity": (0.35, 0.10, 8),
    "ph": (7.3, 0.10, 32),
}
BANDED = frozenset(_BAND)
_WATER_BELOW_AIR_K = 1.5


class Places:
    """For every power point: its transformer, its feeder, and what must have voltage for it to have some."""

    def __init__(self, network: Network, points: Mapping[str, int], customers: Mapping[str, str]) -> None:
        """Take the power points by name and the places of customers by name."""
        feeders, transformers = list(network.feeders), list(network.transformers)
        self.names: list[str] = []
        self.transformer = np.zeros(len(points), np.int64)
        self.feeder = np.full(len(points), -1, np.int64)
        self.is_customer = np.array([[name in customers] for name in points], dtype=np.float64)
        for row, name in enumerate(points):
            place = customers.get(name, name)
            if name in network.pump_stations:
                place = network.pump_stations[name].feeder or ""
            above = (place, *upstream(network, place)) if place else ()
            self.names.append(place)
            self.feeder[row] = next((feeders.index(a) for a in above if a in network.feeders), -1)
            self.transformer[row] = next((transformers.index(a) for a in above if a in network.transformers), -1)


class Scene:
    """One snapshot seen by sensors; costly parts are computed once, when first asked for."""

    def __init__(self, province: Province, places: Places, dead: Outages, snapshot: Snapshot) -> None:
        """Take the snapshot and the windows without voltage by feeder and transformer."""
        self._province, self._places, self._dead = province, places, dead
        self.snapshot = snapshot
        self._index = snapshot.moments.time_ms / STEP_MS

    @cached_property
    def apparent(self) -> FloatArray:
        """KVA at the power points."""
        return np.hypot(self.snapshot.active.rate, self.snapshot.reactive.rate)

    @cached_property
    def energised(self) -> FloatArray:
        """1 where a power point has voltage, else 0."""
        shape = (len(self._places.names), len(self._index))
        if not self._dead:
            return np.ones(shape)
        return alive(self._dead, self._places.names, self.snapshot.moments)

    @cached_property
    def per_unit(self) -> FloatArray:
        """Voltage at the power points, share of nominal: it sags with the load of transformer, feeder and service line."""
        grid, places = self._province.grid, self._places
        first = len(grid.customers)
        feeders = self.apparent[first : first + len(grid.feeders)] / grid.rated_kva
        feeder_sag = np.concatenate((feeders, np.zeros((1, len(self._index)))))[places.feeder]
        transformer = np.concatenate((self.snapshot.loading, np.zeros((1, len(self._index)))))[places.transformer]
        common = self.wander("voltage", grid.transformers or [""], 2) * _PU_NOISE
        per_unit = _TRANSFORMER_PU - _TRANSFORMER_SAG * transformer - _FEEDER_SAG * feeder_sag - _CUSTOMER_SAG * places.is_customer
        return np.asarray((per_unit + common[places.transformer]) * self.energised, dtype=np.float64)

    def wander(self, purpose: str, names: Sequence[str], period: int) -> FloatArray:
        """Bounded noise by name that joins turning points `period` steps apart by straight lines, shape (names, t)."""
        stream = noise.keys(self._province.settings.seed, list(names), purpose)
        return noise.wander(stream, self._index, period)

    def banded(self, quantity: str, meters: Sequence[str]) -> FloatArray:
        """A quantity that stays about its usual value; frequency is the same for all."""
        usual, spread, period = _BAND[quantity]
        names = [""] * len(meters) if quantity == "frequency" else meters
        return usual + spread * self.wander(quantity, names, period)

    @cached_property
    def ambient(self) -> FloatArray:
        """Outdoor temperature, degC, shape (t,)."""
        return self._province.weather.temperature(self.snapshot.moments.time_ms)

    @cached_property
    def water_temperature(self) -> FloatArray:
        """Temperature of water in the mains, degC, shape (t,): the air's mean over the day round, a little below."""
        hours = np.arange(-24, 0, 3, dtype=np.int64) * 3_600_000
        means = [self._province.weather.temperature(self.snapshot.moments.time_ms + h) for h in hours]
        return np.asarray(np.mean(means, axis=0) - _WATER_BELOW_AIR_K, dtype=np.float64)

    @cached_property
    def irradiance(self) -> FloatArray:
        """Global irradiance, W/m2, shape (t,)."""
        return self._province.weather.irradiance(self.snapshot.moments.time_ms)

    @cached_property
    def rain(self) -> FloatArray:
        """Rain, mm in a quarter of an hour, shape (t,)."""
        return self._province.weather.rain(self.snapshot.moments.time_ms)
