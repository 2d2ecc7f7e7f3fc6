"""Forecast review: the fan beside what came, errors by lead time, which model spoke."""

from dashboards import influxql
from dashboards.board import CONSOLE, Board, options
from dashboards.limits import AMBER, steps
from dashboards.panels import M3_PER_H, P10, P50, P90, UNITS, lines, linked, numbers, rows, with_fan
from dashboards.targets import ApiQuery, Column, InfluxQuery
from mainsight.core.network import Network, Utility
from mainsight.core.topology import DEMAND_QUANTITY

_ZONE = "${zone}"
_FAN = {"p90": P90, "p50": P50, "p10": P10}
_LEADS = {"004": "1 hour", "001": "15 minutes", "024": "6 hours", "096": "24 hours", "288": "3 days"}
"""Rows of 15 minutes from the issue on: the tag `lead` of the store."""
_UNITS = {Utility.POWER: UNITS["kW"], Utility.WATER: M3_PER_H}


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "forecast",
        "Forecast review",
        "How good the forecasts of a zone are: the newest fan, what was foretold some time ahead beside what came, errors by lead time "
        "beside those of simply taking last week, and whether a simpler model stood in.",
        console,
        refresh="5m",
        since="now-3d",
        until="now+2d",
    )
    board.choice("zone", "Zone", options([(zone.id, zone.name.en) for zone in network.zones.values()]))
    board.choice("lead", "Foretold", _LEADS)
    board.alarms()
    for utility in Utility:
        board.heading(utility.value.capitalize())
        board.row(9, _fan(utility), _past(utility))
        board.row(7, _errors(utility), _accuracy(utility), _model(utility))
    return board


def _actual(utility: Utility) -> ApiQuery:
    """What the zone drew; the API knows its meters."""
    return ApiQuery(
        f"/demand?asset={_ZONE}&utility={utility.value}&start_ms=${{__from}}&end_ms=${{__to}}&step=900",
        "{start_ms,value}|@group",
        (Column("start_ms", "Time", "timestamp_epoch"), Column("value", "Demand")),
        ref="A",
        series=True,
    )


def _fan(utility: Utility) -> object:
    panel = lines(
        f"Newest forecast, {utility.value}",
        "Median (dashed) and the band from P10 to P90 of the newest issue for each instant, beside final values.",
        _UNITS[utility],
        [_actual(utility), InfluxQuery(influxql.quantiles(_ZONE, DEMAND_QUANTITY[utility], _FAN), ref="B")],
    )
    return linked(with_fan(panel), "Zone in the console", f"{CONSOLE}/zones/{_ZONE}")


def _past(utility: Utility) -> object:
    fields = [
        InfluxQuery(influxql.at_lead(_ZONE, DEMAND_QUANTITY[utility], "${lead}", text, field), ref=field.upper())
        for field, text in _FAN.items()
    ]
    panel = lines(
        f"Foretold ${{lead:text}} ahead, {utility.value}",
        "What was forecast for each instant the chosen time before it, beside final values: about four of five should lie in the band.",
        _UNITS[utility],
        [_actual(utility), *fields],
        gap_ms=5_400_000,  # forecasts are issued by the hour
    )
    return with_fan(panel)


def _accuracy_query(utility: Utility, columns: tuple[Column, ...]) -> ApiQuery:
    return ApiQuery(f"/forecasts/accuracy?target={_ZONE}&quantity={DEMAND_QUANTITY[utility]}", "items", columns)


def _errors(utility: Utility) -> object:
    columns = (
        Column("lead_h", "Lead"),
        Column("n", "Instants"),
        Column("wape", "Error (WAPE)"),
        Column("wape_naive", "Last week's"),
        Column("coverage", "Inside P10-P90"),
    )
    return rows(
        f"Errors by lead time, {utility.value}",
        "Over four weeks: absolute error as a share of demand, of the forecast and of last week's same time; and the share of instants "
        "inside the band, which should be near 80 %.",
        _accuracy_query(utility, columns),
        units={"Lead": "h", "Error (WAPE)": "percentunit", "Last week's": "percentunit", "Inside P10-P90": "percentunit"},
    )


def _accuracy(utility: Utility) -> object:
    return numbers(
        f"Shortest lead, {utility.value}",
        "Error and coverage at the shortest lead time, four weeks; amber from 10 % error.",
        "percentunit",
        [_accuracy_query(utility, (Column("wape", "Error (WAPE)"), Column("wape_naive", "Last week's")))],
        thresholds=steps((0.1, AMBER)),
    )


def _model(utility: Utility) -> object:
    query = (
        f'SELECT "model" AS "Model", "fallback" AS "Stood in because", "issue" AS "Issued" FROM "forecast" WHERE "target" = \'{_ZONE}\' '
        f"AND \"quantity\" = '{DEMAND_QUANTITY[utility]}' AND \"lead\" = '001' AND $timeFilter ORDER BY time DESC LIMIT 50"
    )
    return rows(
        f"Which model spoke, {utility.value}",
        "One row an issue. A simpler model stands in where the best one failed, and the reason is told.",
        InfluxQuery(query, table=True, alias=""),
        units={"Issued": "dateTimeAsIso"},
    )
