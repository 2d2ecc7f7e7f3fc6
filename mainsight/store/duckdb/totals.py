"""Totals over many series: from the hours of whole zones, less the few series that are not asked for, and series by series."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import ByteArray, FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.store.duckdb.catalog import Catalog, Place, Weighted
from mainsight.store.duckdb.engine import Connection, fetch, table, transaction
from mainsight.store.duckdb.reads import HOUR_S, ROLLED, WITHIN, bounds, columns_of, minutes
from mainsight.store.rollup import MINUTE_S, Grid, add_up

_NEARLY = 2 / 3
"""Share of a zone's series from which on it costs less to take off the others than to add up these."""
_WORTH_ROWS = 200_000
"""Hours of series below which adding them up takes so few milliseconds that taking off would save nothing."""
_MOST_TAKEN_OFF = 1e6
"""Times what is left: beyond, the sums' last digits would be lost with what is taken off."""

_NONE: Weighted = np.empty(0, np.int32), np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Weighted sums on a grid, shapes (n,); zero where nothing is.

    `size` is the sum of the greatest amounts whatever their signs, where it was asked for.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    count: IntArray
    quality: ByteArray
    size: FloatArray

    @classmethod
    def nothing(cls, n: int) -> "_Sums":
        """Sums of nothing."""
        return cls(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.uint8), np.zeros(n))


def total(connection: Connection, catalog: Catalog, series: Mapping[Series, float], onto: Grid) -> Intervals:
    """See `TimeSeriesStore.total`."""
    if onto.step_s == MINUTE_S:
        found = minutes(connection, catalog, list(series), onto)
        return add_up(((found[one], weight) for one, weight in series.items()), onto)
    out = onto.blank()
    known = {one: series[one] for one in catalog.known(series)}
    if not known or not len(onto.start_ms):
        return out
    if onto.step_s == HOUR_S:
        with transaction(connection):  # zones and what is taken off them as of one instant
            sums = _hours(connection, catalog, known, onto)
    else:
        sums = _sums(connection, catalog, {}, _outside(catalog, {}, known), onto)
    there = sums.count > 0
    for column, of in ((out.value, sums.value), (out.low, sums.low), (out.high, sums.high), (out.quality, sums.quality)):
        column[there] = of[there]
    out.completeness[there] = sums.count[there] / (onto.expected[there] * len(series))
    return out


def _hours(connection: Connection, catalog: Catalog, known: Mapping[Series, float], onto: Grid) -> _Sums:
    """Hours: zones that are asked for whole from their sums, those asked for nearly whole too, less what is not asked for."""
    worth = len(known) * len(onto.start_ms) >= _WORTH_ROWS
    zones = catalog.zones(known, _NEARLY if worth else 1.0)
    lacking = catalog.lacking(zones, known) if worth else _NONE
    if len(lacking[0]):
        off = _sums(connection, catalog, {}, lacking, onto, sizes=True)
        every = _sums(connection, catalog, zones, _outside(catalog, zones, known), onto)
        value, low, high = (np.round(a - b, 9) + 0.0 for a, b in ((every.value, off.value), (every.low, off.low), (every.high, off.high)))
        if np.all(off.size <= _MOST_TAKEN_OFF * np.maximum(np.abs(value), 1.0)):
            count = every.count - off.count
            return _Sums(value, low, high, count, _quality(connection, catalog, known, onto, count), off.size)
        zones = catalog.zones(known, 1.0)
    return _sums(connection, catalog, zones, _outside(catalog, zones, known), onto)


def _outside(catalog: Catalog, zones: Mapping[Place, float], known: Mapping[Series, float]) -> Weighted:
    single = [one for one in known if catalog.place(one) not in zones]
    return catalog.numbers(single), np.array([known[one] for one in single], np.float64)


def _sums(
    connection: Connection, catalog: Catalog, zones: Mapping[Place, float], single: Weighted, onto: Grid, *, sizes: bool = False
) -> _Sums:
    low, high = "least(weight * min, weight * max)", "greatest(weight * min, weight * max)"
    if np.all(single[1] >= 0) and min(zones.values(), default=0.0) >= 0:  # as nearly always: two fifths less work over a whole province
        low, high = "weight * min", "weight * max"
    size = "sum(greatest(abs(weight * min), abs(weight * max)))" if sizes else "0.0"
    found = _Sums.nothing(len(onto.start_ms))
    with ExitStack() as tables:
        parts, parameters = _parts(connection, catalog, zones, single, onto, tables)
        every = " UNION ALL ".join(f"SELECT ts, count, v, min, max, quality, weight FROM {part} {WITHIN}" for part in parts)  # noqa: S608 - ours
        rows = fetch(
            connection,
            f"SELECT ts, sum(weight * v) AS value, sum({low}) AS low, sum({high}) AS high, sum(count)::BIGINT AS count, "  # noqa: S608 - ours
            f"min(quality) AS quality, {size} AS size FROM ({every}) GROUP BY ts",
            parameters,
        )
    place = columns_of(rows["ts"], onto)
    for name in ("value", "low", "high", "count", "quality", "size"):
        getattr(found, name)[place] = rows[name]
    return found


def _parts(
    connection: Connection, catalog: Catalog, zones: Mapping[Place, float], single: Weighted, onto: Grid, tables: ExitStack
) -> tuple[list[str], list[object]]:
    """Sources of SQL with their parameters; their tables last as long as `tables`."""
    parts: list[str] = []
    parameters: list[object] = []
    if len(single[0]):
        tables.enter_context(table(connection, "wanted", {"series": single[0], "weight": single[1]}))
        parts.append(f"({ROLLED[onto.step_s]}) JOIN wanted USING (series)")
        parameters += bounds(onto)
    alike = catalog.province(zones)
    if alike is not None:
        parts.append("(SELECT *, ?::DOUBLE AS weight FROM zone_1h WHERE quantity = ?)")
        parameters += [*alike, *bounds(onto)]
    elif zones:
        tables.enter_context(table(connection, "zones", _zone_columns(zones)))
        parts.append("zone_1h JOIN zones USING (zone, quantity)")
        parameters += bounds(onto)
    return parts, parameters


def _zone_columns(weights: Mapping[Place, float]) -> dict[str, object]:
    zone, name = zip(*weights, strict=True)
    return {"zone": np.array(zone, object), "quantity": np.array(name, object), "weight": np.array(list(weights.values()))}


def _quality(connection: Connection, catalog: Catalog, known: Mapping[Series, float], onto: Grid, count: IntArray) -> ByteArray:
    """The lowest quality of the hours asked for, of which `count` quarter hours are there; shape (n,).

    Nearly all are measured, so that only the others are looked for: a zone's own quality may be that of what is taken off.
    """
    with table(connection, "wanted", {"series": catalog.numbers(list(known))}):
        rows = fetch(
            connection,
            "SELECT ts, min(quality) AS lowest, sum(count)::BIGINT AS others FROM rollup_1h JOIN wanted USING (series) "  # noqa: S608
            f"{WITHIN} AND quality <> {Quality.MEASURED:d} GROUP BY ts",
            bounds(onto),
        )
    place = columns_of(rows["ts"], onto)
    found = np.full(len(onto.start_ms), Quality.MEASURED, np.uint8)
    found[place] = np.where((rows["lowest"] < Quality.MEASURED) | (rows["others"] == count[place]), rows["lowest"], Quality.MEASURED)
    return found
