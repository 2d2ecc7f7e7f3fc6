"""`TimeSeriesStore` on DuckDB."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mainsight.core.forecasts import Forecast, ForecastIssue, ForecastRows
from mainsight.core.intervals import Intervals
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.duckdb import copying, expiry, reads, totals, writes
from mainsight.store.duckdb import finals as final_values
from mainsight.store.duckdb import forecasts as issues
from mainsight.store.duckdb.catalog import Catalog
from mainsight.store.duckdb.engine import Connection, Engine, fetch_one
from mainsight.store.port import Dirty, Final, FinalValues, Level, Minutes, Raw, Revision, StoreError, StoreHealth, WriteResult
from mainsight.store.rollup import Grid
from mainsight.store.settings import StoreSettings
from mainsight.store.stock import Stock


class DuckDbStore:
    """Readings, final values, roll-ups and forecasts in one DuckDB file, which one process may open.

    Writes run one after the other in a thread of their own, reads in a few others, each on what was committed when it
    began; none run in the event loop.
    """

    def __init__(self, engine: Engine, catalog: Catalog, timezone: str) -> None:
        """See `open`."""
        self._engine = engine
        self._catalog = catalog
        self._timezone = timezone
        self._plans: dict[Level, expiry.Plan] = {}

    @classmethod
    async def open(cls, settings: StoreSettings, zone_of: Callable[[str], str | None]) -> "DuckDbStore":
        """Open or make the file.

        Args:
            settings: where it is.
            zone_of: zone of a meter by its id, None for one that serves several; series are numbered zone by zone.

        Raises:
            StoreUnavailableError: another process has it open, or it cannot be opened now.
            StoreFormatError: it is not a file this version can use.

        """
        catalog = Catalog(zone_of)
        return cls(await asyncio.to_thread(Engine, settings, catalog.load), catalog, settings.timezone)

    async def write(self, readings: Sequence[Reading]) -> WriteResult:
        """See `TimeSeriesStore.write`."""
        return await self._engine.write(lambda connection: writes.write(connection, self._catalog, readings))

    async def raw(self, series: Series, start_ms: int, end_ms: int) -> Raw:
        """See `TimeSeriesStore.raw`."""
        none = np.empty(0, np.int64)
        return (await self.raw_many([series], start_ms, end_ms)).get(series, Raw(none, np.empty(0), none, none))

    async def raw_many(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, Raw]:
        """See `TimeSeriesStore.raw_many`."""
        return await self._engine.read(lambda c: reads.raw_many(c, self._catalog, series, start_ms, end_ms))

    async def revisions(self, series: Series, start_ms: int, end_ms: int) -> list[Revision]:
        """See `TimeSeriesStore.revisions`."""
        return await self._engine.read(lambda c: reads.revisions(c, self._catalog, series, start_ms, end_ms))

    async def last(self, series: Sequence[Series] | None = None) -> dict[Series, Reading]:
        """See `TimeSeriesStore.last`."""
        return await self._engine.read(lambda c: reads.last(c, self._catalog, series))

    async def dirty(self, limit: int, before_ms: int | None = None) -> list[Dirty]:
        """See `TimeSeriesStore.dirty`."""
        return await self._engine.write(lambda _: self._dirty(limit, before_ms))

    def _dirty(self, limit: int, before_ms: int | None) -> list[Dirty]:
        catalog = self._catalog
        stretches = catalog.marks.changed(limit, before_ms)
        return [Dirty(catalog.series[one.key], one.start_ms, one.end_ms, catalog.marks.number) for one in stretches]

    async def mark(self, stretches: Sequence[Dirty]) -> None:
        """See `TimeSeriesStore.mark`."""
        await self._engine.write(lambda c: final_values.mark(c, self._catalog, stretches))

    async def final(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, FinalValues]:
        """See `TimeSeriesStore.final`."""
        return await self._engine.read(lambda c: reads.final(c, self._catalog, series, start_ms, end_ms))

    async def write_final(self, finals: Sequence[Final], done: Sequence[Dirty], minutes: Sequence[Minutes] = ()) -> None:
        """See `TimeSeriesStore.write_final`."""
        prepared = await asyncio.to_thread(final_values.prepare, finals)
        await self._engine.write(lambda c: final_values.write_final(c, self._catalog, self._timezone, prepared, done, minutes))

    async def intervals(self, series: Sequence[Series], start_ms: int, end_ms: int, step_s: int) -> dict[Series, Intervals]:
        """See `TimeSeriesStore.intervals`."""
        onto = Grid.of(start_ms, end_ms, step_s, self._timezone)
        return await self._engine.read(lambda c: reads.intervals(c, self._catalog, series, onto))

    async def total(self, series: Mapping[Series, float], start_ms: int, end_ms: int, step_s: int) -> Intervals:
        """See `TimeSeriesStore.total`."""
        onto = Grid.of(start_ms, end_ms, step_s, self._timezone)
        return await self._engine.read(lambda c: totals.total(c, self._catalog, series, onto))

    async def write_forecast(self, forecasts: Sequence[Forecast]) -> None:
        """See `TimeSeriesStore.write_forecast`."""
        await self._engine.write(lambda c: issues.write_forecasts(c, forecasts))

    async def forecast(self, target: str, quantity: str, issued_by_ms: int | None = None) -> Forecast | None:
        """See `TimeSeriesStore.forecast`."""
        return await self._engine.read(lambda c: issues.read_forecast(c, target, quantity, issued_by_ms))

    async def forecasts_at_lead(self, target: str, quantity: str, lead: int, start_ms: int, end_ms: int) -> Forecast | None:
        """See `TimeSeriesStore.forecasts_at_lead`."""
        return await self._engine.read(lambda c: issues.read_at_lead(c, target, quantity, lead, start_ms, end_ms))

    async def forecast_rows(self, target: str, quantity: str, start_ms: int, end_ms: int) -> ForecastRows | None:
        """See `TimeSeriesStore.forecast_rows`."""
        return await self._engine.read(lambda c: issues.read_rows(c, target, quantity, start_ms, end_ms))

    async def forecast_issues(self, target: str, quantity: str, start_ms: int, end_ms: int) -> list[ForecastIssue]:
        """See `TimeSeriesStore.forecast_issues`."""
        return await self._engine.read(lambda c: issues.read_issues(c, target, quantity, start_ms, end_ms))

    async def kept_from(self) -> dict[Level, int]:
        """See `TimeSeriesStore.kept_from`."""
        return dict(self._catalog.kept_from)

    async def expired(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expired`."""
        found = await self._engine.read(lambda c: expiry.plan(c, level, before_ms))
        return int(found.rows.sum())

    async def expire(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expire`."""
        await self._engine.write(lambda c: expiry.keep_from(c, self._catalog, level, before_ms))
        known = self._plans.get(level)
        if known is None or known.before_ms != before_ms:
            known = self._plans[level] = await self._engine.read(lambda c: expiry.plan(c, level, before_ms))
        rows = 0
        try:
            rows = await self._engine.write(lambda c: expiry.clear(c, self._catalog, level, known))
        finally:
            if not rows:  # done, or failed on a piece that must not be left out
                del self._plans[level]
        return rows

    async def copy_to(self, target: Path) -> Stock:
        """Copy everything as of one instant into a new file, while reading and writing go on; what is in it.

        Raises:
            StoreError: it cannot be made, or is not whole.

        """
        return await self._engine.read(lambda c: copying.copy_to(c, target, self._timezone), copies=True)

    async def health(self) -> StoreHealth:
        """See `TimeSeriesStore.health`."""
        numbers = {"series": float(len(self._catalog.ids)), "dirty": float(len(self._catalog.marks))}
        numbers |= {f"kept_from_{level}_seconds": since_ms / SECOND_MS for level, since_ms in self._catalog.kept_from.items()}
        if self._engine.failure:
            return StoreHealth(False, self._engine.failure, numbers)
        try:
            numbers["readings"] = await self._engine.read(_count)
            numbers["bytes"] = float(self._engine.path.stat().st_size)
        except (StoreError, OSError) as error:
            return StoreHealth(False, str(error), numbers)
        return StoreHealth(True, f"DuckDB file {self._engine.path}", numbers)

    async def close(self) -> None:
        """See `TimeSeriesStore.close`."""
        await self._engine.close()


def _count(connection: Connection) -> float:
    row = fetch_one(connection, "SELECT count(*) FROM reading")
    return float(row[0]) if row else 0.0
