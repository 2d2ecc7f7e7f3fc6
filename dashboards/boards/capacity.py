"""Capacity and alerts of a zone, fed by the API: headroom now and forecast, probability, supply orders, open alarms."""

from dashboards.board import CONSOLE, Board, options
from dashboards.boards.overview import ALARM_COLUMNS, ALARM_LINK
from dashboards.limits import AMBER, RED, steps
from dashboards.panels import M3_PER_H, MVA, P50, P90, PRIORITIES, STATES, lines, linked, rows, with_foretold
from dashboards.targets import ApiQuery, Column
from mainsight.core.network import Network, Utility

_ZONE = "${zone}"
_UNITS = {Utility.POWER: MVA, Utility.WATER: M3_PER_H}


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "capacity",
        "Capacity and alerts",
        "How near a zone is to its capacity, now and in the next 24 hours, the probability that it passes it, supply orders in force or "
        "to come, and its open alarms. Everything here is computed by mainsight's API.",
        console,
        refresh="1m",
        since="now-1h",
        until="now+24h",
    )
    board.choice("zone", "Zone", options([(zone.id, zone.name.en) for zone in network.zones.values()]))
    board.alarms()
    board.row(6, _now())
    for utility in Utility:
        board.row(9, _forecast(utility), _probability(utility))
    board.row(8, _alarms())
    board.row(6, _orders())
    return board


def _hours(utility: Utility, *columns: Column) -> ApiQuery:
    rows_at = f'items.#(utility=="{utility.value}").hours'
    return ApiQuery(f"/headroom?zone={_ZONE}", rows_at, (Column("time_ms", "Time", "timestamp_epoch"), *columns), series=True)


def _now() -> object:
    query = ApiQuery(
        f"/headroom?zone={_ZONE}",
        "items",
        (
            Column("utility", "Utility", "string"),
            Column("now.state", "State", "string"),
            Column("now.utilisation", "Share of rated"),
            Column("now.rated", "Rated (MVA or m³/h)"),
            Column("now.firm", "Firm, N-1"),
            Column("now.order", "Ordered (MW or m³/h)"),
            Column("now.headroom_n0", "Headroom N-0"),
            Column("now.headroom_n1", "Headroom N-1"),
            Column("now.binding", "Bound by", "string"),
            Column("now.at_ms", "As of", "timestamp_epoch"),
        ),
    )
    return rows(
        "Now",
        "Headroom with everything in service (N-0) and after the worst single outage (N-1), the order in force taken into account.",
        query,
        units={"Share of rated": "percentunit"},
        colours={"State": STATES},
        links={"State": ("Zone in the console", f"{CONSOLE}/zones/{_ZONE}")},
    )


def _forecast(utility: Utility) -> object:
    columns = (
        Column("p50", P50),
        Column("p90", P90),
        Column("firm", "Firm, N-1"),
        Column("rated", "Rated"),
        Column("headroom_p90", "Headroom at P90"),
    )
    panel = lines(
        f"Demand forecast and capacity, {utility.value}",
        "The next 24 hours: median and P90 of demand in the unit of capacity, beside firm and rated capacity.",
        _UNITS[utility],
        [_hours(utility, *columns)],
    )
    return linked(with_foretold(panel, P50, P90), "Zone in the console", f"{CONSOLE}/zones/{_ZONE}")


def _probability(utility: Utility) -> object:
    return lines(
        f"Probability of passing capacity, {utility.value}",
        "Probability, interval by interval, that demand passes what may be used: amber from 10 %, red from 50 %.",
        "percentunit",
        [_hours(utility, Column("probability", "Probability"))],
        thresholds=steps((0.1, AMBER), (0.5, RED)),
    )


def _alarms() -> object:
    return rows(
        "Open alarms of the zone",
        "Most pressing first, with what the operator should do and how soon; the link opens the alarm in the console.",
        ApiQuery(f"/alarms?state=open&zone={_ZONE}", "items", ALARM_COLUMNS),
        colours={"Priority": PRIORITIES},
        links=ALARM_LINK,
    )


def _orders() -> object:
    query = ApiQuery(
        f"/zones/{_ZONE}",
        "supply_orders",
        (
            Column("id", "Order", "string"),
            Column("utility", "Utility", "string"),
            Column("quota", "Quota (MW or m³/h)"),
            Column("start_ms", "From", "timestamp_epoch"),
            Column("end_ms", "Until", "timestamp_epoch"),
            Column("reason.en", "Reason", "string"),
        ),
    )
    return rows("Supply orders", "Orders in force or to come; empty where there is none.", query)
