"""Reading raw, last and rolled-up values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.influx.connection import Connection, Table
from mainsight.store.influx.query import (
    BY_SERIES,
    FINAL,
    FINAL_FIELDS,
    MINUTES,
    READING,
    READING_FIELDS,
    ROLLUPS,
    Part,
    Statement,
    during,
    of_series,
    select,
    select_last,
)
from mainsight.store.port import FinalValues, Raw
from mainsight.store.rollup import MINUTE_S, Grid, by_minute

_VALUE_FIELD = {Kind.GAUGE: "mean", Kind.REGISTER: "sum", Kind.STATUS: "last"}


async def gathered(connection: Connection, statements: Sequence[Statement]) -> dict[Series, dict[str, list[Any]]]:
    """Rows of statements that group by meter and quantity, as columns of each series."""
    found: dict[Series, dict[str, list[Any]]] = {}
    async for table in connection.query(statements):
        columns = found.setdefault(series_of(table), defaultdict(list))
        for name, values in table.columns.items():
            columns[name] += values
    return found


def series_of(table: Table) -> Series:
    """The series a table is of."""
    return Series(table.tags["meter"], table.tags["quantity"])


async def raw_many(connection: Connection, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, Raw]:
    """See `TimeSeriesStore.raw_many`."""
    if start_ms >= end_ms:
        return {}
    statements = [
        select(READING_FIELDS, READING, [*during(start_ms, end_ms), " AND ", *which], BY_SERIES) for _, which in of_series(series)
    ]
    return {one: _raw(columns) for one, columns in (await gathered(connection, statements)).items()}


def _raw(columns: Mapping[str, Sequence[Any]]) -> Raw:
    """Readings of one table. A point whose fields the server does not all show yet is still being written: it comes with the next look."""
    rows = zip(columns["time"], columns["v"], columns["lag_s"], columns["flags"], strict=True)
    whole = [row for row in rows if None not in row]
    times, values, lags, flags = zip(*whole, strict=True) if whole else ((), (), (), ())
    time_ms = np.array(times, np.int64)
    arrival_ms = time_ms + np.array(lags, np.int64) * SECOND_MS
    return Raw(time_ms, np.array(values, np.float64), arrival_ms, np.array(flags, np.int64))


async def final(connection: Connection, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, FinalValues]:
    """See `TimeSeriesStore.final`."""
    if start_ms >= end_ms:
        return {}
    statements = [select(FINAL_FIELDS, FINAL, [*during(start_ms, end_ms), " AND ", *which], BY_SERIES) for _, which in of_series(series)]
    found = {one: _final(columns) for one, columns in (await gathered(connection, statements)).items()}
    return {one: values for one, values in found.items() if len(values.time_ms)}


def _final(columns: Mapping[str, list[Any]]) -> FinalValues:
    """Values of one table; rank 0 stands for those that were removed on servers that cannot delete."""
    rows = zip(columns["time"], *(columns[name] for name in FINAL_FIELDS), strict=True)
    there = sorted((row for row in rows if None not in row and row[2] != Quality.MISSING), key=lambda row: row[0])
    times, values, qualities, rules, versions = zip(*there, strict=True) if there else ((),) * 5
    return FinalValues(
        np.array(times, np.int64), np.array(values, np.float64), np.array(qualities, np.uint8), tuple(rules), np.array(versions, np.int64)
    )


async def last(connection: Connection, series: Sequence[Series] | None) -> dict[Series, Reading]:
    """See `TimeSeriesStore.last`."""
    which: list[list[Part]] = [[]] if series is None else [condition for _, condition in of_series(series)]
    statements = [select_last("v", ("lag_s", "flags"), READING, condition, BY_SERIES) for condition in which]
    found = {}
    async for table in connection.query(statements):
        one, raw = series_of(table), _raw({**table.columns, "v": table.columns["last"]})
        for row in range(len(raw.time_ms)):
            found[one] = Reading(*one, int(raw.time_ms[row]), float(raw.value[row]), int(raw.arrival_ms[row]), int(raw.flags[row]))
    return found


async def intervals(connection: Connection, series: Sequence[Series], onto: Grid) -> dict[Series, Intervals]:
    """See `TimeSeriesStore.intervals`."""
    if onto.step_s == MINUTE_S and len(onto.start_ms):
        return await _by_minute(connection, series, onto)
    out = {one: onto.blank() for one in series}
    if not len(onto.start_ms):
        return out
    within = during(int(onto.start_ms[0]), onto.end_ms)
    statements = [
        select((_value_field(name), "min", "max", "quality", "count"), ROLLUPS[onto.step_s], [*within, " AND ", *which], BY_SERIES)
        for name, which in of_series(series)
    ]
    for one, columns in (await gathered(connection, statements)).items():
        _fill(out[one], columns, _value_field(one.quantity), onto)
    return out


async def _by_minute(connection: Connection, series: Sequence[Series], onto: Grid) -> dict[Series, Intervals]:
    quarters = onto.quarters()
    coarse = await intervals(connection, series, quarters)
    within = during(int(quarters.start_ms[0]), quarters.end_ms)
    statements = [select(("v", "count"), MINUTES, [*within, " AND ", *which], BY_SERIES) for _, which in of_series(series)]
    own = await gathered(connection, statements)
    return {one: by_minute(quantity(one.quantity).kind, of, *_kept_minutes(own.get(one, {})), onto) for one, of in coarse.items()}


def _kept_minutes(columns: Mapping[str, list[Any]]) -> tuple[IntArray, FloatArray]:
    """Instants and values; count 0 stands for minutes of which nothing is known any more."""
    there = np.array(columns.get("count", ()), np.int64) > 0
    return np.array(columns.get("time", ()), np.int64)[there], np.array(columns.get("v", ()), np.float64)[there]


def _fill(out: Intervals, columns: Mapping[str, list[Any]], value_field: str, onto: Grid) -> None:
    count = np.array(columns["count"], np.int64)
    there = count > 0
    place = np.searchsorted(onto.start_ms, np.array(columns["time"], np.int64)[there])
    for into, name in ((out.value, value_field), (out.low, "min"), (out.high, "max")):
        into[place] = np.array(columns[name], np.float64)[there]
    out.quality[place] = np.array(columns["quality"], np.uint8)[there]
    out.completeness[place] = count[there] / onto.expected[place]


def _value_field(name: str) -> str:
    return _VALUE_FIELD[quantity(name).kind]
