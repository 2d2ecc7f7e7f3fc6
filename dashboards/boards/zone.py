"""One zone, live: power and water side by side, with the limits that its part of the registry gives."""

from dashboards import influxql
from dashboards.board import CONSOLE, Board, options
from dashboards.limits import AMBER, HIGH, OVER, PER_CAPACITY, POWER_FACTOR, RED, demand_steps, inside, limits_of, steps
from dashboards.panels import M3_PER_H, MVA, P10, P50, P90, STATES, UNITS, bars, lines, linked, numbers, rows, with_fan
from dashboards.targets import ApiQuery, Column, InfluxQuery
from mainsight.core.network import Dma, Network, Reservoir, Role, Utility, Zone
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters, meters_on, upstream, zone_of

_FAN = {"p90": P90, "p50": P50, "p10": P10}
_DAYS = "14d"
"""What daily values show, whatever the dashboard's range."""
_AT_PF = f"MVA taken at power factor {POWER_FACTOR}"


def build(network: Network, zone: Zone, console: str) -> Board:
    """Build it."""
    board = Board(
        f"zone-{zone.id}",
        f"Zone: {zone.name.en}",
        f"Power and water of {zone.name.en}: demand with its forecast and limits, feeders and transformers, districts and reservoirs. "
        f"Limits as of {network.as_of}.",
        console,
        refresh="1m",
        since="now-2d",
        until="now+1d",
    )
    assets = [asset.id for asset in network.assets() if zone_of(network, asset.id) == zone.id]
    board.alarms(assets)
    board.outages(assets)
    board.orders(zone.id)
    feeders = [feeder for feeder in network.feeders.values() if feeder.zone == zone.id]
    dmas = [dma for dma in network.dmas.values() if dma.zone == zone.id]
    if feeders:
        board.choice("feeder", "Feeder", options([(feeder.id, feeder.name.en) for feeder in feeders]))
        board.heading("Power")
        board.row(5, _now(zone.id, Utility.POWER), _units(zone.id))
        board.row(9, _demand(network, zone.id, Utility.POWER), _energy(network, zone, Utility.POWER))
        transformers = [
            t.id for s in network.substations.values() if s.zone == zone.id for t in network.transformers.values() if t.substation == s.id
        ]
        board.row(8, _loads(network, "Transformers", transformers), _loads(network, "Feeders", [feeder.id for feeder in feeders]))
        board.row(8, _feeders(zone.id), _chosen("feeder", Utility.POWER, "Feeder"))
    if dmas:
        board.choice("dma", "District", options([(dma.id, dma.name.en) for dma in dmas]))
        board.heading("Water")
        board.row(5, _now(zone.id, Utility.WATER), _tanks(zone.id))
        board.row(9, _demand(network, zone.id, Utility.WATER), _energy(network, zone, Utility.WATER))
        board.row(8, *_pressures(network, dmas), _chosen("dma", Utility.WATER, "District"))
        serving = {source for dma in dmas for source in upstream(network, dma.id)}
        levels = [tank for tank in network.reservoirs.values() if tank.id in serving and meters_on(network, tank.id, Role.SENSOR)]
        board.row(8, *(_level(network, tank) for tank in levels), _losses(network, zone, dmas))
    return board


def _now(zone: str, utility: Utility) -> object:
    demand, capacity = (UNITS["kW"], MVA) if utility is Utility.POWER else (M3_PER_H, M3_PER_H)
    query = ApiQuery(
        f"/zones/{zone}",
        f'loads.#(utility=="{utility.value}")',
        (
            Column("value", "Demand"),
            Column("utilisation", "Share of rated"),
            Column("headroom_n0", "Headroom N-0"),
            Column("headroom_n1", "Headroom N-1"),
            Column("peak.p90", "Peak within a day (P90)"),
        ),
    )
    panel = numbers(
        f"{utility.value.capitalize()} now",
        "The live picture of the console: newest readings of the main meters, ratios applied. Headroom below zero is red.",
        capacity,
        [query],
        thresholds=steps((0, "text"), base=RED),
        units={"Demand": demand, "Peak within a day (P90)": demand, "Share of rated": "percentunit"},
    )
    return linked(panel, "Zone in the console", f"{CONSOLE}/zones/{zone}")


