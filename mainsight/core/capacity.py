"""What an asset or zone can carry: rated (N-0), firm (N-1) and ordered, at an instant.

Power is told in MVA, water in m3/h. A zone's power is that of the transformers of its substations. A zone's water is
what its districts' inlet mains can take, cut where a pump station or plant on the way cannot give it; a source that
several districts share is shared out in proportion to their mains, so that nothing is counted twice.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mainsight.core.kpi import firm_capacity
from mainsight.core.network import Network, Substation, Transfer, Utility
from mainsight.core.topology import upstream, zone_of
from mainsight.core.zonetime import local_day, to_ms

CAPACITY_UNIT = {Utility.POWER: "MVA", Utility.WATER: "m3/h"}
Headroom = Callable[[str], float | None]
"""Live N-0 headroom of a neighbour by id, MVA or m3/h; None where it is not known."""


class NoCapacityError(ValueError):
    """The asset carries no such utility: a reservoir, or water asked of a feeder."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an asset or zone can carry.

    Attributes:
        rated: all units in service, the season's factors applied, `unit`; 0 where there are none.
        firm: what is left after the worst single outage, transfers included; None where N-1 has no meaning (one
            transformer, feeder or main by itself).
        secured: whether the worst outage leaves more than transfers: only then is load judged against firm.
        order: least quota of the supply orders in force, MW or m3/h; None where there is none.
        unit: MVA or m3/h, of rated and firm.
        binding: id of what sets the least of these: the unit whose loss costs most, the main, the source or the order.
        limit: what states are measured against, `unit`: firm, but rated where a single unit would leave nothing but
            transfers (it would be red for ever), and never above rated. The order is not in it.

    """

    rated: float
    firm: float | None
    secured: bool
    order: float | None
    unit: str
    binding: str
    limit: float


@dataclass(frozen=True, slots=True)
class _Outage:
    """The worst single outage: what is left, what fails, and whether more than transfers is left."""

    left: float
    binding: str
    secured: bool


def capacity(network: Network, asset_id: str, utility: Utility, at_ms: int, headroom: Headroom | None = None) -> Capacity:
    """Find what an asset or zone can carry at an instant.

    Args:
        network: the network.
        asset_id: a zone; for power also a substation, transformer or feeder; for water a plant, pump station or district.
        utility: power or water.
        at_ms: UTC milliseconds; decides the local day (units in service, seasons) and which orders are in force.
        headroom: what neighbours can spare now; without it, or where it knows nothing, transfers count as registered.

    Raises:
        KeyError: there is no asset of that id.
        NoCapacityError: the asset carries no such utility.

    Source: N-1 as in `mainsight.core.kpi.firm_capacity`.

    """
    rated, outage = _installed(network, asset_id, utility, at_ms, headroom)
    order, order_id = _order(network, asset_id, utility, at_ms)
    firm = outage.left if outage else None
    limit = min(rated, outage.left) if outage and outage.secured else rated
    binding = order_id if order is not None and order < limit else (outage.binding if outage else asset_id)
    return Capacity(rated, firm, outage is not None and outage.secured, order, CAPACITY_UNIT[utility], binding, limit)


def capacities(network: Network, zone_id: str, utility: Utility, times_ms: Iterable[int]) -> list[Capacity]:
    """Capacity of a zone at many instants: worked out once for those on one local day with the same orders in force.

    Raises: as `capacity`.

    """
    orders = [order for order in network.supply_orders.values() if order.utility is utility and zone_id in order.zones]
    terms = [(to_ms(order.start), to_ms(order.end)) for order in orders]
    timezones = {network.zones[zone].timezone for zone in (zone_id, *(zone for order in orders for zone in order.zones))}
    known: dict[Hashable, Capacity] = {}
    found = []
    for at_ms in times_ms:
        alike = *(local_day(at_ms, timezone) for timezone in timezones), *(start <= at_ms < end for start, end in terms)
        if alike not in known:
            known[alike] = capacity(network, zone_id, utility, at_ms)
        found.append(known[alike])
    return found


def transfer_available(transfers: Iterable[Transfer], headroom: Headroom | None, excluded: frozenset[str] = frozenset()) -> float:
    """Add up what neighbours take over: each neighbour once, at most its live headroom, never below 0.

    Args:
        transfers: registered transfers, MVA or m3/h; several from one neighbour share its headroom.
        headroom: what neighbours can spare now; without it, or where it knows nothing, transfers count as registered.
        excluded: neighbours whose capacity is counted already.

    Returns:
        T in the unit of the transfers.

    """
    by_source: dict[str, float] = {}
    for transfer in transfers:
        if transfer.source not in excluded:
            by_source[transfer.source] = by_source.get(transfer.source, 0.0) + transfer.capacity
    total = 0.0
    for source, registered in by_source.items():
        spare = headroom(source) if headroom else None
        total += registered if spare is None or math.isnan(spare) else min(registered, max(0.0, spare))
    return total


def _installed(network: Network, asset_id: str, utility: Utility, at_ms: int, headroom: Headroom | None) -> tuple[float, _Outage | None]:
    """Rated capacity and the worst outage."""
    if utility is Utility.WATER:
        return _water(network, asset_id, headroom)
    network.asset(asset_id)
    if asset_id in network.feeders:
        return network.feeders[asset_id].rated_mva, None
    if asset_id not in network.transformers and asset_id not in network.substations and asset_id not in network.zones:
        raise NoCapacityError(f"{asset_id} carries no power of its own: ask for a zone, substation, transformer or feeder")
    zone = zone_of(network, asset_id)
    assert zone is not None, "substations and transformers belong to one zone"
    day = local_day(at_ms, network.zones[zone].timezone)
    if asset_id in network.transformers:
        return network.transformers[asset_id].rating_mva(day), None
    substations = [s for s in network.substations.values() if asset_id in (s.id, s.zone)]
    return _substations(network, substations, day, headroom)


def _substations(network: Network, substations: Sequence[Substation], day: date, headroom: Headroom | None) -> tuple[float, _Outage | None]:
    """Substations taken together: one transformer fails, and its own substation's neighbours help."""
    counted = frozenset(substation.id for substation in substations)
    units = {s.id: [t for t in network.transformers.values() if t.substation == s.id and t.in_service(day)] for s in substations}
    emergency = {t.id: t.rating_mva(day) * t.emergency_factor for group in units.values() for t in group}
    if not emergency:
        return 0.0, None
    outages = []
    for substation in substations:
        own = [emergency[t.id] for t in units[substation.id]]
        if own:
            transfer = transfer_available(substation.transfers, headroom, counted)
            left = math.fsum(emergency.values()) - math.fsum(own) + firm_capacity(own, transfer)
            largest = max(units[substation.id], key=lambda t: emergency[t.id])
            outages.append(_Outage(left, largest.id, secured=len(emergency) > 1))
    rated = math.fsum(t.rating_mva(day) for group in units.values() for t in group)
    return rated, min(outages, key=lambda outage: outage.left)


