"""Writing raw readings: what is new, what is there already, what replaces another value.

InfluxDB itself only overwrites. A time past the latest that this process knows of a series is new; all others are read
back first. Where several collectors write the same series, one of them may not know yet what another wrote: a reading
that came to both then counts as new instead of as a duplicate, and a value that it replaces leaves no revision.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.batch import (
    Batch,
    Changes,
    Stored,
    changes,
    checked,
    newest_of_each,
    quarter_hours,
    sorted_without_repeats,
)
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.lines import Known, writable
from mainsight.store.influx.query import BY_SERIES, READING, READING_FIELDS, Statement, during, of_series, select, select_last
from mainsight.store.influx.writing import Sender, write_lines
from mainsight.store.marks import Stretch
from mainsight.store.port import Poison, Revision, WriteResult
from mainsight.store.refusal import refusal
from mainsight.store.sql.changes import Change, SqlChanges


class ReadingWriter:
    """Writes batches one after the other."""

    def __init__(self, connection: Connection, sender: Sender, journal: SqlChanges) -> None:
        """Write through `sender`; what changes is told to `journal`."""
        self._connection = connection
        self._sender = sender
        self._journal = journal
        self._known: Known | None = None
        self._loading = asyncio.Lock()
        self._turn = asyncio.Lock()

    async def known(self) -> Known:
        """Series of the store; read from the server the first time."""
        async with self._loading:
            if self._known is None:
                self._known = await self._load()
            return self._known

    async def _load(self) -> Known:
        last: dict[Series, int] = {}
        async for table in self._connection.query([select_last("v", (), READING, group_by=BY_SERIES)]):
            last[Series(table.tags["meter"], table.tags["quantity"])] = table.columns["time"][0]
        known = Known()
        known.register(last)
        known.last_ms[: len(last)] = list(last.values())
        return known

    async def write(self, readings: Sequence[Reading], since_ms: int) -> WriteResult:
        """See `TimeSeriesStore.write`; readings before `since_ms` are refused."""
        async with self._turn:
            known = await self.known()
            batch, poison = checked(known.ids, readings, lambda one: _refusal(one, since_ms), known.register, since_ms)
            if not len(batch.series):
                return WriteResult(0, poison=poison)
            batch, duplicates = sorted_without_repeats(batch)
            stored = await self._stored(known, batch)
            found = changes(batch, stored)
            refused = await self._commit(known, found)
            if not refused:
                return WriteResult(found.stored_count, duplicates + found.duplicate_count, len(found.replaced.series), poison)
            return _without(refused, known, readings, poison, batch, stored)

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """While this lasts nothing is written by this process."""
        async with self._turn:
            yield

    async def _stored(self, known: Known, batch: Batch) -> Stored:
        """What the server holds for the first row of each key that may be there."""
        found = Stored.nothing(len(batch.series))
        late = np.flatnonzero(batch.starts() & (batch.time_ms <= known.last_ms[batch.series]))
        if not len(late):
            return found
        keys = zip(batch.series[late].tolist(), batch.time_ms[late].tolist(), strict=True)
        places = dict(zip(keys, late.tolist(), strict=True))
        async for table in self._connection.query(_look_ups(known, list(places))):
            series = known.ids[table.tags["meter"], table.tags["quantity"]]
            for at, value, lag_s, flags in zip(*(table.columns[name] for name in ("time", *READING_FIELDS)), strict=True):
                place = places.get((series, at))
                if place is not None:
                    found.there[place] = True
                    found.value[place], found.lag_s[place], found.flags[place] = value, lag_s, flags
        return found

    async def _commit(self, known: Known, found: Changes) -> dict[tuple[str, str, int], str]:
        """Send what is new or different; gives (meter, quantity, time) -> reason for rows the server refuses."""
        changed = found.changed()
        if not len(changed.series):
            return {}
        by_time = changed.take(np.argsort(changed.time_ms, kind="stable"))
        lines = await asyncio.to_thread(known.reading_lines, by_time)
        stretches = [Stretch(known.series[one.key], one.start_ms, one.end_ms) for one in quarter_hours(changed)]
        entry = await self._journal.enter(stretches, _replaced(known, found))
        try:
            refused = await write_lines(self._sender, lines)
        finally:
            await self._journal.close_entry(entry)
        if refused:
            kept = np.ones(len(lines), np.bool_)
            kept[list(refused)] = False
            changed = by_time.take(kept)
            changed = changed.take(np.lexsort((changed.time_ms, changed.series)))
        newest = newest_of_each(changed)
        known.last_ms[newest.series] = np.maximum(known.last_ms[newest.series], newest.time_ms)
        return {(*known.series[int(by_time.series[place])], int(by_time.time_ms[place])): reason for place, reason in refused.items()}


def _refusal(reading: Reading, since_ms: int) -> str:
    if not writable(reading.meter):
        return f"meter {reading.meter!r} cannot be a tag in InfluxDB"
    return refusal(reading, since_ms)


def _look_ups(known: Known, keys: Sequence[tuple[int, int]]) -> list[Statement]:
    """Statements that read back keys (series, time): for each quantity, one for each run of instants that lie near each other.

    A statement costs the server as much as some thousand rows, so that reading what lies between two instants is the
    lesser evil, up to a day.
    """
    of_quantity: dict[str, list[tuple[int, Series]]] = defaultdict(list)
    for one, at in keys:
        series = known.series[one]
        of_quantity[series.quantity].append((at, series))
    statements = []
    for wanted in of_quantity.values():
        for run in _runs(sorted(wanted)):
            within = during(run[0][0], run[-1][0] + 1)
            statements += [
                select(READING_FIELDS, READING, [*within, " AND ", *which], BY_SERIES) for _, which in of_series(one for _, one in run)
            ]
    return statements


def _runs(wanted: Sequence[tuple[int, Series]]) -> Iterator[Sequence[tuple[int, Series]]]:
    """Cut in order of time where there is a gap of more than an hour, or a day is full."""
    begin = 0
    for n in range(1, len(wanted) + 1):
        if n == len(wanted) or wanted[n][0] - wanted[n - 1][0] > HOUR_MS or wanted[n][0] - wanted[begin][0] >= DAY_S * SECOND_MS:
            yield wanted[begin:n]
            begin = n


def _replaced(known: Known, found: Changes) -> list[Change]:
    rows = zip(*(column.tolist() for column in found.replaced), strict=True)
    return [Change(known.series[series], Revision(*revision)) for series, *revision in rows]


def _without(
    refused: dict[tuple[str, str, int], str],
    known: Known,
    readings: Sequence[Reading],
    poison: tuple[Poison, ...],
    batch: Batch,
    stored: Stored,
) -> WriteResult:
    """The result where the server refused rows: all readings of their keys are poison, the others are counted without them."""
    keys = ((*known.series[series], at) for series, at in zip(batch.series.tolist(), batch.time_ms.tolist(), strict=True))
    kept = np.array([key not in refused for key in keys], np.bool_)
    found = changes(batch.take(kept), Stored._make(column[kept] for column in stored))
    before = {id(one.reading) for one in poison}
    more = [Poison(r, refused[r[:3]]) for r in readings if r[:3] in refused and id(r) not in before]
    replaced = len(found.replaced.series)
    duplicates = len(readings) - len(poison) - len(more) - found.stored_count - replaced
    return WriteResult(found.stored_count, duplicates, replaced, (*poison, *more))
