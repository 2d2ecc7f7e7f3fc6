"""What is known at the instant of issue: all that a model may see."""

import hashlib
from dataclasses import dataclass

import numpy as np

from forecast.calendar import Calendar
from forecast.errors import DataError
from forecast.weather import WeatherForecasts
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import DAY_S, SECOND_MS, grid

SHORTEST_DAY_S = 23 * 3600


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """History of one target up to the issue, its calendar, and weather where there is some.

    Attributes:
        start_ms: starts of the intervals, shape (n,), UTC milliseconds, ascending on the grid of
            `mainsight.core.zonetime.grid`; intervals without a value may be left out. The last one ends at or before the issue.
        value: shape (n,), any unit, NaN where missing.
        step_s: length of an interval, seconds; divides a day. Days are local and last 23 to 25 h.
        issue_ms: instant of issue, on the grid; the first forecast interval starts here.
        calendar: local time and holidays.
        temperature: shape (n,), degC, at the intervals of the history; None without.
        temperature_ahead: shape (k,), degC, as forecast at or before the issue for the k intervals from it; None without.
        weather: forecasts of the temperature issued up to then, by which past days are seen as they were told; None without.

    Raises:
        DataError: the arrays do not fit together, or reach past the issue.

    """

    start_ms: IntArray
    value: FloatArray
    step_s: int
    issue_ms: int
    calendar: Calendar
    temperature: FloatArray | None = None
    temperature_ahead: FloatArray | None = None
    weather: WeatherForecasts | None = None

    def __post_init__(self) -> None:
        if DAY_S % self.step_s:
            message = f"a step of {self.step_s} s does not divide a day"
            raise DataError(message)
        if self.start_ms.shape != self.value.shape:
            message = f"{len(self.start_ms)} times but {len(self.value)} values"
            raise DataError(message)
        if self.temperature is not None and self.temperature.shape != self.value.shape:
            message = f"{len(self.temperature)} temperatures but {len(self.value)} values"
            raise DataError(message)
        if len(self.start_ms) and self.start_ms[-1] + min(self.step_s, SHORTEST_DAY_S) * SECOND_MS > self.issue_ms:
            message = "the history reaches past the issue: that would be look-ahead"
            raise DataError(message)
        if self.weather is not None and len(self.weather.issued_ms) and self.weather.issued_ms[-1] > self.issue_ms:
            message = "a forecast of the weather was issued after the issue: that would be look-ahead"
            raise DataError(message)

    def ahead_ms(self, horizon: int) -> IntArray:
        """Starts of the intervals to forecast, shape (horizon,), UTC milliseconds."""
        span_s = horizon * self.step_s + DAY_S
        return grid(self.issue_ms, self.issue_ms + span_s * SECOND_MS, self.step_s, self.calendar.timezone)[:horizon]

    def digest(self) -> str:
        """Short hash of everything a model is given."""
        return digest_at(self.issue_ms, self.data_digest())

    def data_digest(self) -> str:
        """Short hash of the same but for the instant of issue: equal when nothing new has become known.

        Missing values at the end do not count.
        """
        heard = np.flatnonzero(np.isfinite(self.value))
        until = heard[-1] + 1 if len(heard) else 0
        calendar = self.calendar
        days = sorted(calendar.closures), sorted(calendar.workdays), calendar.tariff
        parts = hashlib.sha256(repr((self.step_s, calendar.timezone, calendar.country, days)).encode())
        past = [self.start_ms, self.value] if self.temperature is None else [self.start_ms, self.value, self.temperature]
        told = () if self.weather is None else (self.weather.issued_ms, self.weather.time_ms, self.weather.temperature)
        for array in [*(one[:until] for one in past), self.temperature_ahead, *told]:
            parts.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
        return parts.hexdigest()[:16]


def digest_at(issue_ms: int, data_digest: str) -> str:
    """What `Known.digest` would be, had the same data been known at an instant."""
    return hashlib.sha256(f"{issue_ms} {data_digest}".encode()).hexdigest()[:16]
