"""Gauges and statuses to interval values: the mean over the time that readings cover, and the last."""

import itertools

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.zonetime import HOUR_MS
from mainsight.metering.ragged import Ragged, end_to_end
from mainsight.metering.rules import Rule
from mainsight.metering.values import SLOT_MS, Mask, Values, overlap_ms

LONGEST_GAP_MS = HOUR_MS
"""Gaps of up to this are filled by E2."""
_ENOUGH = 0.5
"""Share of an interval that readings must cover for its mean to be measured."""


def means(time_ms: IntArray, value: FloatArray, borders: IntArray, interval_ms: int) -> Values:
    """Time-weighted mean of a gauge in each interval.

    A reading stands from its instant to the next one, for at most the registered interval: a load profile stamped by
    interval starts gives its own values back, and a live value every 5 s their mean. An interval needs a reading of its
    own (or, where the registered interval is longer, of the registered interval it lies in). Where readings cover less
    than half of it the value is suspect (V3). Gaps of up to an hour between values are filled linearly (estimated, E2).

    Args:
        time_ms: instants, strictly ascending, shape (m,).
        value: finite, shape (m,).
        borders: of n intervals, shape (n + 1,).
        interval_ms: registered interval.

    Returns:
        n values in the unit of the readings, rounded to 6 decimals; NaN where missing.

    """
    shift = end_to_end([time_ms], [borders], interval_ms)
    readings, grid = Ragged.of([len(time_ms)]), Ragged.of([len(borders)])
    return means_of(readings, time_ms + shift, value, grid, borders + shift, np.array([interval_ms]))


def means_of(readings: Ragged, time: IntArray, value: FloatArray, grid: Ragged, borders: IntArray, interval_ms: IntArray) -> Values:
    """See `means`, of several series at once.

    Args:
        readings: where each series' readings lie.
        time: their instants, the series after each other on one axis: see `end_to_end`; further apart than any registered interval.
        value: theirs.
        grid: where the borders of each series' intervals lie; none without an interval.
        borders: on that axis.
        interval_ms: registered interval of each series.

    Returns:
        Intervals of all series end to end.

    """
    row, inside = readings.row, grid.between()
    of = np.repeat(np.arange(len(interval_ms)), grid.lengths - 1)
    until = stands_until(time, interval_ms[row])
    covered = overlap_ms(time, until, borders)[inside]
    base = np.zeros(len(interval_ms))
    there = readings.lengths > 0
    base[there] = value[readings.first[:-1][there]]
    part = (value - base[row]) * (until - time)  # less the first value, so that a constant stays exact
    integral = np.diff(np.interp(borders, *_integral(readings, time, until, part, grid, borders)))[inside]
    seen = (covered > 0) & _has_reading(time, borders, interval_ms[grid.row])[inside]
    mean: FloatArray = np.where(seen, integral / np.where(seen, covered, 1.0) + base[of], np.nan)
    values = Values.of(mean.round(6))
    values.mark(covered < _ENOUGH * np.diff(borders)[inside], Quality.SUSPECT, Rule.V3)
    _fill_gaps(values, of)
    return values


def stands_until(time: IntArray, interval_ms: IntArray | int) -> IntArray:
    """When readings end: at the next one, or after their registered interval.

    Args:
        time: instants, ascending, shape (m,); of several series one after the other, further apart than their intervals.
        interval_ms: registered interval, (m,) or one for all.

    """
    until: IntArray = time + interval_ms
    until[:-1] = np.minimum(until[:-1], time[1:])
    return until


def _integral(
    readings: Ragged, time: IntArray, until: IntArray, part: FloatArray, grid: Ragged, borders: IntArray
) -> tuple[IntArray, FloatArray]:
    """Knots of the integral of each series: the two ends of each reading, and its 0 before and its whole after all that is asked."""
    count, rows = len(part), np.arange(len(readings.first) - 1)
    done = np.empty(count)
    for first, end in itertools.pairwise(readings.first.tolist()):
        np.cumsum(part[first:end], out=done[first:end])  # each by itself, so that no series' rounding depends on others
    at, total = np.empty(2 * (count + len(rows)), np.int64), np.zeros(2 * (count + len(rows)))
    pair = 2 * np.arange(count) + 2 * readings.row + 1
    at[pair], at[pair + 1] = time, until
    total[pair], total[pair + 1] = done - part, done
    before, after = 2 * (readings.first[:-1] + rows), 2 * (readings.first[1:] + rows) + 1
    at[before], at[after] = borders[grid.first[:-1]], borders[grid.first[1:] - 1]
    there = readings.lengths > 0
    before, after = before[there], after[there]
    at[before], at[after] = np.minimum(at[before], at[before + 1]), np.maximum(at[after], at[after - 1])
    total[after] = total[after - 1]
    return at, total


def lasts(time_ms: IntArray, value: FloatArray, borders: IntArray) -> Values:
    """Last status in each interval; where there is no reading the one before goes on for up to an hour (estimated, E2).

    Shapes as in `means`.
    """
    n = len(borders) - 1
    if not len(time_ms):
        return Values.of(np.full(n, np.nan))
    place = np.searchsorted(time_ms, borders[1:], side="left") - 1
    age = np.where(place >= 0, borders[1:] - time_ms[place], np.iinfo(np.int64).max)
    values = Values.of(np.where(age <= LONGEST_GAP_MS + SLOT_MS, value[place], np.nan))
    values.mark(age > np.diff(borders), Quality.ESTIMATED, Rule.E2)
    return values


def _has_reading(time: IntArray, borders: IntArray, interval_ms: IntArray) -> Mask:
    back = np.maximum(interval_ms - SLOT_MS, 0)
    first = np.searchsorted(time, borders[:-1] - back[:-1], side="left")
    has: Mask = np.searchsorted(time, borders[1:], side="left") > first
    return has


def _fill_gaps(values: Values, of: IntArray) -> None:
    """E2, in place: linear between the values on either side of a gap; `of` tells the series of each interval."""
    there = np.flatnonzero(values.quality != Quality.MISSING)
    gap = np.diff(there) - 1
    short = (gap > 0) & (gap * SLOT_MS <= LONGEST_GAP_MS) & (of[there[:-1]] == of[there[1:]])
    left, length = there[:-1][short], gap[short]
    slope = (values.value[left + length + 1] - values.value[left]) / (length + 1)
    for step in range(1, LONGEST_GAP_MS // SLOT_MS + 1):
        reached = length >= step
        inside = left[reached] + step
        values.value[inside] = (step * slope[reached] + values.value[left[reached]]).round(6)
        values.quality[inside] = Quality.ESTIMATED
        values.rule[inside] = Rule.E2
