"""Who feeds whom, and which meters add up to what.

A transformer hangs below its substation, a feeder below its transformer; a pump station, reservoir or district
below its source; a meter below its asset. A pump station that runs on a feeder hangs below that feeder too.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from mainsight.core.network import Meter, Network, Role, Utility

DEMAND_QUANTITY = {Utility.POWER: "power", Utility.WATER: "flow"}
"""The quantity in which a zone's demand of each utility is told: kW and m3/h."""


def sources(network: Network, asset_id: str) -> tuple[str, ...]:
    """Ids of what directly feeds an asset or carries a meter; empty at the top.

    Raises:
        KeyError: there is no asset or meter of that id.

    """
    if asset_id in network.meters:
        return (network.meters[asset_id].asset,)
    if asset_id in network.transformers:
        return (network.transformers[asset_id].substation,)
    if asset_id in network.feeders:
        return (network.feeders[asset_id].transformer,)
    if asset_id in network.pump_stations:
        station = network.pump_stations[asset_id]
        return (station.source,) if station.feeder is None else (station.source, station.feeder)
    if asset_id in network.reservoirs:
        return (network.reservoirs[asset_id].source,)
    if asset_id in network.dmas:
        return (network.dmas[asset_id].source,)
    network.asset(asset_id)
    return ()


def upstream(network: Network, asset_id: str) -> tuple[str, ...]:
    """All that an asset or meter depends on, nearest first, each once."""
    known = network.known_upstream.get(asset_id)
    if known is None:
        known = network.known_upstream[asset_id] = _upstream(network, asset_id)
    return known


def _upstream(network: Network, asset_id: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    frontier = sources(network, asset_id)
    while frontier:
        fresh = [source for source in frontier if source not in found]
        found.update(dict.fromkeys(fresh))
        frontier = tuple(chain.from_iterable(sources(network, source) for source in fresh))
    return tuple(found)


def find_loop(network: Network) -> tuple[str, ...]:
    """Ids along one loop of the feeding relation, first repeated last; empty when there is none."""
    starts = chain(network.pump_stations, network.reservoirs, network.dmas)
    return find_loop_in(starts, lambda asset_id: sources(network, asset_id))


def find_loop_in(starts: Iterable[str], sources_of: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Ids along one loop of any feeding relation reached from some starts, first repeated last; empty when there is none."""
    done: set[str] = set()
    for start in starts:
        loop = _walk(start, sources_of, (), done)
        if loop:
            return loop
    return ()


def _walk(asset_id: str, sources_of: Callable[[str], Iterable[str]], path: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    if asset_id in path:
        return (*path[path.index(asset_id) :], asset_id)
    if asset_id in done:
        return ()
    for source in sources_of(asset_id):
        loop = _walk(source, sources_of, (*path, asset_id), done)
        if loop:
            return loop
    done.add(asset_id)
    return ()


def meters_on(network: Network, asset_id: str, role: Role) -> tuple[Meter, ...]:
    """Meters of one role directly on an asset, in order of id."""
    return tuple(sorted((m for m in network.meters.values() if m.asset == asset_id and m.role is role), key=lambda m: m.id))


def demand_meters(network: Network, asset_id: str, utility: Utility) -> tuple[Meter, ...]:
    """Meters whose demand quantity adds up to what an asset draws or delivers.

    A zone: the main meters of the feeders (power) or districts (water) that supply it. A substation: the main
    meters of its transformers. Anything else: its own main meters. A pump station's meter of electricity is none of its water.

    Raises:
        KeyError: there is no asset of that id.

    """
    found = chain.from_iterable(meters_on(network, part, Role.MAIN) for part in _balance_parts(network, asset_id, utility))
    return tuple(meter for meter in found if meter.utility is utility)


def generation_meters(network: Network, asset_id: str) -> tuple[Meter, ...]:
    """Meters of what is generated behind the meters of `demand_meters` (power), in order of asset and id; none are counted twice.

    Those on a feeder count for its transformer, substation and zone.

    Raises:
        KeyError: there is no asset of that id.

    """
    parts = list(_balance_parts(network, asset_id, Utility.POWER))
    feeders = [feeder.id for feeder in network.feeders.values() if feeder.id in parts or feeder.transformer in parts]
    found = chain.from_iterable(meters_on(network, part, Role.GENERATION) for part in dict.fromkeys([*parts, *feeders]))
    return tuple(meter for meter in found if meter.utility is Utility.POWER)


def _balance_parts(network: Network, asset_id: str, utility: Utility) -> Iterator[str]:
    if asset_id in network.zones:
        parts = network.feeders if utility is Utility.POWER else network.dmas
        yield from (part.id for part in parts.values() if part.zone == asset_id)
    elif asset_id in network.substations:
        yield from (t.id for t in network.transformers.values() if t.substation == asset_id)
    else:
        network.asset(asset_id)
        yield asset_id


def supply_of(network: Network, zone_id: str, utility: Utility) -> tuple[str, ...]:
    """Ids of the substations (power) or water plants (water) that supply a zone, in order of id."""
    parts = _balance_parts(network, zone_id, utility)
    tops = network.substations if utility is Utility.POWER else network.water_plants
    return tuple(sorted({top for part in parts for top in upstream(network, part) if top in tops}))


def zone_of(network: Network, asset_id: str) -> str | None:
    """Zone an asset or meter belongs to; None for what serves several (a water plant, say)."""
    if asset_id in network.zones:
        return asset_id
    if asset_id in network.meters:
        return zone_of(network, network.meters[asset_id].asset)
    for group in (network.substations, network.feeders, network.dmas):
        if asset_id in group:
            return group[asset_id].zone
    if asset_id in network.transformers:
        return network.substations[network.transformers[asset_id].substation].zone
    served = {dma.zone for dma in network.dmas.values() if asset_id in upstream(network, dma.id)}
    return served.pop() if len(served) == 1 else None
