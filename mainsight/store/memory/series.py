"""Time series in memory: simple, right, and gone when the process ends."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mainsight.core.forecasts import Forecast, ForecastIssue, ForecastRows
from mainsight.core.intervals import Intervals
from mainsight.core.quantities import quantity
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import DAY_S, HOUR_MS, MINUTE_MS, SECOND_MS
from mainsight.store.leads import at_lead, rows_of
from mainsight.store.marks import SLOT_MS, Marks, Stretch
from mainsight.store.memory.expiry import Rolled, expired_raw, older, past_issues
from mainsight.store.port import Dirty, Final, FinalValues, Level, Minutes, Poison, Raw, Revision, StoreHealth, WriteResult
from mainsight.store.refusal import refusal
from mainsight.store.rollup import MINUTE_S, Grid, add_up, by_minute, on_quarter_hours, roll_up


class _FinalValue(NamedTuple):
    value: float
    quality: int
    rule: str
    version: int


class MemoryStore:
    """`TimeSeriesStore` in dictionaries."""

    def __init__(self, timezone: str = "Asia/Ho_Chi_Minh") -> None:
        """Start empty; `timezone` is the zone whose days the daily roll-ups are of."""
        self._timezone = timezone
        self._raw: dict[Series, dict[int, Reading]] = defaultdict(dict)
        self._revisions: dict[Series, list[Revision]] = defaultdict(list)
        self._final: dict[Series, dict[int, _FinalValue]] = defaultdict(dict)
        self._forecasts: dict[tuple[str, str], dict[int, Forecast]] = defaultdict(dict)
        self._minutes: dict[Series, dict[int, float]] = defaultdict(dict)
        self._rolled = {Level.HOUR: Rolled(HOUR_MS // SECOND_MS), Level.DAY: Rolled(DAY_S)}
        self._kept_from: dict[Level, int] = {}
        self._marks: Marks[Series] = Marks()

    async def write(self, readings: Sequence[Reading]) -> WriteResult:
        """See `TimeSeriesStore.write`."""
        stored = duplicates = replaced = 0
        poison = []
        touched: dict[Stretch[Series], None] = {}
        for reading in readings:
            if reason := refusal(reading, self._kept_from.get(Level.QUARTER, 0)):
                poison.append(Poison(reading, reason))
                continue
            rows = self._raw[reading.series]
            before = rows.get(reading.time_ms)
            if before is None:
                stored += 1
            elif before.value == reading.value:
                duplicates += 1
                continue
            else:
                replaced += 1
                self._revisions[reading.series].append(
                    Revision(reading.time_ms, before.value, _whole_lag(before).arrival_ms, _whole_lag(reading).arrival_ms)
                )
            rows[reading.time_ms] = reading
            slot = reading.time_ms // SLOT_MS * SLOT_MS
            touched[Stretch(reading.series, slot, slot + SLOT_MS)] = None
        self._marks.touch(touched)
        return WriteResult(stored, duplicates, replaced, tuple(poison))

    async def raw(self, series: Series, start_ms: int, end_ms: int) -> Raw:
        """See `TimeSeriesStore.raw`."""
        rows = [_whole_lag(r) for t, r in sorted(self._raw.get(series, {}).items()) if start_ms <= t < end_ms]
        return Raw(
            np.array([r.time_ms for r in rows], np.int64),
            np.array([r.value for r in rows], np.float64),
            np.array([r.arrival_ms for r in rows], np.int64),
            np.array([r.flags for r in rows], np.int64),
        )

    async def raw_many(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, Raw]:
        """See `TimeSeriesStore.raw_many`."""
        found = {one: await self.raw(one, start_ms, end_ms) for one in series}
        return {one: raw for one, raw in found.items() if len(raw.time_ms)}

    async def revisions(self, series: Series, start_ms: int, end_ms: int) -> list[Revision]:
        """See `TimeSeriesStore.revisions`."""
        return sorted((r for r in self._revisions.get(series, ()) if start_ms <= r.time_ms < end_ms), key=lambda r: r.time_ms)

    async def last(self, series: Sequence[Series] | None = None) -> dict[Series, Reading]:
        """See `TimeSeriesStore.last`."""
        wanted = self._raw if series is None else series
        return {one: _whole_lag(self._raw[one][max(self._raw[one])]) for one in wanted if self._raw.get(one)}

    async def dirty(self, limit: int, before_ms: int | None = None) -> list[Dirty]:
        """See `TimeSeriesStore.dirty`."""
        return [Dirty(*stretch, self._marks.number) for stretch in self._marks.changed(limit, before_ms)]

    async def mark(self, stretches: Sequence[Dirty]) -> None:
        """See `TimeSeriesStore.mark`."""
        self._marks.touch(Stretch(one.series, one.start_ms, one.end_ms) for one in stretches)

    async def final(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, FinalValues]:
        """See `TimeSeriesStore.final`."""
        found = {one: [(t, row) for t, row in sorted(self._final.get(one, {}).items()) if start_ms <= t < end_ms] for one in series}
        return {one: _final_values(rows) for one, rows in found.items() if rows}

    async def write_final(self, finals: Sequence[Final], done: Sequence[Dirty], minutes: Sequence[Minutes] = ()) -> None:
        """See `TimeSeriesStore.write_final`."""
        since_ms = self._kept_from.get(Level.QUARTER, 0)
        columns = [(final, *on_quarter_hours(final)) for final in finals]
        for stretch in done:
            rows = self._final[stretch.series]
            for time_ms in [t for t in rows if max(stretch.start_ms, since_ms) <= t < stretch.end_ms]:
                del rows[time_ms]
            self._marks.forget(Stretch(stretch.series, stretch.start_ms, stretch.end_ms), stretch.mark)
        for final, times, values, qualities, rules in columns:
            rows = self._final[final.series]
            for time_ms, value, quality, rule in zip(times.tolist(), values.tolist(), qualities.tolist(), rules, strict=True):
                if time_ms >= since_ms:
                    rows[time_ms] = _FinalValue(value, quality, rule, final.version)
        for one in minutes:
            self._keep_minutes(one)

    def _keep_minutes(self, given: Minutes) -> None:
        rows = self._minutes[given.series]
        for start_ms, values in zip(given.time_ms.tolist(), given.value.tolist(), strict=True):
            if start_ms < self._kept_from.get(Level.MINUTE, 0):
                continue
            for n, value in enumerate(values):
                rows.pop(start_ms + n * MINUTE_MS, None)
                if value == value:  # noqa: PLR0124 - not NaN
                    rows[start_ms + n * MINUTE_MS] = value

    async def intervals(self, series: Sequence[Series], start_ms: int, end_ms: int, step_s: int) -> dict[Series, Intervals]:
        """See `TimeSeriesStore.intervals`."""
        onto = Grid.of(start_ms, end_ms, step_s, self._timezone)
        return {one: self._rolled_up(one, onto) for one in series}

    def _rolled_up(self, series: Series, onto: Grid) -> Intervals:
        if onto.step_s == MINUTE_S:
            return self._by_minute(series, onto)
        found = self._from_finals(series, onto)
        for one in self._rolled.values():
            if one.step_s == onto.step_s:
                one.lay_over(series, found, self._kept_from.get(Level.QUARTER, 0))
        return found

    def _by_minute(self, series: Series, onto: Grid) -> Intervals:
        rows = self._minutes.get(series, {})
        quarters = onto.quarters()
        inside = sorted(t for t in rows if len(quarters.start_ms) and quarters.start_ms[0] <= t < quarters.end_ms)
        values = np.array([rows[t] for t in inside])
        kind = quantity(series.quantity).kind
        return by_minute(kind, self._from_finals(series, quarters), np.array(inside, np.int64), values, onto)

    def _from_finals(self, series: Series, onto: Grid) -> Intervals:
        rows = self._final.get(series)
        if not rows or not len(onto.start_ms):
            return onto.blank()
        inside = [(t, row) for t, row in sorted(rows.items()) if onto.start_ms[0] <= t < onto.end_ms]
        return roll_up(
            quantity(series.quantity).kind,
            np.array([t for t, _ in inside], np.int64),
            np.array([row.value for _, row in inside], np.float64),
            np.array([row.quality for _, row in inside], np.uint8),
            onto,
        )

    async def total(self, series: Mapping[Series, float], start_ms: int, end_ms: int, step_s: int) -> Intervals:
        """See `TimeSeriesStore.total`."""
        onto = Grid.of(start_ms, end_ms, step_s, self._timezone)
        return add_up(((self._rolled_up(one, onto), weight) for one, weight in series.items()), onto)

    async def write_forecast(self, forecasts: Sequence[Forecast]) -> None:
        """See `TimeSeriesStore.write_forecast`."""
        for forecast in forecasts:
            self._forecasts[forecast.target, forecast.quantity][forecast.issue_ms] = forecast

    async def forecast(self, target: str, quantity: str, issued_by_ms: int | None = None) -> Forecast | None:
        """See `TimeSeriesStore.forecast`."""
        issues = self._forecasts.get((target, quantity), {})
        inside = [issue for issue in issues if issued_by_ms is None or issue <= issued_by_ms]
        return issues[max(inside)] if inside else None

    async def forecasts_at_lead(self, target: str, quantity: str, lead: int, start_ms: int, end_ms: int) -> Forecast | None:
        """See `TimeSeriesStore.forecasts_at_lead`."""
        issues = self._forecasts.get((target, quantity), {})
        return at_lead([issues[issue] for issue in sorted(issues)], lead, start_ms, end_ms)

    async def forecast_rows(self, target: str, quantity: str, start_ms: int, end_ms: int) -> ForecastRows | None:
        """See `TimeSeriesStore.forecast_rows`."""
        issues = self._forecasts.get((target, quantity), {})
        return rows_of([issues[issue] for issue in sorted(issues)], start_ms, end_ms)

    async def forecast_issues(self, target: str, quantity: str, start_ms: int, end_ms: int) -> list[ForecastIssue]:
        """See `TimeSeriesStore.forecast_issues`."""
        issues = self._forecasts.get((target, quantity), {})
        told = (issues[at] for at in sorted(issues) if start_ms <= at < end_ms)
        return [ForecastIssue(one.issue_ms, one.model, one.fallback, one.remarks) for one in told]

    async def kept_from(self) -> dict[Level, int]:
        """See `TimeSeriesStore.kept_from`."""
        return dict(self._kept_from)

    async def expired(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expired`."""
        return sum(len(times) for _, times in self._older(level, before_ms))

    async def expire(self, level: Level, before_ms: int) -> int:
        """See `TimeSeriesStore.expire`."""
        if level is Level.QUARTER:
            self._freeze(before_ms)
        self._kept_from[level] = max(before_ms, self._kept_from.get(level, 0))
        gone = list(self._older(level, before_ms))
        for rows, times in gone:
            for time_ms in times:
                del rows[time_ms]
        if level is Level.RAW:
            for kept in self._revisions.values():
                kept[:] = [one for one in kept if one.time_ms >= before_ms]
        return sum(len(times) for _, times in gone)

    def _older(self, level: Level, before_ms: int) -> Iterator[tuple[dict[int, Any], list[int]]]:
        """Rows that go, by series: where they are, and their instants."""
        if level is Level.RAW:
            held = {stretch.key for stretch in self._marks.changed(len(self._marks), before_ms)}
            yield from expired_raw(self._raw, held, before_ms)
            return
        if level is Level.FORECAST:
            yield from past_issues(self._forecasts.values(), before_ms)
            return
        of: dict[Level, Iterable[dict[int, Any]]] = {Level.MINUTE: self._minutes.values(), Level.QUARTER: self._final.values()}
        of |= {one: kept.rows.values() for one, kept in self._rolled.items()}
        yield from older(of[level], before_ms)

    def _freeze(self, before_ms: int) -> None:
        """Keep hours and days that stand on final values which are about to go."""
        for series, rows in self._final.items():
            times = [t for t in rows if t < before_ms]
            for one in self._rolled.values() if times else ():
                onto = Grid.of(min(times), max(times) + 1, one.step_s, self._timezone)
                one.keep(series, self._rolled_up(series, onto), self._kept_from.get(Level.QUARTER, 0), before_ms)

    async def health(self) -> StoreHealth:
        """See `TimeSeriesStore.health`."""
        readings = sum(map(len, self._raw.values()))
        return StoreHealth(True, "in memory", {"series": len(self._raw), "readings": readings, "dirty": len(self._marks)})

    async def close(self) -> None:
        """See `TimeSeriesStore.close`."""


def _final_values(rows: Sequence[tuple[int, _FinalValue]]) -> FinalValues:
    return FinalValues(
        np.array([t for t, _ in rows], np.int64),
        np.array([row.value for _, row in rows], np.float64),
        np.array([row.quality for _, row in rows], np.uint8),
        tuple(row.rule for _, row in rows),
        np.array([row.version for _, row in rows], np.int64),
    )


def _whole_lag(reading: Reading) -> Reading:
    """Arrival as a store gives it back: device time plus the lag in whole seconds."""
    lag_s = (reading.arrival_ms - reading.time_ms) // SECOND_MS
    return reading._replace(arrival_ms=reading.time_ms + lag_s * SECOND_MS)
