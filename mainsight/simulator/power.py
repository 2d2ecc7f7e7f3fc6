"""The power side: customers add up to feeders, feeders to transformers, to the last kWh."""

from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray
from mainsight.core.network import Network
from mainsight.simulator.curves import Curves, Gated, Moments, Window, inside, union
from mainsight.simulator.customers import Customers
from mainsight.simulator.sums import Sums

_COPPER_LOSS = 0.018
"""Loss of a feeder at its rating, share of it; with the square of the load."""
_IRON_LOSS = 0.0012
"""Loss of the transformers along a feeder, share of its rating; always there."""
_LOSS_KVAR_PER_KW = 2.5
_PUMP_KVAR_PER_KW = 0.54
_RATED_FACTOR = 0.94

Outages = dict[str, tuple[Window, ...]]
"""Windows without supply by asset."""


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """Rates and integrals at some moments, arrays of shape (points, t): kW or kvar or m3/h, and kWh, kvarh or m3."""

    rate: FloatArray
    integral: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PowerDay:
    """Active and reactive power of customers and active losses of feeders over a day."""

    active: Gated
    reactive: Gated
    loss: Gated


class PowerGrid:
    """Points are, in order: customers by name, feeders, transformers, pump stations."""

    def __init__(self, network: Network, customers: Customers) -> None:
        """Lay out who adds up to what."""
        self.customers = customers
        self.feeders, self.transformers, self.stations = list(network.feeders), list(network.transformers), list(network.pump_stations)
        self.points = {
            name: row for row, name in enumerate((*(c.name for c in customers.all), *self.feeders, *self.transformers, *self.stations))
        }
        places = [customer.place for customer in customers.all]
        self._to_feeder = Sums(self.feeders, places)
        self._to_transformer = Sums(self.transformers, places)
        self._feeder_to_transformer = Sums(self.transformers, [network.feeders[f].transformer for f in self.feeders])
        self._station_to_feeder = Sums(self.feeders, [network.pump_stations[s].feeder or "" for s in self.stations])
        self._rated_kw = np.array([[network.feeders[f].rated_mva * 1000 * _RATED_FACTOR] for f in self.feeders]).reshape(-1, 1)
        self.rated_kva = self._rated_kw / _RATED_FACTOR
        self._feeder_of = {f: network.feeders[f].transformer for f in self.feeders}

    def outages(self, trips: Outages, out_of_service: Outages) -> Outages:
        """Windows without voltage by feeder and transformer, from feeder trips and transformers that are not there."""
        dead = {transformer: windows for transformer, windows in out_of_service.items() if windows}
        for feeder, transformer in self._feeder_of.items():
            if windows := union((*trips.get(feeder, ()), *out_of_service.get(transformer, ()))):
                dead[feeder] = windows
        return dead

    def day(self, use: Curves, tangent: FloatArray, dead: Outages) -> PowerDay:
        """A day from what customers would draw, the tangents of their phase angles at the knots, and what has no voltage."""
        reactive = Curves.through(use.day_start_ms, use.knots * tangent, use.ripples)
        drawn = self._to_feeder.of(use.knots)
        loss = Curves.through(use.day_start_ms, _COPPER_LOSS * drawn**2 / self._rated_kw + _IRON_LOSS * self._rated_kw)
        of_customers = {row: dead[c.place] for row, c in enumerate(self.customers.all) if c.place in dead}
        of_feeders = {row: dead[f] for row, f in enumerate(self.feeders) if f in dead}
        return PowerDay(use.with_outages(of_customers), reactive.with_outages(of_customers), loss.with_outages(of_feeders))

    def at(self, day: PowerDay, moments: Moments, pumps: Amounts) -> tuple[Amounts, Amounts]:
        """Active and reactive amounts at all points; `pumps` is what pump stations draw, kW and kWh, shape (stations, t)."""
        active, reactive, loss = day.active.at(moments), day.reactive.at(moments), day.loss.at(moments)
        drawn = (pumps.rate, pumps.integral)
        return (
            Amounts(*(self._add_up(a, b, c) for a, b, c in zip(active, loss, drawn, strict=True))),
            Amounts(
                *(self._add_up(a, b * _LOSS_KVAR_PER_KW, c * _PUMP_KVAR_PER_KW) for a, b, c in zip(reactive, loss, drawn, strict=True))
            ),
        )

    def _add_up(self, customers: FloatArray, loss: FloatArray, pumps: FloatArray) -> FloatArray:
        feeders = self._to_feeder.of(customers) + loss + self._station_to_feeder.of(pumps)
        transformers = self._feeder_to_transformer.of(feeders) + self._to_transformer.of(customers)
        return np.concatenate((customers, feeders, transformers, pumps))


def alive(dead: Outages, names: list[str], moments: Moments) -> FloatArray:
    """1 where a named asset has voltage, 0 where not, shape (names, t)."""
    return np.array([1.0 - inside(dead.get(name, ()), moments.time_ms) for name in names]).reshape(len(names), len(moments.time_ms))
