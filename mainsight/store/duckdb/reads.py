"""Reading raw, last and rolled-up values."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import quantity
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.duckdb.catalog import Catalog
from mainsight.store.duckdb.engine import Connection, fetch, milliseconds, table
from mainsight.store.port import FinalValues, Raw, Revision
from mainsight.store.rollup import BASE_S, MINUTE_S, Grid, by_minute

HOUR_S = HOUR_MS // SECOND_MS
ROLLED = {
    BASE_S: "SELECT series, ts, 1::UTINYINT AS count, v, v AS min, v AS max, quality FROM final",
    HOUR_S: "FROM rollup_1h",
    DAY_S: "FROM rollup_1d",
}
"""Rolled-up values by step, all with the same columns."""
WITHIN = "WHERE ts >= epoch_ms(?)::TIMESTAMP_S AND ts < epoch_ms(?)::TIMESTAMP_S"


def raw_many(connection: Connection, catalog: Catalog, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, Raw]:
    """See `TimeSeriesStore.raw_many`."""
    rows = _of_series(
        connection, catalog, series, "v, lag_s, flags FROM reading", WITHIN.replace("TIMESTAMP_S", "TIMESTAMP_MS"), start_ms, end_ms
    )
    return {
        one: Raw(at, columns["v"], at + columns["lag_s"].astype(np.int64) * SECOND_MS, columns["flags"].astype(np.int64))
        for one, at, columns in rows
    }


def _of_series(
    connection: Connection, catalog: Catalog, series: Sequence[Series], what: str, within: str, start_ms: int, end_ms: int
) -> Iterator[tuple[Series, IntArray, dict[str, NDArray[Any]]]]:
    """Rows of a table by series, in order of time: instants and other columns, shapes (n,); series without rows are left out."""
    ids = np.unique(catalog.numbers(catalog.known(series)))
    if not len(ids):
        return
    with table(connection, "wanted", {"series": ids}):
        rows = fetch(connection, f"SELECT series, ts, {what} JOIN wanted USING (series) {within}", [start_ms, end_ms])
    time_ms = milliseconds(rows.pop("ts"))
    order = np.lexsort((time_ms, rows["series"]))
    number, time_ms = rows.pop("series")[order], time_ms[order]
    columns = {name: column[order] for name, column in rows.items()}
    first = np.searchsorted(number, ids)
    for one, a, b in zip(ids.tolist(), first.tolist(), np.append(first[1:], len(number)).tolist(), strict=True):
        if b > a:
            yield catalog.series[one], time_ms[a:b], {name: column[a:b] for name, column in columns.items()}


def revisions(connection: Connection, catalog: Catalog, series: Series, start_ms: int, end_ms: int) -> list[Revision]:
    """See `TimeSeriesStore.revisions`."""
    rows = connection.execute(
        "SELECT epoch_ms(ts), v, epoch_ms(known_from), epoch_ms(known_to) FROM revision "
        "WHERE series = ? AND ts >= epoch_ms(?)::TIMESTAMP_MS AND ts < epoch_ms(?)::TIMESTAMP_MS ORDER BY ts, rowid",
        [catalog.ids.get(series), start_ms, end_ms],
    ).fetchall()
    return [Revision(*row) for row in rows]


def last(connection: Connection, catalog: Catalog, series: Sequence[Series] | None) -> dict[Series, Reading]:
    """See `TimeSeriesStore.last`."""
    query = "SELECT series, ts, v, lag_s, flags FROM last"
    if series is None:
        rows = fetch(connection, query)
    else:
        with table(connection, "wanted", {"series": np.unique(catalog.numbers(catalog.known(series)))}):
            rows = fetch(connection, f"{query} JOIN wanted USING (series)")
    time_ms = milliseconds(rows["ts"])
    arrival_ms = time_ms + rows["lag_s"].astype(np.int64) * SECOND_MS
    names = [catalog.series[one] for one in rows["series"].tolist()]
    columns = (time_ms.tolist(), rows["v"].tolist(), arrival_ms.tolist(), rows["flags"].tolist())
    return {one: Reading(one.meter, one.quantity, *row) for one, *row in zip(names, *columns, strict=True)}


def final(connection: Connection, catalog: Catalog, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, FinalValues]:
    """See `TimeSeriesStore.final`."""
    names = {number: name for name, number in catalog.rules.items()}
    rows = _of_series(connection, catalog, series, "v, quality, rule, version FROM final", WITHIN, start_ms, end_ms)
    return {
        one: FinalValues(at, of["v"], of["quality"], tuple(map(names.__getitem__, of["rule"].tolist())), of["version"].astype(np.int64))
        for one, at, of in rows
    }


def minutes(connection: Connection, catalog: Catalog, series: Sequence[Series], onto: Grid) -> dict[Series, Intervals]:
    """Minutes, as `TimeSeriesStore.intervals` defines them."""
    quarters = onto.quarters()
    coarse = intervals(connection, catalog, series, quarters)
    own = {}
    if len(quarters.start_ms):
        found = _of_series(connection, catalog, series, "v FROM rollup_1m", WITHIN, *bounds(quarters))
        own = {one: (at, columns["v"]) for one, at, columns in found}
    none = np.empty(0, np.int64), np.empty(0)
    return {one: by_minute(quantity(one.quantity).kind, of, *own.get(one, none), onto) for one, of in coarse.items()}


def intervals(connection: Connection, catalog: Catalog, series: Sequence[Series], onto: Grid) -> dict[Series, Intervals]:
    """See `TimeSeriesStore.intervals`."""
    if onto.step_s == MINUTE_S:
        return minutes(connection, catalog, series, onto)
    known = sorted(set(catalog.known(series)), key=lambda one: catalog.ids[one])
    blank = {one: onto.blank() for one in series if one not in catalog.ids}
    if not known or not len(onto.start_ms):
        return blank | {one: onto.blank() for one in known}
    ids = catalog.numbers(known)
    with table(connection, "wanted", {"series": ids}):
        rows = fetch(
            connection,
            f"SELECT series, ts, v, min, max, quality, count FROM ({ROLLED[onto.step_s]}) JOIN wanted USING (series) "  # noqa: S608 - ours
            + WITHIN,
            bounds(onto),
        )
    shape = len(known), len(onto.start_ms)
    place = np.searchsorted(ids, rows["series"]), columns_of(rows["ts"], onto)
    value, low, high = (_spread(shape, place, rows[name], np.nan) for name in ("v", "min", "max"))
    quality = np.full(shape, Quality.MISSING, np.uint8)
    quality[place] = rows["quality"]
    completeness = _spread(shape, place, rows["count"], 0.0) / onto.expected
    return blank | {
        one: Intervals(onto.start_ms, value[n], low[n], high[n], quality[n], completeness[n], onto.step_s) for n, one in enumerate(known)
    }


def bounds(onto: Grid) -> list[int]:
    """First instant of a grid and the one after its last, UTC milliseconds: parameters of `WITHIN`."""
    return [int(onto.start_ms[0]), onto.end_ms]


def columns_of(ts: NDArray[Any], onto: Grid) -> IntArray:
    """Place of each interval start on the grid."""
    return np.searchsorted(onto.start_ms, milliseconds(ts))


def _spread(shape: tuple[int, int], place: tuple[IntArray, IntArray], values: FloatArray, blank: float) -> FloatArray:
    grid = np.full(shape, blank)
    grid[place] = values
    return grid
