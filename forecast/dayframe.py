"""History as a matrix of local days by times of day, counted from the issue.

Row -1 (the last) ends at the issue, row 0 of the future begins there, and a column always holds the same local time
of day, so that "the same hour last week" is a row subtraction whatever the clocks did. On a 23 h day one hour of cells
stays empty (NaN); on a 25 h day the two passes of the repeated hour share a cell (their mean), and the forecast of
that cell serves both.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecast.calendar import DayFacts
from forecast.known import Known
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import DAY_S

FLAT_HOURS = 12
"""A value repeated for longer than this, where the series otherwise moves, is a stuck meter."""
FAR_OUT = 20.0
"""A value is an error beyond so many times the distance of nearly all others (99.5 %) from the median."""


@dataclass(frozen=True, slots=True, eq=False)
class DayFrame:
    """Matrices over D past rows and R future rows; S columns a day.

    Attributes:
        value: shape (D, S): cleaned history, NaN where missing or not believed.
        facts: calendar of the D + R + 1 dates that the rows touch.
        wrap: columns from this one on fall on the next date (0 < wrap <= S).
        temperature: shape (D + R, S), degC, NaN where not known; None without any.
        tariff: shape (D + R, S, 2): what part of each cell is at peak and off peak; None where no other hours began in the past rows.
        ahead_row, ahead_column: shape (h,): cell of every interval to forecast; rows count from 0 at the issue.

    """

    value: FloatArray
    facts: DayFacts
    wrap: int
    temperature: FloatArray | None
    tariff: FloatArray | None
    ahead_row: IntArray
    ahead_column: IntArray

    @property
    def days(self) -> int:
        """Number of past rows."""
        return len(self.value)

    @property
    def columns(self) -> int:
        """Number of intervals a day."""
        return int(self.value.shape[1])

    @property
    def rows_ahead(self) -> int:
        """Number of future rows."""
        return int(self.ahead_row.max()) + 1

    def cells(self, fact: np.ndarray) -> np.ndarray:
        """Spread one of the day facts, shape (D + R + 1,), over the cells: shape (D + R, S)."""
        late = np.arange(self.columns) >= self.wrap
        return np.where(late[None, :], fact[1:, None], fact[:-1, None])

    def pick(self, rows: np.ndarray) -> np.ndarray:
        """Values of the intervals to forecast out of future rows: (R, S, ...) to (h, ...)."""
        picked: np.ndarray = rows[self.ahead_row, self.ahead_column]
        return picked


def day_frame(known: Known, horizon: int, days: int) -> DayFrame:
    """Lay the last `days` days before the issue, and the horizon, out as a matrix.

    Args:
        known: what is known at the issue; not changed.
        horizon: intervals to forecast.
        days: most past rows to use; fewer when the history is shorter (at least one).

    """
    columns = DAY_S // known.step_s
    anchor = int(_local_seconds(np.array([known.issue_ms]), known.calendar.timezone)[0])
    past = _cells(known.start_ms, anchor, known)
    first = max(int(past[0]) // columns, -days) if len(past) else -1
    ahead = _cells(known.ahead_ms(horizon), anchor, known)
    ahead = np.where(ahead < 0, ahead + columns, ahead)  # the repeated hour, issued from within its first pass
    rows_ahead = int(ahead.max()) // columns + 1
    keep = (past >= first * columns) & (past < 0)  # not the first pass of the repeated hour, issued from within its second
    value = _means(past[keep] - first * columns, believed(known.value, known.step_s)[keep], -first, columns)
    first_date = date(1970, 1, 1) + timedelta(seconds=anchor + first * DAY_S)
    wrap = columns - anchor % DAY_S // known.step_s
    facts = known.calendar.facts(first_date, rows_ahead - first + 1)
    return DayFrame(
        value=value,
        facts=facts,
        wrap=wrap,
        temperature=_temperature(known, past, keep, first, ahead, rows_ahead),
        tariff=_tariff(known, facts, -first, wrap),
        ahead_row=ahead // columns,
        ahead_column=ahead % columns,
    )


def believed(value: FloatArray, step_s: int) -> FloatArray:
    """Copy of the values without what no load can be, NaN there: far outliers, and stuck stretches.

    A stretch is stuck from the moment a value has repeated for `FLAT_HOURS`; only what lies before a value decides about that. Left
    alone are rest at zero, series that repeated more than a tenth of the time before (coarse resolution, constant load), and
    days, which may repeat.
    """
    value = _without_outliers(value)
    longest = FLAT_HOURS * 3600 // step_s
    if longest < 2 or len(value) <= longest:
        return value
    starts = np.ones(len(value), np.bool_)
    starts[1:] = value[1:] != value[:-1]
    step = np.arange(len(value))
    start = np.maximum.accumulate(np.where(starts, step, 0))
    repeats = np.cumsum(~starts)[start]
    moved_before = (start * step_s >= DAY_S) & (repeats <= 0.1 * start)
    return np.where((step - start >= longest) & moved_before & (value != 0), np.nan, value)


def _without_outliers(value: FloatArray) -> FloatArray:
    there = value[np.isfinite(value)]
    if not len(there):
        return value.copy()
    low, middle, high = np.quantile(there, [0.005, 0.5, 0.995])
    reach = FAR_OUT * max(high - middle, middle - low)
    return np.where(np.abs(value - middle) > reach, np.nan, value) if reach > 0 else value.copy()


def cells_of(known: Known) -> IntArray:
    """Cell of every interval of a history, shape (n,): row times columns plus column, counted from the issue, so below 0.

    In the repeated hour, when issued from within it, a few may not be.
    """
    return cells_at(known, known.start_ms)


def cells_at(known: Known, start_ms: IntArray) -> IntArray:
    """Cell of any intervals, shape (n,), as `cells_of`."""
    anchor = int(_local_seconds(np.array([known.issue_ms]), known.calendar.timezone)[0])
    return _cells(start_ms, anchor, known)


def _local_seconds(time_ms: IntArray, timezone: str) -> IntArray:
    local = pd.DatetimeIndex(pd.to_datetime(time_ms, unit="ms", utc=True)).tz_convert(timezone).tz_localize(None)
    return np.asarray(local.astype("datetime64[s]").astype(np.int64), dtype=np.int64)


def _cells(time_ms: IntArray, anchor: int, known: Known) -> IntArray:
    return (_local_seconds(time_ms, known.calendar.timezone) - anchor) // known.step_s


def _means(cell: IntArray, value: FloatArray, rows: int, columns: int) -> FloatArray:
    """Mean of the finite values in every cell, shape (rows, columns), NaN where there is none."""
    there = np.isfinite(value)
    total = np.bincount(cell[there], weights=value[there], minlength=rows * columns)
    count = np.bincount(cell[there], minlength=rows * columns)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(rows, columns)


def _tariff(known: Known, facts: DayFacts, days: int, wrap: int) -> FloatArray | None:
    tariff, columns = known.calendar.tariff, DAY_S // known.step_s
    if tariff is None or columns == 1 or not known.calendar.tariff_changes(facts.day[1].item(), facts.day[days].item()):
        return None
    by_clock = np.roll(tariff.shares(facts.day, known.step_s), wrap, axis=1)
    late = np.arange(columns) >= wrap
    return np.where(late[None, :, None], by_clock[1:], by_clock[:-1])


def _temperature(known: Known, past: IntArray, keep: np.ndarray, first: int, ahead: IntArray, rows_ahead: int) -> FloatArray | None:
    if known.temperature is None:
        return None
    columns = DAY_S // known.step_s
    cell, value = past[keep], known.temperature[keep]
    if known.temperature_ahead is not None:
        reach = min(len(ahead), len(known.temperature_ahead))
        cell = np.concatenate([cell, ahead[:reach]])
        value = np.concatenate([value, known.temperature_ahead[:reach]])
    return _means(cell - first * columns, value, rows_ahead - first, columns)
