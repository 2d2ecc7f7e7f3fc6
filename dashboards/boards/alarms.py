"""Alarms over time: transitions, how many and of which rule, who is silent."""

from dashboards.board import CONSOLE, Board
from dashboards.boards.overview import ALARM_COLUMNS, ALARM_LINK
from dashboards.limits import AMBER, RED, steps
from dashboards.panels import PER_HOUR, PRIORITIES, bars, rows
from dashboards.targets import ApiQuery, InfluxQuery
from mainsight.core.network import Network


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "alarms",
        "Alarms",
        f"Alarms of {network.name.en}: what is open, what happened, how often, and which rules ring most.",
        console,
        refresh="1m",
        since="now-7d",
    )
    board.alarms()
    board.outages()
    board.row(8, _open())
    board.row(8, _rate(), _by_rule())
    board.row(10, _transitions())
    return board


def _open() -> object:
    return rows(
        "Open alarms",
        "Alarms that are not normal, most pressing first.",
        ApiQuery("/alarms?state=open", "items", ALARM_COLUMNS),
        colours={"Priority": PRIORITIES},
        links=ALARM_LINK,
    )


def _rate() -> object:
    query = 'SELECT count("state") AS "Announced" FROM "alarm" WHERE "state" = \'UNACK\' AND $timeFilter GROUP BY time(1h) fill(none)'
    return bars(
        "Alarms an hour",
        "Alarms that began or came back, by the hour. Public digests of ISA-18.2 call 6 an hour acceptable and 12 the most one "
        "operator can follow.",
        PER_HOUR,
        [InfluxQuery(query)],
    ).thresholds(steps((6, AMBER), (12, RED)))


def _by_rule() -> object:
    query = 'SELECT count("state") AS "Times" FROM "alarm" WHERE "state" = \'UNACK\' AND $timeFilter GROUP BY "rule", "asset"'
    return rows(
        "Which alarms ring most",
        "How often each alarm began in the time shown; the ten most frequent should make up 5 % of all at most.",
        InfluxQuery(query, table=True, alias=""),
        links={"rule": ("Open in the console", CONSOLE + "/alarms/${__data.fields.rule}/${__data.fields.asset}")},
        sort=("Times", "desc"),
    )


def _transitions() -> object:
    query = (
        'SELECT "rule", "asset", "state", "priority", "value", "limit", "text_en" FROM "alarm" '
        "WHERE $timeFilter ORDER BY time DESC LIMIT 500"
    )
    return rows(
        "What happened",
        "Every change of an alarm's state, newest first: the copy of the alarm history that mainsight writes into InfluxDB.",
        InfluxQuery(query, table=True, alias=""),
        colours={"priority": PRIORITIES},
        links={"rule": ("Open in the console", CONSOLE + "/alarms/${__data.fields.rule}/${__data.fields.asset}")},
    )
