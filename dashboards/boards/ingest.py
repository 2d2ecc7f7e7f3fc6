"""Ingest health and data quality: does everything arrive, in time, and good enough."""

from dashboards import influxql
from dashboards.board import CONSOLE, Board
from dashboards.limits import AMBER, GREY, RED, steps
from dashboards.panels import bars, lines, linked, numbers, rows
from dashboards.targets import ApiQuery, Column, InfluxQuery
from mainsight.core.network import Network, Utility
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "ingest",
        "Ingest health and data quality",
        "Whether readings arrive, in time and good enough: counts of the collector, lag, completeness of zones, quality of final values, "
        "silent meters, quarantine and unknown devices.",
        console,
        refresh="1m",
        since="now-24h",
    )
    board.row(4, _collector(), _ready())
    board.row(8, _arriving(), _lag())
    board.row(8, _completeness(network), _quality())
    board.row(8, _silent(), _unknown())
    board.row(5, _quarantine())
    return board


def _collector() -> object:
    columns = (
        Column("collector.stored", "Readings stored"),
        Column("collector.duplicates", "Duplicates"),
        Column("collector.quarantined", "Quarantined"),
        Column("collector.rejected", "Fields rejected"),
        Column("collector.waiting", "Waiting"),
    )
    return numbers(
        "Collector",
        "Counts since the process started; waiting are messages read but not yet stored.",
        "short",
        [ApiQuery("/status", "", columns)],
    )


def _ready() -> object:
    columns = (Column("collector.lag_s", "Lag of the newest batch"),)
    return numbers(
        "Lag now",
        "Age of the newest committed message when it was committed; amber from a minute, red from five.",
        "s",
        [ApiQuery("/status", "", columns)],
        thresholds=steps((60, AMBER), (300, RED)),
    )


def _arriving() -> object:
    query = 'SELECT count("v") AS "Readings" FROM "reading" WHERE $timeFilter GROUP BY time($__interval) fill(0)'
    return bars(
        "Readings stored", "Readings by device time in each bar's interval; a back-fill raises the past.", "short", [InfluxQuery(query)]
    )


def _lag() -> object:
    query = (
        'SELECT max("lag_s") AS "Greatest", mean("lag_s") AS "Mean" FROM "reading" WHERE $timeFilter GROUP BY time($__interval) fill(none)'
    )
    panel = lines(
        "Lag of readings",
        "Arrival less device time; negative where device clocks run ahead. Buffered messages lag by their buffer.",
        "s",
        [InfluxQuery(query)],
        gap_ms=7_200_000,
    )
    return linked(panel, "Console", CONSOLE + "/")


def _completeness(network: Network) -> object:
    """Share of expected quarter hours of each zone's main meters that have a final value."""
    queries = []
    for n, zone in enumerate(network.zones.values()):
        for utility in Utility:
            meters = [meter.id for meter in demand_meters(network, zone.id, utility)]
            if meters:
                each = 100 / (4 * len(meters))
                query = (
                    f'SELECT count("v") * {each:.8g} AS {influxql.named(f"{zone.name.en}, {utility.value}")} FROM "final" '
                    f'WHERE "quantity" = \'{DEMAND_QUANTITY[utility]}\' AND {influxql.one_of("meter", meters)} AND "quality" > 0 '
                    "AND $timeFilter GROUP BY time(1h) fill(0)"
                )
                queries.append(InfluxQuery(query, ref=f"{utility.value[0].upper()}{n}"))
    return lines(
        "Completeness of demand, % of quarter hours",
        "Final values there are of the main meters of each zone, of those there should be, by the hour; the running hour is not full yet.",
        "percent",
        queries,
        thresholds=steps((95, GREY), base=AMBER),
        gap_ms=7_200_000,
    )


def _quality() -> object:
    names = {1: "Estimated", 2: "Suspect", 3: "Measured", 4: "Edited"}
    queries = [
        InfluxQuery(
            f'SELECT count("v") AS "{name}" FROM "final" WHERE "quality" = {rank} AND $timeFilter GROUP BY time(1h) fill(none)',
            ref=name.upper(),
        )
        for rank, name in names.items()
    ]
    return bars("Quality of final values", "Final values of all series by quality, by the hour.", "short", queries, stacked=True)


def _silent() -> object:
    columns = (
        Column("id", "Meter", "string"),
        Column("zone", "Zone", "string"),
        Column("asset", "Asset", "string"),
        Column("device", "Device", "string"),
        Column("last_ms", "Last heard", "timestamp_epoch"),
    )
    return rows(
        "Silent meters",
        "Meters not heard from for more than three of their own intervals.",
        ApiQuery("/meters?silent=true&limit=500", "items", columns),
        links={"Zone": ("Zone in the console", CONSOLE + "/zones/${__data.fields.Zone}")},
    )


def _unknown() -> object:
    columns = (
        Column("device", "Device", "string"),
        Column("topic", "Topic", "string"),
        Column("messages", "Messages"),
        Column("first_seen_ms", "First heard", "timestamp_epoch"),
        Column("last_seen_ms", "Last heard", "timestamp_epoch"),
        Column("profile", "Format", "string"),
    )
    return rows(
        "Unknown devices",
        "Devices that send but are in no registry; adopt them by the API.",
        ApiQuery("/devices/unknown", "items", columns),
    )


def _quarantine() -> object:
    return rows(
        "Quarantine", "Messages that wait, by reason: they are kept whole and can be replayed.", ApiQuery("/quarantine?limit=1", "counts")
    )
