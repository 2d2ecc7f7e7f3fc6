"""Writing final values, with all that stands on them, in one transaction."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import ByteArray, FloatArray, IntArray
from mainsight.core.readings import Series
from mainsight.core.zonetime import MINUTE_MS, SECOND_MS
from mainsight.store.duckdb.catalog import Catalog
from mainsight.store.duckdb.engine import Connection, table, transaction
from mainsight.store.duckdb.rollups import Stretches, delete_within, merged, roll_up
from mainsight.store.duckdb.writes import stretch_columns
from mainsight.store.marks import Stretch
from mainsight.store.port import Dirty, Final, Level, Minutes
from mainsight.store.rollup import BASE_MS, MINUTES, on_quarter_hours


class Columns(NamedTuple):
    """Final values by the quarter hour, all of shape (n,)."""

    series: IntArray
    time_ms: IntArray
    value: FloatArray
    quality: ByteArray
    rule: IntArray
    version: IntArray


class Prepared(NamedTuple):
    """Final values checked and laid out on quarter hours, still under their names."""

    final: Final
    time_ms: IntArray
    value: FloatArray
    quality: ByteArray
    rule: list[str]


def prepare(finals: Sequence[Final]) -> list[Prepared]:
    """Check final values and lay them out on quarter hours.

    Raises:
        ValueError: see `on_quarter_hours`.

    """
    return [Prepared(final, *on_quarter_hours(final)) for final in finals if len(final.time_ms)]


def write_final(
    connection: Connection, catalog: Catalog, timezone: str, finals: Sequence[Prepared], done: Sequence[Dirty], minutes: Sequence[Minutes]
) -> None:
    """Replace final values of the stretches done and of the instants given, and everything rolled up from them."""
    _register(connection, catalog, [one.final.series for one in finals] + [one.series for one in done] + [one.series for one in minutes])
    since_ms = catalog.kept_from.get(Level.QUARTER, 0)
    with transaction(connection):
        kept = [one for one in done if one.end_ms > since_ms]
        removed = _stretches([Stretch(catalog.ids[one.series], max(one.start_ms, since_ms), one.end_ms) for one in kept])
        columns = _since(_columns(connection, catalog, finals), since_ms)
        changed = merged(*(np.concatenate(pair) for pair in zip(removed, _runs(columns), strict=True)))
        if len(changed.series):
            delete_within(connection, "final", changed)  # what is given again fills its runs, so this takes no more
            _insert(connection, columns)
            roll_up(connection, changed, timezone, since_ms)
        _write_minutes(connection, catalog, minutes)
        _forget(connection, catalog, done)


def mark(connection: Connection, catalog: Catalog, stretches: Sequence[Dirty]) -> None:
    """Mark stretches changed, durably."""
    _register(connection, catalog, [one.series for one in stretches])
    marked = catalog.marks.touch(Stretch(catalog.ids[one.series], one.start_ms, one.end_ms) for one in stretches)
    if marked:
        with transaction(connection), table(connection, "batch", stretch_columns(marked)):
            connection.execute("INSERT INTO dirty SELECT * FROM batch")


def _register(connection: Connection, catalog: Catalog, series: Sequence[Series]) -> None:
    new = set(series) - catalog.ids.keys()
    if new:
        catalog.register(connection, sorted(new))


def _columns(connection: Connection, catalog: Catalog, finals: Sequence[Prepared]) -> Columns:
    if not finals:
        none = np.empty(0, np.int64)
        return Columns(none, none, np.empty(0), np.empty(0, np.uint8), none, none)
    for name in {name for one in finals for name in set(one.rule)} - catalog.rules.keys():
        catalog.rules[name] = len(catalog.rules)
        connection.execute("INSERT INTO rule VALUES (?, ?)", [catalog.rules[name], name])
    sizes = [len(one.time_ms) for one in finals]
    rule = [np.fromiter(map(catalog.rules.__getitem__, one.rule), np.int64, len(one.rule)) for one in finals]
    columns = Columns(
        np.repeat([catalog.ids[one.final.series] for one in finals], sizes),
        np.concatenate([one.time_ms for one in finals]),
        np.concatenate([one.value for one in finals]),
        np.concatenate([one.quality for one in finals]),
        np.concatenate(rule),
        np.repeat([one.final.version for one in finals], sizes),
    )
    order = np.lexsort((columns.time_ms, columns.series))
    keep = np.ones(len(order), np.bool_)  # the last given of two values for one instant
    keep[:-1] = (np.diff(columns.series[order]) != 0) | (np.diff(columns.time_ms[order]) != 0)
    return Columns._make(column[order[keep]] for column in columns)


def _stretches(stretches: Sequence[Stretch[int]]) -> Stretches:
    rows = np.array(stretches, np.int64).reshape(-1, 3)
    return merged(rows[:, 0], rows[:, 1], rows[:, 2])


def _runs(columns: Columns) -> Stretches:
    """Stretches without a gap that final values fill."""
    if not len(columns.series):
        return Stretches(*(np.empty(0, np.int64),) * 3)
    begins = np.ones(len(columns.series), np.bool_)
    begins[1:] = (np.diff(columns.series) != 0) | (np.diff(columns.time_ms) != BASE_MS)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(begins)) - 1
    return Stretches(columns.series[first], columns.time_ms[first], columns.time_ms[last] + BASE_MS)


def _since(columns: Columns, since_ms: int) -> Columns:
    kept = columns.time_ms >= since_ms
    return columns if kept.all() else Columns._make(column[kept] for column in columns)


def _write_minutes(connection: Connection, catalog: Catalog, minutes: Sequence[Minutes]) -> None:
    """Replace what is kept by the minute of the quarter hours given."""
    since_ms = catalog.kept_from.get(Level.MINUTE, 0)
    parts = [(catalog.ids[one.series], one.time_ms[kept], one.value[kept]) for one in minutes if (kept := one.time_ms >= since_ms).any()]
    if not parts:
        return
    series = np.repeat([number for number, _, _ in parts], [len(times) for _, times, _ in parts])
    time_ms, value = np.concatenate([times for _, times, _ in parts]), np.concatenate([values for _, _, values in parts])
    delete_within(connection, "rollup_1m", merged(series, time_ms, time_ms + BASE_MS))
    at = (time_ms[:, None] + np.arange(MINUTES) * MINUTE_MS).ravel()
    there = ~np.isnan(value.ravel())
    order = np.flatnonzero(there)[np.argsort(at[there], kind="stable")]
    rows: dict[str, object] = {
        "series": np.repeat(series, MINUTES)[order].astype(np.int32),
        "ts": (at[order] // SECOND_MS).astype("datetime64[s]"),
        "v": value.ravel()[order],
    }
    with table(connection, "batch", rows):
        connection.execute("INSERT INTO rollup_1m SELECT * FROM batch")


def _insert(connection: Connection, columns: Columns) -> None:
    if not len(columns.series):
        return
    rows: dict[str, NDArray[np.generic]] = {
        "series": columns.series.astype(np.int32),
        "ts": (columns.time_ms // SECOND_MS).astype("datetime64[s]"),
        "v": columns.value,
        "quality": columns.quality,
        "rule": columns.rule.astype(np.uint16),
        "version": columns.version.astype(np.int16),
    }
    order = np.argsort(columns.time_ms, kind="stable")
    with table(connection, "batch", {name: column[order] for name, column in rows.items()}):
        connection.execute("INSERT INTO final SELECT * FROM batch")


def _forget(connection: Connection, catalog: Catalog, done: Sequence[Dirty]) -> None:
    touched = set()
    for one in done:
        number = catalog.ids[one.series]
        catalog.marks.forget(Stretch(number, one.start_ms, one.end_ms), one.mark)
        touched.add(number)
    if not touched:
        return
    with table(connection, "gone", {"series": np.array(sorted(touched), np.int32)}):
        connection.execute("DELETE FROM dirty USING gone WHERE dirty.series = gone.series")
    left = [stretch for number in sorted(touched) for stretch in catalog.marks.of(number)]
    if left:
        with table(connection, "batch", stretch_columns(left)):
            connection.execute("INSERT INTO dirty SELECT * FROM batch")
