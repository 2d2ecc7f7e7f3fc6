"""What the direct models learn from: every cell of a day ahead, told by what is known some days before.

The target is dimensionless: (value - usual) / level. "Usual" is the mean of the last four ordinary same weekdays, for a
holiday that of the last holidays (else rest days); "level" is the mean size of the last four weeks. A pair is a target
day and a lead of 1 to 7 days: all its features were known when the issue day, `lead` rows before the target, had ended.
So forecasts are direct, never recursive, and one training set serves all leads.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from forecast.calendar import FAR, DayKind
from forecast.dayframe import DayFrame
from forecast.models.profile import typical
from forecast.weeks import WEEK, earlier, fill_plainly, mean_of_weeks, nearest_week
from mainsight.core.intervals import FloatArray, IntArray

LEADS = WEEK
LEVEL_DAYS = 4 * WEEK
KNOTS_DEGC = (10.0, 15.0, 20.0, 25.0, 30.0)
RECENT = 9
"""The first features of a pair: what happened lately, which counts less the further ahead one looks."""
FARTHEST = 3.0
"""Most that a model beside may depart from the usual, in levels: a recursion can run off."""
LUNAR_WINDOWS = ((-7, -4), (-3, -1), (0, 2), (3, 5), (6, 10))
NEW_YEAR_WINDOWS = ((-9, -8), (-7, -6), (-5, -1), (0, 0), (1, 5), (6, 13))
"""From the eve of Christmas to the end of the holidays: where offices and works close, the days between are no ordinary ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Features of P pairs (target day, lead), S columns a day.

    Attributes:
        x: shape (P, S, F), finite, float32; the first `RECENT` tell of the last days.
        clock: shape (P, S, 6), float32: hour of the day, lead, weekday, kind of day, days from the lunar new year and from 1 January.
        usual: shape (P, S), in the target's unit.
        last_week: shape (P, S), in the target's unit: the latest week that is known by then.
        level: shape (P,), in the target's unit, positive.
        beside: shape (P, S), dimensionless: what the model beside says, (forecast - usual) / level; 0 without one.
        target, issue: shape (P,), rows of the day frame (the issue is the last known row).
        lead: shape (P,), 1 to 7: days ahead, 7 for longer.

    """

    x: np.ndarray
    clock: np.ndarray
    usual: FloatArray
    last_week: FloatArray
    level: FloatArray
    beside: FloatArray
    target: IntArray
    issue: IntArray
    lead: IntArray

    def told(self, said: FloatArray) -> "Pairs":
        """These pairs with what a model beside says of them, shape (P, S), in the target's unit; NaN where it says nothing."""
        beside = np.nan_to_num((said - self.usual) / self.level[:, None], nan=0.0)
        return replace(self, beside=np.clip(beside, -FARTHEST, FARTHEST))

    def take(self, chosen: np.ndarray) -> "Pairs":
        """Those pairs that are chosen, by truth values or indices, shape (P,)."""
        return Pairs(*(getattr(self, one.name)[chosen] for one in fields(self)))


