"""Time of use: when its hours change, days before the change are like days after it but for the price of their hours."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.calendar import Calendar
from forecast.dayframe import day_frame
from forecast.known import Known
from forecast.models.catalogue import MODELS
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.tariff import Span, Tariff, TariffHours
from mainsight.core.zonetime import DAY_S, HOUR_MS, local_day

ZONE = "Asia/Ho_Chi_Minh"
END_MS = 1_767_546_000_000
"""2026-01-05 00:00 in Viet Nam."""
DAYS = 150
CHANGE = date(2025, 12, 22)
WORKDAYS, ALL = tuple(range(6)), tuple(range(7))
BEFORE = TariffHours(date(2014, 6, 1), (Span(WORKDAYS, 570, 690), Span(WORKDAYS, 1020, 1200)), (Span(ALL, 1320, 240),))
AFTER = TariffHours(CHANGE, (Span(WORKDAYS, 1050, 1350),), (Span(ALL, 0, 360),))
TARIFF = Tariff("t", (BEFORE, AFTER))


def load(seed: int) -> tuple[IntArray, FloatArray]:
    """A works that draws a quarter less at peak hours and a third more at cheap ones."""
    rng = np.random.default_rng(seed)
    start_ms = END_MS + np.arange(-DAYS * 24, 8 * 24) * HOUR_MS
    hour = np.arange(len(start_ms)) % 24
    days = np.datetime64("2026-01-05") + np.arange(-DAYS, 8)
    peak, cheap = np.moveaxis(TARIFF.shares(days, 3600).reshape(-1, 2), 1, 0)
    usual = 1000 * (1 + 0.2 * np.sin(2 * np.pi * (hour - 6) / 24))
    value: FloatArray = usual * (1 - 0.25 * peak + 0.33 * cheap) * np.exp(rng.normal(0, 0.03, len(hour)))
    return start_ms, value


def known_at(day: date, tariff: Tariff | None, seed: int = 1) -> tuple[Known, FloatArray]:
    """What is known on a midnight, and what follows in a week."""
    start_ms, value = load(seed)
    issue_ms = int(start_ms[0]) + (day - local_day(int(start_ms[0]), ZONE)).days * DAY_S * 1000
    past = start_ms < issue_ms
    known = Known(start_ms[past], value[past], 3600, issue_ms, Calendar(ZONE, tariff=tariff))
    return known, value[~past][:168]


@pytest.mark.parametrize("day", [date(2025, 12, 23), date(2025, 12, 26)])
def test_a_change_of_hours_is_followed_sooner_than_without_knowing_it(day: date) -> None:
    wrong = []
    for tariff in (TARIFF, None):
        known, happened = known_at(day, tariff)
        wrong.append(float(np.abs(happened - MODELS["linear"].fit(known).predict(168).quantiles[:, 3]).mean()))
    assert wrong[0] < 0.9 * wrong[1]


def test_hours_that_stay_the_same_change_nothing() -> None:
    known, _ = known_at(date(2025, 12, 20), Tariff("t", (BEFORE,)))
    without = replace(known, calendar=Calendar(ZONE))
    said = [MODELS["linear"].fit(one).predict(24).quantiles for one in (known, without)]
    assert np.array_equal(said[0], said[1])
    assert known.digest() != without.digest()


def test_people_are_told_of_a_change_lately_or_in_the_week_ahead() -> None:
    for day, told in (
        (date(2025, 12, 24), f"other hours of the tariff since {CHANGE}"),
        (date(2025, 12, 18), f"other hours of the tariff from {CHANGE} on"),
        (date(2025, 12, 10), ""),
    ):
        known, _ = known_at(day, TARIFF)
        assert MODELS["linear"].fit(known).predict(24).remarks == told


def test_cells_have_the_hours_of_their_own_local_time_whenever_it_is_issued() -> None:
    known, _ = known_at(date(2025, 12, 24), TARIFF)
    at_midnight = day_frame(known, 48, 10).tariff
    later = replace(known, issue_ms=known.issue_ms + 7 * HOUR_MS)
    at_seven = day_frame(later, 48, 10).tariff
    assert at_midnight is not None
    assert at_seven is not None
    assert np.array_equal(at_midnight.reshape(-1, 2)[7 : 7 + 240], at_seven.reshape(-1, 2)[:240])
    assert at_midnight[-1, 18, 0] == 1.0, "18:00 of a workday is at peak after the change"
