"""Which meters have to do with each other: children, check meters, breakers above, and the order to compute them in."""

from collections import defaultdict
from dataclasses import dataclass

from mainsight.core.network import Meter, Network, Role, Utility
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, upstream, zone_of

_BREAKER = "breaker_closed"
_BALANCED = frozenset(DEMAND_QUANTITY.values())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a meter stands in time: zone of its clock and country of its holidays."""

    timezone: str
    country: str


class Kin:
    """Relations of a network's meters, indexed once."""

    def __init__(self, network: Network) -> None:
        """Take a network."""
        self._network = network
        by_asset: dict[str, list[Meter]] = defaultdict(list)
        for meter in sorted(network.meters.values(), key=lambda m: m.id):
            by_asset[meter.asset].append(meter)
        self._by_asset = by_asset
        self._feeders: dict[str, list[str]] = defaultdict(list)
        for feeder in network.feeders.values():
            self._feeders[feeder.transformer].append(feeder.id)
        self._parents: dict[str, tuple[str, ...]] = {}
        for meter in network.meters.values():
            for child in {one.meter for name in meter.quantities for one in self.children(Series(meter.id, name))}:
                self._parents[child] = (*self._parents.get(child, ()), meter.id)
            if meter.role is Role.MAIN:
                for check in self._of_role(meter.asset, Role.CHECK):
                    self._parents[check.id] = (*self._parents.get(check.id, ()), meter.id)

    def children(self, parent: Series) -> tuple[Series, ...]:
        """Series that add up to (a part of) a main meter's demand: a feeder's or district's customers, a transformer's feeders."""
        meter = self._network.meters.get(parent.meter)
        if (
            meter is None
            or meter.role is not Role.MAIN
            or parent.quantity not in _BALANCED
            or len(self._of_role(meter.asset, Role.MAIN)) > 1
        ):
            return ()
        if meter.asset in self._network.transformers:
            found = [m for feeder in self._feeders[meter.asset] for m in self._of_role(feeder, Role.MAIN)]
        else:
            found = self._of_role(meter.asset, Role.SUB)
        return tuple(Series(m.id, parent.quantity) for m in found if m.utility is meter.utility and parent.quantity in m.quantities)

    def check(self, main: Series) -> Series | None:
        """The check meter beside a main one, where it has the quantity."""
        meter = self._network.meters.get(main.meter)
        if meter is None or meter.role is not Role.MAIN:
            return None
        found = [m for m in self._of_role(meter.asset, Role.CHECK) if main.quantity in m.quantities]
        return Series(found[0].id, main.quantity) if len(found) == 1 else None

    def breakers(self, meter_id: str) -> tuple[Series, ...]:
        """Breakers that interrupt what a meter of electricity measures: those of its asset and of all above."""
        meter = self._network.meters.get(meter_id)
        if meter is None or meter.utility is not Utility.POWER:
            return ()
        places = (meter.asset, *upstream(self._network, meter.asset))
        return tuple(Series(m.id, _BREAKER) for place in places for m in self._by_asset[place] if _BREAKER in m.quantities)

    def nearby_breakers(self, meter_id: str) -> tuple[Series, ...]:
        """Breakers whose opening shows in a meter's values: those above, and of a transformer's meter those of its feeders."""
        meter = self._network.meters.get(meter_id)
        below = self._feeders.get(meter.asset, ()) if meter is not None else ()
        of_feeders = (Series(m.id, _BREAKER) for feeder in below for m in self._by_asset[feeder] if _BREAKER in m.quantities)
        return (*self.breakers(meter_id), *of_feeders)

    def interrupted(self, breaker: Series) -> tuple[Series, ...]:
        """What a breaker interrupts: series of meters of electricity below it, states left out."""
        if quantity(breaker.quantity).base != _BREAKER:
            return ()
        return tuple(
            Series(meter, name) for meter in self._network.meters if breaker in self.breakers(meter) for name in self.siblings(meter)
        )

    def parents(self, meter_id: str) -> tuple[str, ...]:
        """Meters whose balance a meter is part of, or that it checks."""
        return self._parents.get(meter_id, ())

    def level(self, meter_id: str) -> int:
        """Order of computing: meters come after those that they are compared with."""
        meter = self._network.meters.get(meter_id)
        if meter is None or meter.role is not Role.MAIN:
            return 0
        return 2 if meter.asset in self._network.transformers else 1

    def place(self, meter_id: str) -> Place:
        """Zone of time and country; a meter that serves several zones has those of the first."""
        zones = self._network.zones
        zone = zone_of(self._network, meter_id) if meter_id in self._network.meters else None
        found = zones[zone] if zone is not None else next(iter(zones.values()), None)
        return Place("UTC", "VN") if found is None else Place(found.timezone, found.country)

    def above(self, meter_id: str) -> tuple[str, ...]:
        """A meter, its asset and all above: what a notice of an outage may name."""
        meter = self._network.meters.get(meter_id)
        return () if meter is None else (meter_id, meter.asset, *upstream(self._network, meter.asset))

    def siblings(self, meter_id: str) -> tuple[str, ...]:
        """Quantities of a meter that are compared with each other: all but its states."""
        meter = self._network.meters.get(meter_id)
        return () if meter is None else tuple(name for name in meter.quantities if quantity(name).kind is not Kind.STATUS)

    def _of_role(self, asset: str, role: Role) -> list[Meter]:
        return [meter for meter in self._by_asset[asset] if meter.role is role]
