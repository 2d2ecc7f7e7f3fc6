"""From quarter hours to hours and local days, and to minutes: the definition of a roll-up, in numpy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from mainsight.core.intervals import ByteArray, FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.zonetime import DAY_S, SECOND_MS, day_start_ms, grid, local_day
from mainsight.store.port import Final

BASE_S = 900
"""Final values are kept by the quarter hour."""
BASE_MS = BASE_S * SECOND_MS
MINUTE_S = 60
MINUTES = BASE_S // MINUTE_S
"""Minutes of a quarter hour."""
STEPS = (MINUTE_S, BASE_S, 3600, DAY_S)
"""Steps that can be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A grid of whole intervals: starts and expected quarter hours of each (0 for minutes), shapes (n,), and the end of the last."""

    start_ms: IntArray
    expected: IntArray
    end_ms: int
    step_s: int

    @classmethod
    def of(cls, start_ms: int, end_ms: int, step_s: int, timezone: str) -> "Grid":
        """Whole intervals that cover [start, end).

        Raises:
            ValueError: the step is not one of `STEPS`.

        """
        if step_s not in STEPS:
            raise ValueError(f"a step of {step_s} s is not kept; it is one of {', '.join(map(str, STEPS))} s")
        starts = grid(start_ms, end_ms, step_s, timezone)
        if not len(starts):
            return cls(starts, starts, start_ms, step_s)
        last = int(starts[-1])
        next_day_ms = day_start_ms(local_day(last, timezone) + timedelta(days=1), timezone)
        end = next_day_ms if step_s == DAY_S else last + step_s * SECOND_MS
        return cls(starts, np.diff(np.append(starts, end)) // BASE_MS, end, step_s)

    def quarters(self) -> "Grid":
        """The quarter hours that hold this grid of minutes."""
        start = self.start_ms // BASE_MS * BASE_MS
        starts = np.unique(start)
        return Grid(starts, np.ones(len(starts), np.int64), int(starts[-1]) + BASE_MS if len(starts) else self.end_ms, BASE_S)

    def blank(self) -> Intervals:
        """Intervals of which nothing is known."""
        n = len(self.start_ms)
        nothing = np.full(n, np.nan)
        return Intervals(
            self.start_ms, nothing, nothing.copy(), nothing.copy(), np.full(n, Quality.MISSING, np.uint8), np.zeros(n), self.step_s
        )


def on_quarter_hours(final: Final) -> tuple[IntArray, FloatArray, ByteArray, list[str]]:
    """Time, value, quality and rule by the quarter hour: a longer step's gauge repeated, its register shared out evenly.

    Raises:
        ValueError: the step or a time is off the grid, a value is not finite, the columns differ in length, or the quantity
            is not in the vocabulary.

    """
    kind = quantity(final.series.quantity).kind
    if final.step_s % BASE_S or final.step_s <= 0 or DAY_S % final.step_s:
        raise ValueError(f"a step of {final.step_s} s is not a multiple of {BASE_S} s that divides a day")
    if np.any(final.time_ms % (final.step_s * SECOND_MS)) or not np.all(np.isfinite(final.value)):
        raise ValueError(f"final values of {final.series} must be finite and lie on multiples of {final.step_s} s")
    if not len(final.time_ms) == len(final.value) == len(final.quality) == len(final.rule):
        raise ValueError(f"columns of final values of {final.series} differ in length")
    parts = final.step_s // BASE_S
    if parts == 1:
        return final.time_ms, final.value, final.quality, list(final.rule)
    share = parts if kind is Kind.REGISTER else 1
    time_ms = (final.time_ms[:, None] + np.arange(parts) * BASE_MS).ravel()
    rules = [rule for rule in final.rule for _ in range(parts)]
    return time_ms, np.repeat(final.value / share, parts), np.repeat(final.quality, parts), rules


def roll_up(kind: Kind, time_ms: IntArray, value: FloatArray, quality: ByteArray, onto: Grid) -> Intervals:
    """Roll quarter hours up onto a grid.

    Args:
        kind: gauges give their mean, registers their sum, statuses their last.
        time_ms: starts of quarter hours, ascending, all inside the grid, shape (m,).
        value: finite, shape (m,).
        quality: ranks, shape (m,).
        onto: grid of n intervals; days of 23 and 25 h have 92 and 100 quarter hours.

    Returns:
        n intervals; NaN and MISSING where there is no quarter hour.

    """
    out = onto.blank()
    if not len(time_ms):
        return out
    place = np.searchsorted(onto.start_ms, time_ms, side="right") - 1
    filled, first, count = np.unique(place, return_index=True, return_counts=True)
    if kind is Kind.STATUS:
        out.value[filled] = value[first + count - 1]
    else:
        sums = np.add.reduceat(value, first)
        out.value[filled] = sums if kind is Kind.REGISTER else sums / count
    out.low[filled] = np.minimum.reduceat(value, first)
    out.high[filled] = np.maximum.reduceat(value, first)
    out.quality[filled] = np.minimum.reduceat(quality, first)
    out.completeness[filled] = count / onto.expected[filled]
    return out


def by_minute(kind: Kind, quarters: Intervals, time_ms: IntArray, value: FloatArray, onto: Grid) -> Intervals:
    """Minutes of one series, as `TimeSeriesStore.intervals` defines them.

    Args:
        kind: a register's quarter hour is shared out evenly where it has no minutes.
        quarters: final values on `onto.quarters()`.
        time_ms: starts of minutes that are kept, within these quarter hours, shape (m,).
        value: of these minutes, finite, shape (m,).
        onto: grid of n minutes.

    Returns:
        n minutes; completeness is 1 where there is a value.

    """
    out = onto.blank()
    if not len(onto.start_ms):
        return out
    of = np.searchsorted(quarters.start_ms, onto.start_ms, side="right") - 1
    own = np.zeros(len(quarters), np.bool_)
    own[np.searchsorted(quarters.start_ms, time_ms, side="right") - 1] = True
    own &= (quarters.quality == Quality.MEASURED) | (quarters.quality == Quality.SUSPECT)
    shared = quarters.value / MINUTES if kind is Kind.REGISTER else quarters.value
    out.value[:] = np.where(own[of], np.nan, shared[of])
    place = np.searchsorted(onto.start_ms, time_ms)
    inside = (time_ms >= onto.start_ms[0]) & (time_ms < onto.end_ms)
    inside &= own[np.searchsorted(quarters.start_ms, time_ms, side="right") - 1]
    out.value[place[inside]] = value[inside]
    there = ~np.isnan(out.value)
    out.low[:], out.high[:] = out.value, out.value
    out.quality[there] = quarters.quality[of][there]
    out.completeness[there] = 1.0
    return out


def add_up(parts: Iterable[tuple[Intervals, float]], onto: Grid) -> Intervals:
    """Weighted sum of series on one grid, as `TimeSeriesStore.total` defines it."""
    out = onto.blank()
    total = np.zeros((3, len(onto.start_ms)))
    present = np.zeros(len(onto.start_ms))
    count = 0
    quality = np.full(len(onto.start_ms), np.iinfo(np.uint8).max, np.uint8)
    for part, weight in parts:
        there = ~np.isnan(part.value)
        low, high = (part.low, part.high) if weight >= 0 else (part.high, part.low)
        total += weight * np.where(there, np.stack([part.value, low, high]), 0.0)
        present += part.completeness
        quality = np.where(there, np.minimum(quality, part.quality), quality)
        count += 1
    seen = present > 0
    out.value[seen], out.low[seen], out.high[seen] = total[:, seen]
    out.quality[seen] = quality[seen]
    if count:
        out.completeness[:] = present / count
    return out
