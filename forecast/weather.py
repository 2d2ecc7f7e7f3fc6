"""Weather forecasts with the instant of their issue: only what had been issued by an origin may be told to a model."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from forecast.errors import DataError
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS, rfc3339

COLUMNS = ("issued", "time", "temperature")
MOST_ROWS = 100_000
COLDEST, HOTTEST = -90.0, 60.0
"""Temperatures beyond these were never measured in the open, degC."""
HISTORY_DAYS = 760
"""As far back as models learn from temperatures."""
LONGEST_GAP_MS = 6 * HOUR_MS
"""Between two instants of one forecast the temperature is taken to run straight; across longer holes it is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class WeatherForecasts:
    """Temperature forecasts, arrays of shape (n,), ordered by issue, then time.

    Attributes:
        issued_ms: when each was issued, UTC milliseconds.
        time_ms: what instant it is of.
        temperature: degC.

    """

    issued_ms: IntArray
    time_ms: IntArray
    temperature: FloatArray

    def at(self, origin_ms: int, start_ms: IntArray) -> FloatArray | None:
        """Temperature at some instants by the latest forecast issued at or before an origin.

        Args:
            origin_ms: instant of issue of the demand forecast, UTC milliseconds.
            start_ms: shape (h,), ascending, UTC milliseconds.

        Returns:
            Shape (h,), degC, NaN where that forecast says nothing; None when none had been issued by then.

        """
        own = self.latest(origin_ms)
        return None if own is None else between(own.time_ms, own.temperature, start_ms)

    def latest(self, by_ms: int) -> "WeatherForecasts | None":
        """The latest forecast issued at or before an instant; None when there was none."""
        before = int(np.searchsorted(self.issued_ms, by_ms, side="right"))
        if not before:
            return None
        own = slice(int(np.searchsorted(self.issued_ms, self.issued_ms[before - 1])), before)
        return WeatherForecasts(self.issued_ms[own], self.time_ms[own], self.temperature[own])

    def latest_of_days(self, by_ms: int) -> "WeatherForecasts":
        """The forecasts that `latest_of_days` names."""
        counts = np.isin(self.issued_ms, self.issued_ms[latest_of_days(self.issued_ms, by_ms)])
        return WeatherForecasts(self.issued_ms[counts], self.time_ms[counts], self.temperature[counts])


def latest_of_days(issued_ms: IntArray, by_ms: int) -> IntArray:
    """Which were the latest issues by an instant and by the same time of each of the `HISTORY_DAYS` days before: indices, ascending.

    Days are of 24 h: where clocks changed, that time is an hour off.

    Args:
        issued_ms: instants of issue, shape (n,), ascending; of several alike the last counts.
        by_ms: UTC milliseconds.

    """
    instants = by_ms - np.arange(HISTORY_DAYS + 1, dtype=np.int64) * DAY_S * SECOND_MS
    after = np.unique(np.searchsorted(issued_ms, instants, side="right"))
    return after[after > 0] - 1


def between(time_ms: IntArray, value: FloatArray, start_ms: IntArray) -> FloatArray:
    """Values at some instants, straight between those that are told, shape (h,); NaN outside and within holes.

    Args:
        time_ms: shape (n,), ascending, at least one.
        value: shape (n,).
        start_ms: shape (h,), ascending.

    """
    after = np.searchsorted(time_ms, start_ms)
    gap = time_ms[np.minimum(after, len(time_ms) - 1)] - time_ms[np.maximum(after - 1, 0)]
    inside = (start_ms >= time_ms[0]) & (start_ms <= time_ms[-1]) & (gap <= LONGEST_GAP_MS)
    return np.where(inside, np.interp(start_ms, time_ms, value), np.nan)


class _Row(msgspec.Struct):
    issue: datetime
    time: datetime
    temperature: float


def read_rows(payload: bytes) -> WeatherForecasts:
    """Read forecasts out of JSON: a list of `{"issue": ..., "time": ..., "temperature": ...}`, times with an offset, degC.

    Raises:
        DataError: it is not such a list, holds no row or too many, or a value is wrong; the message is without a source.

    """
    try:
        rows = msgspec.json.decode(payload, type=list[_Row])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f'not a list of {{"issue", "time", "temperature"}}: {error}'
        raise DataError(message) from error
    if not 0 < len(rows) <= MOST_ROWS:
        message = f"{len(rows)} rows; 1 to {MOST_ROWS} are needed"
        raise DataError(message)
    for number, row in enumerate(rows):
        if row.issue.tzinfo is None or row.time.tzinfo is None:
            message = f"row {number}: a time without an offset; write 2026-11-24T06:00:00Z"
            raise DataError(message)
        if not COLDEST <= row.temperature <= HOTTEST:
            message = f"row {number}: {row.temperature:g} degC is no temperature of the open air"
            raise DataError(message)
    table = {(round(row.issue.timestamp() * 1000), round(row.time.timestamp() * 1000)): row.temperature for row in rows}
    keys = np.array(sorted(table), np.int64)
    return WeatherForecasts(keys[:, 0], keys[:, 1], np.array([table[issued, time] for issued, time in keys.tolist()], np.float64))


def read_weather(path: Path, timezone: str) -> WeatherForecasts:
    """Read forecasts out of a CSV file with the columns issued, time, temperature (degC); times as in `forecast.times`.

    Raises:
        DataError: the file, a column or its contents cannot be used.

    """
    import pandas as pd  # noqa: PLC0415 - whoever reads no CSV does without it: 60 MB

    from forecast.times import instants  # noqa: PLC0415 - likewise

    try:
        table = pd.read_csv(path, dtype={"issued": str, "time": str})
    except (OSError, UnicodeError, ValueError) as error:  # pandas' ParserError and EmptyDataError are ValueErrors
        message = f"{path}: not a readable CSV file ({error})"
        raise DataError(message) from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing or table.empty:
        what = f"no column {missing[0]!r}; there must be {', '.join(COLUMNS)}" if missing else "no rows"
        message = f"{path}: {what}"
        raise DataError(message)
    temperature = pd.to_numeric(table["temperature"], errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(temperature).all():
        line = int(np.argmin(np.isfinite(temperature))) + 2
        message = f"{path}: line {line}: column 'temperature' has no number"
        raise DataError(message)
    try:
        issued_ms, time_ms = instants(table["issued"], timezone), instants(table["time"], timezone)
    except DataError as error:
        message = f"{path}: {error}"
        raise DataError(message) from error
    order = np.lexsort((time_ms, issued_ms))
    issued_ms, time_ms, temperature = issued_ms[order], time_ms[order], temperature[order]
    twice = (np.diff(issued_ms) == 0) & (np.diff(time_ms) == 0)
    if twice.any():
        at = int(np.argmax(twice))
        message = f"{path}: two temperatures of {rfc3339(int(time_ms[at]))} issued {rfc3339(int(issued_ms[at]))}; keep one"
        raise DataError(message)
    return WeatherForecasts(issued_ms, time_ms, temperature)
