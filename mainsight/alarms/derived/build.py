"""Which derivation an alarm point needs, and of which series."""

from math import fsum

from mainsight.alarms.derived.change import Rate, Stillness
from mainsight.alarms.derived.heat import Heat
from mainsight.alarms.derived.port import Derivation
from mainsight.alarms.derived.quality import Drift, Presence
from mainsight.alarms.derived.water import HoursLeft, Tank
from mainsight.alarms.rules import QualityRule, RateRule, Rule, StorageRule, ThermalRule
from mainsight.core.network import Meter, Network, Role, Utility
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, meters_on, upstream, zone_of
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, SECOND_MS

_AMBIENT = ("temperature_ambient", "temperature")


def derivation(network: Network, rule: Rule, asset: str, meter: str | None, lateness_ms: int) -> Derivation | None:
    """Build the derivation of a rule on an asset.

    Args:
        network: the network.
        rule: any; those that are sampled directly, or not at all, have none.
        asset: id of the asset or meter that is watched.
        meter: whose series a rate or a check of quality is about.
        lateness_ms: how late readings may come.

    Returns:
        None where the rule needs none, or the asset has no meter for it.

    """
    match rule:
        case RateRule() if meter is not None:
            return Rate(Series(meter, rule.measure), rule.direction, rule.over_min * MINUTE_MS, lateness_ms)
        case QualityRule(check="drift"):
            return _drift(network, rule, asset)
        case QualityRule() if meter is not None:
            return _check(network.meters[meter], rule, lateness_ms)
        case ThermalRule():
            return _heat(network, rule, asset, lateness_ms)
        case StorageRule():
            return _water(network, asset)
        case _:
            return None


def _check(meter: Meter, rule: QualityRule, lateness_ms: int) -> Derivation | None:
    name = rule.measure or meter.quantities[0]
    if name not in meter.quantities:
        return None
    series = Series(meter.id, name)
    if rule.check == "static":
        return Stillness(series, rule.tolerance, rule.above, round(rule.over_h * HOUR_MS), lateness_ms)
    assert rule.check != "drift", "drift is of several meters"
    return Presence(series, rule.check, meter.interval_s * SECOND_MS, _intervals(rule, meter))


def _intervals(rule: QualityRule, meter: Meter) -> int:
    return max(1, round(rule.over_h * 3600 / meter.interval_s))


def _drift(network: Network, rule: QualityRule, asset: str) -> Derivation | None:
    mains = meters_on(network, asset, Role.MAIN)
    utility = mains[0].utility if mains else Utility.POWER
    name = rule.measure or DEMAND_QUANTITY[utility]
    if rule.against == "check":
        parts = list(meters_on(network, asset, Role.CHECK))
    elif asset in network.transformers:
        below = [feeder.id for feeder in network.feeders.values() if feeder.transformer == asset]
        parts = [meter for feeder in below for meter in meters_on(network, feeder, Role.MAIN)]
    else:
        parts = list(meters_on(network, asset, Role.SUB))
    whole, part = ([Series(m.id, name) for m in side if m.utility is utility and name in m.quantities] for side in (mains, parts))
    if not whole or not part:
        return None
    return Drift(whole, part, mains[0].interval_s * SECOND_MS, _intervals(rule, mains[0]))


def _heat(network: Network, rule: ThermalRule, asset: str, lateness_ms: int) -> Derivation | None:
    main = next((meter for meter in meters_on(network, asset, Role.MAIN) if "power" in meter.quantities), None)
    if main is None:
        return None
    return Heat(
        rule.model(),
        rule.measure,
        upgraded_paper=rule.upgraded_paper,
        rated_mva=network.transformers[asset].rated_mva,
        ambient_c=rule.ambient_c,
        power=Series(main.id, "power"),
        reactive=Series(main.id, "reactive_power") if "reactive_power" in main.quantities else None,
        ambient=_ambient(network, asset),
        lateness_ms=lateness_ms,
    )


def _ambient(network: Network, transformer: str) -> Series | None:
    """The nearest thermometer of the air: of the transformer, its substation, its zone, anywhere."""
    zone = zone_of(network, transformer)
    places = [transformer, network.transformers[transformer].substation, zone]
    found = [
        (places.index(meter.asset) if meter.asset in places else len(places), meter.id, name)
        for meter in network.meters.values()
        for name in _AMBIENT
        if name in meter.quantities and (name == _AMBIENT[0] or meter.asset in network.zones)
    ]
    return Series(*min(found)[1:]) if found else None


def _water(network: Network, asset: str) -> Derivation | None:
    tank = network.reservoirs[asset]
    level = next((m for m in sorted(network.meters.values(), key=lambda m: m.id) if m.asset == asset and "level" in m.quantities), None)
    if level is None:
        return None
    below = [dma for dma in network.dmas.values() if asset in upstream(network, dma.id)]
    zones = {}
    for zone in sorted({dma.zone for dma in below}):
        every = fsum(dma.capacity_m3_per_h for dma in network.dmas.values() if dma.zone == zone)
        zones[zone] = fsum(dma.capacity_m3_per_h for dma in below if dma.zone == zone) / every
    outflows = tuple(Series(meter.id, "flow") for dma in below for meter in _flow_meters(network, dma.id))
    return HoursLeft(Tank(tank, Series(level.id, "level"), _inflow(network, tank.source, [d.id for d in below]), outflows, zones))


def _inflow(network: Network, source: str, below: list[str]) -> tuple[Series, float] | None:
    """The source's flow, and the share of it that goes to some districts: by the size of their mains."""
    meters = _flow_meters(network, source)
    if not meters:
        return None
    fed = [dma for dma in network.dmas.values() if source in upstream(network, dma.id)]
    total = fsum(dma.capacity_m3_per_h for dma in fed)
    share = fsum(dma.capacity_m3_per_h for dma in fed if dma.id in below) / total if total else 0.0
    return Series(meters[0].id, "flow"), share


def _flow_meters(network: Network, asset: str) -> list[Meter]:
    return [meter for meter in meters_on(network, asset, Role.MAIN) if "flow" in meter.quantities]
