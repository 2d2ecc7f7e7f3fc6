"""A target's demand out of its meters, with the holes of single meters filled so that the sum keeps its meaning."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from forecast.calendar import BoolArray
from forecast.known import Known
from forecast.targets import HALF_HOUR_S, HOUR_S, QUARTER_S, Target
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.zonetime import DAY_S, SECOND_MS, day_start_ms, grid, local_day
from mainsight.store.port import TimeSeriesStore

KEPT_S = {QUARTER_S: QUARTER_S, HALF_HOUR_S: QUARTER_S, HOUR_S: HOUR_S}
"""Step of a target -> the step of the store that it is made from, seconds."""
WEEKS_FILLED = 4
"""A meter that has been silent for longer counts as gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Demand on the target's grid, arrays of shape (n,).

    Attributes:
        start_ms: interval starts, UTC milliseconds.
        value: kW or m3/h, mean of the interval; NaN where no meter was heard.
        measured: all of the value was measured, nothing filled or estimated.

    """

    start_ms: IntArray
    value: FloatArray
    measured: BoolArray


async def demand(store: TimeSeriesStore, target: Target, start_ms: int, end_ms: int) -> Demand:
    """Read a target's demand in [start, end); values that validation suspects are taken as missing.

    Raises:
        StoreError: the store could not be read.

    """
    kept_s = KEPT_S[target.step_s]
    times = grid(start_ms, end_ms, target.step_s, target.calendar.timezone)
    series = [*target.gauges, *target.registers]
    if not series or not len(times):
        return Demand(times, np.full(len(times), np.nan), np.zeros(len(times), np.bool_))
    found = await store.intervals(series, int(times[0]), int(times[-1]) + target.step_s * SECOND_MS, kept_s)
    per_hour = np.array([HOUR_S / kept_s if one in target.registers else 1.0 for one in series])
    quality = np.vstack([found[one].quality for one in series])
    value = np.vstack([found[one].value for one in series])
    parts = np.where(quality == Quality.SUSPECT, np.nan, value) * per_hour[:, None]
    total, complete = add_up(parts, 7 * DAY_S // kept_s)
    read = ~np.isfinite(parts) | (quality >= Quality.MEASURED)
    measured = complete & read.all(axis=0)
    width = target.step_s // kept_s
    return Demand(times, total.reshape(-1, width).mean(axis=1), measured.reshape(-1, width).all(axis=1))


async def history(store: TimeSeriesStore, target: Target, issue_ms: int, days: int) -> Known:
    """A target's demand over some local days up to an issue, from its first value on.

    Raises:
        StoreError: the store could not be read.

    """
    timezone = target.calendar.timezone
    first = local_day(issue_ms, timezone) - timedelta(days=days)
    found = await demand(store, target, day_start_ms(first, timezone), issue_ms)
    heard = np.flatnonzero(np.isfinite(found.value))
    since = slice(heard[0] if len(heard) else len(found.value), None)
    return Known(found.start_ms[since], found.value[since], target.step_s, issue_ms, target.calendar)


def add_up(parts: FloatArray, steps_per_week: int) -> tuple[FloatArray, BoolArray]:
    """Sum over meters, and where it is complete.

    A hole of one meter takes that meter's value at the same time one to four weeks before; before its first value a meter
    counts as not there yet (0), after four silent weeks as gone (0). Where no meter was heard the sum is NaN.

    Args:
        parts: shape (m, n), one row a meter, NaN where missing.
        steps_per_week: intervals in a week of 168 h; across a change of the clocks a filled value is an hour off.

    Returns:
        The sum, shape (n,), and whether all meters there by then were heard, shape (n,).

    """
    there = np.isfinite(parts)
    filled = parts.copy()
    for week in range(1, WEEKS_FILLED + 1):
        lag = week * steps_per_week
        if lag >= parts.shape[1]:
            break
        hole = ~np.isfinite(filled[:, lag:])
        filled[:, lag:] = np.where(hole, parts[:, :-lag], filled[:, lag:])
    started = np.logical_or.accumulate(there, axis=1)
    heard = np.asarray(there.any(axis=0))
    total = np.where(heard, np.where(np.isfinite(filled), filled, 0.0).sum(axis=0), np.nan)
    silent = np.asarray((started & ~there).any(axis=0))
    return total, heard & ~silent