def _demand(network: Network, zone: str, utility: Utility) -> object:
    quantity = DEMAND_QUANTITY[utility]
    meters = [meter.id for meter in demand_meters(network, zone, utility)]
    found = limits_of(network, zone, utility)
    firm = "" if found.firm is None else f", firm (N-1) {found.firm:.4g}"
    panel = lines(
        f"Demand and forecast, {utility.value}",
        f"15-minute final values of {len(meters)} main meters, and the newest forecast with its band from P10 to P90. Amber: the limit "
        f"loads are judged by; red: rated. Rated {found.rated:.4g}{firm} {found.unit}{f', {_AT_PF}' if utility is Utility.POWER else ''}. "
        "A gap: a main meter has no value.",
        UNITS["kW"] if utility is Utility.POWER else M3_PER_H,
        [
            InfluxQuery(influxql.total(meters, quantity, "Demand"), ref="A"),
            InfluxQuery(influxql.quantiles(zone, quantity, _FAN), ref="B"),
        ],
        thresholds=demand_steps(network, zone, utility),
        gap_ms=5_400_000,  # a forecast's step may be an hour
    )
    return linked(with_fan(panel), "Zone in the console", f"{CONSOLE}/zones/{zone}")


def _energy(network: Network, zone: Zone, utility: Utility) -> object:
    register, unit = ("energy_import", "kWh") if utility is Utility.POWER else ("volume", "m3")
    meters = [meter.id for meter in demand_meters(network, zone.id, utility) if register in meter.quantities]
    name = "Energy" if utility is Utility.POWER else "Volume"
    query = InfluxQuery(influxql.daily_total(meters, register, name, zone.timezone))
    return bars(
        f"{name} by day",
        f"Increments of {len(meters)} registers, added up by local day ({zone.timezone}); the running day grows.",
        UNITS[unit],
        [query],
        since=_DAYS,
    )


def _units(zone: str) -> object:
    query = ApiQuery(
        f"/zones/{zone}",
        "substations.#.transformers|@flatten",
        (
            Column("name.en", "Transformer", "string"),
            Column("rated_mva", "Rated"),
            Column("load.apparent_mva", "Load"),
            Column("load.utilisation", "Share of rated"),
            Column("load.state", "State", "string"),
        ),
    )
    return rows(
        "Transformers now",
        "Apparent power of each transformer from its own meter.",
        query,
        units={"Rated": MVA, "Load": MVA, "Share of rated": "percentunit"},
        colours={"State": STATES},
        links={"Transformer": ("Zone in the console", f"{CONSOLE}/zones/{zone}")},
    )


def _loads(network: Network, kind: str, assets: list[str]) -> object:
    queries = []
    for n, asset in enumerate(assets):
        meters = [meter.id for meter in demand_meters(network, asset, Utility.POWER)]
        rated = limits_of(network, asset, Utility.POWER).rated * PER_CAPACITY[Utility.POWER]
        if meters and rated:
            query = influxql.total(meters, "power", network.asset(asset).name.en, 100 / rated)
            queries.append(InfluxQuery(query, ref=f"L{n}"))
    return lines(
        f"{kind}, % of rating",
        f"15-minute final values in % of the rating in force on {network.as_of}, {_AT_PF}: amber from {HIGH:g} %, red from {OVER:g} %.",
        UNITS["%"],
        queries,
        thresholds=steps((HIGH, AMBER), (OVER, RED)),
    )


def _feeders(zone: str) -> object:
    query = ApiQuery(
        f"/zones/{zone}",
        "feeders",
        (
            Column("name.en", "Feeder", "string"),
            Column("transformer", "Transformer", "string"),
            Column("load.value", "Demand"),
            Column("load.utilisation", "Share of rated"),
            Column("load.headroom_n0", "Headroom"),
            Column("load.state", "State", "string"),
        ),
    )
    return rows(
        "Feeders now",
        "Live load of every feeder against its rating.",
        query,
        units={"Demand": UNITS["kW"], "Share of rated": "percentunit", "Headroom": MVA},
        colours={"State": STATES},
        links={"Feeder": ("Zone in the console", f"{CONSOLE}/zones/{zone}")},
        sort=("Share of rated", "desc"),
    )


