"""Registers to interval values: what was consumed in each interval, over gaps, roll-overs, resets and brief dips."""

from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.zonetime import HOUR_MS
from mainsight.metering.changes import Exchange
from mainsight.metering.rules import Rule
from mainsight.metering.values import Mask, Values, holding, overlap_ms

BRIEF = 3
"""A dip or peak of at most this many readings, after which the register goes on as before, is a fault of reading ..."""
BRIEF_MS = 24 * HOUR_MS
"""... if it is over within this: readings months apart are what a person wrote down."""
NEIGHBOURS = 2 * (BRIEF + 1)
"""How many readings on either side can change an interval's value, as long as faults of reading do not follow each other
without end."""
LONGEST_SPREAD_MS = 72 * HOUR_MS
"""A difference over a longer gap says too little of its quarter hours; they stay missing."""
_LONGEST_GUESS_MS = HOUR_MS
_FINEST_MEASURED_MS = HOUR_MS
_NEAR_MAX = 0.1
"""A roll-over starts and ends within this share of the register's range."""


@dataclass(frozen=True, slots=True)
class Register:
    """How a register behaves.

    Attributes:
        interval_ms: how far apart its readings are registered to be.
        maximum: value at which it rolls over to 0; None for never.
        exchanges: when another register took its place, in order of time.

    """

    interval_ms: int
    maximum: float | None = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def longest_spread_ms(self) -> int:
        """Longest gap over which a difference is shared out: a meter read by hand has a longer one."""
        return max(LONGEST_SPREAD_MS, self.interval_ms * 3 // 2)


def increments(time_ms: IntArray, reading: FloatArray, borders: IntArray, register: Register) -> Values:
    """Increment of a register in each interval, by linear interpolation at the borders.

    - A dip or peak of up to `BRIEF` readings within `BRIEF_MS` is left out (V15), without re-basing. A fall at the very
      end, which may be one, waits for the readings after it.
    - A recorded exchange goes on from the old register's last reading: measured, V15.
    - Other falls are a roll-over when they lead from near `maximum` to near 0: counted through, measured, V15. Else a
      reset or exchange: what was consumed meanwhile is taken from the rates before and after if it took up to an hour
      (suspect, V15), else missing. No increment is negative.
    - Over a gap of more than 1.5 registered intervals, or where these are longer than an hour, the difference is shared
      out evenly (estimated, E4), up to `longest_spread_ms`. Longer gaps stay missing, and the readings before and after
      are judged apart.

    Args:
        time_ms: instants, strictly ascending, shape (m,).
        reading: finite, shape (m,).
        borders: of n intervals, shape (n + 1,).
        register: how it behaves.

    Returns:
        n values in the unit of the readings, rounded to 6 decimals; NaN before the first reading and after the last.

    """
    time_ms, reading, exchanged = _continued(time_ms, reading, register.exchanges)
    parts = np.split(np.arange(len(reading)), np.flatnonzero(np.diff(time_ms) > register.longest_spread_ms) + 1)
    kept = np.concatenate([part[_without_excursions(time_ms[part], reading[part])] for part in parts])
    time_ms, reading = time_ms[kept], reading[kept]
    if len(reading) < 2:
        return Values.of(np.full(len(borders) - 1, np.nan))
    length = np.diff(time_ms)
    step = np.diff(reading)
    fell = step < 0
    rolled = fell & _rolls_over(reading, register.maximum)
    if register.maximum is not None:
        step = np.where(rolled, step + register.maximum, step)
    reset = fell & ~rolled
    apart = length > register.longest_spread_ms
    step = np.where(reset, _guess(step, length, reset | apart), step)
    broken = (reset & (length > _LONGEST_GUESS_MS)) | apart
    coarse = length > max(register.interval_ms * 3 // 2, 1)
    if register.interval_ms > _FINEST_MEASURED_MS:
        coarse = np.ones(len(length), np.bool_)
    total = np.concatenate([[0.0], np.cumsum(np.where(broken, 0.0, step))])
    values = Values.of(np.round(np.diff(np.interp(borders, time_ms, total)), 6))
    outside = (borders[:-1] < time_ms[0]) | (borders[1:] > time_ms[-1])

    def touched(segments: Mask) -> Mask:
        return overlap_ms(time_ms[:-1][segments], time_ms[1:][segments], borders) > 0

    missing = outside | touched(broken)
    values.value[missing], values.quality[missing] = np.nan, Quality.MISSING
    values.mark(touched(rolled), Quality.MEASURED, Rule.V15)
    values.mark(holding(exchanged, borders), Quality.MEASURED, Rule.V15)
    values.mark(touched(reset), Quality.SUSPECT, Rule.V15)
    values.mark(touched(coarse & ~reset), Quality.ESTIMATED, Rule.E4)
    return values


def _continued(time_ms: IntArray, reading: FloatArray, exchanges: tuple[Exchange, ...]) -> tuple[IntArray, FloatArray, IntArray]:
    """Readings of successive registers as those of one, with a reading at each exchange; and the instants of these.

    An exchange before the first or after the last reading changes nothing.
    """
    inside = [one for one in exchanges if len(time_ms) and time_ms[0] < one.at_ms <= time_ms[-1]]
    at = np.array([one.at_ms for one in inside], np.int64)
    if not inside:
        return time_ms, reading, at
    jump = np.cumsum([one.last - one.first for one in inside])
    offset = np.concatenate([[0.0], jump])[np.searchsorted(at, time_ms, side="right")]
    knots = np.array([one.last for one in inside]) + np.concatenate([[0.0], jump[:-1]])
    times = np.concatenate([time_ms[~np.isin(time_ms, at)], at])
    readings = np.concatenate([(reading + offset)[~np.isin(time_ms, at)], knots])
    order = np.argsort(times)
    return times[order], readings[order], at


def _without_excursions(time_ms: IntArray, reading: FloatArray) -> IntArray:
    """Places of the readings that stand: brief dips and peaks, and a fall that is not yet decided, are left out."""
    keep = np.ones(len(reading), np.bool_)
    at = 0
    for fall in (np.flatnonzero(np.diff(reading) < 0) + 1).tolist():
        before = fall - 1
        if fall < at or not keep[before]:
            continue
        until = min(fall + BRIEF + 1, int(np.searchsorted(time_ms, time_ms[before] + BRIEF_MS, side="right")))
        back = np.flatnonzero(reading[fall:until] >= reading[before])
        if len(back):
            at = fall + int(back[0])
            keep[fall:at] = False
        elif (peak := _peak(time_ms, reading, keep, fall)) is not None:
            keep[peak:fall] = False
        elif fall < until == len(reading) <= fall + BRIEF:
            keep[fall:] = False
            break
    return np.flatnonzero(keep)


def _peak(time_ms: IntArray, reading: FloatArray, keep: Mask, fall: int) -> int | None:
    """Where a brief peak before a fall begins, if leaving it out makes the register rise through."""
    before = range(fall - 2, max(fall - 2 - BRIEF, -1), -1)
    brief = [n for n in before if keep[n] and time_ms[fall] - time_ms[n] <= BRIEF_MS]
    return next((n + 1 for n in brief if reading[n] <= reading[fall]), None)


def _rolls_over(reading: FloatArray, maximum: float | None) -> Mask:
    if maximum is None:
        return np.zeros(len(reading) - 1, np.bool_)
    rolls: Mask = (reading[:-1] >= (1 - _NEAR_MAX) * maximum) & (reading[:-1] <= maximum) & (reading[1:] <= _NEAR_MAX * maximum)
    return rolls


def _guess(step: FloatArray, length: IntArray, untold: Mask) -> FloatArray:
    """What may have been consumed during a reset: the mean rate of the segments before and after, times its length."""
    rate = np.where(untold, np.nan, step / length)
    around = np.stack([np.append(np.nan, rate[:-1]), np.append(rate[1:], np.nan)])
    known = ~np.isnan(around)
    mean: FloatArray = np.where(known, around, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean * length
