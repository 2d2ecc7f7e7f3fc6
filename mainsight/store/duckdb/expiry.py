"""Taking away what is older than its level is kept: planned beside reading, deleted in pieces that hold the writer up for little.

Space that becomes free is used for what is written later; `mainsight compact` gives it back to the disk.
"""

from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.duckdb.catalog import Catalog
from mainsight.store.duckdb.engine import Connection, fetch, fetch_one, table, transaction
from mainsight.store.port import Level

_DAY_MS = DAY_S * SECOND_MS
_PIECE_ROWS = 200_000
_TABLES = {
    Level.MINUTE: ("rollup_1m",),
    Level.QUARTER: ("final",),
    Level.HOUR: ("rollup_1h", "zone_1h"),
    Level.DAY: ("rollup_1d",),
    Level.FORECAST: ("forecast",),
}


@dataclass(slots=True)
class Plan:
    """What is to go of a level, and how much of it is done.

    Attributes:
        before_ms: what lies before this goes.
        hours: starts of the hours that hold rows to go, and how many, ascending, shapes (n,).
        series, since_ms: for raw readings, what goes of each series: all before that instant; shapes (m,).

    """

    before_ms: int
    hours: IntArray
    rows: IntArray
    series: IntArray
    since_ms: IntArray
    at: int = 0

    def next_piece(self) -> tuple[int, int] | None:
        """The next stretch of time, of at most an hour or about `_PIECE_ROWS`; None when all is done."""
        if self.at == len(self.hours):
            return None
        first = self.at
        within = np.cumsum(self.rows[first:]) <= _PIECE_ROWS
        self.at += max(int(np.argmin(within)) if not within.all() else len(within), 1)
        return int(self.hours[first]), int(self.hours[self.at - 1]) + HOUR_MS


def plan(connection: Connection, level: Level, before_ms: int) -> Plan:
    """Look what is to go."""
    if level is Level.RAW:
        return _plan_raw(connection, before_ms)
    counts = [_by_hour(connection, name, before_ms) for name in _TABLES[level]]
    hours, place = np.unique(np.concatenate([hour for hour, _ in counts]), return_inverse=True)
    rows = np.bincount(place, np.concatenate([row for _, row in counts]), len(hours)).astype(np.int64)
    none = np.empty(0, np.int64)
    return Plan(before_ms, hours, rows, none, none)


def _by_hour(connection: Connection, name: str, before_ms: int, join: str = "") -> tuple[IntArray, IntArray]:
    found = fetch(
        connection,
        f"SELECT epoch_ms(ts::TIMESTAMP) // {HOUR_MS} AS hour, count(*) AS n FROM {name} {join} "  # noqa: S608 - tables of ours
        "WHERE ts < epoch_ms(?)::TIMESTAMP_MS GROUP BY hour ORDER BY hour",
        [before_ms],
    )
    return found["hour"].astype(np.int64) * HOUR_MS, found["n"].astype(np.int64)


def _plan_raw(connection: Connection, before_ms: int) -> Plan:
    """Look which readings are to go. Of each series the day of its last one before the instant stays: its next value begins there."""
    last = fetch(
        connection, "SELECT series, epoch_ms(max(ts)) AS at FROM reading WHERE ts < epoch_ms(?)::TIMESTAMP_MS GROUP BY series", [before_ms]
    )
    series, since_ms = last["series"].astype(np.int64), last["at"].astype(np.int64) // _DAY_MS * _DAY_MS
    with table(connection, "edge", _edge(series, since_ms)):
        hours, rows = _by_hour(connection, "reading", before_ms, "JOIN edge ON reading.series = edge.series AND reading.ts < edge.since")
    return Plan(before_ms, hours, rows, series, since_ms)


def _edge(series: IntArray, since_ms: IntArray) -> dict[str, object]:
    return {"series": series.astype(np.int32), "since": since_ms.astype("datetime64[ms]")}


def keep_from(connection: Connection, catalog: Catalog, level: Level, before_ms: int) -> None:
    """Say durably that what lies before an instant is gone, before the first of it goes."""
    if catalog.kept_from.get(level, 0) >= before_ms:
        return
    with transaction(connection):
        connection.execute("DELETE FROM retention WHERE level = ?", [str(level)])
        connection.execute("INSERT INTO retention VALUES (?, epoch_ms(?)::TIMESTAMP_MS)", [str(level), before_ms])
    catalog.kept_from[level] = before_ms


def clear(connection: Connection, catalog: Catalog, level: Level, of: Plan) -> int:
    """Take away the next piece that holds anything; how many rows went.

    With the last raw readings go the values they replaced, with a forecast's last instant its issue.
    """
    while (piece := of.next_piece()) is not None:
        with transaction(connection):
            rows = (
                _clear_raw(connection, catalog, of, piece) if level is Level.RAW else _clear_tables(connection, _TABLES[level], of, piece)
            )
        if rows:
            return rows
    with transaction(connection):
        if level is Level.RAW:
            _deleted(connection, "DELETE FROM revision WHERE", [0, of.before_ms])
        elif level is Level.FORECAST:
            connection.execute("DELETE FROM forecast_issue WHERE id NOT IN (SELECT issue FROM forecast)")
    return 0


def _clear_tables(connection: Connection, names: tuple[str, ...], of: Plan, piece: tuple[int, int]) -> int:
    bounds = [piece[0], min(piece[1], of.before_ms)]
    return sum(_deleted(connection, f"DELETE FROM {name} WHERE", bounds) for name in names)  # noqa: S608 - as above


def _clear_raw(connection: Connection, catalog: Catalog, of: Plan, piece: tuple[int, int]) -> int:
    """What came late meanwhile and awaits its final values stays, with all else of its series."""
    held = {stretch.key for stretch in catalog.marks.changed(len(catalog.marks), of.before_ms)}
    free = ~np.isin(of.series, list(held)) if held else np.ones(len(of.series), np.bool_)
    with table(connection, "edge", _edge(of.series[free], of.since_ms[free])):
        query = "DELETE FROM reading USING edge WHERE reading.series = edge.series AND reading.ts < edge.since AND"
        return _deleted(connection, query, list(piece))


def _deleted(connection: Connection, query: str, bounds: list[int]) -> int:
    row = fetch_one(connection, f"{query} ts >= epoch_ms(?)::TIMESTAMP_MS AND ts < epoch_ms(?)::TIMESTAMP_MS", bounds)
    return int(row[0]) if row else 0
