"""Writing raw readings: what is new, what is there already, what replaces another value."""

from collections.abc import Sequence

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.readings import Reading
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.batch import (
    Batch,
    Changes,
    Replaced,
    Stored,
    changes,
    checked,
    newest_of_each,
    quarter_hours,
    sorted_without_repeats,
)
from mainsight.store.duckdb.catalog import Catalog
from mainsight.store.duckdb.engine import Connection, fetch, table, transaction
from mainsight.store.marks import Stretch
from mainsight.store.port import Level, WriteResult
from mainsight.store.refusal import refusal

_DAY_MS = DAY_S * SECOND_MS


def write(connection: Connection, catalog: Catalog, readings: Sequence[Reading]) -> WriteResult:
    """Store a batch in one transaction, as `TimeSeriesStore.write` promises."""
    since_ms = catalog.kept_from.get(Level.QUARTER, 0)
    batch, poison = checked(
        catalog.ids, readings, lambda one: refusal(one, since_ms), lambda new: catalog.register(connection, sorted(new)), since_ms
    )
    if not len(batch.series):
        return WriteResult(0, poison=poison)
    batch, duplicates = sorted_without_repeats(batch)
    found = changes(batch, _stored(connection, catalog, batch))
    if len(found.insert.series) or len(found.update.series):
        _commit(connection, catalog, found)
    return WriteResult(found.stored_count, duplicates + found.duplicate_count, len(found.replaced.series), poison)


def _stored(connection: Connection, catalog: Catalog, batch: Batch) -> Stored:
    """What the file holds for the first row of each key.

    A time past the latest of its series cannot be there, so that readings in order cost no look-up at all. The others
    are looked up between bounds of whole UTC days, run by run: without bounds one late row reads the whole table.
    """
    found = Stored.nothing(len(batch.series))
    late = np.flatnonzero(batch.starts() & (batch.time_ms <= catalog.last_ms[batch.series]))
    if not len(late):
        return found
    late = late[np.argsort(batch.time_ms[late], kind="stable")]
    days = batch.time_ms[late] // _DAY_MS
    for rows in np.split(late, np.flatnonzero(np.diff(days) > 1) + 1):
        _look_up(connection, batch, rows, found)
    return found


def _look_up(connection: Connection, batch: Batch, rows: IntArray, found: Stored) -> None:
    start = int(batch.time_ms[rows[0]]) // _DAY_MS * _DAY_MS
    end = (int(batch.time_ms[rows[-1]]) // _DAY_MS + 1) * _DAY_MS
    chosen = batch.take(rows)
    keys = {"place": rows, "series": chosen.series.astype(np.int32), "ts": chosen.time_ms.astype("datetime64[ms]")}
    with table(connection, "wanted", keys):
        hits = fetch(
            connection,
            "SELECT place, v, lag_s, flags FROM reading JOIN wanted USING (series, ts) "
            "WHERE reading.ts >= epoch_ms(?)::TIMESTAMP_MS AND reading.ts < epoch_ms(?)::TIMESTAMP_MS",
            [start, end],
        )
    places = hits["place"]
    found.there[places] = True
    found.value[places], found.lag_s[places], found.flags[places] = hits["v"], hits["lag_s"], hits["flags"]


def _commit(connection: Connection, catalog: Catalog, found: Changes) -> None:
    changed = found.changed()
    newest = newest_of_each(changed)
    newest = newest.take(newest.time_ms >= catalog.last_ms[newest.series])
    marked = catalog.marks.touch(quarter_hours(changed))
    with transaction(connection):
        if len(found.insert.series):
            with table(connection, "batch", _batch_columns(found.insert)):
                connection.execute("INSERT INTO reading SELECT * FROM batch")
        if len(found.replaced.series):
            with table(connection, "batch", _revision_columns(found.replaced)):
                connection.execute("INSERT INTO revision SELECT * FROM batch")
        _update(connection, found.update)
        if len(newest.series):
            with table(connection, "batch", _batch_columns(newest)):
                connection.execute(
                    "MERGE INTO last USING batch ON last.series = batch.series WHEN MATCHED THEN UPDATE "
                    "SET ts = batch.ts, v = batch.v, lag_s = batch.lag_s, flags = batch.flags WHEN NOT MATCHED THEN INSERT"
                )
        if marked:
            with table(connection, "batch", stretch_columns(marked)):
                connection.execute("INSERT INTO dirty SELECT * FROM batch")
    catalog.last_ms[newest.series] = newest.time_ms


def _update(connection: Connection, update: Batch) -> None:
    if not len(update.series):
        return
    with table(connection, "batch", _batch_columns(update)):
        connection.execute(
            "UPDATE reading SET v = batch.v, lag_s = batch.lag_s, flags = batch.flags FROM batch "
            "WHERE reading.series = batch.series AND reading.ts = batch.ts "
            "AND reading.ts >= epoch_ms(?)::TIMESTAMP_MS AND reading.ts <= epoch_ms(?)::TIMESTAMP_MS",
            [int(update.time_ms.min()), int(update.time_ms.max())],
        )


def _batch_columns(batch: Batch) -> dict[str, object]:
    return {
        "series": batch.series.astype(np.int32),
        "ts": batch.time_ms.astype("datetime64[ms]"),
        "v": batch.value,
        "lag_s": batch.lag_s.astype(np.int32),
        "flags": batch.flags.astype(np.uint8),
    }


def _revision_columns(replaced: Replaced) -> dict[str, object]:
    return {
        "series": replaced.series.astype(np.int32),
        "ts": replaced.time_ms.astype("datetime64[ms]"),
        "v": replaced.value,
        "known_from": replaced.known_from_ms.astype("datetime64[ms]"),
        "known_to": replaced.known_to_ms.astype("datetime64[ms]"),
    }


def stretch_columns(stretches: Sequence[Stretch[int]]) -> dict[str, object]:
    """Stretches as columns of the table `dirty`."""
    series, start, stop = zip(*stretches, strict=True)
    return {
        "series": np.array(series, np.int32),
        "start": np.array(start, np.int64).astype("datetime64[ms]"),
        "stop": np.array(stop, np.int64).astype("datetime64[ms]"),
    }
