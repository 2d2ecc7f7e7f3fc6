"""Roll-ups of final values: hours and days of each series, hours of whole zones."""

from typing import NamedTuple

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.duckdb.engine import Connection, table
from mainsight.store.rollup import BASE_MS, Grid

# Nine decimals are far below what a meter can tell. Sums of decimal values are such values again then, and not their
# neighbours among doubles, which DuckDB stores in three times the space.
_VALUE = (
    "CASE any_value(kind) WHEN 'gauge' THEN round(sum(f.v) / count(*), 9) "
    "WHEN 'register' THEN round(sum(f.v), 9) ELSE arg_max(f.v, f.ts) END"
)


class Stretches(NamedTuple):
    """Stretches of series, half-open, sorted and apart, shapes (n,)."""

    series: IntArray
    start_ms: IntArray
    end_ms: IntArray

    def columns(self) -> dict[str, object]:
        """Columns as DuckDB's types."""
        return {
            "series": self.series.astype(np.int32),
            "start": (self.start_ms // SECOND_MS).astype("datetime64[s]"),
            "stop": (self.end_ms // SECOND_MS).astype("datetime64[s]"),
        }

    def bounds(self) -> list[int]:
        """The first start and the last end, UTC milliseconds."""
        return [int(self.start_ms.min()), int(self.end_ms.max())]


def merged(series: IntArray, start_ms: IntArray, end_ms: IntArray) -> Stretches:
    """Stretches in order, with those that touch made one."""
    if not len(series):
        return Stretches(series, start_ms, end_ms)
    order = np.lexsort((start_ms, series))
    series, start_ms, end_ms = series[order], start_ms[order], end_ms[order]
    # One axis for all series: each is moved past the end of the one before, so a running maximum never reaches over.
    rank = np.cumsum(np.append(0, np.diff(series) != 0))
    base = rank * (int(end_ms.max()) - int(start_ms.min()) + 1)
    reach = np.maximum.accumulate(end_ms + base)
    begins = np.ones(len(series), np.bool_)
    begins[1:] = (start_ms + base)[1:] > reach[:-1]
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(series)) - 1
    return Stretches(series[first], start_ms[first], (reach - base)[last])


def delete_within(connection: Connection, name: str, stretches: Stretches) -> None:
    """Delete rows of a table of ours that lie in the stretches."""
    with table(connection, "stretch", stretches.columns()):
        connection.execute(
            f"DELETE FROM {name} USING stretch WHERE {name}.series = stretch.series "  # noqa: S608 - a table of ours
            f"AND {name}.ts >= stretch.start AND {name}.ts < stretch.stop "
            f"AND {name}.ts >= epoch_ms(?)::TIMESTAMP_S AND {name}.ts < epoch_ms(?)::TIMESTAMP_S",
            stretches.bounds(),
        )


def roll_up(connection: Connection, changed: Stretches, timezone: str, since_ms: int) -> None:
    """Compute again every roll-up that stands on final values of the stretches, except those that begin before `since_ms`.

    Final values before that are gone, so that these could only become wrong.
    """
    first, last = changed.bounds()
    days = Grid.of(first, last, DAY_S, timezone)
    edges = np.append(days.start_ms, days.end_ms)
    first_hour, first_day = -(-since_ms // HOUR_MS) * HOUR_MS, edges[np.searchsorted(edges[:-1], since_ms)]
    hours = _from(first_hour, changed.series, changed.start_ms // HOUR_MS * HOUR_MS, -(-changed.end_ms // HOUR_MS) * HOUR_MS)
    day_start = edges[np.searchsorted(edges, changed.start_ms, side="right") - 1]
    day_end = edges[np.searchsorted(edges, changed.end_ms, side="left")]
    days_of = _from(first_day, changed.series, day_start, day_end)
    if len(hours.series):
        _roll_up_to(connection, "rollup_1h", hours, _slots(hours, HOUR_MS))
        _zone_hours(connection, hours)
    if len(days_of.series):
        _roll_up_to(connection, "rollup_1d", days_of, _day_slots(edges))


def _from(first_ms: int, series: IntArray, start_ms: IntArray, end_ms: IntArray) -> Stretches:
    """Stretches without what lies before an instant."""
    kept = end_ms > first_ms
    return merged(series[kept], np.maximum(start_ms[kept], first_ms), end_ms[kept])


def _slots(stretches: Stretches, step_ms: int) -> dict[str, object]:
    """Each quarter hour of the range and the interval it belongs to."""
    first, last = stretches.bounds()
    slot = np.arange(first, last, BASE_MS)
    return _slot_columns(slot, slot // step_ms * step_ms)


def _day_slots(edges: IntArray) -> dict[str, object]:
    slot = np.arange(int(edges[0]), int(edges[-1]), BASE_MS)
    return _slot_columns(slot, edges[np.searchsorted(edges, slot, side="right") - 1])


def _slot_columns(slot: IntArray, start: IntArray) -> dict[str, object]:
    return {"ts": (slot // SECOND_MS).astype("datetime64[s]"), "start": (start // SECOND_MS).astype("datetime64[s]")}


def _roll_up_to(connection: Connection, name: str, stretches: Stretches, slots: dict[str, object]) -> None:
    delete_within(connection, name, stretches)
    with table(connection, "stretch", stretches.columns()), table(connection, "slot", slots):
        connection.execute(
            f"INSERT INTO {name} "  # noqa: S608 - a table of ours
            f"SELECT f.series, slot.start AS ts, count(*), {_VALUE}, min(f.v), max(f.v), min(f.quality) "
            "FROM final f JOIN slot ON f.ts = slot.ts JOIN series s ON f.series = s.id "
            "JOIN stretch ON f.series = stretch.series AND f.ts >= stretch.start AND f.ts < stretch.stop "
            "WHERE f.ts >= epoch_ms(?)::TIMESTAMP_S AND f.ts < epoch_ms(?)::TIMESTAMP_S GROUP BY f.series, slot.start ORDER BY slot.start",
            stretches.bounds(),
        )


def _zone_hours(connection: Connection, hours: Stretches) -> None:
    """Add the hours of all series of a zone and quantity up again, where one of them changed."""
    with table(connection, "stretch", hours.columns()):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT zone, quantity, "
            "unnest(generate_series(start::TIMESTAMP, stop::TIMESTAMP - INTERVAL 1 HOUR, INTERVAL 1 HOUR))::TIMESTAMP_S AS ts "
            "FROM stretch JOIN series ON series = id"
        )
    connection.execute(
        "DELETE FROM zone_1h z USING touched t WHERE z.zone = t.zone AND z.quantity = t.quantity AND z.ts = t.ts "
        "AND z.ts >= epoch_ms(?)::TIMESTAMP_S AND z.ts < epoch_ms(?)::TIMESTAMP_S",
        hours.bounds(),
    )
    connection.execute(
        "INSERT INTO zone_1h SELECT zone, quantity, h.ts, sum(count), sum(v), sum(min), sum(max), min(quality) "
        "FROM rollup_1h h JOIN series ON h.series = id JOIN touched USING (zone, quantity, ts) "
        "WHERE h.ts >= epoch_ms(?)::TIMESTAMP_S AND h.ts < epoch_ms(?)::TIMESTAMP_S GROUP BY ALL ORDER BY h.ts",
        hours.bounds(),
    )
