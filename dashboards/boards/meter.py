"""One meter: what it sent, what was made of it, and how it kept time."""

from dashboards import influxql
from dashboards.board import CONSOLE, Board
from dashboards.panels import bars, lines, linked, rows
from dashboards.targets import ApiQuery, Column, InfluxQuery
from mainsight.core.network import Network

_METER, _QUANTITY = "${meter}", "${quantity}"
_OF = f"\"meter\" = '{_METER}' AND \"quantity\" = '{_QUANTITY}'"


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "meter",
        "Meter",
        "One quantity of one meter: readings as sent (at its terminals), final values (ratio applied, in the quantity's canonical unit), "
        "their quality, and the lag of its messages.",
        console,
        refresh="1m",
        since="now-24h",
    )
    first = min(network.meters)
    board.tag_values("meter", "Meter", 'SHOW TAG VALUES FROM "reading" WITH KEY = "meter"', first)
    board.tag_values(
        "quantity",
        "Quantity",
        f'SHOW TAG VALUES FROM "reading" WITH KEY = "quantity" WHERE "meter" = \'{_METER}\'',
        network.meters[first].quantities[0],
    )
    board.row(9, _raw(), _final())
    board.row(7, _quality(), _lag())
    board.row(6, _last())
    return board


def _raw() -> object:
    query = f'SELECT "v" AS "As sent" FROM "reading" WHERE {_OF} AND $timeFilter'
    panel = lines(
        f"{_QUANTITY} of {_METER}, as sent",
        "Every reading as it was received, at the meter's terminals: no ratio, no correction. Gaps are silences of over 45 minutes.",
        "none",
        [InfluxQuery(query)],
        gap_ms=2_700_000,
    )
    return linked(panel, "Console", CONSOLE + "/")


def _final() -> object:
    return lines(
        f"{_QUANTITY} of {_METER}, final",
        "Final values by quarter hour: the mean of a gauge, the increment of a register, the last of a state; ratio applied.",
        "none",
        [InfluxQuery(influxql.of_meter(_METER, _QUANTITY, "Final"))],
    )


def _quality() -> object:
    names = {1: "Estimated", 2: "Suspect", 3: "Measured", 4: "Edited"}
    queries = [
        InfluxQuery(
            f'SELECT count("v") AS "{name}" FROM "final" WHERE {_OF} AND "quality" = {rank} AND $timeFilter GROUP BY time(1h) fill(none)',
            ref=name.upper(),
        )
        for rank, name in names.items()
    ]
    return bars(
        "Quality of final values", "Quarter hours of each quality, by the hour; four make an hour whole.", "none", queries, stacked=True
    )


def _lag() -> object:
    query = f'SELECT max("lag_s") AS "Lag" FROM "reading" WHERE {_OF} AND $timeFilter GROUP BY time($__interval) fill(none)'
    return lines(
        "Lag",
        "Arrival less device time, the greatest of each interval. A steady offset is a wrong clock; a saw-tooth is buffering.",
        "s",
        [InfluxQuery(query)],
        gap_ms=7_200_000,
    )


def _last() -> object:
    query = ApiQuery(
        f"/meters/{_METER}",
        "values",
        (
            Column("quantity", "Quantity", "string"),
            Column("value", "Last value"),
            Column("unit", "Unit", "string"),
            Column("time_ms", "Measured", "timestamp_epoch"),
            Column("arrival_ms", "Arrived", "timestamp_epoch"),
        ),
    )
    return rows("Last values", "The newest reading of each quantity, at the meter's terminals.", query)
