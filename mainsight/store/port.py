"""Port of the time-series store: readings, final values, last values and forecasts.

Every adapter is held to the contract suite in tests/store. All calls are coroutines; an adapter moves blocking
work off the event loop itself. Instants are UTC milliseconds, ranges are half-open [start, end).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mainsight.core.forecasts import Forecast, ForecastIssue, ForecastRows
from mainsight.core.intervals import ByteArray, FloatArray, IntArray, Intervals
from mainsight.core.readings import Reading, Series


class StoreError(Exception):
    """Anything the store could not do."""


class StoreUnavailableError(StoreError):
    """It may work later (server down, disk full, locked): keep the data and try again. The message says what to mend."""


class StoreFormatError(StoreError):
    """The store's file or server is not one this version can use; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Poison:
    """A reading that the store will never take, and why."""

    reading: Reading
    reason: str


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of a batch.

    Attributes:
        stored: readings whose (meter, quantity, time) was new.
        duplicates: readings that were there already with the same value.
        replaced: readings that took the place of another value; the old one is kept as a revision.
        poison: readings refused for good; the others of the batch are stored.

    """

    stored: int
    duplicates: int = 0
    replaced: int = 0
    poison: tuple[Poison, ...] = ()


@dataclass(frozen=True, slots=True)
class Dirty:
    """A stretch of a series that changed since its final values were computed, on multiples of 15 minutes.

    `mark` numbers the latest change the store knew of when it told of the stretch. Handing the stretch back as done
    forgets changes up to that mark only, so that a reading which came meanwhile is not missed. One who does a wider
    stretch hands that back with the same mark. 0 forgets nothing.
    """

    series: Series
    start_ms: int
    end_ms: int
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """A raw value that another took the place of, and when it was known (arrival of the one and of the other)."""

    time_ms: int
    value: float
    known_from_ms: int
    known_to_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Raw readings of one series in order of time, arrays of shape (n,).

    `arrival_ms` is good to the second: the store keeps the lag in whole seconds, rounded down.
    """

    time_ms: IntArray
    value: FloatArray
    arrival_ms: IntArray
    flags: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Final:
    """Final values of one series to be written, arrays of shape (n,).

    Missing intervals are not written. `quality` holds `Quality` ranks; `rule` the id of the rule that gave each value
    ("" where it was plainly measured). `time_ms` lies on multiples of `step_s`, which is 900 or a multiple of it that
    divides a day; a longer step is kept as its quarters of an hour (a gauge repeated, a register shared out evenly).
    """

    series: Series
    time_ms: IntArray
    value: FloatArray
    quality: ByteArray
    rule: tuple[str, ...]
    version: int
    step_s: int


@dataclass(frozen=True, slots=True, eq=False)
class FinalValues:
    """Final values of one series as they are stored, in order of time, arrays of shape (n,); missing intervals are absent.

    Ranks of `Quality`, ids of rules and their versions as in `Final`.
    """

    time_ms: IntArray
    value: FloatArray
    quality: ByteArray
    rule: tuple[str, ...]
    version: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """Values by the minute of some quarter hours of one series, which replace what was kept of these.

    Kept where a meter reports about every minute or oftener. They share quality with their quarter hour, and are shown where that
    is measured or suspect; `time_ms` are starts of quarter hours, shape (n,); `value` has shape (n, 15), NaN where missing.
    """

    series: Series
    time_ms: IntArray
    value: FloatArray


class Level(StrEnum):
    """What is kept: of a series from fine to coarse, and forecasts; each has a time of its own for which it is kept."""

    RAW = "raw"
    """Readings, and those that others took the place of."""
    MINUTE = "1m"
    QUARTER = "15m"
    """Final values."""
    HOUR = "1h"
    DAY = "1d"
    FORECAST = "forecasts"
    """Forecasts, by the instants that they are of."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How the store is: for readiness and metrics."""

    ready: bool
    detail: str
    numbers: Mapping[str, float] = field(default_factory=dict)


