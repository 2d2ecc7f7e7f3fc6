"""Days that are alike, and the same time by the clock on another day: in the zone's own time, whose days may last 23 or 25 h."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.metering.values import Mask

DAY_MS = DAY_S * SECOND_MS
WEEKS = (1, 2, 3, 4)
"""Weeks back in which V13 looks for the same weekday."""
FARTHEST_DAYS = 35
"""How far back E3 looks for like days."""
MOST_LIKE = 6
"""Like days looked at; the nearest three that have a value are averaged."""
_EPOCH = date(1970, 1, 1)
_SATURDAY, _SUNDAY = 5, 6
_WORKDAY, _REST = 0, 2


@lru_cache(maxsize=64)
def calendar(timezone: str, country: str) -> "Days":
    """The calendar of a place; it remembers what it looked up."""
    return Days(timezone, country)


class Days:
    """Calendar of one place: its time zone and the public holidays of its country."""

    def __init__(self, timezone: str, country: str) -> None:
        """Take an IANA zone and an ISO 3166 code."""
        self._zone = ZoneInfo(timezone)
        self._holidays = holidays.country_holidays(country)
        self._offset_of_hour = lru_cache(maxsize=100_000)(self._offset)

    def _offset(self, hour: int) -> int:
        """Milliseconds that the clock is ahead of UTC in an hour since 1970."""
        moment = datetime.fromtimestamp(hour * 3600, UTC).astimezone(self._zone)
        return (moment.utcoffset() or timedelta()) // timedelta(milliseconds=1)

    def offset_ms(self, time_ms: IntArray) -> IntArray:
        """How far the clock is ahead of UTC at instants, milliseconds, shape (n,)."""
        hours, place = np.unique(time_ms // HOUR_MS, return_inverse=True)
        return np.array([self._offset_of_hour(hour) for hour in hours.tolist()], np.int64)[place]

    def local_day(self, time_ms: IntArray) -> IntArray:
        """Number of the local day since 1970, shape (n,)."""
        return (time_ms + self.offset_ms(time_ms)) // DAY_MS

    def back(self, time_ms: IntArray, days: IntArray | int) -> IntArray:
        """The same clock time some days earlier, UTC milliseconds, shape (n,); in a skipped hour, the one an hour later."""
        clock = time_ms + self.offset_ms(time_ms) - days * DAY_MS
        return clock - self.offset_ms(clock - self.offset_ms(clock))

    @lru_cache(maxsize=4096)  # noqa: B019 - a calendar lives as long as its process
    def kind(self, day: int) -> int:
        """0 for a working day, 1 for a Saturday, 2 for a Sunday or holiday."""
        found = _EPOCH + timedelta(days=day)
        if found.weekday() == _SUNDAY or found in self._holidays:
            return _REST
        return int(found.weekday() == _SATURDAY)

    def is_holiday(self, time_ms: IntArray) -> Mask:
        """Whether instants lie on a public holiday, or on a day after or before one that is worked (a bridge), shape (n,)."""
        days, place = np.unique(self.local_day(time_ms), return_inverse=True)
        near = [any(_EPOCH + timedelta(days=day + n) in self._holidays for n in (-1, 0, 1)) for day in days.tolist()]
        return np.array(near, np.bool_)[place]

    def like(self, time_ms: IntArray) -> IntArray:
        """The same clock time on like days before, nearest first, UTC milliseconds, shape (k, n); -1 where there are fewer."""
        days, place = np.unique(self.local_day(time_ms), return_inverse=True)
        back = np.full((MOST_LIKE, len(days)), -1, np.int64)
        for column, day in enumerate(days.tolist()):
            alike = [n for n in range(1, FARTHEST_DAYS + 1) if self.kind(day - n) == self.kind(day)][:MOST_LIKE]
            back[: len(alike), column] = alike
        by_slot = back[:, place]
        return np.stack([np.where(row >= 0, self.back(time_ms, np.maximum(row, 0)), -1) for row in by_slot])
