"""Writing raw readings: what is new, what is there already, what replaces another value."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.readings import Reading
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.duckdb.catalog import Catalog
from mainsight.store.duckdb.engine import Connection, fetch, table, transaction
from mainsight.store.marks import SLOT_MS, Stretch
from mainsight.store.port import Poison, WriteResult
from mainsight.store.refusal import LATEST_MS, LONGEST_LAG_MS, MOST_FLAGS, refusal

Mask = NDArray[np.bool_]
_DAY_MS = DAY_S * SECOND_MS


class Batch(NamedTuple):
    """Readings as columns of shape (n,)."""

    series: IntArray
    time_ms: IntArray
    value: FloatArray
    lag_s: IntArray
    flags: IntArray

    def take(self, chosen: Mask | IntArray) -> "Batch":
        """Some of the rows."""
        return Batch._make(column[chosen] for column in self)

    def arrival_ms(self) -> IntArray:
        """Arrival, to the second."""
        return self.time_ms + self.lag_s * SECOND_MS

    def columns(self) -> dict[str, object]:
        """Columns as DuckDB's types."""
        return {
            "series": self.series.astype(np.int32),
            "ts": self.time_ms.astype("datetime64[ms]"),
            "v": self.value,
            "lag_s": self.lag_s.astype(np.int32),
            "flags": self.flags.astype(np.uint8),
        }


class Stored(NamedTuple):
    """What the file holds for the rows of a batch, shapes (n,)."""

    there: Mask
    value: FloatArray
    lag_s: IntArray
    flags: IntArray


def write(connection: Connection, catalog: Catalog, readings: Sequence[Reading]) -> WriteResult:
    """Store a batch in one transaction, as `TimeSeriesStore.write` promises."""
    batch, poison = _columns(connection, catalog, readings)
    if not len(batch.series):
        return WriteResult(0, poison=poison)
    batch, duplicates = _sorted_without_repeats(batch)
    first = _starts(batch)
    last = np.append(first[1:], True)
    stored = _stored(connection, catalog, batch, first)
    same = stored.there & (stored.value == batch.value)
    # Where the file holds the same value, it is the file's reading that stands, and later ones of the batch replace it.
    batch = batch._replace(lag_s=np.where(same, stored.lag_s, batch.lag_s), flags=np.where(same, stored.flags, batch.flags))
    clash = stored.there & ~same
    again = ~first
    group_known = stored.there[np.flatnonzero(first)][np.cumsum(first) - 1]
    insert = batch.take(last & ~group_known)
    update = batch.take(last & group_known & ~(same & first))
    if len(insert.series) or len(update.series):
        _commit(connection, catalog, insert, update, _revisions(batch, stored, clash, again))
    return WriteResult(
        int(np.count_nonzero(first & ~stored.there)),
        duplicates + int(np.count_nonzero(same)),
        int(np.count_nonzero(clash) + np.count_nonzero(again)),
        poison,
    )


def _columns(connection: Connection, catalog: Catalog, readings: Sequence[Reading]) -> tuple[Batch, tuple[Poison, ...]]:
    """Readings as columns, poison left out. Nearly all batches are good and of known series: those are looked at by columns alone."""
    try:
        batch = _known_columns(catalog, readings)
    except (KeyError, OverflowError):  # a series without a number, a time beyond 64 bits
        suspect = True
    else:
        suspect = bool(_doubtful(batch).any())
    if not suspect:
        return batch, ()
    reasons = {n: reason for n, reading in enumerate(readings) if (reason := refusal(reading))}
    good = [reading for n, reading in enumerate(readings) if n not in reasons]
    new = {reading.series for reading in good} - catalog.ids.keys()
    if new:
        catalog.register(connection, sorted(new))
    return _known_columns(catalog, good), tuple(Poison(readings[n], reason) for n, reason in reasons.items())


def _known_columns(catalog: Catalog, readings: Sequence[Reading]) -> Batch:
    if not readings:
        none = np.empty(0, np.int64)
        return Batch(none, none, np.empty(0), none, none)
    meters, quantities, times, values, arrivals, flags = zip(*readings, strict=True)
    series = np.array(list(map(catalog.ids.__getitem__, zip(meters, quantities, strict=True))), np.int64)
    time_ms = np.array(times, np.int64)
    lag_s = (np.array(arrivals, np.int64) - time_ms) // SECOND_MS
    return Batch(series, time_ms, np.array(values, np.float64), lag_s, np.array(flags, np.int64))


def _doubtful(batch: Batch) -> Mask:
    """Rows that `refusal` may refuse."""
    doubtful: Mask = ~np.isfinite(batch.value) | (batch.flags < 0) | (batch.flags > MOST_FLAGS)
    doubtful |= np.abs(batch.lag_s) >= LONGEST_LAG_MS // SECOND_MS
    for instant in (batch.time_ms, batch.arrival_ms()):
        doubtful |= (instant < 0) | (instant >= LATEST_MS)
    return doubtful


