"""Who draws how much where: customers of a network, sized so that substations and mains are loaded as they should be."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray
from mainsight.core.network import Dma, Feeder, Meter, Network, Role, Transformer, Utility
from mainsight.core.topology import upstream, zone_of
from mainsight.simulator import noise
from mainsight.simulator.customers import Customer, Customers
from mainsight.simulator.sectors import REST_OF_DISTRICT, REST_OF_FEEDER, sector
from mainsight.simulator.settings import SimulatorSettings

_POWER_FACTOR = 0.94
_LOSSES = 1.02
"""What feeders add to their customers' load at peak."""
ComplexArray = NDArray[np.complex128]
_OF_CONTRACT = (0.70, 0.92)
"""Range of a customer's peak as a share of its contracted demand."""
_WITHOUT_CONTRACT = 0.04
"""Peak of a customer without contracted demand, share of what its feeder or main can carry."""
_LEAST_REST = 0.05
"""Customers without a meter draw at least this share of what the metered ones do."""
_OF_FIRM = (0.66, 0.84)
_OF_SINGLE = (0.50, 0.66)
_OF_MAIN = (0.50, 0.68)
"""Usual peak: of firm capacity, of the rating where there is one transformer, of a district's inlet main."""
_OF_PUMPS = 0.58
"""Mean draw below a plant or pump station is at most this share of what it can lift, so that tanks fill again."""


class PlanError(ValueError):
    """The settings name something that the network does not have."""


def power_customers(network: Network, settings: SimulatorSettings, usual_degc: FloatArray) -> Customers:
    """Customers on feeders and transformers, each substation's peak as asked for on a day of usual temperatures, shape (96,).

    Raises:
        PlanError: `peak_mva` names a substation that is not there.

    """
    for name in settings.peak_mva:
        if name not in network.substations:
            message = f"peak_mva.{name}: there is no such substation; known: {', '.join(sorted(network.substations))}"
            raise PlanError(message)
    metered = _metered(network, settings.seed, Utility.POWER)
    rest = [
        Customer(f"{who} on {feeder.id}", feeder.id, how, network.zones[feeder.zone].timezone, share * _rest_weight(feeder, settings.seed))
        for feeder in network.feeders.values()
        for who, (share, how) in REST_OF_FEEDER.items()
    ]
    everyone = Customers([*metered, *rest], settings.seed)
    groups = {name: _substation_of(network, name) for name in {c.place for c in everyone.all}}
    targets = {name: _substation_target_kva(network, name, settings) for name in network.substations}
    return _sized(everyone, len(metered), groups, targets, settings.seed, usual_degc)


def water_customers(network: Network, settings: SimulatorSettings, usual_degc: FloatArray) -> Customers:
    """Customers in districts, each district's peak a usual share of what its main can carry and its pumps can lift."""
    metered = _metered(network, settings.seed, Utility.WATER)
    rest = [Customer(f"rest of {dma.id}", dma.id, REST_OF_DISTRICT, network.zones[dma.zone].timezone, 1.0) for dma in network.dmas.values()]
    everyone = Customers([*metered, *rest], settings.seed)
    targets = {dma.id: dma.capacity_m3_per_h * _between(_OF_MAIN, settings.seed, "main", dma.id) for dma in network.dmas.values()}
    groups = {customer.place: customer.place for customer in everyone.all}
    for name, factor in _within_pumps(network, targets).items():
        targets[name] *= factor
    return _sized(everyone, len(metered), groups, targets, settings.seed, usual_degc)


def _metered(network: Network, seed: int, utility: Utility) -> list[Customer]:
    subs = sorted((m for m in network.meters.values() if m.role is Role.SUB and m.utility is utility), key=lambda m: m.id)
    return [Customer(m.id, m.asset, sector(m.sector), timezone_of(network, m.asset), _contract_peak(network, m, seed)) for m in subs]


def timezone_of(network: Network, asset_id: str) -> str:
    """Zone of time of an asset; that of the first zone where it serves several."""
    zone = zone_of(network, asset_id)
    return network.zones[zone].timezone if zone is not None else next(iter(network.zones.values())).timezone


def _contract_peak(network: Network, meter: Meter, seed: int) -> float:
    carries = _carries(network, meter)
    share = _between(_OF_CONTRACT, seed, "contract", meter.id)
    return share * (carries * _WITHOUT_CONTRACT if meter.contracted is None else meter.contracted)


