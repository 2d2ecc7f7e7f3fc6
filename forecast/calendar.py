"""Kinds of local days: public holidays, closures, make-up working days, distance from the lunar new year."""

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import IntEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays
import numpy as np
from numpy.typing import NDArray

from forecast.errors import CalendarError
from mainsight.core.tariff import Tariff

DayArray = NDArray[np.datetime64]
BoolArray = NDArray[np.bool_]

FAR = 99
"""Distance from a new year, days, where it is far away or not celebrated."""

_LUNAR_NAMES = {"Lunar New Year", "Korean New Year", "Chinese New Year", "Chinese New Year's Day", "Chinese New Year (Spring Festival)"}


class DayKind(IntEnum):
    """How a day is worked, from most to least."""

    WORKDAY = 0
    HALF_REST = 1
    """A day of the weekend but the last: Saturday in most countries."""
    REST = 2
    """The last day of the weekend."""
    HOLIDAY = 3


@dataclass(frozen=True, slots=True, eq=False)
class DayFacts:
    """Facts about consecutive local days, arrays of shape (n,).

    Attributes:
        day: local dates, datetime64[D].
        weekday: 0 (Monday) to 6.
        kind: `DayKind` values.
        holiday: public holiday or closure.
        after_holiday: a workday whose eve was a holiday.
        before_holiday: a workday whose morrow is a holiday.
        bridge: a workday between a holiday and a rest day (or another holiday).
        makeup: a day of the weekend that is worked.
        lunar: days from the nearest lunar new year, -20 to 20, else `FAR`.
        new_year: days from the nearest 1 January, likewise, in any country.

    """

    day: DayArray
    weekday: NDArray[np.int64]
    kind: NDArray[np.int64]
    holiday: BoolArray
    after_holiday: BoolArray
    before_holiday: BoolArray
    bridge: BoolArray
    makeup: BoolArray
    lunar: NDArray[np.int64]
    new_year: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day that is not worked though the week would have it so, and what it is called; a closure of one's own has no name."""

    day: date
    vi: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar that demand follows.

    Attributes:
        timezone: IANA name; days are this zone's.
        country: ISO 3166 code, with a subdivision after a hyphen where it matters (VN, AU-VIC); empty knows no holidays.
        closures: further days that are not worked: a tenant's shut-down, a decreed holiday.
        workdays: days of the weekend, or holidays, that are worked.
        plain: holidays to be taken for ordinary days of their weekday, their effect being dealt with elsewhere.
        tariff: time of use; None where the price is the same at all hours, or does not matter.

    Raises:
        CalendarError: time zone or country is unknown.

    """

    timezone: str = "UTC"
    country: str = ""
    closures: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    plain: frozenset[date] = frozenset()
    tariff: Tariff | None = None

    def __post_init__(self) -> None:
        check_timezone(self.timezone)
        if self.country:
            _holidays(self.country, 2025)

    def free_days(self, first: date, count: int) -> list[FreeDay]:
        """Holidays and closures among `count` days from `first` on, in order."""
        facts = self.facts(first, count)
        found = [day.item() for day in facts.day[facts.holiday]]
        return [FreeDay(day, self._name(day, "vi"), self._name(day, "en_US")) for day in found]

    def tariff_changes(self, first: date, last: date) -> list[date]:
        """Days on which other hours of the tariff began, both ends included, in order."""
        return [] if self.tariff is None else [day for day in self.tariff.changes() if first <= day <= last]

    def _name(self, day: date, language: str) -> str:
        return str(_holidays(self.country, day.year, language).get(day, "")) if self.country else ""

    def facts(self, first: date, count: int) -> DayFacts:
        """Facts about `count` days from `first` on."""
        margin = 1
        day = np.datetime64(first, "D") + np.arange(-margin, count + margin)
        weekday = (day.astype(np.int64) + 3) % 7
        years = range(day[0].item().year - 1, day[-1].item().year + 2)
        official, worked, weekend, lunar_days = _union(self.country, years)
        makeup_days = _days((worked | self.workdays) - self.closures)
        holiday = np.isin(day, _days((official | self.closures) - self.workdays - self.plain))
        weekend_day = np.isin(weekday, sorted(weekend))
        makeup = np.isin(day, makeup_days) & weekend_day & ~holiday
        last_rest = weekend_day & ~np.isin((weekday + 1) % 7, sorted(weekend))
        kind = np.where(holiday, DayKind.HOLIDAY, np.where(makeup | ~weekend_day, DayKind.WORKDAY, np.where(last_rest, DayKind.REST, 1)))
        works, before, after = kind[1:-1] == DayKind.WORKDAY, kind[:-2], kind[2:]
        near_holiday = (before == DayKind.HOLIDAY) | (after == DayKind.HOLIDAY)
        inner = slice(margin, -margin)
        return DayFacts(
            day=day[inner],
            weekday=weekday[inner],
            kind=kind[inner],
            holiday=holiday[inner],
            after_holiday=works & (before == DayKind.HOLIDAY),
            before_holiday=works & (after == DayKind.HOLIDAY),
            bridge=works & near_holiday & (before >= DayKind.HALF_REST) & (after >= DayKind.HALF_REST),
            makeup=makeup[inner],
            lunar=np.where(np.isin(day[inner], _days(self.plain)), FAR, _nearest(day[inner], lunar_days)),
            new_year=_nearest(day[inner], [date(year, 1, 1) for year in years]),
        )


def check_timezone(name: str) -> None:
    """Make sure a time zone exists.

    Raises:
        CalendarError: it does not; the message names the nearest that does.

    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; give an IANA name such as Asia/Ho_Chi_Minh"
        message = f"unknown time zone {name!r}{hint}"
        raise CalendarError(message) from error


@lru_cache(maxsize=256)
def _holidays(country: str, year: int, language: str = "en_US") -> holidays.HolidayBase:
    code, _, subdivision = country.upper().partition("-")
    try:
        return holidays.country_holidays(code, subdiv=subdivision or None, years=year, language=language)
    except NotImplementedError as error:
        known = holidays.list_supported_countries()
        if code in known:
            message = f"country {country!r}: no subdivision {subdivision!r}; known are {', '.join(known[code])}"
        else:
            message = f"unknown country {country!r}; give an ISO 3166 code such as VN or AU-VIC"
        raise CalendarError(message) from error


def _union(country: str, years: range) -> tuple[set[date], set[date], frozenset[int], list[date]]:
    """Holidays, make-up working days, days of the weekend and lunar new years."""
    official: set[date] = set()
    worked: set[date] = set()
    lunar: list[date] = []
    weekend = frozenset({5, 6})
    for year in years if country else ():
        found = _holidays(country, year)
        official |= set(found)
        worked |= set(found.weekend_workdays)
        weekend = frozenset(found.weekend)
        new_years = [day for day in sorted(found) if _LUNAR_NAMES & set(found[day].split("; "))]
        lunar += new_years[:1]
    return official, worked, weekend, lunar


def _days(days: set[date] | frozenset[date]) -> DayArray:
    return np.array(sorted(days), dtype="datetime64[D]")


def _nearest(day: DayArray, events: list[date]) -> NDArray[np.int64]:
    if not events:
        return np.full(len(day), FAR)
    apart = (day[:, None] - np.array(events, dtype="datetime64[D]")[None, :]).astype(np.int64)
    nearest = apart[np.arange(len(day)), np.abs(apart).argmin(axis=1)]
    return np.where(np.abs(nearest) <= 20, nearest, FAR)
