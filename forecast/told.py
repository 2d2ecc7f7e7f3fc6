"""Temperature as it had been told: what a model learns from is of the kind that it will be given.

A model that learns from measured temperatures trusts a forecast of them too much, and its bands know nothing of that forecast's
errors. So each past day is seen as the forecasts of the weather told it at the time. Days of which none is kept are seen
with the errors that forecasts had on other days, whole courses of a week, so that errors which go together do so there too;
until two weeks of such courses are known, courses of a usual size fill up.
"""

import numpy as np

from forecast.calendar import BoolArray
from forecast.dayframe import DayFrame, cells_at
from forecast.known import Known
from forecast.weather import WeatherForecasts, between
from forecast.weeks import WEEK
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import DAY_S, SECOND_MS, grid

LEAST_COURSES, MOST_COURSES = 14, 120
"""Courses of errors that days without a forecast are given in turn: at least, and at most of those measured, the newest."""
USUAL_ERROR_K = (1.0, 3.0)
"""Root mean square error of a usual forecast on its first and its seventh day, K."""
KEEPS = 0.7
"""How much of a day's error is in the next day's."""


def as_told(known: Known, frame: DayFrame) -> FloatArray | None:
    """What had been forecast at the end of each past day, of the week after it.

    Args:
        known: forecasts of the weather up to its issue, besides the temperature that was measured.
        frame: its days; at least a week ahead.

    Returns:
        Shape (D, 7, S), degC: of the days 1 to 7 after each of the D past rows, NaN where nothing was told. None where no forecast
        of the temperature ahead is known: then none is of the past.

    """
    temperature = frame.temperature
    if known.weather is None or temperature is None or not np.isfinite(temperature[frame.days :]).any():
        return None
    after = np.arange(frame.days)[:, None] + np.arange(1, WEEK + 1)
    padded = np.concatenate([temperature, np.full((WEEK, frame.columns), np.nan)])
    happened = padded[after]
    happened[after >= frame.days] = np.nan
    said = _said(known, known.weather, frame)
    kept = np.asarray(np.isfinite(said).any(axis=(1, 2)))
    courses = _courses(said - happened, kept, np.isfinite(padded[frame.days : frame.days + WEEK]))
    back = np.arange(frame.days)[::-1]
    told: FloatArray = np.where(kept[:, None, None], said, happened + courses[back % len(courses)])
    return told


def _said(known: Known, weather: WeatherForecasts, frame: DayFrame) -> FloatArray:
    """What the latest forecast issued by the end of each past row says of the week after it, shape (D, 7, S)."""
    said = np.full((frame.days, WEEK * frame.columns), np.nan)
    start_ms, cell = _intervals(known, frame.days)
    for row in range(frame.days - 1):
        first, last = np.searchsorted(cell, [(row + 1) * frame.columns, (row + 1 + WEEK) * frame.columns])
        own = weather.latest(int(start_ms[first]))
        if own is not None and first < last:
            said[row, cell[first:last] - (row + 1) * frame.columns] = between(own.time_ms, own.temperature, start_ms[first:last])
    return said.reshape(frame.days, WEEK, frame.columns)


def _intervals(known: Known, days: int) -> tuple[IntArray, IntArray]:
    """All intervals of the past rows, and the cell of each, counted from the first row; in order of both."""
    start_ms = grid(known.issue_ms - (days + 1) * DAY_S * SECOND_MS, known.issue_ms, known.step_s, known.calendar.timezone)
    cell = np.maximum.accumulate(cells_at(known, start_ms)) + days * (DAY_S // known.step_s)
    inside = (cell >= 0) & (cell < days * (DAY_S // known.step_s))
    return start_ms[inside], cell[inside]


def _courses(error: FloatArray, kept: BoolArray, reached: BoolArray) -> FloatArray:
    """Courses of errors over a week, shape (n, 7, S), the newest first: those measured in full, and usual ones where they are few."""
    whole = np.flatnonzero(kept[: max(len(kept) - WEEK, 0)])[::-1][:MOST_COURSES]
    measured = error[whole]
    lacking = max(LEAST_COURSES - len(measured), 0)
    return np.concatenate([measured, np.where(reached, _usual(lacking)[:, :, None], np.nan)])


def _usual(count: int) -> FloatArray:
    """Courses of a usual size by day, shape (count, 7): the same each time, and each with its opposite."""
    half = np.random.default_rng(1).normal(size=(-(-count // 2), WEEK))
    for day in range(1, WEEK):
        half[:, day] = KEEPS * half[:, day - 1] + np.sqrt(1 - KEEPS**2) * half[:, day]
    half *= np.linspace(*USUAL_ERROR_K, WEEK)
    both: FloatArray = np.stack([half, -half], axis=1).reshape(-1, WEEK)[:count]
    return both
