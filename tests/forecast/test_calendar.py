"""Kinds of days."""

from datetime import date

import numpy as np
import pytest

from forecast.calendar import FAR, Calendar, DayKind
from forecast.errors import CalendarError


@pytest.mark.parametrize("new_year", [date(2026, 2, 17), date(2027, 2, 6)])
def test_tet_by_distance(new_year: date) -> None:
    """Dates of Tet as announced; the eve is off as well, and months away it is far."""
    facts = Calendar("Asia/Ho_Chi_Minh", "VN").facts(date(new_year.year, 1, 20), 60)
    at = int((np.datetime64(new_year) - facts.day[0]).astype(int))
    assert facts.lunar[at] == 0
    assert facts.lunar[at - 3 : at + 3].tolist() == [-3, -2, -1, 0, 1, 2]
    assert (facts.kind[at - 1 : at + 4] == DayKind.HOLIDAY).all()
    assert facts.lunar[at + 21] == FAR


def test_make_up_working_day_of_the_country() -> None:
    """Saturday 2025-04-26 was worked in Viet Nam for Friday 2025-05-02."""
    facts = Calendar("Asia/Ho_Chi_Minh", "VN").facts(date(2025, 4, 26), 7)
    assert facts.makeup[0]
    assert facts.kind[0] == DayKind.WORKDAY
    assert facts.kind[6] == DayKind.HOLIDAY


def test_closures_and_workdays_of_ones_own() -> None:
    calendar = Calendar("UTC", "", closures=frozenset({date(2026, 3, 4)}), workdays=frozenset({date(2026, 3, 7)}))
    facts = calendar.facts(date(2026, 3, 2), 7)
    kinds = [DayKind.WORKDAY, DayKind.WORKDAY, DayKind.HOLIDAY, DayKind.WORKDAY, DayKind.WORKDAY, DayKind.WORKDAY, DayKind.REST]
    assert facts.kind.tolist() == kinds
    assert facts.before_holiday.tolist() == [False, True, False, False, False, False, False]
    assert facts.after_holiday.tolist() == [False, False, False, True, False, False, False]


def test_bridge_between_holiday_and_weekend() -> None:
    """Thursday 2026-05-14 is Ascension in Germany."""
    facts = Calendar("Europe/Berlin", "DE").facts(date(2026, 5, 13), 4)
    assert facts.bridge.tolist() == [False, False, True, False]


def test_subdivisions_and_other_weekends() -> None:
    """Melbourne Cup Day is Victoria's own; Friday and Saturday are Saudi Arabia's weekend."""
    assert Calendar("Australia/Melbourne", "AU-VIC").facts(date(2014, 11, 4), 1).holiday[0]
    assert not Calendar("Australia/Sydney", "AU-NSW").facts(date(2014, 11, 4), 1).holiday[0]
    kinds = Calendar("Asia/Riyadh", "SA").facts(date(2026, 1, 8), 4).kind
    assert kinds.tolist() == [DayKind.WORKDAY, DayKind.HALF_REST, DayKind.REST, DayKind.WORKDAY]


@pytest.mark.parametrize(
    ("timezone", "country", "said"),
    [
        ("Asia/Ho_Chi_Min", "VN", "did you mean Asia/Ho_Chi_Minh"),
        ("UTC", "XX", "ISO 3166"),
        ("UTC", "AU-XYZ", "known are .*VIC"),
        ("../etc", "VN", "IANA name"),
    ],
)
def test_unknown_names_are_refused_with_the_mend(timezone: str, country: str, said: str) -> None:
    with pytest.raises(CalendarError, match=said):
        Calendar(timezone, country)


def test_free_days_have_names_in_both_languages_and_closures_none() -> None:
    calendar = Calendar("Asia/Ho_Chi_Minh", "VN", closures=frozenset({date(2026, 11, 26)}))
    assert [(one.day, one.vi, one.en) for one in calendar.free_days(date(2026, 11, 20), 10)] == [
        (date(2026, 11, 24), "Ngày Văn hóa Việt Nam", "Vietnam Cultural Day"),
        (date(2026, 11, 26), "", ""),
    ]
    assert Calendar("UTC").free_days(date(2026, 12, 20), 20) == []