def _carries(network: Network, meter: Meter) -> float:
    """What the feeder, transformer or main of a customer can carry, kW or m3/h."""
    match meter.utility, network.asset(meter.asset):
        case Utility.POWER, Feeder(rated_mva=mva) | Transformer(rated_mva=mva):
            return mva * 1000 * _POWER_FACTOR
        case Utility.WATER, Dma(capacity_m3_per_h=flow):
            return flow
        case utility, other:
            where = "feeder or transformer" if utility is Utility.POWER else "district"
            message = f"meter {meter.id!r}: a customer of {utility} stands on {other.id!r}, a {network.kind(other.id)}; put it on a {where}"
            raise PlanError(message)


def _rest_weight(feeder: Feeder, seed: int) -> float:
    return feeder.rated_mva * _between((0.7, 1.3), seed, "rest", feeder.id)


def _between(bounds: tuple[float, float], seed: int, *name: str) -> float:
    low, high = bounds
    return low + (high - low) * noise.one(seed, *name)


def _substation_of(network: Network, place: str) -> str:
    return next(name for name in chain(upstream(network, place), (place,)) if name in network.substations)


def _substation_target_kva(network: Network, substation: str, settings: SimulatorSettings) -> float:
    asked = settings.peak_mva.get(substation)
    if asked is not None:
        return asked * 1000 / _LOSSES
    units = sorted(t.rated_mva for t in network.transformers.values() if t.substation == substation and t.in_service(network.as_of))
    if len(units) > 1:
        return sum(units[:-1]) * 1000 / _LOSSES * _between(_OF_FIRM, settings.seed, "firm", substation)
    return sum(units) * 1000 / _LOSSES * _between(_OF_SINGLE, settings.seed, "single", substation)


def _within_pumps(network: Network, peaks: Mapping[str, float]) -> dict[str, float]:
    """Factor on each district's peak that keeps every plant and pump station above it within its means."""
    means = {
        **{plant.id: sum(plant.lines_m3_per_h) for plant in network.water_plants.values()},
        **{station.id: sum(station.pumps_m3_per_h) for station in network.pump_stations.values()},
    }
    below: dict[str, float] = defaultdict(float)
    for dma, peak in peaks.items():
        for source in upstream(network, dma):
            below[source] += peak
    limits = {dma: [means[s] * _OF_PUMPS / below[s] for s in upstream(network, dma) if s in means and below[s] > 0] for dma in peaks}
    return {dma: min(1.0, *factors) if factors else 1.0 for dma, factors in limits.items()}


def _sized(
    everyone: Customers, metered: int, groups: Mapping[str, str], targets: Mapping[str, float], seed: int, usual_degc: FloatArray
) -> Customers:
    """Scale the unmetered customers of each group (and the metered ones, if they alone are too many) to reach its target peak."""
    day = everyone.working_day(usual_degc)
    factor = np.ones(len(everyone))
    members: dict[str, list[int]] = defaultdict(list)
    for row, customer in enumerate(everyone.all):
        members[groups[customer.place]].append(row)
    for group, rows in members.items():
        of_meters, of_rest = [row for row in rows if row < metered], [row for row in rows if row >= metered]
        fixed, free = day[of_meters].sum(axis=0), day[of_rest].sum(axis=0)
        factor[of_meters], factor[of_rest] = _fit(fixed, free, targets[group])
    return Customers(_scaled(everyone.all, factor), seed)


def _fit(fixed: ComplexArray, free: ComplexArray, target: float) -> tuple[float, float]:
    """Factors on two daily courses so that their sum peaks at a target: the first stays as it is where it can."""
    fixed_peak, free_peak = float(np.abs(fixed).max()), float(np.abs(free).max())
    if not free_peak:
        return (target / fixed_peak if fixed_peak else 1.0), 1.0
    least = _LEAST_REST * fixed_peak / free_peak
    scale = min(1.0, target / float(np.abs(fixed + least * free).max())) if fixed_peak else 1.0
    low, high = least * scale, target / free_peak
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if np.abs(fixed * scale + middle * free).max() < target else (low, middle)
    return scale, low


def _scaled(customers: Sequence[Customer], factor: FloatArray) -> list[Customer]:
    return [replace(customer, peak=customer.peak * float(f)) for customer, f in zip(customers, factor, strict=True)]
