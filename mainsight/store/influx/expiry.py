"""Taking away what is older than its level is kept, a day at a time, by InfluxQL's DELETE, which 1.x and 2.x know."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mainsight.core.readings import Series
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.query import (
    BY_SERIES,
    FINAL,
    FORECAST,
    FORECAST_LATEST,
    MINUTES,
    READING,
    ROLLUPS,
    Part,
    before,
    counted,
    delete,
    during,
    first_of,
    of_series,
    select_last,
)
from mainsight.store.influx.reads import series_of
from mainsight.store.influx.writes import ReadingWriter
from mainsight.store.port import Level, StoreError
from mainsight.store.rollup import BASE_S
from mainsight.store.sql.changes import SqlChanges
from mainsight.store.sql.kept import SqlKept

_DAY_MS = DAY_S * SECOND_MS
_MEASUREMENTS = {
    Level.RAW: ((READING, "v"),),
    Level.MINUTE: ((MINUTES, "v"),),
    Level.QUARTER: ((FINAL, "v"), (ROLLUPS[BASE_S], "mean")),
    Level.HOUR: ((ROLLUPS[3600], "mean"),),
    Level.DAY: ((ROLLUPS[DAY_S], "mean"),),
    Level.FORECAST: ((FORECAST, "p50"), (FORECAST_LATEST, "p50")),
}
"""Of each level; the first tells which days are left to do, and goes last."""


@dataclass(frozen=True, slots=True)
class _Sweep:
    """What is to go of a level before an instant: the days left to look at, and what stays of each series (of raw readings)."""

    before_ms: int
    days: Iterator[int]
    since: dict[Series, int]


class Expiry:
    """Deletes by level. One process at a time should."""

    def __init__(self, connection: Connection, readings: ReadingWriter, journal: SqlChanges, kept: SqlKept) -> None:
        """`journal` tells which series are dirty; `kept` what was taken away."""
        self._connection = connection
        self._readings = readings
        self._journal = journal
        self._kept = kept
        self._sweeps: dict[Level, _Sweep] = {}

    async def expired(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expired`."""
        if level is not Level.RAW:
            return sum([await self._count(name, field, before(before_ms)) for name, field in _MEASUREMENTS[level]])
        since = await self._since_of(before_ms)
        counts = [await self._of_day(day_ms, since, before_ms) for day_ms in await self._days(READING, "v", before_ms)]
        return sum(sum(found.values()) for found, _ in counts)

    async def expire(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expire`.

        Raises:
            StoreError: the server cannot delete.

        """
        if not self._connection.deletes:
            raise StoreError(
                f"{self._connection.where} is version {self._connection.version}, which cannot delete by time: leave store.retention "
                "empty and give the database a retention period by its own tools"
            )
        await self._kept.keep_from(level, before_ms)
        try:
            return await (self._expire_raw(before_ms) if level is Level.RAW else self._expire_level(level, before_ms))
        except StoreError:
            self._sweeps.pop(level, None)  # the day it failed on must not be left out
            raise

    async def _expire_level(self, level: Level, before_ms: int) -> int:
        """The next day that holds anything."""
        for day_ms in (await self._sweep(level, before_ms)).days:
            within = during(day_ms, min(day_ms + _DAY_MS, before_ms))
            rows = sum([await self._count(name, field, within) for name, field in _MEASUREMENTS[level]])
            await self._connection.execute([delete(name, within) for name, _ in reversed(_MEASUREMENTS[level])])
            if rows:
                return rows
        del self._sweeps[level]
        return 0

    async def _expire_raw(self, before_ms: int) -> int:
        """The next day of raw readings that holds any to go; this process writes none meanwhile.

        What comes late between the look and the deletion would go with the rest.
        """
        sweep = await self._sweep(Level.RAW, before_ms)
        for day_ms in sweep.days:
            async with self._readings.paused():
                found, others = await self._of_day(day_ms, sweep.since, before_ms)
                if found:
                    within = during(day_ms, day_ms + _DAY_MS)
                    some = [delete(READING, [*within, " AND ", *which]) for _, which in of_series(found)]
                    await self._connection.execute(some if others else [delete(READING, within)])
                    return sum(found.values())
        del self._sweeps[Level.RAW]
        await self._kept.forget_raw(before_ms)
        return 0

    async def _sweep(self, level: Level, before_ms: int) -> "_Sweep":
        known = self._sweeps.get(level)
        if known is None or known.before_ms != before_ms:
            name, field = _MEASUREMENTS[level][0]
            since = await self._since_of(before_ms) if level is Level.RAW else {}
            known = self._sweeps[level] = _Sweep(before_ms, await self._days(name, field, before_ms), since)
        return known

    async def _since_of(self, before_ms: int) -> dict[Series, int]:
        """Start of the day of each series' last reading before an instant: its next value begins there, so that it stays."""
        return {
            series_of(found): found.columns["time"][0] // _DAY_MS * _DAY_MS
            async for found in self._connection.query([select_last("v", (), READING, before(before_ms), BY_SERIES)])
        }

    async def _of_day(self, day_ms: int, since: dict[Series, int], before_ms: int) -> tuple[dict[Series, int], bool]:
        """Series whose readings of a day may go, and how many these are; and whether there are others that day.

        Others are those whose last reading it holds, or which are dirty before the instant.
        """
        held = {one.series for one in await self._journal.changed(10**9, before_ms)}
        counts: dict[Series, int] = {}
        others = False
        async for found in self._connection.query([counted("v", READING, during(day_ms, day_ms + _DAY_MS), BY_SERIES)]):
            series = series_of(found)
            if since.get(series, 0) > day_ms and series not in held:
                counts[series] = found.columns["count"][0]
            else:
                others = True
        return counts, others

    async def _count(self, name: str, field: str, where: Sequence[Part]) -> int:
        return sum([found.columns["count"][0] async for found in self._connection.query([counted(field, name, where)])])

    async def _days(self, name: str, field: str, before_ms: int) -> Iterator[int]:
        """UTC days from the first point of a measurement to an instant."""
        firsts = [found.columns["time"][0] async for found in self._connection.query([first_of(field, name)])]
        return iter(range(firsts[0] // _DAY_MS * _DAY_MS, before_ms, _DAY_MS)) if firsts else iter(())
