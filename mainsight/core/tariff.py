"""Time of use: which hours are dear and which are cheap, from which day on."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray

_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES


class Period(StrEnum):
    """What an hour costs."""

    PEAK = "peak"
    NORMAL = "normal"
    """All hours that are neither."""
    OFF_PEAK = "off_peak"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of some days of the week, local time.

    Attributes:
        weekdays: 0 (Monday) to 6, on which it begins; public holidays count as their weekday.
        start, end: minutes after midnight, start before 1440; an end not after the start is on the next day.

    """

    weekdays: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TariffHours:
    """Hours that hold from a local day on, until the next ones do."""

    since: date
    peak: tuple[Span, ...]
    off_peak: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff's hours through the years, in order of time."""

    id: str
    hours: tuple[TariffHours, ...]

    def changes(self) -> tuple[date, ...]:
        """Days on which other hours began, the first ones left out."""
        return tuple(one.since for one in self.hours[1:])

    def shares(self, days: NDArray[np.datetime64], step_s: int) -> FloatArray:
        """What part of each interval of local days is at peak and off peak, shape (n, S, 2); 0 before the first hours hold.

        Args:
            days: local dates, datetime64[D], shape (n,).
            step_s: length of an interval, seconds, a divisor of a day of at least a minute.

        """
        minutes = step_s // 60
        columns = _DAY_MINUTES // minutes
        result = np.zeros((len(days), columns, 2))
        weekday = (days.astype(np.int64) + 3) % 7
        for one in self.hours:
            later = days >= np.datetime64(one.since, "D")
            for kind, spans in enumerate((one.peak, one.off_peak)):
                result[later, :, kind] = _week(spans).reshape(7, columns, minutes).mean(axis=2)[weekday[later]]
        return result


def _week(spans: tuple[Span, ...]) -> FloatArray:
    """1 in the minutes of a week that lie in some span, else 0."""
    week = np.zeros(_WEEK_MINUTES)
    for span in spans:
        length = (span.end - span.start - 1) % _DAY_MINUTES + 1
        for day in span.weekdays:
            week[(day * _DAY_MINUTES + span.start + np.arange(length)) % _WEEK_MINUTES] = 1.0
    return week
