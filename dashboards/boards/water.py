"""The water network of the province: plants, pump stations, reservoirs, districts, what is lost."""

from collections.abc import Collection

from dashboards import influxql
from dashboards.board import CONSOLE, Board
from dashboards.limits import limits_of
from dashboards.panels import M3_PER_H, STATES, UNITS, bars, lines, linked, rows
from dashboards.targets import ApiQuery, Column, InfluxQuery
from mainsight.core.network import Meter, Network, Role, Utility
from mainsight.core.topology import demand_meters, meters_on

_DAYS = "30d"
"""What daily values show, whatever the dashboard's range."""


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "water",
        "Water network",
        f"Water of {network.name.en} from plant to district: output, pumping, levels, inflow, pressure, water let in and metered.",
        console,
        refresh="1m",
        since="now-2d",
    )
    assets = [*network.water_plants, *network.pump_stations, *network.reservoirs, *network.dmas]
    board.alarms(assets)
    board.outages(assets)
    sources = [
        panel
        for panel in (_flows(network, "Plants", network.water_plants), _flows(network, "Pump stations", network.pump_stations))
        if panel
    ]
    if sources:
        board.row(9, *sources)
    board.row(9, _districts(), *([quality] if (quality := _quality(network)) else []))
    inflow = [panel for panel in (_flows(network, "Districts", network.dmas), _night(network)) if panel]
    if inflow:
        board.row(9, *inflow)
    details = [panel for panel in (_levels(network), _pressures(network)) if panel]
    if details:
        board.row(9, *details)
    board.row(8, _losses(network))
    return board


def _flows(network: Network, kind: str, assets: Collection[str]) -> object | None:
    queries = []
    for n, asset in enumerate(assets):
        meters = [meter.id for meter in demand_meters(network, asset, Utility.WATER)]
        if meters:
            queries.append(InfluxQuery(influxql.total(meters, "flow", network.asset(asset).name.en), ref=f"F{n}"))
    rated = {asset: limits_of(network, asset, Utility.WATER).rated for asset in assets}
    told = ", ".join(f"{network.asset(asset).name.en} {value:,.0f}" for asset, value in rated.items() if value)
    text = "15-minute final values of the main meters." + (f" Rated, m³/h: {told}." if told else "")
    return linked(lines(f"{kind}, flow", text, M3_PER_H, queries), "Overview in the console", f"{CONSOLE}/") if queries else None


def _districts() -> object:
    query = ApiQuery(
        "/assets?kind=dma",
        "items",
        (
            Column("name.en", "District", "string"),
            Column("load.state", "State", "string"),
            Column("load.value", "Inflow"),
            Column("load.utilisation", "Share of rated"),
            Column("load.at_ms", "As of", "timestamp_epoch"),
            Column("zone", "Zone", "string"),
        ),
    )
    return rows(
        "Districts now",
        "Live inflow of every metered district.",
        query,
        units={"Inflow": M3_PER_H, "Share of rated": "percentunit"},
        colours={"State": STATES},
        links={"District": ("Zone in the console", f"{CONSOLE}/zones/" + "${__data.fields.Zone}")},
        hidden=("Zone",),
        sort=("Inflow", "desc"),
    )


def _quality(network: Network) -> object | None:
    queries = _of_meters([m for plant in network.water_plants for m in meters_on(network, plant, Role.SENSOR)], "chlorine")
    text = "Free chlorine of the water that leaves each plant."
    return lines("Chlorine at the plants", text, UNITS["mg/L"], queries) if queries else None


def _night(network: Network) -> object | None:
    """Least flow of each local day: at night, when a district without leaks draws little."""
    queries = []
    for n, dma in enumerate(network.dmas.values()):
        zone = network.zones[dma.zone]
        meters = demand_meters(network, dma.id, Utility.WATER)
        if len(meters) == 1:  # of several inlets the least flows need not fall together
            queries.append(InfluxQuery(influxql.daily_least(meters[0].id, "flow", dma.name.en, zone.timezone), ref=f"N{n}"))
    text = (
        "Least quarter hour of each local day, of districts with one inlet. A step up that stays is a leak; the running day's value "
        "stands only after the night."
    )
    return lines("Least flow of the day", text, M3_PER_H, queries, gap_ms=2 * 86_400_000).time_from(_DAYS) if queries else None


def _levels(network: Network) -> object | None:
    queries = _of_meters([m for tank in network.reservoirs for m in meters_on(network, tank, Role.SENSOR)], "level")
    return (
        lines("Reservoirs, level", "Level of each reservoir; its limits are on its zone's dashboard.", UNITS["m"], queries)
        if queries
        else None
    )


def _pressures(network: Network) -> object | None:
    queries = _of_meters([m for dma in network.dmas for m in meters_on(network, dma, Role.SENSOR)], "pressure")
    text = "Pressure at the districts' critical points; limits are on each zone's dashboard."
    return lines("Pressure", text, UNITS["bar"], queries) if queries else None


def _losses(network: Network) -> object:
    mains = [m.id for dma in network.dmas for m in meters_on(network, dma, Role.MAIN) if "volume" in m.quantities]
    subs = [m.id for dma in network.dmas for m in meters_on(network, dma, Role.SUB) if "volume" in m.quantities]
    timezone = next(iter(network.zones.values())).timezone
    return bars(
        "Water let in and water metered",
        f"Daily volume of {len(mains)} inlet meters beside that of {len(subs)} customers' meters. The difference is water without revenue "
        "where every customer is metered.",
        UNITS["m3"],
        [
            InfluxQuery(influxql.daily_total(meters, "volume", name, timezone), ref=ref)
            for ref, name, meters in (("A", "Let in", mains), ("B", "Metered", subs))
            if meters
        ],
        since=_DAYS,
    )


def _of_meters(meters: list[Meter], quantity: str) -> list[InfluxQuery]:
    having = [meter for meter in meters if quantity in meter.quantities]
    return [InfluxQuery(influxql.of_meter(meter.id, quantity, meter.name.en), ref=f"M{n}") for n, meter in enumerate(having)]