class TimeSeriesStore(Protocol):
    """What collector, metering, forecast, alarms and API need of a time-series store."""

    async def write(self, readings: Sequence[Reading]) -> WriteResult:
        """Store readings; they are durable when this returns. Idempotent on (meter, quantity, time).

        Raises:
            StoreUnavailableError: nothing of the batch is promised; it may be written again.

        """
        ...

    async def raw(self, series: Series, start_ms: int, end_ms: int) -> Raw:
        """Raw readings of one series."""
        ...

    async def raw_many(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, Raw]:
        """Raw readings of many series; series without readings are absent."""
        ...

    async def revisions(self, series: Series, start_ms: int, end_ms: int) -> list[Revision]:
        """Raw values that were replaced, in order of time, then of replacement.

        What a point said twice from the same instant on may be told once.
        """
        ...

    async def last(self, series: Sequence[Series] | None = None) -> dict[Series, Reading]:
        """Latest reading by device time of each series (all when None); those without are absent."""
        ...

    async def dirty(self, limit: int, before_ms: int | None = None) -> list[Dirty]:
        """Stretches whose final values are out of date, oldest change first; survives a restart.

        Those of a series that lie within six hours of each other are given as one. With `before_ms`, only what lies before that instant.
        """
        ...

    async def mark(self, stretches: Sequence[Dirty]) -> None:
        """Say that final values of stretches are out of date, for another reason than a reading; durable like one's mark.

        The stretches' own marks say nothing.
        """
        ...

    async def final(self, series: Sequence[Series], start_ms: int, end_ms: int) -> dict[Series, FinalValues]:
        """Final values by the quarter hour; series without any are absent."""
        ...

    async def write_final(self, finals: Sequence[Final], done: Sequence[Dirty], minutes: Sequence[Minutes] = ()) -> None:
        """Store final values and bring roll-ups up to date, and forget the dirty stretches, in one transaction.

        Within each stretch of `done`, final values that are not written again are removed (they became missing). Nothing is
        written, removed or rolled up that lies before what is kept of its level.
        """
        ...

    async def intervals(self, series: Sequence[Series], start_ms: int, end_ms: int, step_s: int) -> dict[Series, Intervals]:
        """Final values rolled up to a step of 60, 900, 3600 or 86400 s, on the full grid of the range (NaN where missing).

        Intervals that the range only touches are given whole. A gauge gives its mean, a register its increment, a status
        its last. Steps of a day are days of the store's zone. Minutes of a quarter hour that has none of its own share its
        value (a register's evenly), so that series which report seldom and often add up.
        Series that are unknown come back all missing.
        """
        ...

    async def total(self, series: Mapping[Series, float], start_ms: int, end_ms: int, step_s: int) -> Intervals:
        """Weighted sum over series on the grid: {series: weight}. CT/VT ratios are in the final values already.

        An interval's value is the sum of what is there; completeness is the share of series and intervals present. Value
        is NaN where nothing is. Low and high are the sums of the series' own: outer bounds, as these need not coincide.
        """
        ...

    async def write_forecast(self, forecasts: Sequence[Forecast]) -> None:
        """Keep forecasts; the same (target, quantity, issue) again overwrites. Also updates the latest."""
        ...

    async def forecast(self, target: str, quantity: str, issued_by_ms: int | None = None) -> Forecast | None:
        """Latest forecast of a target, or the latest issued at or before an instant."""
        ...

    async def forecasts_at_lead(self, target: str, quantity: str, lead: int, start_ms: int, end_ms: int) -> Forecast | None:
        """What was forecast a number of steps ahead for each instant of the range, as one row an instant.

        `issue_ms` of the result is 0, since every row has its own; None when there is nothing.
        """
        ...

    async def forecast_rows(self, target: str, quantity: str, start_ms: int, end_ms: int) -> ForecastRows | None:
        """All that was ever forecast for the instants of the range, whatever the issue; None when there is nothing."""
        ...

    async def forecast_issues(self, target: str, quantity: str, start_ms: int, end_ms: int) -> list[ForecastIssue]:
        """Issues of a target within the range, in order of time."""
        ...

    async def kept_from(self) -> Mapping[Level, int]:
        """Instant from which each level is whole; a level of which nothing was taken away is absent.

        Readings before that of the quarter hours are refused, as poison. Of raw readings before theirs, the last of each series
        (and the day it lies in) is left.
        """
        ...

    async def expired(self, level: Level, before_ms: int) -> int:
        """How many rows of a level `expire` would take away now."""
        ...

    async def expire(self, level: Level, before_ms: int) -> int:
        """Take away rows of a level before an instant, for ever; from the first call on `kept_from` tells that instant.

        Works on a bounded piece, so that writers wait for little; gives the rows of this piece, 0 once none is left. Raw readings
        of series that are dirty before the instant stay until their final values have been computed. Of a forecast of which some
        instants lie before it, all, the later ones or none may be left.
        """
        ...

    async def health(self) -> StoreHealth:
        """How the store is."""
        ...

    async def close(self) -> None:
        """Flush and let go of files and connections."""
        ...