def _sorted_without_repeats(batch: Batch) -> tuple[Batch, int]:
    """Rows by series, time and order of arrival; of equal values in a row for one key the first, and how many were left out."""
    batch = batch.take(np.lexsort((batch.time_ms, batch.series)))
    repeats = ~_starts(batch)
    repeats[1:] &= batch.value[1:] == batch.value[:-1]
    if not repeats.any():
        return batch, 0
    return batch.take(~repeats), int(np.count_nonzero(repeats))


def _starts(batch: Batch) -> Mask:
    """Where a new (series, time) begins."""
    starts = np.ones(len(batch.series), np.bool_)
    starts[1:] = (batch.series[1:] != batch.series[:-1]) | (batch.time_ms[1:] != batch.time_ms[:-1])
    return starts


def _stored(connection: Connection, catalog: Catalog, batch: Batch, first: Mask) -> Stored:
    """What the file holds for the first row of each key.

    A time past the latest of its series cannot be there, so that readings in order cost no look-up at all. The others
    are looked up between bounds of whole UTC days, run by run: without bounds one late row reads the whole table.
    """
    n = len(batch.series)
    found = Stored(np.zeros(n, np.bool_), np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64))
    late = np.flatnonzero(first & (batch.time_ms <= catalog.last_ms[batch.series]))
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


def _revisions(batch: Batch, stored: Stored, clash: Mask, again: Mask) -> dict[str, object] | None:
    """Values that were replaced, those of the file before those of the batch."""
    if not (clash.any() or again.any()):
        return None
    arrival_ms = batch.arrival_ms()
    before = np.flatnonzero(again) - 1
    return {
        "series": np.concatenate([batch.series[clash], batch.series[again]]).astype(np.int32),
        "ts": np.concatenate([batch.time_ms[clash], batch.time_ms[again]]).astype("datetime64[ms]"),
        "v": np.concatenate([stored.value[clash], batch.value[before]]),
        "known_from": np.concatenate(
            [batch.time_ms[clash] + stored.lag_s[clash] * SECOND_MS, arrival_ms[before]],
        ).astype("datetime64[ms]"),
        "known_to": np.concatenate([arrival_ms[clash], arrival_ms[again]]).astype("datetime64[ms]"),
    }


def _commit(connection: Connection, catalog: Catalog, insert: Batch, update: Batch, revisions: dict[str, object] | None) -> None:
    changed = Batch._make(np.concatenate(pair) for pair in zip(insert, update, strict=True))
    changed = changed.take(np.lexsort((changed.time_ms, changed.series)))
    newest = changed.take(np.append(changed.series[1:] != changed.series[:-1], True))
    newest = newest.take(newest.time_ms >= catalog.last_ms[newest.series])
    marked = catalog.marks.touch(quarter_hours(changed))
    with transaction(connection):
        if len(insert.series):
            with table(connection, "batch", insert.columns()):
                connection.execute("INSERT INTO reading SELECT * FROM batch")
        if revisions is not None:
            with table(connection, "batch", revisions):
                connection.execute("INSERT INTO revision SELECT * FROM batch")
        _update(connection, update)
        if len(newest.series):
            with table(connection, "batch", newest.columns()):
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
    with table(connection, "batch", update.columns()):
        connection.execute(
            "UPDATE reading SET v = batch.v, lag_s = batch.lag_s, flags = batch.flags FROM batch "
            "WHERE reading.series = batch.series AND reading.ts = batch.ts "
            "AND reading.ts >= epoch_ms(?)::TIMESTAMP_MS AND reading.ts <= epoch_ms(?)::TIMESTAMP_MS",
            [int(update.time_ms.min()), int(update.time_ms.max())],
        )


def quarter_hours(batch: Batch) -> list[Stretch[int]]:
    """Stretches of quarter hours that rows sorted by series and time fall in; those that touch are one."""
    slot = batch.time_ms // SLOT_MS
    begins = np.ones(len(slot), np.bool_)
    begins[1:] = (batch.series[1:] != batch.series[:-1]) | (slot[1:] > slot[:-1] + 1)
    first = np.flatnonzero(begins)
    last = np.append(first[1:] - 1, len(slot) - 1)
    columns = batch.series[first], slot[first] * SLOT_MS, (slot[last] + 1) * SLOT_MS
    return [Stretch(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def stretch_columns(stretches: Sequence[Stretch[int]]) -> dict[str, object]:
    """Stretches as columns of the table `dirty`."""
    series, start, stop = zip(*stretches, strict=True)
    return {
        "series": np.array(series, np.int32),
        "start": np.array(start, np.int64).astype("datetime64[ms]"),
        "stop": np.array(stop, np.int64).astype("datetime64[ms]"),
    }
