"""Reading raw, last and rolled-up values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.duckdb.catalog import Catalog
from mainsight.store.duckdb.engine import Connection, fetch, milliseconds, table
from mainsight.store.port import FinalValues, Raw, Revision
from mainsight.store.rollup import BASE_S, Grid

_ROLLED = {
    BASE_S: "SELECT series, ts, 1::UTINYINT AS count, v AS sum, v AS min, v AS max, v AS last, quality FROM final",
    HOUR_MS // SECOND_MS: "FROM rollup_1h",
    DAY_S: "FROM rollup_1d",
}
_VALUE = "CASE kind WHEN 'gauge' THEN sum / count WHEN 'register' THEN sum ELSE last END"


def raw_many(connection: Connection, catalog: Catalog, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, Raw]:
    """See `TimeSeriesStore.raw_many`."""
    ids = np.unique(catalog.numbers(catalog.known(series)))
    if not len(ids):
        return {}
    with table(connection, "wanted", {"series": ids}):
        rows = fetch(
            connection,
            "SELECT series, ts, v, lag_s, flags FROM reading JOIN wanted USING (series) "
            "WHERE ts >= epoch_ms(?)::TIMESTAMP_MS AND ts < epoch_ms(?)::TIMESTAMP_MS",
            [start_ms, end_ms],
        )
    time_ms = milliseconds(rows["ts"])
    order = np.lexsort((time_ms, rows["series"]))
    number, time_ms = rows["series"][order], time_ms[order]
    value, flags = rows["v"][order], rows["flags"][order].astype(np.int64)
    arrival_ms = time_ms + rows["lag_s"][order].astype(np.int64) * SECOND_MS
    edges = np.searchsorted(number, ids, side="left"), np.searchsorted(number, ids, side="right")
    return {
        catalog.series[one]: Raw(time_ms[a:b], value[a:b], arrival_ms[a:b], flags[a:b])
        for one, a, b in zip(ids.tolist(), *(edge.tolist() for edge in edges), strict=True)
        if b > a
    }


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
    query = "SELECT series, epoch_ms(ts), v, lag_s, flags FROM last"
    if series is None:
        rows = connection.execute(query).fetchall()
    else:
        with table(connection, "wanted", {"series": np.unique(catalog.numbers(catalog.known(series)))}):
            rows = connection.execute(f"{query} JOIN wanted USING (series)").fetchall()
    names = catalog.series
    return {names[one]: Reading(*names[one], at, value, at + lag * SECOND_MS, flags) for one, at, value, lag, flags in rows}


def final(connection: Connection, catalog: Catalog, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, FinalValues]:
    """See `TimeSeriesStore.final`."""
    ids = np.unique(catalog.numbers(catalog.known(series)))
    if not len(ids):
        return {}
    with table(connection, "wanted", {"series": ids}):
        rows = fetch(
            connection,
            "SELECT series, ts, v, quality, rule, version FROM final JOIN wanted USING (series) "
            "WHERE ts >= epoch_ms(?)::TIMESTAMP_S AND ts < epoch_ms(?)::TIMESTAMP_S",
            [start_ms, end_ms],
        )
    time_ms = milliseconds(rows["ts"])
    order = np.lexsort((time_ms, rows["series"]))
    number, time_ms, value, quality = rows["series"][order], time_ms[order], rows["v"][order], rows["quality"][order]
    version = rows["version"][order].astype(np.int64)
    names = {number: name for name, number in catalog.rules.items()}
    rule = [names[one] for one in rows["rule"][order].tolist()]
    edges = np.searchsorted(number, ids, side="left"), np.searchsorted(number, ids, side="right")
    return {
        catalog.series[one]: FinalValues(time_ms[a:b], value[a:b], quality[a:b], tuple(rule[a:b]), version[a:b])
        for one, a, b in zip(ids.tolist(), *(edge.tolist() for edge in edges), strict=True)
        if b > a
    }


def intervals(connection: Connection, catalog: Catalog, series: Sequence[Series], onto: Grid) -> dict[Series, Intervals]:
    """See `TimeSeriesStore.intervals`."""
    known = sorted(set(catalog.known(series)), key=lambda one: catalog.ids[one])
    blank = {one: onto.blank() for one in series if one not in catalog.ids}
    if not known or not len(onto.start_ms):
        return blank | {one: onto.blank() for one in known}
    ids = catalog.numbers(known)
    with table(connection, "wanted", {"series": ids}):
        rows = fetch(
            connection,
            f"SELECT series, ts, {_VALUE} AS v, min, max, quality, count "  # noqa: S608 - tables of ours
            f"FROM ({_ROLLED[onto.step_s]}) JOIN wanted USING (series) JOIN (SELECT id AS series, kind FROM series) USING (series) "
            "WHERE ts >= epoch_ms(?)::TIMESTAMP_S AND ts < epoch_ms(?)::TIMESTAMP_S",
            _bounds(onto),
        )
    shape = len(known), len(onto.start_ms)
    place = np.searchsorted(ids, rows["series"]), _columns_of(rows["ts"], onto)
    value, low, high = (_spread(shape, place, rows[name], np.nan) for name in ("v", "min", "max"))
    quality = np.full(shape, Quality.MISSING, np.uint8)
    quality[place] = rows["quality"]
    completeness = _spread(shape, place, rows["count"], 0.0) / onto.expected
    return blank | {
        one: Intervals(onto.start_ms, value[n], low[n], high[n], quality[n], completeness[n], onto.step_s) for n, one in enumerate(known)
    }


def total(connection: Connection, catalog: Catalog, series: Mapping[Series, float], onto: Grid) -> Intervals:
    """See `TimeSeriesStore.total`."""
    out = onto.blank()
    known = catalog.known(series)
    if not known or not len(onto.start_ms):
        return out
    weights = {"series": catalog.numbers(known), "weight": np.array([series[one] for one in known], np.float64)}
    with table(connection, "wanted", weights):
        rows = fetch(
            connection,
            f"SELECT ts, sum(weight * {_VALUE}) AS v, sum(least(weight * min, weight * max)) AS low, "  # noqa: S608 - as above
            "sum(greatest(weight * min, weight * max)) AS high, min(quality) AS quality, sum(count)::BIGINT AS count "
            f"FROM ({_ROLLED[onto.step_s]}) JOIN wanted USING (series) JOIN (SELECT id AS series, kind FROM series) USING (series) "
            "WHERE ts >= epoch_ms(?)::TIMESTAMP_S AND ts < epoch_ms(?)::TIMESTAMP_S GROUP BY ts",
            _bounds(onto),
        )
    place = _columns_of(rows["ts"], onto)
    out.value[place], out.low[place], out.high[place] = rows["v"], rows["low"], rows["high"]
    out.quality[place] = rows["quality"]
    out.completeness[place] = rows["count"] / (onto.expected[place] * len(series))
    return out


def _bounds(onto: Grid) -> list[int]:
    return [int(onto.start_ms[0]), onto.end_ms]


def _columns_of(ts: NDArray[Any], onto: Grid) -> IntArray:
    """Place of each interval start on the grid."""
    return np.searchsorted(onto.start_ms, milliseconds(ts))


def _spread(shape: tuple[int, int], place: tuple[IntArray, IntArray], values: FloatArray, blank: float) -> FloatArray:
    grid = np.full(shape, blank)
    grid[place] = values
    return grid