def _chosen(variable: str, utility: Utility, text: str) -> object:
    """Demand of the asset chosen by a variable, added up by the API."""
    address = f"/demand?asset=${{{variable}}}&utility={utility.value}&start_ms=${{__from}}&end_ms=${{__to}}&step=900"
    columns = (Column("start_ms", "Time", "timestamp_epoch"), Column("value", "Demand"), Column("low", "Lowest"), Column("high", "Highest"))
    query = ApiQuery(address, "{start_ms,value,low,high}|@group", columns, series=True)
    unit = UNITS["kW"] if utility is Utility.POWER else M3_PER_H
    panel = lines(
        f"{text} ${{{variable}}}", f"Demand of the {text.lower()} chosen above, from the API; missing intervals are gaps.", unit, [query]
    )
    return linked(panel, "Open in the console", f"{CONSOLE}/")


def _tanks(zone: str) -> object:
    query = ApiQuery(
        f"/zones/{zone}",
        "reservoirs",
        (
            Column("name.en", "Reservoir", "string"),
            Column("level", "Level"),
            Column("volume_m3", "Usable volume"),
            Column("hours_left_p50", "Hours left, P50"),
            Column("hours_left_p90", "Hours left, P90"),
        ),
    )
    return rows(
        "Reservoirs now",
        "Water above the lowest operating level, and how long it lasts should inflow stop, on the median and P90 path of demand.",
        query,
        units={"Level": UNITS["m"], "Usable volume": UNITS["m3"], "Hours left, P50": "h", "Hours left, P90": "h"},
        links={"Reservoir": ("Zone in the console", f"{CONSOLE}/zones/{zone}")},
    )


def _pressures(network: Network, dmas: list[Dma]) -> list[object]:
    """A panel for each pair of limits, as thresholds belong to a panel."""
    alike: dict[tuple[float, float], list[Dma]] = {}
    for dma in dmas:
        alike.setdefault((dma.pressure_min_bar, dma.pressure_max_bar), []).append(dma)
    panels: list[object] = []
    for (least, greatest), group in alike.items():
        found = [(dma, meter) for dma in group for meter in meters_on(network, dma.id, Role.SENSOR) if "pressure" in meter.quantities]
        queries = [InfluxQuery(influxql.of_meter(meter.id, "pressure", meter.name.en), ref=f"P{n}") for n, (_, meter) in enumerate(found)]
        if queries:
            text = f"Pressure at the districts' critical points; allowed are {least:g} to {greatest:g} bar, red outside."
            panels.append(lines("Pressure", text, UNITS["bar"], queries, thresholds=inside(least, greatest)))
    return panels


def _level(network: Network, tank: Reservoir) -> object:
    sensors = [meter for meter in meters_on(network, tank.id, Role.SENSOR) if "level" in meter.quantities]
    queries = [InfluxQuery(influxql.of_meter(meter.id, "level", meter.name.en), ref=f"T{n}") for n, meter in enumerate(sensors)]
    text = f"Operating levels {tank.level_min_m:g} to {tank.level_max_m:g} m, {tank.usable_m3:,.0f} m³ between them."
    return lines(f"Level: {tank.name.en}", text, UNITS["m"], queries, thresholds=inside(tank.level_min_m, tank.level_max_m))


def _losses(network: Network, zone: Zone, dmas: list[Dma]) -> object:
    mains = [m for dma in dmas for m in meters_on(network, dma.id, Role.MAIN) if "volume" in m.quantities]
    subs = [m for dma in dmas for m in meters_on(network, dma.id, Role.SUB) if "volume" in m.quantities]
    return bars(
        "Water let in and water metered",
        f"Daily volume of {len(mains)} inlet meters beside that of {len(subs)} customers' meters. The difference is water without "
        "revenue where every customer is metered.",
        UNITS["m3"],
        [
            InfluxQuery(influxql.daily_total([m.id for m in mains], "volume", "Let in", zone.timezone), ref="A"),
            *([InfluxQuery(influxql.daily_total([m.id for m in subs], "volume", "Metered", zone.timezone), ref="B")] if subs else []),
        ],
        since=_DAYS,
    )