def _water(network: Network, asset_id: str, headroom: Headroom | None) -> tuple[float, _Outage | None]:
    if asset_id in network.dmas:
        return network.dmas[asset_id].capacity_m3_per_h, None
    if asset_id in network.zones:
        return _districts(network, [d.id for d in network.dmas.values() if d.zone == asset_id], headroom)
    units = _units(network, asset_id)
    if units is None:
        raise NoCapacityError(f"{asset_id} carries no water of its own: ask for a zone, plant, pump station or district")
    return math.fsum(units), _Outage(_firm_source(network, asset_id, units, headroom), asset_id, secured=len(units) > 1)


def _units(network: Network, asset_id: str) -> tuple[float, ...] | None:
    """Lines of a plant or pumps of a station, m3/h each; None for anything else."""
    if asset_id in network.water_plants:
        return network.water_plants[asset_id].lines_m3_per_h
    if asset_id in network.pump_stations:
        return network.pump_stations[asset_id].pumps_m3_per_h
    network.asset(asset_id)
    return None


def _firm_source(network: Network, asset_id: str, units: Sequence[float], headroom: Headroom | None) -> float:
    plant = network.water_plants.get(asset_id)
    return firm_capacity(units, transfer_available(plant.transfers, headroom) if plant else 0.0)


def _districts(network: Network, dmas: Sequence[str], headroom: Headroom | None) -> tuple[float, _Outage | None]:
    """Districts taken together: all sources whole, then each source on the way short of its largest unit."""
    all_chains = {dma: [s for s in upstream(network, dma) if _units(network, s)] for dma in network.dmas}
    chains = {dma: all_chains[dma] for dma in dmas}
    whole = {source: math.fsum(_units(network, source) or ()) for chain in chains.values() for source in chain}
    mains_below = {
        source: math.fsum(network.dmas[dma].capacity_m3_per_h for dma, chain in all_chains.items() if source in chain) for source in whole
    }

    def delivered(sources: dict[str, float]) -> float:
        return math.fsum(
            network.dmas[dma].capacity_m3_per_h * min([1.0, *(sources[s] / mains_below[s] for s in chain)]) for dma, chain in chains.items()
        )

    outages = []
    for source in whole:
        units = _units(network, source) or ()
        left = delivered(whole | {source: _firm_source(network, source, units, headroom)})
        outages.append(_Outage(left, source, secured=len(units) > 1))
    return delivered(whole), min(outages, key=lambda outage: outage.left, default=None)


def _order(network: Network, asset_id: str, utility: Utility, at_ms: int) -> tuple[float | None, str]:
    """Least quota in force for a zone and the order's id; one over several zones is shared in proportion to their rated capacity."""
    in_force = []
    for order in network.supply_orders.values():
        if order.utility is utility and asset_id in order.zones and to_ms(order.start) <= at_ms < to_ms(order.end):
            rated = {zone: _installed(network, zone, utility, at_ms, None)[0] for zone in order.zones}
            total = math.fsum(rated.values())
            in_force.append((order.quota * (rated[asset_id] / total if total else 1 / len(rated)), order.id))
    return min(in_force, default=(None, ""))
