"""`TimeSeriesStore` on InfluxDB."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mainsight.core.forecasts import Forecast, ForecastIssue, ForecastRows
from mainsight.core.intervals import Intervals
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.alarm_port import Transition
from mainsight.store.influx import finals as final_values
from mainsight.store.influx import forecasts as issues
from mainsight.store.influx import reads
from mainsight.store.influx.alarms import write_outages, write_transitions
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.expiry import Expiry
from mainsight.store.influx.failures import AccessError
from mainsight.store.influx.lines import text
from mainsight.store.influx.query import SCHEMA, select_last
from mainsight.store.influx.writes import ReadingWriter
from mainsight.store.influx.writing import Sender, sender_for, write_lines
from mainsight.store.marks import Stretch
from mainsight.store.port import (
    Dirty,
    Final,
    FinalValues,
    Level,
    Minutes,
    Raw,
    Revision,
    StoreError,
    StoreFormatError,
    StoreHealth,
    WriteResult,
)
from mainsight.store.rollup import Grid, add_up
from mainsight.store.rule_port import PlannedOutage
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.changes import SqlChanges
from mainsight.store.sql.database import Database
from mainsight.store.sql.kept import SqlKept

_VERSION = 1


class InfluxStore:
    """Readings, final values, roll-ups and forecasts on an InfluxDB server; what changed and what was replaced in SQL.

    Several processes may use one server and one state database. Only one of them should compute final values.
    """

    def __init__(self, connection: Connection, sender: Sender, database: Database, timezone: str, clock: Callable[[], int]) -> None:
        """See `open`."""
        self._connection = connection
        self._sender = sender
        self._database = database
        self._timezone = timezone
        self._clock = clock
        self._journal = SqlChanges(database, clock)
        self._readings = ReadingWriter(connection, sender, self._journal)
        self._kept = SqlKept(database)
        self._expiry = Expiry(connection, self._readings, self._journal, self._kept)
        self._finals = final_values.FinalWriter(connection, sender, timezone)
        self._marked = False

    @classmethod
    async def open(cls, settings: StoreSettings, clock: Callable[[], int]) -> "InfluxStore":
        """Connect to the server and open the state database.

        Args:
            settings: where they are.
            clock: UTC milliseconds.

        Raises:
            StoreUnavailableError: one of them cannot be reached or opened now.
            StoreFormatError: the server is not an InfluxDB we know, does not let us in, has no such database, or its
                database is of another zone or of a later mainsight; or the state file is not ours.

        """
        connection = await Connection.open(settings.influx)
        try:
            database = await asyncio.to_thread(Database, settings.state)
        except BaseException:
            await connection.close()
            raise
        store = cls(connection, sender_for(connection), database, settings.timezone, clock)
        try:
            await store._check_schema()
        except AccessError as error:
            await store.close()
            raise StoreFormatError(str(error)) from error
        except BaseException:
            await store.close()
            raise
        return store

    async def _check_schema(self) -> None:
        """Refuse a database that is built otherwise."""
        async for table in self._connection.query([select_last("version", ("timezone",), SCHEMA)]):
            [version], [zone] = table.columns["last"], table.columns["timezone"]
            where = f"database {self._connection.settings.database!r} of {self._connection.where}"
            if version > _VERSION:
                raise StoreFormatError(f"{where} was filled by a later mainsight (format {version}); update mainsight or name another")
            if zone != self._timezone:
                raise StoreFormatError(
                    f"{where} keeps days of {zone}, not of {self._timezone}: set store.timezone to {zone} or name another"
                )
            self._marked = True

    async def _mark_schema(self) -> None:
        """Say in the database how it is built, once there is something in it."""
        if not self._marked:
            await write_lines(self._sender, [f"{SCHEMA} version={_VERSION}i,timezone={text(self._timezone)} {self._clock()}"])
            self._marked = True

    async def write(self, readings: Sequence[Reading]) -> WriteResult:
        """See `TimeSeriesStore.write`."""
        await self._mark_schema()
        return await self._readings.write(readings, (await self._kept.levels()).get(Level.QUARTER, 0))

    async def raw(self, series: Series, start_ms: int, end_ms: int) -> Raw:
        """See `TimeSeriesStore.raw`."""
        none = np.empty(0, np.int64)
        return (await self.raw_many([series], start_ms, end_ms)).get(series, Raw(none, np.empty(0), none, none))

    async def raw_many(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, Raw]:
        """See `TimeSeriesStore.raw_many`."""
        return await reads.raw_many(self._connection, series, start_ms, end_ms)

    async def revisions(self, series: Series, start_ms: int, end_ms: int) -> list[Revision]:
        """See `TimeSeriesStore.revisions`."""
        return await self._journal.revisions(series, start_ms, end_ms)

    async def last(self, series: Sequence[Series] | None = None) -> dict[Series, Reading]:
        """See `TimeSeriesStore.last`."""
        return await reads.last(self._connection, series)

    async def dirty(self, limit: int, before_ms: int | None = None) -> list[Dirty]:
        """See `TimeSeriesStore.dirty`."""
        return await self._journal.changed(limit, before_ms)

    async def mark(self, stretches: Sequence[Dirty]) -> None:
        """See `TimeSeriesStore.mark`."""
        entry = await self._journal.enter([Stretch(one.series, one.start_ms, one.end_ms) for one in stretches], ())
        await self._journal.close_entry(entry)

    async def final(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, FinalValues]:
        """See `TimeSeriesStore.final`."""
        return await reads.final(self._connection, series, start_ms, end_ms)

    async def write_final(self, finals: Sequence[Final], done: Sequence[Dirty], minutes: Sequence[Minutes] = ()) -> None:
        """See `TimeSeriesStore.write_final`."""
        prepared = await asyncio.to_thread(final_values.prepare, finals)
        await self._mark_schema()
        await self._finals.write(prepared, done, minutes, await self._kept.levels())
        await self._journal.forget(done)

    async def intervals(self, series: Sequence[Series], start_ms: int, end_ms: int, step_s: int) -> dict[Series, Intervals]:
        """See `TimeSeriesStore.intervals`."""
        return await reads.intervals(self._connection, series, Grid.of(start_ms, end_ms, step_s, self._timezone))

    async def total(self, series: Mapping[Series, float], start_ms: int, end_ms: int, step_s: int) -> Intervals:
        """See `TimeSeriesStore.total`."""
        onto = Grid.of(start_ms, end_ms, step_s, self._timezone)
        found = await reads.intervals(self._connection, list(series), onto)
        return add_up(((found[one], weight) for one, weight in series.items()), onto)

    async def write_forecast(self, forecasts: Sequence[Forecast]) -> None:
        """See `TimeSeriesStore.write_forecast`."""
        await self._mark_schema()
        await issues.write_forecasts(self._connection, self._sender, forecasts)

    async def forecast(self, target: str, quantity: str, issued_by_ms: int | None = None) -> Forecast | None:
        """See `TimeSeriesStore.forecast`."""
        return await issues.read_forecast(self._connection, target, quantity, issued_by_ms)

    async def forecasts_at_lead(self, target: str, quantity: str, lead: int, start_ms: int, end_ms: int) -> Forecast | None:
        """See `TimeSeriesStore.forecasts_at_lead`."""
        return await issues.read_at_lead(self._connection, target, quantity, lead, start_ms, end_ms)

    async def forecast_rows(self, target: str, quantity: str, start_ms: int, end_ms: int) -> ForecastRows | None:
        """See `TimeSeriesStore.forecast_rows`."""
        return await issues.read_rows(self._connection, target, quantity, start_ms, end_ms)

    async def kept_from(self) -> dict[Level, int]:
        """See `TimeSeriesStore.kept_from`."""
        return await self._kept.levels()

    async def expired(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expired`."""
        return await self._expiry.expired(level, before_ms)

    async def expire(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expire`."""
        return await self._expiry.expire(level, before_ms)

    async def write_transitions(self, transitions: Sequence[Transition]) -> None:
        """Copy alarm transitions, so that Grafana shows them beside the values; the relational state keeps the truth.

        Raises:
            StoreError: some may be written, some not; write all again.

        """
        await self._mark_schema()
        await write_transitions(self._sender, transitions)

    async def write_outages(self, outages: Sequence[PlannedOutage]) -> None:
        """Copy notices of planned outages, for Grafana's annotations. Raises as `write_transitions` does."""
        await self._mark_schema()
        await write_outages(self._sender, outages)

    async def forecast_issues(self, target: str, quantity: str, start_ms: int, end_ms: int) -> list[ForecastIssue]:
        """See `TimeSeriesStore.forecast_issues`."""
        return await issues.read_issues(self._connection, target, quantity, start_ms, end_ms)

    async def health(self) -> StoreHealth:
        """See `TimeSeriesStore.health`; `series` counts those this process knows of."""
        where = f"{self._connection.where}, version {self._connection.version}"
        try:
            await self._check_schema()
            known = await self._readings.known()
            numbers = {"series": float(len(known.series)), "dirty": float(await self._journal.count())}
            numbers |= {f"kept_from_{level}_seconds": since_ms / SECOND_MS for level, since_ms in (await self._kept.levels()).items()}
        except StoreError as error:
            return StoreHealth(False, str(error))
        return StoreHealth(True, where, numbers)

    async def close(self) -> None:
        """See `TimeSeriesStore.close`."""
        await self._sender.close()
        await self._connection.close()
        await self._database.close()
