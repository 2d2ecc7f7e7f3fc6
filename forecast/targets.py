"""What is forecast: the demand of every zone, of power and of water."""

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.calendar import Calendar
from forecast.settings import ZoneDays
from mainsight.core.network import Meter, Network, Utility, Zone
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters

QUARTER_S, HOUR_S = 900, 3600
_REGISTER = {Utility.POWER: "energy_import", Utility.WATER: "volume"}


@dataclass(frozen=True, slots=True)
class Target:
    """One series to forecast.

    Attributes:
        id: id of the zone (or asset).
        quantity: power (kW) or flow (m3/h): the mean of each interval.
        step_s: its grid: 900 where all its meters are that fine, else 3600.
        gauges: series of that quantity that add up to it.
        registers: series of registers that add up to it too, where a meter has no gauge: increments (kWh, m3) per interval.
        calendar: local time and holidays.

    """

    id: str
    quantity: str
    step_s: int
    gauges: tuple[Series, ...]
    registers: tuple[Series, ...]
    calendar: Calendar


def zone_targets(network: Network, days: Mapping[str, ZoneDays]) -> tuple[Target, ...]:
    """Targets of a network, power first: every zone and utility that has demand meters.

    Args:
        network: zones, meters and who feeds whom.
        days: zone id -> closures and make-up days besides the calendar of its country.

    """
    return tuple(
        _target(zone, utility, meters, days.get(zone.id, ZoneDays()))
        for utility in Utility
        for zone in network.zones.values()
        if (meters := demand_meters(network, zone.id, utility))
    )


def _target(zone: Zone, utility: Utility, meters: tuple[Meter, ...], days: ZoneDays) -> Target:
    quantity, register = DEMAND_QUANTITY[utility], _REGISTER[utility]
    return Target(
        id=zone.id,
        quantity=quantity,
        step_s=QUARTER_S if all(meter.interval_s <= QUARTER_S for meter in meters) else HOUR_S,
        gauges=tuple(Series(meter.id, quantity) for meter in meters if quantity in meter.quantities),
        registers=tuple(Series(m.id, register) for m in meters if quantity not in m.quantities and register in m.quantities),
        calendar=Calendar(zone.timezone, zone.country, frozenset(days.closures), frozenset(days.workdays)),
    )
