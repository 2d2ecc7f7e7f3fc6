"""What is forecast: the demand of every zone, and of the assets of the network that the settings name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from forecast.calendar import Calendar
from forecast.settings import ForecastSettings, ZoneDays
from mainsight.core.network import Meter, Network, Utility
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters, generation_meters, zone_of

QUARTER_S, HALF_HOUR_S, HOUR_S = 900, 1800, 3600
STEPS_S = (QUARTER_S, HALF_HOUR_S, HOUR_S)
GROSS_POWER = "power_gross"
"""What is drawn with what is generated behind the meters added: demand, where `power` is what the grid has to bring."""
_REGISTER = {Utility.POWER: "energy_import", Utility.WATER: "volume"}
_GENERATED_GAUGES = ("power_export", "power")
_GENERATED_REGISTERS = ("energy_export", "energy_import")
"""What a generation meter tells of its output, the first that it sends: some count it as export, some as their only direction."""


@dataclass(frozen=True, slots=True)
class Target:
    """One series to forecast.

    Attributes:
        id: id of the zone (or asset).
        quantity: power or power_gross (kW), or flow (m3/h): the mean of each interval.
        step_s: its grid: 900, 1800 or 3600, the finest that all its meters have.
        gauges: series of that quantity that add up to it.
        registers: series of registers that add up to it too, where a meter has no gauge: increments (kWh, m3) per interval.
        calendar: local time and holidays.
        model: name of the catalogue that is to forecast it.

    """

    id: str
    quantity: str
    step_s: int
    gauges: tuple[Series, ...]
    registers: tuple[Series, ...]
    calendar: Calendar
    model: str


def targets(network: Network, settings: ForecastSettings) -> tuple[Target, ...]:
    """Targets of a network: zones first, power before water, then the province, then the assets of the kinds that the settings name.

    Each has its demand as a target where it has demand meters; power is forecast once more without what is generated behind
    the meters (`power_gross`) where generation is metered.

    Args:
        network: zones, assets, meters and who feeds whom.
        settings: kinds of assets, models, and days of single zones besides the calendar of their country.

    """
    zones = [_of(network, zone, utility, settings, settings.model) for utility in Utility for zone in network.zones]
    kinds = [group for kind, group in _assets(network) if kind in settings.assets]
    assets = [_of(network, asset, utility, settings, settings.assets_model) for group in kinds for asset in group for utility in Utility]
    whole = _province(network, [target for found in zones for target in found])
    return tuple(target for found in (*zones, whole, *assets) for target in found)


def _province(network: Network, zones: list[Target]) -> list[Target]:
    """All zones together, of each demand quantity that several have."""
    made = []
    for quantity in DEMAND_QUANTITY.values():
        parts = [zone for zone in zones if zone.quantity == quantity]
        if len(parts) > 1:
            gauges, registers = (tuple(one for part in parts for one in getattr(part, name)) for name in ("gauges", "registers"))
            step_s = max(part.step_s for part in parts)
            made.append(replace(parts[0], id=network.id, step_s=step_s, gauges=gauges, registers=registers))
    return made


def _assets(network: Network) -> Iterator[tuple[str, list[str]]]:
    yield "substation", list(network.substations)
    yield "transformer", list(network.transformers)
    yield "feeder", list(network.feeders)
    yield "dma", list(network.dmas)


def _of(network: Network, asset: str, utility: Utility, settings: ForecastSettings, model: str) -> list[Target]:
    meters = demand_meters(network, asset, utility)
    if not meters:
        return []
    calendar = _calendar(network, asset, settings, utility)
    generation = generation_meters(network, asset) if utility is Utility.POWER else ()
    quantity, register = DEMAND_QUANTITY[utility], _REGISTER[utility]
    made = Target(
        id=asset,
        quantity=quantity,
        step_s=_step(meters),
        gauges=tuple(Series(meter.id, quantity) for meter in meters if quantity in meter.quantities),
        registers=tuple(Series(m.id, register) for m in meters if quantity not in m.quantities and register in m.quantities),
        calendar=calendar,
        model=model,
    )
    if not generation:
        return [made]
    return [made, _gross(made, meters, generation)]


def _gross(net: Target, meters: tuple[Meter, ...], generation: tuple[Meter, ...]) -> Target:
    gauges, registers = [], []
    for meter in generation:
        gauge = next((name for name in _GENERATED_GAUGES if name in meter.quantities), None)
        register = next((name for name in _GENERATED_REGISTERS if name in meter.quantities), None)
        if gauge is not None:
            gauges.append(Series(meter.id, gauge))
        elif register is not None:
            registers.append(Series(meter.id, register))
    return replace(
        net,
        quantity=GROSS_POWER,
        step_s=_step((*meters, *generation)),
        gauges=(*net.gauges, *gauges),
        registers=(*net.registers, *registers),
    )


def _step(meters: tuple[Meter, ...]) -> int:
    return next((step for step in STEPS_S if all(meter.interval_s <= step for meter in meters)), HOUR_S)


def _calendar(network: Network, asset: str, settings: ForecastSettings, utility: Utility) -> Calendar:
    """That of the asset's zone; what serves several zones follows the first. Water has no time of use."""
    zone = network.zones[zone_of(network, asset) or next(iter(network.zones))]
    days = settings.zones.get(zone.id, ZoneDays())
    tariff = zone.tariff if utility is Utility.POWER else None
    return Calendar(zone.timezone, zone.country, frozenset(days.closures), frozenset(days.workdays), tariff=tariff)