class Features:
    """All that is derived from one day frame, ready to be put together for any pair."""

    def __init__(self, frame: DayFrame) -> None:
        """Derive; the frame needs at least one finite value."""
        self._frame = frame
        blank = np.full((frame.rows_ahead, frame.columns), np.nan)
        self.value = np.vstack([frame.value, blank])
        self.kind = frame.cells(frame.facts.kind)
        self._holiday = self.kind == DayKind.HOLIDAY
        self._ordinary = np.where(self._holiday, np.nan, self.value)
        self._weather_known = frame.temperature is not None and bool(np.isfinite(frame.temperature[frame.days :]).any())
        self._level = _level(frame.value, len(self.value))
        usual = self.usual(0)
        departure = self._ordinary - usual
        there = np.isfinite(departure)
        self._departure = np.where(there, departure, 0.0)
        self._day_departure = self._departure.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        self._latest = [_carried(np.where(self.kind == kind, self.value, np.nan)) for kind in DayKind]
        self._calendar = self._calendar_cells()
        facts = frame.facts
        self._clock_cells = (frame.cells(facts.weekday), self.kind, frame.cells(facts.lunar), frame.cells(facts.new_year))

    def usual(self, week: int) -> FloatArray:
        """What is usual at every cell, as known `week` whole weeks and up to a week before: shape (D + R, S), finite."""
        return fill_plainly(typical(self.value, self.kind, WEEK * (week + 1)), self._frame.value)

    def last_week(self, week: int) -> FloatArray:
        """Latest ordinary same weekday, as known `week` whole weeks and up to a week before; of holidays the usual: as `usual`."""
        found = nearest_week(self._ordinary, first_lag=WEEK * (week + 1))
        return np.where(self._holiday | ~np.isfinite(found), self.usual(week), found)

    def training(self, first: int, told: FloatArray | None = None) -> Pairs:
        """All pairs whose target is a past row from `first` on and whose issue is not before it.

        Args:
            first: row.
            told: the temperature as it had been told, as `forecast.told.as_told` gives it; None for as it was measured.

        """
        days = np.arange(first, self._frame.days)
        target = np.concatenate([days[lead:] for lead in range(1, LEADS + 1)])
        lead = np.repeat(np.arange(1, LEADS + 1), [max(len(days) - lead, 0) for lead in range(1, LEADS + 1)])
        return self._pairs(target, target - lead, lead, 0, told)

    def ahead(self) -> Pairs:
        """Pairs of all future rows, seen from the issue."""
        weeks = []
        for week in range(-(-self._frame.rows_ahead // WEEK)):
            row = np.arange(WEEK * week, min(WEEK * (week + 1), self._frame.rows_ahead))
            issue = np.full(len(row), self._frame.days - 1)
            weeks.append(self._pairs(self._frame.days + row, issue, np.minimum(row + 1, LEADS), week))
        return Pairs(*(np.concatenate([getattr(week, one.name) for week in weeks]) for one in fields(Pairs)))

    def _pairs(self, target: IntArray, issue: IntArray, lead: IntArray, week: int, told: FloatArray | None = None) -> Pairs:
        usual, last_week, level = self.usual(week), self.last_week(week)[target], self._level[issue]
        parts = [
            self._recent(issue),
            self._same_kind(target, issue, usual),
            self._earlier_weeks(target, usual, week),
            *([self._weather(target, issue, lead, week, told)] if self._frame.temperature is not None else []),
            *([self._tariff(self._frame.tariff, target, week)] if self._frame.tariff is not None else []),
        ]
        scaled = np.concatenate(parts[:3], axis=2) / level[:, None, None]
        known = np.concatenate([scaled, *parts[3:], self._calendar[target]], axis=2)
        beside = np.zeros((len(target), self._frame.columns))
        clock = self._clock(target, lead)
        return Pairs(known.astype(np.float32), clock, usual[target], last_week, level, beside, target, issue, lead)

    def _clock(self, target: IntArray, lead: IntArray) -> np.ndarray:
        columns = self._frame.columns
        hour = (np.arange(columns) - self._frame.wrap) % columns * (24 / columns)
        shape = (len(target), columns)
        facts = [np.broadcast_to(hour, shape), np.broadcast_to(lead[:, None], shape), *(cells[target] for cells in self._clock_cells)]
        return np.stack(facts, axis=2).astype(np.float32)

    def _recent(self, issue: IntArray) -> FloatArray:
        """Departures from the usual: at this time of the last three days, over the last hour and three, over 1, 3 and 7 days."""
        hour = max(self._frame.columns // 24, 1)
        last = [self._departure[issue][:, -span:].mean(axis=1) for span in (hour, 3 * hour)]
        days = [np.mean([self._day_departure[np.maximum(issue - back, 0)] for back in range(span)], axis=0) for span in (1, 3, 7)]
        flat = np.stack([*last, *days], axis=1)
        same_time = np.stack([self._departure[np.maximum(issue - back, 0)] for back in range(3)], axis=2)
        return np.concatenate([same_time, np.repeat(flat[:, None, :], self._frame.columns, axis=1)], axis=2)

    def _earlier_weeks(self, target: IntArray, usual: FloatArray, week: int) -> FloatArray:
        lags = [earlier(self._ordinary, WEEK * (week + 1 + back))[target] - usual[target] for back in range(4)]
        return np.nan_to_num(np.stack(lags, axis=2), nan=0.0)

    def _same_kind(self, target: IntArray, issue: IntArray, usual: FloatArray) -> FloatArray:
        """Last day of the same kind, against the usual."""
        latest = np.choose(self.kind[target], [carried[issue] for carried in self._latest])
        return np.nan_to_num(latest - usual[target], nan=0.0)[:, :, None]

    def _weather(self, target: IntArray, issue: IntArray, lead: IntArray, week: int, told: FloatArray | None) -> FloatArray:
        """Bends of the temperature against those of the days that make the usual: at the target, or the issue where it ends."""
        temperature = self._frame.temperature
        assert temperature is not None
        measured = temperature, _trailing_day(temperature)
        if told is None:
            at = target if self._weather_known else issue
            seen = tuple(values[at] for values in measured)
        else:
            seen = tuple(values[issue, lead - 1] for values in (told, _trailing_days(temperature, told)))
        columns = []
        for values, now in zip(measured, seen, strict=True):
            for bend in (None, *KNOTS_DEGC):
                compared = mean_of_weeks(_above(values, bend), ~self._holiday, first_lag=WEEK * (week + 1))
                columns.append((_above(now, bend) - compared[target]) / 10)
        return np.nan_to_num(np.stack(columns, axis=2), nan=0.0)

    def _tariff(self, shares: FloatArray, target: IntArray, week: int) -> FloatArray:
        """What part of each cell is at peak and off peak, against the days that make the usual: 0 but for the weeks after a change."""
        columns = [
            one[target] - mean_of_weeks(one, ~self._holiday, first_lag=WEEK * (week + 1))[target]
            for one in (shares[:, :, 0], shares[:, :, 1])
        ]
        return np.nan_to_num(np.stack(columns, axis=2), nan=0.0)

    def _calendar_cells(self) -> FloatArray:
        """Flags of the days; of a new year those about it, where the history has one to learn from (what lies ahead has no say)."""
        facts, cells, days = self._frame.facts, self._frame.cells, self._frame.days
        flags = [facts.holiday, facts.after_holiday, facts.before_holiday, facts.bridge, facts.makeup]
        windows = [
            (distance >= first) & (distance <= last)
            for distance, spans in ((facts.lunar, LUNAR_WINDOWS), (facts.new_year, NEW_YEAR_WINDOWS))
            for first, last in spans
            if (distance[:days] != FAR).any()
        ]
        return np.stack([cells(flag) for flag in (*flags, *windows)], axis=2).astype(np.float64)


def _level(value: FloatArray, rows: int) -> FloatArray:
    """Mean size over the last four weeks up to each row, shape (rows,), positive."""
    size = np.abs(value)
    there = np.isfinite(size)
    total = np.cumsum(np.where(there, size, 0.0).sum(axis=1))
    count = np.cumsum(there.sum(axis=1))
    back = np.arange(len(value)) - LEVEL_DAYS
    total, count = (one - np.where(back >= 0, one[np.maximum(back, 0)], 0) for one in (total, count))
    overall = size[there].mean() or 1.0
    level = np.where((count > 0) & (total > 0.05 * overall * count), total / np.maximum(count, 1), overall)
    return np.concatenate([level, np.full(rows - len(level), level[-1])])


def _carried(value: FloatArray) -> FloatArray:
    """Latest finite value up to each row, column by column; NaN before the first."""
    row = np.where(np.isfinite(value), np.arange(len(value))[:, None], -1)
    row = np.maximum.accumulate(row, axis=0)
    return np.where(row >= 0, np.take_along_axis(value, np.maximum(row, 0), axis=0), np.nan)


def _above(temperature: FloatArray, knot: float | None) -> FloatArray:
    """What of a temperature lies above a knot; all of it without one."""
    return temperature if knot is None else np.maximum(temperature - knot, 0.0)


def _trailing_days(measured: FloatArray, told: FloatArray) -> FloatArray:
    """`_trailing_day` of each week that was told, the measured day before it included, shape (D, 7, S)."""
    courses = np.concatenate([measured[: len(told), None, :], told], axis=1)
    return np.stack([_trailing_day(course)[1:] for course in courses]) if len(courses) else told


def _trailing_day(temperature: FloatArray) -> FloatArray:
    """Mean of the day up to and with each cell, NaN where a part is missing."""
    flat = temperature.ravel()
    columns = temperature.shape[1]
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(flat))])
    count = np.concatenate([[0], np.cumsum(np.isfinite(flat))])
    end = np.arange(1, len(flat) + 1)
    start = np.maximum(end - columns, 0)
    full = count[end] - count[start] == columns
    return np.where(full, (total[end] - total[start]) / columns, np.nan).reshape(temperature.shape)
