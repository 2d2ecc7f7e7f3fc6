"""Province overview: balance, zones, demand, open alarms."""

from dashboards import influxql
from dashboards.board import CONSOLE, Board, uid_of
from dashboards.limits import AMBER, HIGH, OVER, PER_CAPACITY, POWER_FACTOR, RED, limits_of, steps
from dashboards.maps import LATITUDE, LONGITUDE, zone_map
from dashboards.panels import M3_PER_H, MVA, PRIORITIES, STATES, UNITS, lines, linked, numbers, rows
from dashboards.targets import ApiQuery, Column, InfluxQuery
from mainsight.core.network import Network, Utility
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters

ALARM_COLUMNS = (
    Column("since_ms", "Since", "timestamp_epoch"),
    Column("priority", "Priority", "string"),
    Column("state", "State", "string"),
    Column("asset_name.en", "Where", "string"),
    Column("text.en", "What", "string"),
    Column("response.en", "What to do", "string"),
    Column("respond_within_min", "Within (min)"),
    Column("rule", "Rule", "string"),
    Column("asset", "Asset", "string"),
)
ALARM_LINK = {"What": ("Open in the console", CONSOLE + '/alarms/${__data.fields["Rule"]}/${__data.fields["Asset"]}')}


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "overview",
        "Province overview",
        f"{network.name.en}: what is supplied, drawn and left, zone by zone, now and within a day. Limits as of {network.as_of}.",
        console,
        refresh="1m",
        since="now-2d",
    )
    board.alarms()
    board.outages()
    board.orders()
    board.row(4, _balance("power"), _balance("water"))
    board.row(13, _zones())
    board.row(9, *(_map(utility) for utility in Utility))
    board.row(9, *(_demand(network, utility) for utility in Utility))
    board.row(8, _alarms())
    return board


def _balance(utility: str) -> object:
    demand, capacity = ("kwatt", MVA) if utility == "power" else (M3_PER_H, M3_PER_H)
    query = ApiQuery(
        "/overview",
        f'balance.#(utility=="{utility}")',
        (
            Column("drawn", "Drawn"),
            Column("supplied", "Supplied"),
            Column("headroom", "Headroom now"),
            Column("least.headroom", "Least headroom within a day (P90)"),
        ),
    )
    panel = numbers(
        f"Balance of {utility}",
        "What zones draw and what substations or plants supply; headroom is the sum of what each zone has left, and the least of a "
        "zone within the next 24 hours at P90 of its forecast. Below zero is red.",
        capacity,
        [query],
        thresholds=steps((0, "text"), base=RED),
        units={"Drawn": demand, "Supplied": demand},
    )
    return linked(panel, "Overview in the console", CONSOLE + "/")


def _zones() -> object:
    query = ApiQuery(
        "/headroom",
        "items",
        (
            Column("name.en", "Zone", "string"),
            Column("zone", "Id", "string"),
            Column("utility", "Utility", "string"),
            Column("now.state", "State", "string"),
            Column("now.value", "Demand (kW or m³/h)"),
            Column("now.utilisation", "Share of rated"),
            Column("now.rated", "Rated (MVA or m³/h)"),
            Column("now.firm", "Firm, N-1"),
            Column("now.headroom_n0", "Headroom N-0"),
            Column("now.headroom_n1", "Headroom N-1"),
            Column("now.at_ms", "As of", "timestamp_epoch"),
        ),
    )
    zone = "${__data.fields.Id}"
    return rows(
        "Zones now",
        "Load of every zone and utility against its capacity, by the same function as the console's tiles: high from 90 % of its limit, "
        "over from 100 %. The limit is firm capacity where N-1 leaves more than transfers, otherwise the rated one.",
        query,
        units={"Share of rated": "percentunit"},
        colours={"State": STATES},
        links={"Zone": ("Zone in Grafana", f"/d/{uid_of('zone-')}{zone}"), "State": ("Zone in the console", f"{CONSOLE}/zones/{zone}")},
        hidden=("Id",),
        sort=("Share of rated", "desc"),
    )


def _map(utility: Utility) -> object:
    query = ApiQuery(
        f"/headroom?utility={utility.value}",
        "items",
        (
            Column("zone", "Zone", "string"),
            Column("now.state", "State", "string"),
            Column("now.utilisation", "Share of rated"),
            Column("position.1", LATITUDE),
            Column("position.0", LONGITUDE),
        ),
    )
    text = "A marker a zone, grey while it is normal, amber when its load is high, red when it is over its limit."
    return zone_map(f"Map, {utility.value}", text, query, name="Zone", state="State")


def _demand(network: Network, utility: Utility) -> object:
    """Each zone's demand in % of its limit, so that one pair of lines serves all."""
    quantity = DEMAND_QUANTITY[utility]
    queries = []
    for n, zone in enumerate(network.zones.values()):
        meters = [meter.id for meter in demand_meters(network, zone.id, utility)]
        if not meters:
            continue
        limit = limits_of(network, zone.id, utility).limit * PER_CAPACITY[utility]
        query = influxql.total(meters, quantity, zone.name.en, 100 / limit)
        queries.append(InfluxQuery(query, ref=f"Z{n}"))
    how = f", MVA taken at power factor {POWER_FACTOR}" if utility is Utility.POWER else ""
    return lines(
        f"Demand of zones, {utility.value}, % of limit",
        f"15-minute final values of each zone's main meters, in % of the zone's limit{how}. A gap: a main meter has no value.",
        UNITS["%"],
        queries,
        thresholds=steps((HIGH, AMBER), (OVER, RED)),
    )


def _alarms() -> object:
    return rows(
        "Open alarms",
        "Alarms that are not normal, most pressing first, with what the operator should do and how soon.",
        ApiQuery("/alarms?state=open", "items", ALARM_COLUMNS),
        colours={"Priority": PRIORITIES},
        links=ALARM_LINK,
    )
